//! Examples drawn and varied ahead: while the network learns from one batch, other threads draw the next.

use rand::seq::SliceRandom;

use super::augment::Augment;
use super::data::Data;
use super::learner::{Examples, Source};
use crate::digits::ink::DigitImage;
use crate::rng::{Rng, stream};

/// Names of the streams of randomness that examples are drawn from.
const SHUFFLE: u64 = 1;
const EXAMPLE: u64 = 2;
const DROPOUT: u64 = 3;

/// Which examples come when: the data in another order every epoch.
#[derive(Debug)]
pub(super) struct Timetable {
    seed: u64,
    /// Examples in all, and in a batch.
    examples: usize,
    batch: usize,
    epoch: Option<u64>,
    order: Vec<u32>,
}

impl Timetable {
    pub(super) fn new(seed: u64, examples: usize, batch: usize) -> Self {
        Timetable { seed, examples, batch, epoch: None, order: Vec::new() }
    }

    pub(super) fn steps_an_epoch(&self) -> u64 {
        self.examples.div_ceil(self.batch) as u64
    }

    /// The epoch that a step is in, from 0.
    pub(super) fn epoch(&self, step: u64) -> u64 {
        step / self.steps_an_epoch()
    }

    /// The examples of a step, in at most so many pieces.
    fn pieces(&mut self, step: u64, pieces: usize) -> Vec<Vec<u32>> {
        let (epoch, place) = (self.epoch(step), step % self.steps_an_epoch());
        if self.epoch != Some(epoch) {
            self.order = (0..self.examples as u32).collect();
            self.order.shuffle(&mut stream(self.seed, &[SHUFFLE, epoch]));
            self.epoch = Some(epoch);
        }
        let first = place as usize * self.batch;
        let batch = &self.order[first..self.examples.min(first + self.batch)];
        batch.chunks(batch.len().div_ceil(pieces)).map(<[u32]>::to_vec).collect()
    }
}

/// The examples of one step.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) step: u64,
    seed: u64,
    epoch: u64,
    augment: Augment,
    pieces: Vec<Vec<u32>>,
    /// Of each piece, once they are drawn.
    examples: Vec<Examples>,
}

impl Batch {
    /// A step's batch, not yet drawn; `room` is used again.
    pub(super) fn new(
        timetable: &mut Timetable,
        step: u64,
        pieces: usize,
        augment: Augment,
        room: Vec<Examples>,
    ) -> Self {
        let (seed, epoch) = (timetable.seed, timetable.epoch(step));
        let pieces = timetable.pieces(step, pieces);
        let mut examples = room;
        examples.resize_with(pieces.len(), Examples::default);
        Batch { step, seed, epoch, augment, pieces, examples }
    }

    /// Draws and varies the examples. Each draws from a stream of its own, whichever thread does it.
    pub(super) fn draw(mut self, data: &Data) -> Self {
        let Batch { seed, epoch, augment, .. } = self;
        each(&mut self.examples, &self.pieces, |examples, piece| {
            let Examples { input, labels, scratch } = examples;
            labels.clear();
            scratch.resize(DigitImage::PIXELS, 0.0);
            input.resize(piece.len() * DigitImage::PIXELS, 0.0);
            for (&example, pixels) in piece.iter().zip(input.chunks_exact_mut(DigitImage::PIXELS)) {
                let mut rng = stream(seed, &[EXAMPLE, epoch, u64::from(example)]);
                labels.push(data.draw(example as usize, &mut rng, scratch));
                augment.apply(scratch, &mut rng, pixels);
            }
        });
        self
    }

    /// The numbers of the examples, piece by piece.
    pub(super) fn pieces(&self) -> Vec<&[u32]> {
        self.pieces.iter().map(Vec::as_slice).collect()
    }

    /// The room that the examples took.
    pub(super) fn into_room(self) -> Vec<Examples> {
        self.examples
    }
}

impl Source for Batch {
    fn draw(&self, piece: &[u32], examples: &mut Examples) {
        // An example is in one piece only.
        let drawn = self.pieces.iter().zip(&self.examples).find(|(own, _)| own.first() == piece.first());
        if let Some((_, drawn)) = drawn {
            drawn.input.clone_into(&mut examples.input);
            drawn.labels.clone_into(&mut examples.labels);
        }
    }

    fn dropout(&self, piece: &[u32]) -> Rng {
        stream(self.seed, &[DROPOUT, self.epoch, u64::from(piece[0])])
    }
}

/// Does both, at the same time where there are threads.
#[cfg(feature = "cli")]
pub(super) fn together<A: Send, B: Send>(
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    rayon::join(a, b)
}

/// Does both, one after the other.
#[cfg(not(feature = "cli"))]
pub(super) fn together<A, B>(a: impl FnOnce() -> A, b: impl FnOnce() -> B) -> (A, B) {
    (a(), b())
}

#[cfg(feature = "cli")]
fn each(examples: &mut [Examples], pieces: &[Vec<u32>], draw: impl Fn(&mut Examples, &[u32]) + Sync) {
    use rayon::prelude::*;
    examples.par_iter_mut().zip(pieces).for_each(|(examples, piece)| draw(examples, piece));
}

#[cfg(not(feature = "cli"))]
fn each(examples: &mut [Examples], pieces: &[Vec<u32>], draw: impl Fn(&mut Examples, &[u32])) {
    examples.iter_mut().zip(pieces).for_each(|(examples, piece)| draw(examples, piece));
}
