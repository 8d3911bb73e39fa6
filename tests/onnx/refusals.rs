//! Files that are no ONNX, or a malicious one: each is read or refused as its manifest says, quickly and in words.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use convscope::error::{Error, Place, Result};
use convscope::formats::onnx::{self, Bindings};
use convscope::graph::Trace;
use serde::Deserialize;

use crate::cases;

/// How long one file may take, debug builds included.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Manifest {
    cases: Vec<Case>,
}

#[derive(Deserialize, Clone)]
struct Case {
    file: String,
    format: String,
    expect: String,
    what: String,
    message_should_mention: Vec<String>,
}

/// Opens a model and runs it on zeros.
fn open(bytes: &[u8]) -> Result<()> {
    let mut none = |_: &onnx::External<'_>| Err(Error::mismatch("open", "no external data", "some"));
    let network = onnx::read(bytes, &Bindings::default(), &mut none)?.network()?;
    let graph = network.graph();
    let zeros = |place: usize| Ok(vec![0.0; graph.shape(place).elements()?]);
    let inputs = (0..graph.inputs().len()).map(zeros).collect::<Result<Vec<_>>>()?;
    let inputs: Vec<&[f32]> = inputs.iter().map(|input| &input[..]).collect();
    Trace::new(graph).run(&network, &inputs, None)
}

/// What is wrong with how the case was taken, if anything.
fn judge(case: &Case, bytes: Vec<u8>) -> Option<String> {
    let (send, outcome) = mpsc::channel();
    let file = case.file.clone();
    thread::spawn(move || send.send(open(&bytes).at(|| &file)));
    let outcome = match outcome.recv_timeout(PATIENCE) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => return Some("takes too long".into()),
        Err(mpsc::RecvTimeoutError::Disconnected) => return Some("panics".into()),
    };
    let Err(error) = outcome else {
        return (case.expect == "error").then(|| "is read".into());
    };
    let message = error.to_string();
    let problem = message.split_once(": ").map_or("", |(_, problem)| problem);
    if std::env::var_os("CONVSCOPE_SHOW").is_some() {
        println!("{}: {message}", case.what);
    }
    if case.expect == "ok" {
        return Some(format!("is refused: {message}"));
    }
    // A name may be part of another word here, as it is quoted; the problem is what comes after the file's.
    let missing = |word: &&String| !problem.to_lowercase().contains(&word.to_lowercase());
    let unsaid = case.message_should_mention.iter().find(missing);
    unsaid.filter(|_| case.expect == "error").map(|word| format!("does not mention {word}: {message}"))
}

#[test]
fn hostile_models_are_refused_in_words() {
    let Some(folder) = cases::folder("hostile") else { return };
    let manifest: Manifest = cases::json(&folder.join("manifest.json"));
    let ours: Vec<_> = manifest.cases.into_iter().filter(|case| case.format == "onnx").collect();
    let mut failures = Vec::new();
    for case in &ours {
        if let Some(problem) = judge(case, cases::bytes(&folder.join(&case.file))) {
            failures.push(format!("{} ({}) {problem}", case.file, case.what));
        }
    }
    println!("hostile: {} run", ours.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
