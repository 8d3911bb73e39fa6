//! Builds a small network, trains it on drawn digits for some seconds, and tests it on digits that it has not seen.
//!
//!     cargo run --release --example train_network

use std::error::Error;

use convscope::digits::ink::{DigitImage, templates};
use convscope::exec::plan::Plan;
use convscope::graph::{Builder, Network};
use convscope::layers::{Activation, Conv, Dense, Flatten, MaxPool};
use convscope::rng::{Rng, stream};
use convscope::train::optimizer::Rule;
use convscope::train::{Batch, Examples, Learner};

/// The digit of a number, drawn from a stroke template: the same number, the same drawing.
fn example(number: u32) -> (DigitImage, u8) {
    let digit = (number % 10) as u8;
    let drawing = templates::draw(digit, &mut stream(1, &[number.into()])).expect("a digit below 10");
    (drawing.frame().expect("few points").expect("a digit has ink"), digit)
}

/// A batch of drawn digits, in one shard.
struct DrawnDigits {
    step: u64,
    input: Vec<f32>,
    labels: Vec<u8>,
}

impl DrawnDigits {
    fn new(step: u32) -> Self {
        let (mut input, mut labels) = (Vec::new(), Vec::new());
        for (image, digit) in (step * 32..(step + 1) * 32).map(example) {
            input.extend(image.0);
            labels.push(digit);
        }
        DrawnDigits { step: step.into(), input, labels }
    }
}

impl Batch for DrawnDigits {
    fn shards(&self) -> usize {
        1
    }

    fn examples(&self, _shard: usize) -> Examples<'_> {
        Examples { input: &self.input, labels: &self.labels }
    }

    fn dropout(&self, _shard: usize) -> Rng {
        stream(2, &[self.step])
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let graph = Builder::new("small", "ink", [1, 1, 28, 28])
        .then("conv1", Conv::new(8, 5).stride(2))
        .then("relu1", Activation::Relu)
        .then("pool1", MaxPool::new(2, 2))
        .then("flatten", Flatten {})
        .then("dense", Dense::new(10))
        .build()?;
    let network = Network::initialize(graph, 1)?;

    let mut learner = Learner::new(network, Rule::Sgd { momentum: 0.9 }, 1e-4, 1.0, 1)?;
    for step in 0..300u32 {
        let result = learner.step(&DrawnDigits::new(step), 0.05)?;
        if step % 50 == 0 {
            println!("step {step}: loss {:.3}, accuracy {:.2}", result.loss, result.accuracy);
        }
    }

    let network = learner.network();
    let mut plan = Plan::new(network, 1)?;
    let mut correct = 0;
    for number in 1_000_000..1_000_500 {
        let (image, digit) = example(number);
        let logits = plan.run(network, &[&image.0])?;
        let best = (0..10).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).expect("ten logits");
        correct += u32::from(best == usize::from(digit));
    }
    println!("accuracy on 500 other digits: {:.3}", f64::from(correct) / 500.0);
    Ok(())
}
