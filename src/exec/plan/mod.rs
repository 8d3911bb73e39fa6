//! Running a network for speed: layers are fused, weights are packed once, buffers are shared.
//!
//! | rewrite | condition | why |
//! |---|---|---|
//! | a dropout is removed | always | it is the identity outside training |
//! | a pad is removed | always | it is a view of the same maps that includes part of the zero border that windows read anyway |
//! | a normalize is folded into the convolution after it | it has no other reader, and the convolution has no padding | saves one pass over the image |
//! | a batch normalization is folded into the convolution or dense layer before it | that has no other reader | saves one pass over the maps |
//! | a sum is fused into the convolution or dense layer before it | that has no other reader, and the other addend is already computed | the addend is added at the store |
//! | a rectifier is fused into the convolution, dense layer or sum before it | that has no other reader | it costs nothing at the store |
//! | a 2×2 pooling is fused into a convolution of one channel | the intermediate value has no other reader | the intermediate value is never written |
//! | a flatten before a dense layer is removed | it has no other reader | the weights are permuted once, instead of the data in every run |
//! | a concat is removed | its inputs are computed by nodes, belong to no other concat, and have more than one channel (readers of single channels need them pixel by pixel) | the inputs are written straight into its output |
//! | a batch is run in parts | all its values would take more than 256 KiB | a layer finds the output of the previous one still in the cache: 64 images through resnet20 take 46 ms instead of 56 |
//!
//! All other layers run unfused. Values are stored in one arena, in regions that values with disjoint lifetimes share,
//! inside the zero border that their readers require (`place`).

mod branches;
mod chain;
mod cpu;
mod fuse;
mod operation;
mod place;

use super::trace::batch_of;
use crate::error::Result;
use crate::graph::{Graph, Network};
use crate::kernels::view::Border;
use crate::tensor::{Shape, Tensor, resize};
use cpu::{Read, Work, clear_border};
use fuse::Group;
use operation::Operation;
use place::{Place, Places};

/// Places all values of a graph in one arena; `borders` are the borders that each group requires around its first
/// input.
type Placement = fn(&Graph, &[Shape], &[Group], &[Border]) -> Result<Places>;

/// A network compiled for one batch size.
///
/// # Examples
/// ```
/// use convscope::exec::plan::Plan;
/// use convscope::{Network, models};
///
/// let network = Network::initialize(models::graph("lenet5")?, 1)?;
/// let mut plan = Plan::new(&network, 1)?;
/// let logits = plan.run(&network, &[&[0.5; 784]])?;
/// assert_eq!(logits.len(), 10);
/// # Ok::<(), Box<convscope::Error>>(())
/// ```
#[derive(Debug)]
pub struct Plan {
    /// The revision of the weights that it was compiled from.
    revision: u64,
    batch: usize,
    /// Number of parts of the batch. The images of one part run through all steps before the next part starts.
    parts: usize,
    steps: Vec<Step>,
    arena: Tensor,
    scratch: Tensor,
    /// Where each input is copied to, and the region whose border is cleared first.
    inputs: Vec<(Place, Option<Place>)>,
    /// Where each output is stored, and its values in NCHW order.
    outputs: Vec<(Place, Vec<f32>)>,
}

/// One operation of a run.
#[derive(Debug)]
struct Step {
    work: Work,
    from: Vec<Place>,
    to: Place,
    /// A region whose border is not zero, and which this step is the first to write.
    clear: Option<Place>,
    /// The nodes that it computes.
    nodes: Vec<usize>,
}

impl Plan {
    /// Compiles a network for this batch size.
    ///
    /// # Errors
    /// The error of a layer that does not accept its input shapes; [`Error::TooLarge`](crate::Error::TooLarge) or
    /// [`Error::Memory`](crate::Error::Memory) if the values do not fit into memory; in the core binary, `Beyond`
    /// for layers that only the full binary can run.
    pub fn new(network: &Network, batch: usize) -> Result<Self> {
        Plan::compile(network, batch, branches::place)
    }

    /// As [`Plan::new`], for a network whose nodes form a chain.
    ///
    /// # Errors
    /// As [`Plan::new`], and [`Error::Beyond`](crate::Error::Beyond) for a network that branches.
    pub fn of_chain(network: &Network, batch: usize) -> Result<Self> {
        Plan::compile(network, batch, chain::place)
    }

    fn compile(network: &Network, batch: usize, place: Placement) -> Result<Self> {
        let graph = network.graph();
        let groups = fuse::groups(graph);
        let lay_out = |images| {
            let shapes = graph.shapes_for(images)?;
            let borders: Vec<_> =
                groups.iter().map(|group| operation::border(network, group, &shapes)).collect();
            let places = place(graph, &shapes, &groups, &borders)?;
            Ok::<_, Box<crate::Error>>((shapes, places))
        };
        let together = if batch > 1 { part_of(batch, lay_out(1)?.1.arena) } else { batch };
        let (shapes, mut places) = lay_out(together)?;
        // A batch of 0 was rejected there.
        let parts = batch / together;
        // Fails for an arena that is too large, before any value is placed in it.
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

    /// The batch size.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The nodes that each step computes. Nodes without a step cost nothing: dropouts, pads, concats.
    pub fn steps(&self) -> impl Iterator<Item = &[usize]> {
        self.steps.iter().map(|step| &step.nodes[..])
    }

    /// Bytes of activations: all values of a run, and scratch memory for transforms.
    pub fn bytes(&self) -> usize {
        (self.arena.data().len() + self.scratch.data().len()) * size_of::<f32>()
    }

    /// Runs the plan and returns the first output. Inputs and outputs are `[N, …]`, in NCHW order. Allocates
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Mismatch`](crate::Error::Mismatch) when there are too few inputs or they do not have this batch
    /// size, for another network than the plan's, and for one whose weights have changed since.
    pub fn run(&mut self, network: &Network, inputs: &[&[f32]]) -> Result<&[f32]> {
        self.run_noting(network, inputs, |_| ())
    }

    /// Runs the plan as [`Plan::run`] and measures the time of each of the [`Plan::steps`] by `clock`, in its unit;
    /// the first entry is the time for copying the inputs, and the outputs of all parts of a batch but the last.
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

    /// The output at index `index` of the last run, in NCHW order.
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
        let kernels = network.graph().registry().kernels;
        let (arena, scratch) = (self.arena.data_mut(), self.scratch.data_mut());
        for part in 0..parts {
            for ((place, clear), input) in self.inputs.iter().zip(inputs) {
                if let Some(clear) = clear {
                    clear_border(clear, &mut arena[clear.region.clone()]);
                }
                let length = input.len() / parts;
                (kernels.read_nchw)(
                    &input[part * length..][..length],
                    &place.view,
                    &mut arena[place.region.clone()],
                );
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
                (kernels.write_nchw)(
                    &arena[place.region.clone()],
                    &place.view,
                    &mut numbers[part * length..][..length],
                );
            }
        }
        Ok(&self.outputs[0].1)
    }
}

/// Number of values of a run that fit into a core's own cache beside the weights: a quarter of a mebibyte.
const CACHED_VALUES: usize = 1 << 16;

/// Number of images of a batch to run together if one image takes `numbers` values: a layer should find the output
/// of the previous one still in the cache.
fn part_of(batch: usize, numbers: usize) -> usize {
    let fits =
        |&images: &usize| batch.is_multiple_of(images) && images.saturating_mul(numbers) <= CACHED_VALUES;
    (1..=batch).rev().find(fits).unwrap_or(1)
}
