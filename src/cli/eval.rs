//! `convscope eval`: the accuracy of a network or an ensemble.

use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::card;
use super::custom::CustomOptions;
use super::digits::Digits;
use super::frames::Labelled;
use super::model::{self, Opened};

use super::say;
use crate::digits::ensemble::Ensemble;
use crate::digits::gate::{Gate, threshold};
use crate::error::{Error, Result};
use crate::graph::cost::cost;
use crate::kernels::pointwise::arg_max;
use crate::models::card::{Accuracy, Card, Measured, weaknesses};
use crate::train::calibrate::expected_error;

/// Images per task of a thread.
const CHUNK: usize = 500;

/// Measure the accuracy of a network or an ensemble
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Network, or several whose probabilities are averaged
    #[arg(value_name = "MODEL[,MODEL…]", value_delimiter = ',', required = true)]
    models: Vec<String>,
    #[command(flatten)]
    digits: Digits,
    /// Architecture from the catalogue, for a weights file without one
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// Crops per image (shifted and scaled); their probabilities are averaged
    #[arg(long, default_value_t = 1, value_name = "N")]
    crops: usize,
    /// Record the accuracy in the model's card
    #[arg(long)]
    record: bool,
    /// Record the accuracy in the card of these weights, as a result of another training of the same network
    #[arg(long, value_name = "WEIGHTS", conflicts_with = "record")]
    record_beside: Option<PathBuf>,
    #[command(flatten)]
    custom: CustomOptions,
}

pub(super) fn eval(options: &Options, out: &mut dyn Write) -> Result<()> {
    let models: Vec<Opened> = (options.models.iter())
        .map(|model| {
            let mut model = model::open(model, options.network.as_deref())?;
            options.custom.prepare(&mut model)?;
            Ok(model)
        })
        .collect::<Result<_>>()?;
    let labelled = options.digits.read()?;
    let digits = !models.iter().any(|model| model::is_gate(model.network.graph().name()));
    let classes = options.custom.classes(&models[0])?;
    let counts = if digits {
        let evaluation = Evaluation { models: &models, crops: options.crops, classes: classes.as_deref() };
        evaluation.classify_all(&labelled)?
    } else {
        evaluate_gate(&models, &labelled)?
    };
    counts.print(digits && model::gate()?.is_some(), out)?;
    if options.record || options.record_beside.is_some() {
        record(options, &models, &counts)?;
    }
    say(out, format_args!("accuracy {:.4} ({} of {})", counts.accuracy(), counts.correct(), counts.digits()))
}

/// The results for a set of images.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counts {
    /// Digits that the gate accepts, and those of them that are classified correctly.
    accepted: usize,
    accepted_correct: usize,
    /// Digits that the gate rejects, and those of them that would be classified correctly.
    rejected: usize,
    rejected_correct: usize,
    /// Drawings whose label is not a digit, and those of them that the gate rejects.
    non_digits: usize,
    non_digits_rejected: usize,
    /// One row per label, one column per prediction.
    confusion: [[u32; 10]; 10],
    /// For each digit the probabilities, and whether the prediction is correct.
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
            accepted_correct: self.accepted_correct + more.accepted_correct,
            rejected: self.rejected + more.rejected,
            rejected_correct: self.rejected_correct + more.rejected_correct,
            non_digits: self.non_digits + more.non_digits,
            non_digits_rejected: self.non_digits_rejected + more.non_digits_rejected,
        }
    }

    fn digits(&self) -> usize {
        self.accepted + self.rejected
    }

    fn correct(&self) -> usize {
        self.accepted_correct + self.rejected_correct
    }

    fn accuracy(&self) -> f64 {
        self.correct() as f64 / self.digits().max(1) as f64
    }

    /// The expected calibration error at `factor` times the temperature.
    fn calibration_error(&self, factor: f32) -> f64 {
        expected_error(self.answers.iter().map(|(probabilities, correct)| {
            // Dividing the logits by a factor takes that root of the unnormalized probabilities.
            let scaled = |&p: &f32| p.powf(1.0 / factor);
            let max = probabilities.iter().map(scaled).fold(0.0, f32::max);
            (max / probabilities.iter().map(scaled).sum::<f32>(), *correct)
        }))
    }

    fn print(&self, gate: bool, out: &mut dyn Write) -> Result<()> {
        let all = self.digits();
        if gate {
            say(out, format_args!("accepted {} of {all}, {} correct", self.accepted, self.accepted_correct))?;
            say(out, format_args!("rejected {} of {all}, {} correct", self.rejected, self.rejected_correct))?;
            if self.non_digits > 0 {
                let (count, rejected) = (self.non_digits, self.non_digits_rejected);
                say(out, format_args!("not digits {count}, {rejected} rejected"))?;
            }
        }
        if !self.answers.is_empty() {
            say(out, format_args!("expected calibration error {:.4}", self.calibration_error(1.0)))?;
        }
        let [low, high] = interval(self.correct(), all);
        say(out, format_args!("95 % interval {low:.4} to {high:.4}"))
    }
}

/// The 95 % confidence interval of a proportion (Wilson, 1927): it stays within 0 to 1 and holds for small counts too.
fn interval(correct: usize, all: usize) -> [f64; 2] {
    const Z: f64 = 1.959_964;
    let n = all.max(1) as f64;
    let share = correct as f64 / n;
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    [-half, half].map(|half| (middle + half) / (1.0 + Z * Z / n))
}

/// The networks to evaluate.
struct Evaluation<'a> {
    models: &'a [Opened],
    crops: usize,
    classes: Option<&'a [String]>,
}

impl Evaluation<'_> {
    /// Classifies all images, on all threads.
    fn classify_all(&self, labelled: &[Labelled]) -> Result<Counts> {
        let classify_chunk = |labelled: &[Labelled]| {
            // One member has the gate; its result holds for the ensemble.
            let mut members = Vec::new();
            for model in self.models {
                let gate = if members.is_empty() { model::gate()? } else { None };
                members.push(model.classifier(gate)?);
            }
            let mut ensemble = Ensemble::new(members, self.crops)?;
            let add = |sum: Counts, one| Ok(sum.plus(self.classify_one(&mut ensemble, one)?));
            labelled.iter().try_fold(Counts::default(), add)
        };
        let counts: Vec<Counts> = labelled.par_chunks(CHUNK).map(classify_chunk).collect::<Result<_>>()?;
        Ok(counts.into_iter().fold(Counts::default(), Counts::plus))
    }

    fn classify_one(&self, ensemble: &mut Ensemble, labelled: &Labelled) -> Result<Counts> {
        let prediction = ensemble.classify(labelled.frame.as_ref())?;
        let accepted = prediction.digit.is_some();
        let Some(digit) = labelled.digit else {
            let non_digits_rejected = usize::from(!accepted);
            return Ok(Counts { non_digits: 1, non_digits_rejected, ..Counts::default() });
        };
        // An empty drawing and NaN logits have confidence 0 and no correct answer.
        let answered = prediction.confidence > 0.0;
        let best = arg_max(&prediction.probabilities);
        let class = match self.classes {
            Some(names) => names[best].parse().ok(),
            None => Some(best),
        };
        let predicted = class.filter(|_| answered);
        let correct = usize::from(predicted == Some(usize::from(digit)));
        let mut counts = if accepted {
            Counts { accepted: 1, accepted_correct: correct, ..Counts::default() }
        } else {
            Counts { rejected: 1, rejected_correct: correct, ..Counts::default() }
        };
        let row = counts.confusion.get_mut(usize::from(digit));
        if let Some(cell) = row.zip(predicted).and_then(|(row, predicted)| row.get_mut(predicted)) {
            *cell = 1;
        }
        if answered {
            counts.answers.push((prediction.probabilities, correct > 0));
        }
        Ok(counts)
    }
}

/// Evaluates a gate: it is correct when it accepts a digit and when it rejects anything else.
fn evaluate_gate(models: &[Opened], labelled: &[Labelled]) -> Result<Counts> {
    let [model] = models else {
        let found = format!("{} networks with a gate among them", models.len());
        return Err(Error::mismatch("eval", "one gate, or networks that classify digits", found));
    };
    let mut gate = Gate::new(model.network.clone(), threshold(&model.metadata)?)?;
    let mut counts = Counts::default();
    for one in labelled {
        let accepted = match &one.frame {
            Some(image) => gate.probability(image).map(|probability| gate.accepts(probability))?,
            None => false,
        };
        counts.accepted += 1;
        counts.accepted_correct += usize::from(accepted == one.digit.is_some());
    }
    Ok(counts)
}

/// Records the accuracy in the model's card, or in that of weights from another training.
fn record(options: &Options, models: &[Opened], counts: &Counts) -> Result<()> {
    let ([name], [model]) = (&options.models[..], models) else {
        return Err(Error::mismatch("eval --record", "one model", options.models.len()));
    };
    if options.crops > 1 {
        return Err(Error::mismatch("eval --record", "--crops 1", options.crops));
    }
    if let Some(last) = options.digits.last {
        return Err(Error::mismatch("eval --record", "the complete set", format!("--last {last}")));
    }
    let weights = model::path(name)?;
    let mut card = card_of(&weights)?;
    if let Some(others) = &options.record_beside {
        let mut beside = card_of(others)?;
        if beside.name != card.name || beside.command == card.command {
            let expected = format!("another training of {}", beside.name);
            let found = format!("{} from `{}`", card.name, card.command);
            return Err(Error::mismatch("eval --record-beside", expected, found));
        }
        set_accuracy(options, counts, beside.others.entry(card.command).or_default());
        return card::write_beside(&beside, others);
    }
    set_accuracy(options, counts, &mut card.accuracy);
    // Older cards do not have these.
    let cost = cost(model.network.graph());
    (card.parameters, card.macs) = (cost.parameters, cost.macs);
    if !model::is_gate(&card.name) {
        let measured = Measured {
            data: options.digits.name(),
            right: counts.correct(),
            of: counts.digits(),
            interval: interval(counts.correct(), counts.digits()),
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
    card::read_beside(weights)?.ok_or_else(|| {
        let expected = "a card beside the weights (`convscope train` writes one)";
        Error::mismatch("eval --record", expected, "no such file").at(weights.display())
    })
}

/// Sets the accuracy on MNIST or on pen digits.
fn set_accuracy(options: &Options, counts: &Counts, accuracy: &mut Accuracy) {
    let value = if options.digits.idx.is_some() { &mut accuracy.mnist } else { &mut accuracy.pen };
    *value = Some(counts.accuracy());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_matches_wilson() {
        let [low, high] = interval(9905, 10_000);
        assert!((low - 0.98841).abs() < 1e-4 && (high - 0.99222).abs() < 1e-4, "{low} {high}");
        assert!((interval(10, 10)[1] - 1.0).abs() < 1e-9);
        assert!(interval(0, 0).iter().all(|share| share.is_finite()));
    }
}
