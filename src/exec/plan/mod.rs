//! Running a network for speed: what can be fused is fused, weights are packed once, buffers are shared.
//!
//! | rewrite | condition | why |
//! |---|---|---|
//! | dropout vanishes | always | it passes everything on |
//! | a pad vanishes | always | it is a view of the same maps with some of the border of zeros that windows read anyway |
//! | a normalize goes into the convolution after it | nobody else reads it, the convolution has no border | one pass over the image less |
//! | a batch normalization goes into the convolution or dense layer before it | nobody else reads that | likewise |
//! | a sum goes into the convolution or dense layer before it | nobody else reads that, the other summand is there | it is added at the store |
//! | a rectifier goes into the convolution, dense layer or sum before it | nobody else reads that | it costs nothing at the store |
//! | a pooling of 2×2 goes into a convolution of one channel | nobody else reads what comes between | that is never written |
//! | a flatten vanishes before a dense layer | nobody else reads it | the weights are permuted once, not the data at every run |
//! | a join vanishes | what it joins is computed by nodes, and joined nowhere else; but for single channels, which the layers that read them want pixel by pixel | they write into the joined maps |
//! | a batch is run in parts | all its values would take more than 256 KiB | a layer finds what the one before wrote still near: 64 images through resnet20 take 46 ms instead of 56 |
//!
//! Everything else runs as its layer does. Values lie in one arena, in regions that are shared by values that do not live
//! at the same time, inside the border of zeros that their readers want (`place`).

mod branches;
mod cpu;
mod fuse;
mod operation;
mod order;
mod place;

use super::trace::batch_of;
use crate::error::Result;
use crate::graph::Network;
use crate::tensor::{Tensor, resize};
use cpu::{Read, Work, clear_border};
use operation::Operation;
use order::{give_out, take_in};
use place::Place;

/// A network compiled for batches of one size.
#[derive(Debug)]
pub struct Plan {
    /// The weights that it was compiled from.
    revision: u64,
    batch: usize,
    /// Parts of the batch, whose images go through all steps together, one part after the other.
    parts: usize,
    steps: Vec<Step>,
    arena: Tensor,
    scratch: Tensor,
    /// Where each input goes, and a region whose border is cleared first.
    inputs: Vec<(Place, Option<Place>)>,
    /// Where each output lies, and its numbers in the spoken order.
    outputs: Vec<(Place, Vec<f32>)>,
}

/// One thing done per run.
#[derive(Debug)]
struct Step {
    work: Work,
    from: Vec<Place>,
    to: Place,
    /// A region of which this is the first to write, and whose border is not zero any more.
    clear: Option<Place>,
    /// The nodes that it does the work of.
    nodes: Vec<usize>,
}

impl Plan {
    /// Compiles a network for batches of `batch`.
    ///
    /// # Errors
    /// What a layer says of a shape that it cannot take; [`Error::TooLarge`](crate::Error::TooLarge) or
    /// [`Error::Memory`](crate::Error::Memory) for more than there is room for; in the lean engine, `Beyond` for what only the
    /// full one can run.
    pub fn new(network: &Network, batch: usize) -> Result<Self> {
        let graph = network.graph();
        let groups = fuse::groups(graph);
        let lay_out = |images| {
            let shapes = graph.shapes_for(images)?;
            let borders: Vec<_> =
                groups.iter().map(|group| operation::border(network, group, &shapes)).collect();
            let places = branches::place(graph, &shapes, &groups, &borders);
            Ok::<_, Box<crate::Error>>((shapes, places))
        };
        let together = if batch > 1 { part_of(batch, lay_out(1)?.1.arena) } else { batch };
        let (shapes, mut places) = lay_out(together)?;
        // A batch of none was refused there.
        let parts = batch / together;
        // Refused where it is too large, before anything is placed in it.
        let arena = Tensor::zeros([places.arena])?;
        let of = |value: usize| places.of[value].clone().expect("what is read or written has a place");
        let mut steps: Vec<Step> = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            if places.idle[index] {
                continue;
            }
            let from: Vec<Place> = group.reads.iter().map(|&value| of(value)).collect();
            let to = of(graph.value(group.last()));
            if to.view.images.is_empty() {
                continue;
            }
            let operation = Operation::of(network, group, &shapes, &from, &to)?;
            let work = cpu::compile(operation, network, &shapes, &from, &to)?;
            let clear = places.clear[index].take();
            steps.push(Step { work, from, to, clear, nodes: group.nodes.clone() });
        }
        let mut inputs = Vec::new();
        for input in 0..graph.inputs().len() {
            inputs.push((of(input), places.clear_inputs[input].take()));
        }
        let mut outputs = Vec::new();
        for &value in graph.outputs() {
            let mut numbers = Vec::new();
            resize(&mut numbers, shapes[value].elements()?.saturating_mul(parts))?;
            outputs.push((of(value), numbers));
        }
        let scratch = steps.iter().map(|step| step.work.scratch()).max().unwrap_or(0);
        let revision = network.revision();
        Ok(Plan { revision, batch, parts, inputs, outputs, arena, scratch: Tensor::zeros([scratch])?, steps })
    }

    /// Images a run takes.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The nodes that each step does the work of. Nodes of no step cost nothing: dropouts, pads, joins.
    pub fn steps(&self) -> impl Iterator<Item = &[usize]> {
        self.steps.iter().map(|step| &step.nodes[..])
    }

    /// Bytes of activations: all values of a run, and room for transforms.
    pub fn bytes(&self) -> usize {
        (self.arena.data().len() + self.scratch.data().len()) * size_of::<f32>()
    }

    /// Runs the plan; gives the first output. Inputs and outputs are `[N, …]`, numbers in the spoken order (NCHW). Nothing
    /// is allocated.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) when inputs are too few or not this batch, and for another network than
    /// the plan's, or one whose weights have changed since.
    pub fn run(&mut self, network: &Network, inputs: &[&[f32]]) -> Result<&[f32]> {
        self.run_noting(network, inputs, |_| ())
    }

    /// [`Plan::run`], and how long each of the [`Plan::steps`] took by `clock`, in its unit; before them, the copying of
    /// the inputs, and of the outputs of all parts of a batch but the last.
    ///
    /// # Errors
    /// As [`Plan::run`].
    pub fn run_timed(
        &mut self,
        network: &Network,
        inputs: &[&[f32]],
        clock: &mut dyn FnMut() -> f64,
    ) -> Result<Vec<f64>> {
        let mut times = vec![0.0; self.steps.len() + 1];
        let mut last = clock();
        self.run_noting(network, inputs, |step| {
            let now = clock();
            times[step] += now - last;
            last = now;
        })?;
        Ok(times)
    }

    /// Output number `index` of the last run, in the spoken order.
    pub fn output(&self, index: usize) -> &[f32] {
        &self.outputs[index].1
    }

    fn run_noting(
        &mut self,
        network: &Network,
        inputs: &[&[f32]],
        mut done: impl FnMut(usize),
    ) -> Result<&[f32]> {
        if network.revision() != self.revision {
            return Err(crate::Error::refusal("run", "the weights that were planned for", "others"));
        }
        let batch = batch_of(network.graph(), inputs)?;
        if batch != self.batch {
            return Err(crate::Error::mismatch("run", format_args!("a batch of {}", self.batch), batch));
        }
        let parts = self.parts;
        let (arena, scratch) = (self.arena.data_mut(), self.scratch.data_mut());
        for part in 0..parts {
            for ((place, clear), input) in self.inputs.iter().zip(inputs) {
                if let Some(clear) = clear {
                    clear_border(clear, &mut arena[clear.region.clone()]);
                }
                let length = input.len() / parts;
                take_in(&input[part * length..][..length], &place.view, &mut arena[place.region.clone()]);
            }
            done(0);
            for (index, step) in self.steps.iter_mut().enumerate() {
                let region = step.to.region.clone();
                let (before, rest) = arena.split_at_mut(region.start);
                let (y, after) = rest.split_at_mut(region.len());
                if let Some(clear) = &step.clear {
                    clear_border(clear, y);
                }
                let x = Read { before, after, rest: region.end };
                step.work.run(network, &step.from, &x, &step.to, y, scratch);
                done(index + 1);
            }
            for (place, numbers) in &mut self.outputs {
                let length = numbers.len() / parts;
                give_out(&arena[place.region.clone()], &place.view, &mut numbers[part * length..][..length]);
            }
        }
        Ok(&self.outputs[0].1)
    }
}

/// Numbers of all values of a run that a core's own cache holds beside the weights: a quarter of a mebibyte.
const NEAR: usize = 1 << 16;

/// Images of a batch to take together where one takes `numbers`: the next layer should find what one layer wrote still near.
fn part_of(batch: usize, numbers: usize) -> usize {
    let near = |&images: &usize| batch.is_multiple_of(images) && images.saturating_mul(numbers) <= NEAR;
    (1..=batch).rev().find(near).unwrap_or(1)
}
