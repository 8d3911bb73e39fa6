//! Malformed and malicious files: each is read or refused as its manifest says, quickly and in words.
//!
//! The folder of cases is named by `CONVSCOPE_CASES`: unset means skipped, set but missing is a failure.

mod cases;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use convscope::error::{Place, Result};
use convscope::formats::{idx, safetensors};
use serde::Deserialize;

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

/// Reads the bytes as what the case wants them to be.
fn read(case: &Case, bytes: &[u8]) -> Result<()> {
    let name = case.file.rsplit('/').next().unwrap_or_default();
    match case.format.as_str() {
        "safetensors" => safetensors::read(bytes).map(drop),
        _ if name.contains("as_labels") => idx::labels(bytes).map(drop),
        _ if name.starts_with("labels") => {
            idx::labels(bytes).and_then(|labels| idx::pair(three_images(), labels).map(drop))
        }
        _ => idx::images(bytes).map(drop),
    }
    .at(|| &case.file)
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
            let missing = |word: &&String| !message.to_lowercase().contains(&word.to_lowercase());
            let problem = message.split_once(": ").map_or("", |(_, problem)| problem);
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
    let (ours, others): (Vec<_>, Vec<_>) =
        manifest.cases.into_iter().partition(|case| ["safetensors", "idx"].contains(&case.format.as_str()));
    let mut failures = Vec::new();
    for case in &ours {
        if let Some(problem) = judge(case, cases::bytes(&folder.join(&case.file))) {
            failures.push(format!("{} ({}) {problem}", case.file, case.what));
        }
    }
    println!("hostile: {} run, {} skipped (other formats)", ours.len(), others.len());
    assert!(!ours.is_empty(), "the manifest has no case for these readers");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
