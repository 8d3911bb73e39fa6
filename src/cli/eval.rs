//! `convscope eval`: how many digits a network, or several together, read right.

use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::card;
use super::digits::Digits;
use super::frames::Labelled;
use super::model::{self, Opened};
use super::own::Own;
use super::say;
use crate::digits::classifier::{Gate, threshold};
use crate::digits::ensemble::Ensemble;
use crate::error::{Error, Result};
use crate::graph::cost::cost;
use crate::kernels::pointwise::arg_max;
use crate::models::card::{Accuracy, Card, Measured, weaknesses};
use crate::train::calibrate::expected_error;

/// Drawings that one thread reads before it takes the next.
const CHUNK: usize = 500;

/// Count the digits that a network reads right
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The network; of several, their probabilities are averaged
    #[arg(value_name = "MODEL[,MODEL…]", value_delimiter = ',', required = true)]
    models: Vec<String>,
    #[command(flatten)]
    digits: Digits,
    /// The catalogue's network that bare weights belong to
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// Looks at each drawing, a little moved or scaled; their probabilities are averaged
    #[arg(long, default_value_t = 1, value_name = "N")]
    crops: usize,
    /// Note the figure in the model's card
    #[arg(long)]
    record: bool,
    /// Note it in the card of these weights, as what another training of the network came to
    #[arg(long, value_name = "WEIGHTS", conflicts_with = "record")]
    record_beside: Option<PathBuf>,
    #[command(flatten)]
    own: Own,
}

pub(super) fn eval(options: &Options, out: &mut dyn Write) -> Result<()> {
    let models: Vec<Opened> = (options.models.iter())
        .map(|model| {
            let mut model = model::open(model, options.network.as_deref())?;
            options.own.prepare(&mut model)?;
            Ok(model)
        })
        .collect::<Result<_>>()?;
    let labelled = options.digits.read()?;
    let digits = !models.iter().any(|model| model::is_gate(model.network.graph().name()));
    let classes = options.own.classes(&models[0])?;
    let counts = if digits {
        let readers = Classifiers { models: &models, crops: options.crops, classes: classes.as_deref() };
        readers.read_all(&labelled)?
    } else {
        judge_all(&models, &labelled)?
    };
    counts.print(digits && model::gate()?.is_some(), out)?;
    if options.record || options.record_beside.is_some() {
        record(options, &models, &counts)?;
    }
    say(out, format_args!("accuracy {:.4} ({} of {})", counts.accuracy(), counts.right(), counts.digits()))
}

/// How a set of drawings was read.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counts {
    accepted: usize,
    accepted_right: usize,
    refused: usize,
    refused_right: usize,
    /// Drawings that are meant to be no digit, and how many of them the gate refused.
    others: usize,
    others_refused: usize,
    /// A row a digit: how often it was read as each.
    confusion: [[u32; 10]; 10],
    /// For each digit its probabilities, and whether the likeliest was right.
    answers: Vec<(Vec<f32>, bool)>,
}

impl Counts {
    fn plus(mut self, more: Counts) -> Counts {
        let cells = self.confusion.iter_mut().flatten();
        cells.zip(more.confusion.iter().flatten()).for_each(|(sum, more)| *sum += more);
        self.answers.extend(more.answers);
        Counts {
            confusion: self.confusion,
            answers: self.answers,
            accepted: self.accepted + more.accepted,
            accepted_right: self.accepted_right + more.accepted_right,
            refused: self.refused + more.refused,
            refused_right: self.refused_right + more.refused_right,
            others: self.others + more.others,
            others_refused: self.others_refused + more.others_refused,
        }
    }

    fn digits(&self) -> usize {
        self.accepted + self.refused
    }

    fn right(&self) -> usize {
        self.accepted_right + self.refused_right
    }

    fn accuracy(&self) -> f64 {
        self.right() as f64 / self.digits().max(1) as f64
    }

    /// The expected calibration error, and what it would be with logits divided by `factor` times as much.
    fn calibration_error(&self, factor: f32) -> f64 {
        expected_error(self.answers.iter().map(|(probabilities, right)| {
            // Dividing logits takes the root of what comes out, before the sum is made 1 again.
            let scaled = |&p: &f32| p.powf(1.0 / factor);
            let greatest = probabilities.iter().map(scaled).fold(0.0, f32::max);
            (greatest / probabilities.iter().map(scaled).sum::<f32>(), *right)
        }))
    }

    fn print(&self, gate: bool, out: &mut dyn Write) -> Result<()> {
        let all = self.digits();
        if gate {
            say(out, format_args!("accepted {} of {all}, {} right", self.accepted, self.accepted_right))?;
            say(out, format_args!("refused {} of {all}, {} right", self.refused, self.refused_right))?;
            if self.others > 0 {
                say(out, format_args!("not digits {}, {} refused", self.others, self.others_refused))?;
            }
        }
        if !self.answers.is_empty() {
            say(out, format_args!("expected calibration error {:.4}", self.calibration_error(1.0)))?;
        }
        let [low, high] = interval(self.right(), all);
        say(out, format_args!("95 % interval {low:.4} to {high:.4}"))
    }
}

/// The 95 % interval of a share, after Wilson (1927): it stays within 0..1, and is right for few drawings too.
fn interval(right: usize, all: usize) -> [f64; 2] {
    const Z: f64 = 1.959_964;
    let n = all.max(1) as f64;
    let share = right as f64 / n;
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    [-half, half].map(|half| (middle + half) / (1.0 + Z * Z / n))
}

/// What reads.
struct Classifiers<'a> {
    models: &'a [Opened],
    crops: usize,
    classes: Option<&'a [String]>,
}

impl Classifiers<'_> {
    /// Reads all drawings, on all threads.
    fn read_all(&self, labelled: &[Labelled]) -> Result<Counts> {
        let read_some = |labelled: &[Labelled]| {
            // The first reader asks the gate; its answer is the same for all.
            let mut readers = Vec::new();
            for model in self.models {
                let gate = if readers.is_empty() { model::gate()? } else { None };
                readers.push(model.reader(gate)?);
            }
            let mut ensemble = Ensemble::new(readers, self.crops)?;
            let read = |sum: Counts, one| Ok(sum.plus(self.read_one(&mut ensemble, one)?));
            labelled.iter().try_fold(Counts::default(), read)
        };
        let counts: Vec<Counts> = labelled.par_chunks(CHUNK).map(read_some).collect::<Result<_>>()?;
        Ok(counts.into_iter().fold(Counts::default(), Counts::plus))
    }

    fn read_one(&self, ensemble: &mut Ensemble, labelled: &Labelled) -> Result<Counts> {
        let prediction = ensemble.classify(labelled.frame.as_ref())?;
        let accepted = prediction.digit.is_some();
        let Some(digit) = labelled.digit else {
            return Ok(Counts { others: 1, others_refused: usize::from(!accepted), ..Counts::default() });
        };
        // Without ink, or where the answer is not a number, there is none, and so no right one.
        let answered = prediction.confidence > 0.0;
        let best = arg_max(&prediction.probabilities);
        let named = match self.classes {
            Some(names) => names[best].parse().ok(),
            None => Some(best),
        };
        let read = named.filter(|_| answered);
        let right = usize::from(read == Some(usize::from(digit)));
        let mut counts = match accepted {
            true => Counts { accepted: 1, accepted_right: right, ..Counts::default() },
            false => Counts { refused: 1, refused_right: right, ..Counts::default() },
        };
        let row = counts.confusion.get_mut(usize::from(digit));
        if let Some(cell) = row.zip(read).and_then(|(row, read)| row.get_mut(read)) {
            *cell = 1;
        }
        if answered {
            counts.answers.push((prediction.probabilities, right > 0));
        }
        Ok(counts)
    }
}

/// A gate: right is to pass digits and to refuse the rest.
fn judge_all(models: &[Opened], labelled: &[Labelled]) -> Result<Counts> {
    let [model] = models else {
        return Err(Error::mismatch("eval", "networks that read digits, or one that does not", models.len()));
    };
    let mut gate = Gate::new(model.network.clone(), threshold(&model.metadata)?)?;
    let mut counts = Counts::default();
    for one in labelled {
        let passes = match &one.frame {
            Some(frame) => gate.probability(frame).map(|probability| gate.accepts(probability))?,
            None => false,
        };
        counts.accepted += 1;
        counts.accepted_right += usize::from(passes == one.digit.is_some());
    }
    Ok(counts)
}

/// Notes the accuracy in the card of the only model, or in that of weights which another training gave.
fn record(options: &Options, models: &[Opened], counts: &Counts) -> Result<()> {
    let ([name], [model]) = (&options.models[..], models) else {
        return Err(Error::mismatch("eval", "one model to record a figure of", options.models.len()));
    };
    if options.crops > 1 || options.digits.last.is_some() {
        return Err(Error::mismatch("eval", "a figure of one look at the whole set to record", "another"));
    }
    let weights = model::path(name)?;
    let mut card = card_of(&weights)?;
    if let Some(others) = &options.record_beside {
        let mut beside = card_of(others)?;
        if beside.name != card.name || beside.command == card.command {
            let expected = format_args!("another training of {}", beside.name);
            return Err(Error::mismatch("eval", expected, card.command));
        }
        note(options, counts, beside.others.entry(card.command).or_default());
        return card::write_beside(&beside, others);
    }
    note(options, counts, &mut card.accuracy);
    // Cards of the first trainings do not have these.
    let cost = cost(model.network.graph());
    (card.parameters, card.macs) = (cost.parameters, cost.macs);
    if !model::is_gate(&card.name) {
        let measured = Measured {
            data: options.digits.name(),
            right: counts.right(),
            of: counts.digits(),
            interval: interval(counts.right(), counts.digits()),
            calibration_error: card.calibration.as_ref().map(|calibration| {
                let [before, after] = calibration.temperature;
                [before / after, 1.0].map(|factor| counts.calibration_error(factor))
            }),
            confusion: counts.confusion,
            weaknesses: weaknesses(&counts.confusion),
        };
        card.measured.insert(if options.digits.idx.is_some() { "mnist" } else { "pen" }.into(), measured);
    }
    card::write_beside(&card, &weights)
}

fn card_of(weights: &Path) -> Result<Card> {
    card::read_beside(weights)?
        .ok_or_else(|| Error::mismatch("eval", "a card beside the weights", "none").at(weights.display()))
}

/// Notes the share that was read right, of what was read.
fn note(options: &Options, counts: &Counts, accuracy: &mut Accuracy) {
    let figure = if options.digits.idx.is_some() { &mut accuracy.mnist } else { &mut accuracy.pen };
    *figure = Some(counts.accuracy());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        let [low, high] = interval(9905, 10_000);
        assert!((low - 0.98841).abs() < 1e-4 && (high - 0.99222).abs() < 1e-4, "{low} {high}");
        assert!((interval(10, 10)[1] - 1.0).abs() < 1e-9);
        assert!(interval(0, 0).iter().all(|share| share.is_finite()));
    }
}
