//! Runs a folder of cases, each with a model, its inputs and the expected outputs.

use std::path::Path;

use convscope::exec::plan::Plan;
use convscope::exec::trace::Trace;
use convscope::formats::npy::{self, Array};
use convscope::onnx::{self, Bindings, Given};
use convscope::{Error, Tensor};
use serde::Deserialize;

use crate::{cases, no_external_data};

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

/// Compares as `numpy.allclose` does; NaN equals NaN.
fn compare(found: &Tensor, expected: &Array, case: &Case) -> Result<(), String> {
    if *found.shape() != expected.shape {
        return Err(format!("shape {} instead of {}", found.shape(), expected.shape));
    }
    for (index, (&found, &expected)) in found.to_row_major().iter().zip(&expected.values).enumerate() {
        let found = f64::from(found);
        let same = found == expected || (found.is_nan() && expected.is_nan());
        if !same && ((found - expected).abs() > case.atol + case.rtol * expected.abs() || found.is_nan()) {
            return Err(format!("value {index} is {found} instead of {expected}"));
        }
    }
    Ok(())
}

fn read(path: &Path) -> Array {
    npy::read(&cases::bytes(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn run(folder: &Path, case: &Case) -> Result<(), String> {
    let folder = folder.join(&case.dir);
    let arrays: Vec<Array> = case.inputs.iter().map(|input| read(&folder.join(&input.file))).collect();
    let mut bindings = Bindings::default();
    for (input, array) in case.inputs.iter().zip(&arrays) {
        let given = Given { shape: array.shape.axes().to_vec(), values: Some(array.values.clone()) };
        bindings.inputs.push((input.name.clone(), given));
    }
    let message = |error: Box<Error>| error.to_string();
    let bytes = cases::bytes(&folder.join("model.onnx"));
    let imported = onnx::read(&bytes, &bindings, &mut no_external_data).map_err(message)?;
    // As in the page: through a safetensors file.
    let network = convscope::formats::network::read(&imported.bytes().map_err(message)?).map_err(message)?.0;
    let graph = network.graph();
    let mut values = Vec::new();
    for input in graph.inputs() {
        let index = case.inputs.iter().position(|other| other.name == input.name);
        let index = index.ok_or_else(|| format!("the case has no input `{}`", input.name))?;
        values.push(arrays[index].values.iter().map(|&value| value as f32).collect::<Vec<f32>>());
    }
    let inputs: Vec<&[f32]> = values.iter().map(|values| &values[..]).collect();
    let mut trace = Trace::new(graph);
    trace.run(&network, &inputs, None).map_err(message)?;
    let mut plan = Plan::new(&network, 1).map_err(message)?;
    let planned = plan.run(&network, &inputs).map_err(message)?;
    for output in &case.outputs {
        let index = graph.named_outputs().iter().position(|other| other.name == output.name);
        let index = index.ok_or_else(|| format!("no output `{}`", output.name))?;
        let expected = read(&folder.join(&output.file));
        let element = graph.named_outputs()[index].element;
        if element != expected.element {
            return Err(format!("`{}` is {element:?} instead of {:?}", output.name, expected.element));
        }
        let found = trace.value(graph.outputs()[index]);
        compare(found, &expected, case).map_err(|error| format!("`{}`: {error}", output.name))?;
        if index == 0 {
            let planned = Tensor::from_row_major(found.shape().clone(), planned).map_err(message)?;
            compare(&planned, &expected, case)
                .map_err(|error| format!("`{}`, compiled plan: {error}", output.name))?;
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
fn operators_conform_to_the_onnx_specification() {
    if let Some(folder) = cases::folder("onnx-tests") {
        run_all(&folder);
    }
}

#[test]
fn operators_match_the_cases_in_the_repository() {
    run_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx-cases"));
}
