//! `convscope bench`: measures the run time of networks, on one thread except for training.

use std::io::Write;
use std::time::{Duration, Instant};

use rand::RngExt;

use super::peak::peak;
use super::{model, say};
use crate::cli::threads::Pool;
use crate::digits::ink::DigitImage;
use crate::error::{Place, Result};
use crate::exec::plan::Plan;
use crate::exec::trace::Trace;
use crate::formats::idx::{Dataset, Images};
use crate::graph::Network;
use crate::graph::cost::cost;
use crate::models;
use crate::rng::stream;
use crate::simd;
use crate::train::{Data, Recipe, Trainer};

/// The minimum duration of one measurement.
const DURATION: Duration = Duration::from_millis(400);

/// The larger batch size, as in the published comparison.
const BATCH: usize = 64;

/// Networks with at least this number of multiply-adds are run with batch size 1 only, because of memory.
const LARGE: u64 = 100_000_000;

/// The batch size for training, as in the published comparison.
const TRAINING_BATCH: usize = 32;

/// Measure the run time of networks: medians in milliseconds
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Networks [default: all in the catalogue with published weights]
    models: Vec<String>,
}

pub(super) fn bench(options: &Options, out: &mut dyn Write) -> Result<()> {
    let published = || {
        let names = models::trained().map(|model| model.name);
        names.filter(|name| model::published(name).is_file()).map(String::from).collect()
    };
    let models: Vec<String> = if options.models.is_empty() { published() } else { options.models.clone() };
    let peak = peak();
    let lanes = simd::variant();
    say(out, format_args!("lanes: {lanes}, peak {:.1} GFLOP/s per core; medians in ms", 2.0 * peak / 1e9))?;
    let columns = ["one", "of peak", "64", "one of 64", "trace", "train 32"];
    let heading: String = columns.iter().map(|column| format!("{column:>10}")).collect();
    say(out, format_args!("{:<22}{heading}", "model"))?;
    for name in &models {
        let network = model::open_or_random(name, None)?.network;
        let macs = cost(network.graph()).macs;
        let (many, each) = if macs < LARGE {
            let many = run(&network, BATCH).at(|| name)?;
            (format!("{many:.3}"), format!("{:.4}", many / BATCH as f64))
        } else {
            ("-".into(), "-".into())
        };
        let training = match models::recipe(network.graph().name()) {
            Ok(recipe) => format!("{:.3}", train(&network, recipe).at(|| name)?),
            Err(_) => "-".into(),
        };
        let (one, trace) = (run(&network, 1).at(|| name)?, trace(&network).at(|| name)?);
        let share = 100.0 * macs as f64 / (one / 1e3) / peak;
        let name = network.graph().name();
        say(
            out,
            format_args!(
                "{name:<22}{one:>10.4}{share:>8.0} %{many:>10}{each:>10}{trace:>10.4}{training:>10}"
            ),
        )?;
    }
    Ok(())
}

/// The median time in milliseconds of at least five runs over at least [`DURATION`], after a warm-up run.
fn median(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    run()?;
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.len() < 5 || start.elapsed() < DURATION {
        let before = Instant::now();
        run()?;
        times.push(before.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// Random values from 0 to 1 for all inputs of a batch.
fn inputs(network: &Network, batch: usize) -> Result<Vec<Vec<f32>>> {
    let mut rng = stream(1, &[]);
    let mut one = |count: usize| (0..count * batch).map(|_| rng.random::<f32>()).collect();
    network.graph().inputs().iter().map(|input| Ok(one(input.shape.elements()?))).collect()
}

fn run(network: &Network, batch: usize) -> Result<f64> {
    let inputs = inputs(network, batch)?;
    let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    let mut plan = Plan::new(network, batch)?;
    median(|| plan.run(network, &inputs).map(drop))
}

fn trace(network: &Network) -> Result<f64> {
    let inputs = inputs(network, 1)?;
    let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    let mut trace = Trace::new(network.graph());
    median(|| trace.run(network, &inputs, None))
}

/// The time of a training step (forward, loss, backward, update) on noise, without augmentation.
fn train(network: &Network, recipe: Recipe) -> Result<f64> {
    let count = 8 * TRAINING_BATCH;
    let mut rng = stream(1, &[]);
    let pixels = (0..count * DigitImage::PIXELS).map(|_| rng.random()).collect();
    let images = Images { count, rows: DigitImage::SIZE, columns: DigitImage::SIZE, pixels };
    let labels = (0..count).map(|i| (i % 10) as u8).collect();
    let data = Data::new(Dataset { images, labels }, recipe.classes)?;
    let augment = recipe.augment.at_strength(0.0);
    let recipe = Recipe { batch: TRAINING_BATCH, epochs: 10_000, augment, ..recipe };
    let mut trainer = Trainer::new(network.clone(), recipe, data, 1, &Pool)?;
    median(|| trainer.step().map(drop))
}
