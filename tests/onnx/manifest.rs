//! The runner of a folder of cases: a model, its inputs, and the outputs that it must give.

use std::path::Path;

use convscope::exec::plan::Plan;
use convscope::exec::trace::Trace;
use convscope::onnx::{self, Bindings, Given};
use convscope::{Error, Result, Tensor};
use serde::Deserialize;

use crate::cases;
use crate::npy::{self, Array};

#[derive(Deserialize)]
struct Manifest {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    dir: String,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    rtol: f64,
    atol: f64,
}

#[derive(Deserialize)]
struct Value {
    name: String,
    file: String,
}

/// What a run must give: as `numpy.allclose` compares.
fn compare(found: &Tensor, expected: &Array, case: &Case) -> std::result::Result<(), String> {
    if found.shape().axes() != expected.shape {
        return Err(format!("shape {} where {:?} is expected", found.shape(), expected.shape));
    }
    for (place, (&found, &expected)) in found.to_row_major().iter().zip(&expected.values).enumerate() {
        let found = f64::from(found);
        let same = found == expected || (found.is_nan() && expected.is_nan());
        if !same && ((found - expected).abs() > case.atol + case.rtol * expected.abs() || found.is_nan()) {
            return Err(format!("number {place} is {found} where {expected} is expected"));
        }
    }
    Ok(())
}

fn no_other_file(_: &onnx::External<'_>) -> Result<Vec<u8>> {
    Err(Error::mismatch("open", "no external data", "some"))
}

fn run(folder: &Path, case: &Case) -> std::result::Result<(), String> {
    let folder = folder.join(&case.dir);
    let arrays: Vec<Array> = case.inputs.iter().map(|input| npy::read(&folder.join(&input.file))).collect();
    let mut bindings = Bindings::default();
    for (input, array) in case.inputs.iter().zip(&arrays) {
        let given = Given { shape: array.shape.clone(), values: Some(array.values.clone()) };
        bindings.inputs.push((input.name.clone(), given));
    }
    let said = |error: Box<Error>| error.to_string();
    let bytes = cases::bytes(&folder.join("model.onnx"));
    let imported = onnx::read(&bytes, &bindings, &mut no_other_file).map_err(said)?;
    // As the page opens it: through a file of ours.
    let network = convscope::formats::network::read(&imported.bytes().map_err(said)?).map_err(said)?.0;
    let graph = network.graph();
    let mut values = Vec::new();
    for input in graph.inputs() {
        let place = case
            .inputs
            .iter()
            .position(|other| other.name == input.name)
            .ok_or("an input of another name")?;
        values.push(arrays[place].values.iter().map(|&value| value as f32).collect::<Vec<f32>>());
    }
    let inputs: Vec<&[f32]> = values.iter().map(|values| &values[..]).collect();
    let mut trace = Trace::new(graph);
    trace.run(&network, &inputs, None).map_err(said)?;
    let mut plan = Plan::new(&network, 1).map_err(said)?;
    let planned = plan.run(&network, &inputs).map_err(said)?;
    for output in &case.outputs {
        let at = graph.named_outputs().iter().position(|other| other.name == output.name);
        let at = at.ok_or_else(|| format!("no output `{}`", output.name))?;
        let expected = npy::read(&folder.join(&output.file));
        let element = format!("{:?}", graph.named_outputs()[at].element).to_lowercase();
        if element != expected.dtype {
            return Err(format!("`{}` is {element} where {} is expected", output.name, expected.dtype));
        }
        let found = trace.value(graph.outputs()[at]);
        compare(found, &expected, case).map_err(|error| format!("`{}`: {error}", output.name))?;
        if at == 0 {
            let planned = Tensor::from_row_major(found.shape().clone(), planned).map_err(said)?;
            compare(&planned, &expected, case)
                .map_err(|error| format!("`{}`, planned: {error}", output.name))?;
        }
    }
    Ok(())
}

fn run_all(folder: &Path) {
    let manifest: Manifest = cases::json(&folder.join("manifest.json"));
    let mut failures = Vec::new();
    for case in &manifest.cases {
        let outcome = std::panic::catch_unwind(|| run(folder, case)).unwrap_or_else(|_| Err("panics".into()));
        if let Err(error) = outcome {
            failures.push(format!("{}: {error}", case.name));
        }
    }
    println!("{}: {} run, {} failed", folder.display(), manifest.cases.len(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn operators_do_as_the_specification_says() {
    if let Some(folder) = cases::folder("onnx-tests") {
        run_all(&folder);
    }
}

#[test]
fn so_do_those_that_have_cases_here() {
    run_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx-cases"));
}
