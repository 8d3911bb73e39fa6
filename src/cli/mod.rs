//! The native command, one file per subcommand. It exits with 0, with 1 and one sentence on stderr, or with 2 for wrong
//! usage.

mod bench;
mod calibrate;
mod card;
mod classify;
mod cost;
mod custom;
mod digits;
mod eval;
mod export;
mod files;
mod frames;
pub mod mnist;
mod model;
mod models;
mod onnx;
mod peak;
mod run;
mod threads;
mod threshold;
mod train;

use std::io::{self, ErrorKind, Write};
use std::ops::RangeInclusive;
use std::process::ExitCode;

use clap::Parser;

use crate::error::{Error, Result};

/// Run, measure, inspect and train convolutional networks.
///
/// A MODEL is a name from the catalogue (`convscope models`) or a path to an .onnx or .safetensors file.
#[derive(Debug, Parser)]
#[command(name = "convscope", version)]
struct Command {
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
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

/// Runs the command line of the process.
pub fn main() -> ExitCode {
    let command = Command::parse();
    match run(command.subcommand, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("convscope: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(subcommand: Subcommand, out: &mut dyn Write) -> Result<()> {
    match subcommand {
        Subcommand::Models(options) => models::models(&options, out),
        Subcommand::Eval(options) => eval::eval(&options, out),
        Subcommand::Classify(options) => classify::classify(&options, out),
        Subcommand::Cost(options) => cost::cost(&options, out),
        Subcommand::Run(options) => run::run(&options, out),
        Subcommand::Train(options) => train::train(&options, out),
        Subcommand::Calibrate(options) => calibrate::calibrate(&options, out),
        Subcommand::Export(options) => export::export(&options, out),
        Subcommand::Bench(options) => bench::bench(&options, out),
    }
}

/// Prints a line. A closed pipe (`| head`) is not an error.
fn say(out: &mut dyn Write, line: impl std::fmt::Display) -> Result<()> {
    match writeln!(out, "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(io_error(&error)),
        _ => Ok(()),
    }
}

/// Writes a value as JSON.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain structures are always JSON")
}

fn io_error(error: &io::Error) -> Box<Error> {
    Box::new(Error::Io { reason: error.to_string() })
}

/// Parses the writers of an ink file: a range like `21-30`, or one number.
fn writers(text: &str) -> std::result::Result<RangeInclusive<u32>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok(first..=last),
        _ => Err("expected a range like 21-30, or one number".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Command::command().debug_assert();
    }

    #[test]
    fn writers_are_a_range_or_one_number() {
        assert_eq!(writers("21-30"), Ok(21..=30));
        assert_eq!(writers("7"), Ok(7..=7));
        for bad in ["", "-", "30-21", "a-b", "1-2-3"] {
            assert!(writers(bad).is_err(), "{bad}");
        }
    }
}
