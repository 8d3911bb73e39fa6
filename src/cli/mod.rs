//! The native command, one file a subcommand. It exits 0, or 1 with one sentence on stderr, or 2 for wrong usage.

mod bench;
mod calibrate;
mod card;
mod classify;
mod cost;
mod digits;
mod eval;
mod export;
mod files;
mod frames;
pub mod mnist;
mod model;
mod models;
mod npy;
mod onnx;
mod own;
mod peak;
mod run;
mod threshold;
mod train;

use std::io::{self, ErrorKind, Write};
use std::ops::RangeInclusive;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Result};

/// Convolutional networks: run, measured, opened and trained.
///
/// A MODEL is a name of the catalogue (`convscope models`) or a path to an .onnx or .safetensors file.
#[derive(Debug, Parser)]
#[command(name = "convscope", version)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Models(models::Options),
    Eval(eval::Options),
    Classify(classify::Options),
    Cost(cost::Options),
    Run(run::Options),
    Train(train::Options),
    Calibrate(calibrate::Options),
    Export(export::Options),
    Bench(bench::Options),
}

/// Runs the command that the process was given.
pub fn main() -> ExitCode {
    let command = Command::parse();
    match perform(command.verb, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("convscope: {error}");
            ExitCode::FAILURE
        }
    }
}

fn perform(verb: Verb, out: &mut dyn Write) -> Result<()> {
    match verb {
        Verb::Models(options) => models::models(&options, out),
        Verb::Eval(options) => eval::eval(&options, out),
        Verb::Classify(options) => classify::classify(&options, out),
        Verb::Cost(options) => cost::cost(&options, out),
        Verb::Run(options) => run::run(&options, out),
        Verb::Train(options) => train::train(&options, out),
        Verb::Calibrate(options) => calibrate::calibrate(&options, out),
        Verb::Export(options) => export::export(&options, out),
        Verb::Bench(options) => bench::bench(&options, out),
    }
}

/// Prints a line. A reader that has heard enough (`| head`) is no error.
fn say(out: &mut dyn Write, line: impl std::fmt::Display) -> Result<()> {
    match writeln!(out, "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(io_error(&error)),
        _ => Ok(()),
    }
}

/// What a structure is as JSON.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain structures are always JSON")
}

fn io_error(error: &io::Error) -> Box<Error> {
    Box::new(Error::Io { reason: error.to_string() })
}

/// Writers of an ink file, `21-30` or `7`.
fn writers(text: &str) -> std::result::Result<RangeInclusive<u32>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok(first..=last),
        _ => Err("writers are given as a range, 21-30, or as one number".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Command::command().debug_assert();
    }

    #[test]
    fn writers_are_a_range_or_one() {
        assert_eq!(writers("21-30"), Ok(21..=30));
        assert_eq!(writers("7"), Ok(7..=7));
        for bad in ["", "-", "30-21", "a-b", "1-2-3"] {
            assert!(writers(bad).is_err(), "{bad}");
        }
    }
}
