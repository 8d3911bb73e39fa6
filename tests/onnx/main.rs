//! ONNX import and export: operators, published networks, and round trips. tests/hostile covers malformed files.

mod manifest;
mod mnist;
mod round_trip;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use support::{cases, harness};

fn main() -> ExitCode {
    let mut tests: Vec<_> = manifest::tests(&cases::repository("tests/onnx-cases")).collect();
    match cases::folder("onnx-tests") {
        Ok(folder) => tests.extend(manifest::tests(&folder)),
        missing => tests.push(harness::test_with("operators::of_the_onnx_project", missing, |_| {})),
    }
    let zoo = cases::folder("models/cntk-mnist");
    tests.push(harness::test_with("zoo::mnist_reproduces_its_test_data", zoo, |folder| {
        mnist::reproduces_its_test_data(&folder);
    }));
    tests.push(harness::test(
        "round_trip::every_network_of_the_catalogue_survives_a_round_trip",
        round_trip::every_network_of_the_catalogue_survives_a_round_trip,
    ));
    harness::run(tests)
}
