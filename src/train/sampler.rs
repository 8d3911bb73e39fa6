//! The batches of a training: which examples a step has, drawn and augmented while the step before it runs.

use rand::seq::SliceRandom;

use super::augment::Augment;
use super::data::Data;
use super::learner::{Batch, Examples};
use super::parallel::{Threads, each_mut};
use crate::digits::ink::DigitImage;
use crate::rng::{Rng, stream};

/// Names of the random streams.
const SHUFFLE: u64 = 1;
const EXAMPLE: u64 = 2;
const DROPOUT: u64 = 3;

/// Chooses the examples of each step: all of the data, shuffled again every epoch.
#[derive(Debug)]
pub(super) struct Sampler {
    seed: u64,
    /// Number of examples in the data, and in a batch.
    examples: usize,
    batch: usize,
    /// The epoch that `order` is for, from 0.
    epoch: Option<u64>,
    order: Vec<u32>,
}

impl Sampler {
    pub(super) fn new(seed: u64, examples: usize, batch: usize) -> Self {
        Sampler { seed, examples, batch, epoch: None, order: Vec::new() }
    }

    pub(super) fn steps_per_epoch(&self) -> u64 {
        self.examples.div_ceil(self.batch) as u64
    }

    /// The epoch of a step, both from 0.
    pub(super) fn epoch(&self, step: u64) -> u64 {
        step / self.steps_per_epoch()
    }

    /// The indices of a step's examples, in at most `shards` shards.
    fn shards(&mut self, step: u64, shards: usize) -> Vec<Vec<u32>> {
        let epoch = self.epoch(step);
        if self.epoch != Some(epoch) {
            self.order = (0..self.examples as u32).collect();
            self.order.shuffle(&mut stream(self.seed, &[SHUFFLE, epoch]));
            self.epoch = Some(epoch);
        }
        let first = (step % self.steps_per_epoch()) as usize * self.batch;
        let batch = &self.order[first..self.examples.min(first + self.batch)];
        batch.chunks(batch.len().div_ceil(shards)).map(<[u32]>::to_vec).collect()
    }
}

/// The shards of one step.
#[derive(Debug)]
pub(super) struct DataBatch {
    pub(super) step: u64,
    seed: u64,
    /// From 0.
    epoch: u64,
    augment: Augment,
    shards: Vec<DataShard>,
}

/// The examples of one shard. Its buffers are used again by later steps.
#[derive(Debug, Default)]
pub(super) struct DataShard {
    /// Indices into the data.
    indices: Vec<u32>,
    /// The images, augmented, once they are drawn.
    input: Vec<f32>,
    labels: Vec<u8>,
    /// One image before augmentation.
    image: Vec<f32>,
}

impl DataBatch {
    /// The batch of a step, not yet drawn, in at most `count` shards; `buffers` are those of an earlier batch.
    pub(super) fn new(
        sampler: &mut Sampler,
        step: u64,
        count: usize,
        augment: Augment,
        buffers: Vec<DataShard>,
    ) -> Self {
        let (seed, epoch) = (sampler.seed, sampler.epoch(step));
        let indices = sampler.shards(step, count);
        let mut shards = buffers;
        shards.resize_with(indices.len(), DataShard::default);
        shards.iter_mut().zip(indices).for_each(|(shard, indices)| shard.indices = indices);
        DataBatch { step, seed, epoch, augment, shards }
    }

    /// Draws and augments the examples. Each has a random stream of its own, so that any thread may draw it.
    pub(super) fn draw(mut self, data: &Data, threads: &dyn Threads) -> Self {
        let DataBatch { seed, epoch, augment, .. } = self;
        each_mut(threads, &mut self.shards, |_, DataShard { indices, input, labels, image }| {
            labels.clear();
            image.resize(DigitImage::PIXELS, 0.0);
            input.resize(indices.len() * DigitImage::PIXELS, 0.0);
            for (&index, pixels) in indices.iter().zip(input.chunks_exact_mut(DigitImage::PIXELS)) {
                let mut rng = stream(seed, &[EXAMPLE, epoch, u64::from(index)]);
                labels.push(data.draw(index as usize, &mut rng, image));
                augment.apply(image, &mut rng, pixels);
            }
        });
        self
    }

    /// The buffers, for a later batch.
    pub(super) fn into_buffers(self) -> Vec<DataShard> {
        self.shards
    }
}

impl Batch for DataBatch {
    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn examples(&self, shard: usize) -> Examples<'_> {
        let DataShard { input, labels, .. } = &self.shards[shard];
        Examples { input, labels }
    }

    fn dropout(&self, shard: usize) -> Rng {
        let first = self.shards[shard].indices[0];
        stream(self.seed, &[DROPOUT, self.epoch, u64::from(first)])
    }
}
