//! Malformed and malicious files: each is read or refused as its manifest says, quickly, in words and in little memory.
//!
//! The folder of cases is named by `CONVSCOPE_CASES`: unset means skipped, set but missing is a failure.

#![cfg(feature = "cli")]

mod cases;

use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use convscope::error::{Error, Place, Result};
use convscope::exec::trace::Trace;
use convscope::formats::{idx, safetensors};
use convscope::onnx::{self, Bindings};
use serde::Deserialize;

/// How long one file may take, debug builds included.
const PATIENCE: Duration = Duration::from_secs(2);

/// What reading may take beside four times the file.
const ROOM: usize = 64 << 20;

/// Names the file to the process that reads it alone.
const ALONE: &str = "CONVSCOPE_HOSTILE";

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

/// Reads the bytes as what the case wants them to be.
fn read(case: &Case, bytes: &[u8]) -> Result<()> {
    let name = case.file.rsplit('/').next().unwrap_or_default();
    match case.format.as_str() {
        "safetensors" => safetensors::read(bytes).map(drop),
        "onnx" => open_model(bytes),
        _ if name.contains("as_labels") => idx::labels(bytes).map(drop),
        _ if name.starts_with("labels") => {
            idx::labels(bytes).and_then(|labels| idx::pair(three_images(), labels).map(drop))
        }
        _ => idx::images(bytes).map(drop),
    }
    .at(|| &case.file)
}

/// Opens a model and runs it on zeros.
fn open_model(bytes: &[u8]) -> Result<()> {
    let mut none = |_: &onnx::External<'_>| Err(Error::mismatch("open", "no external data", "some"));
    let network = onnx::read(bytes, &Bindings::default(), &mut none)?.network()?;
    let graph = network.graph();
    let zeros = |place: usize| Ok(vec![0.0; graph.shape(place).elements()?]);
    let inputs = (0..graph.inputs().len()).map(zeros).collect::<Result<Vec<_>>>()?;
    let inputs: Vec<&[f32]> = inputs.iter().map(|input| &input[..]).collect();
    Trace::new(graph).run(&network, &inputs, None)
}

/// The good images that cases of labels are paired with.
fn three_images() -> idx::Images {
    idx::Images { count: 3, rows: 28, columns: 28, pixels: vec![0; 3 * 28 * 28] }
}

/// What is wrong with how the case was taken, if anything.
fn judge(case: &Case, bytes: Vec<u8>) -> Option<String> {
    let (send, outcome) = mpsc::channel();
    let own = case.clone();
    thread::spawn(move || send.send(read(&own, &bytes)));
    let outcome = match outcome.recv_timeout(PATIENCE) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => return Some("takes too long".into()),
        Err(mpsc::RecvTimeoutError::Disconnected) => return Some("panics".into()),
    };
    match (outcome, case.expect.as_str()) {
        (Ok(()), "error") => Some("is read".into()),
        (Err(error), "ok") => Some(format!("is refused: {error}")),
        (Err(error), _) => {
            let message = error.to_string();
            // A file's name may hold the word that is looked for; the problem is what comes after it.
            let problem = message.split_once(": ").map_or("", |(_, problem)| problem);
            let missing = |word: &&String| !problem.to_lowercase().contains(&word.to_lowercase());
            let unsaid = case.message_should_mention.iter().find(missing);
            unsaid
                .map(|word| format!("does not mention {word}: {message}"))
                .or_else(|| problem.is_empty().then(|| format!("says nothing: {message}")))
        }
        (Ok(()), _) => None,
    }
}

#[test]
fn hostile_files_are_refused_in_words() {
    let Some(folder) = cases::folder("hostile") else {
        return;
    };
    let manifest: Manifest = cases::json(&folder.join("manifest.json"));
    let (mut failures, mut slowest) = (Vec::new(), (Duration::ZERO, String::new()));
    for case in &manifest.cases {
        let begin = Instant::now();
        if let Some(problem) = judge(case, cases::bytes(&folder.join(&case.file))) {
            failures.push(format!("{} ({}) {problem}", case.file, case.what));
        }
        slowest = slowest.max((begin.elapsed(), case.file.clone()));
    }
    println!("hostile: slowest {} with {:.3} s", slowest.1, slowest.0.as_secs_f64());
    println!("hostile: {} run", manifest.cases.len());
    assert!(!manifest.cases.is_empty(), "the manifest has no case for these readers");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The most memory that this process has held, in bytes; `None` where the system does not say.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? << 10)
}

/// Reads one file in a process of its own, so that nobody else's memory is measured.
#[test]
#[ignore = "run by the test of memory, once for each file"]
fn one_file_alone() {
    let Some(file) = std::env::var_os(ALONE) else { return };
    let folder = cases::folder("hostile").expect("the test that runs this has it");
    let manifest: Manifest = cases::json(&folder.join("manifest.json"));
    let case = manifest.cases.iter().find(|case| Path::new(&case.file) == Path::new(&file)).expect("a case");
    let before = peak().expect("the test that runs this could ask");
    let _ = read(case, &cases::bytes(&folder.join(&case.file)));
    println!("took {}", peak().expect("as before") - before);
}

#[test]
fn hostile_files_take_little_memory() {
    let (Some(folder), Some(_)) = (cases::folder("hostile"), peak()) else {
        return;
    };
    let manifest: Manifest = cases::json(&folder.join("manifest.json"));
    let (mut failures, mut most) = (Vec::new(), (0, String::new()));
    for case in &manifest.cases {
        let size = cases::bytes(&folder.join(&case.file)).len();
        let run = Command::new(std::env::current_exe().expect("a test is a program"))
            .args(["--exact", "one_file_alone", "--ignored", "--nocapture"])
            .env(ALONE, &case.file)
            .output()
            .expect("the program that runs this runs again");
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        let took = said.lines().find_map(|line| line.strip_prefix("took ")?.parse::<usize>().ok());
        match took {
            Some(took) if took <= ROOM + 4 * size => most = most.max((took, case.file.clone())),
            Some(took) => failures.push(format!("{} takes {took} bytes", case.file)),
            None => failures.push(format!("{}: {said}", case.file)),
        }
    }
    println!("hostile: most memory {} KiB, by {}", most.0 >> 10, most.1);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
