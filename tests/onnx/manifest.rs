//! The runner of a folder of cases: a model, its inputs, and the outputs that it must give.

use std::path::Path;

use convscope::exec::plan::Plan;
use convscope::exec::trace::Trace;
use convscope::onnx::{self, Bindings, Given};
use convscope::{Error, Tensor};
use libtest_mimic::Trial;
use serde::Deserialize;

use crate::npy::{self, Array};
use crate::support::cases;
use crate::support::close::{Tolerance, close};
use crate::support::harness;
use crate::support::onnx::no_external_data;

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
    let tolerance = Tolerance::PerElement { absolute: case.atol, relative: case.rtol };
    close(&found.to_row_major(), &expected.values, tolerance)
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
    let imported = onnx::read(&bytes, &bindings, &mut no_external_data).map_err(said)?;
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

/// One test for each case of the folder's manifest.
pub(crate) fn tests(folder: &Path) -> impl Iterator<Item = Trial> {
    let manifest: Manifest = cases::json(&folder.join("manifest.json"));
    let folder = folder.to_path_buf();
    manifest.cases.into_iter().map(move |case| {
        let folder = folder.clone();
        harness::test(format!("operators::{}", case.name), move || {
            run(&folder, &case).unwrap_or_else(|error| panic!("{error}"));
        })
    })
}
