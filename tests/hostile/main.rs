//! Malformed and malicious files: each is read or refused as its manifest says, in little time and memory, with an error
//! message that names the problem. `messages.txt` holds every message of the cases in the repository.

mod messages;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use convscope::error::{Place, Result};
use convscope::exec::trace::Trace;
use convscope::formats::{idx, safetensors};
use convscope::onnx::{self, Bindings};
use libtest_mimic::Trial;
use serde::Deserialize;
use support::onnx::no_external_data;
use support::{cases, harness};

/// The most time that one file may take, debug builds included.
const PATIENCE: Duration = Duration::from_secs(2);

/// The most memory that reading may take, beside four times the size of the file.
const ROOM: usize = 64 << 20;

/// Names a file: the program then reads it alone, and prints the memory that this took.
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

fn manifest(folder: &Path) -> Vec<Case> {
    let manifest: Manifest = cases::json(&folder.join("manifest.json"));
    assert!(!manifest.cases.is_empty(), "the manifest has no case");
    manifest.cases
}

/// Reads the bytes in the format of the case.
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
    let network = onnx::read(bytes, &Bindings::default(), &mut no_external_data)?.network()?;
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

/// Reads one file in a thread of its own and compares the outcome with the manifest.
///
/// # Errors
/// The difference.
fn judge(case: &Case, bytes: Vec<u8>) -> std::result::Result<(), String> {
    let (send, outcome) = mpsc::channel();
    let own = case.clone();
    thread::spawn(move || send.send(read(&own, &bytes)));
    let outcome = match outcome.recv_timeout(PATIENCE) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => return Err(format!("takes more than {PATIENCE:?}")),
        Err(mpsc::RecvTimeoutError::Disconnected) => return Err("panics".into()),
    };
    match (outcome, case.expect.as_str()) {
        (Ok(()), "error") => Err("is read".into()),
        (Err(error), "ok") => Err(format!("is refused: {error}")),
        (Err(error), _) => {
            let message = error.to_string();
            // A file's name may hold the word that is looked for; the problem follows it.
            let problem = message.split_once(": ").map_or("", |(_, problem)| problem);
            if problem.is_empty() {
                return Err(format!("has a message without a problem: {message}"));
            }
            let missing = |word: &&String| !problem.to_lowercase().contains(&word.to_lowercase());
            case.message_should_mention
                .iter()
                .find(missing)
                .map_or(Ok(()), |word| Err(format!("has a message without `{word}`: {message}")))
        }
        (Ok(()), _) => Ok(()),
    }
}

/// The most memory that this process has held, in bytes.
///
/// # Errors
/// The reason to skip a test: the system does not report it.
fn peak() -> std::result::Result<usize, String> {
    let missing = || "needs /proc/self/status, which reports the memory of a process".to_string();
    let status = std::fs::read_to_string("/proc/self/status").map_err(|_| missing())?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or_else(missing)?;
    let kibibytes = line.split_whitespace().nth(1).and_then(|kibibytes| kibibytes.parse::<usize>().ok());
    kibibytes.map(|kibibytes| kibibytes << 10).ok_or_else(missing)
}

/// Reads one file and prints the memory that this took: in a process of its own, since a peak never falls.
fn one_file_alone(file: &Path) {
    let folder = folder();
    let case = manifest(&folder).into_iter().find(|case| Path::new(&case.file) == file).expect("a case");
    let bytes = cases::bytes(&folder.join(file));
    let before = peak().expect("the test that starts this has asked");
    let _ = read(&case, &bytes);
    println!("took {}", peak().expect("as before") - before);
}

fn takes_little_memory(case: &Case, folder: &Path) {
    let size = cases::bytes(&folder.join(&case.file)).len();
    let program = std::env::current_exe().expect("the path of this program");
    let run = Command::new(program).env(ALONE, &case.file).output().expect("this program runs again");
    let printed = String::from_utf8_lossy(&run.stdout);
    let took = printed.lines().find_map(|line| line.strip_prefix("took ")?.parse::<usize>().ok());
    let took = took.unwrap_or_else(|| panic!("{printed}{}", String::from_utf8_lossy(&run.stderr)));
    let limit = ROOM + 4 * size;
    assert!(took <= limit, "{} takes {took} bytes, at most {limit} are allowed", case.file);
}

fn folder() -> PathBuf {
    cases::folder("hostile").expect("the repository has these cases")
}

fn main() -> ExitCode {
    if let Some(file) = std::env::var_os(ALONE) {
        one_file_alone(Path::new(&file));
        return ExitCode::SUCCESS;
    }
    let folder = folder();
    let mut tests: Vec<Trial> = Vec::new();
    for case in manifest(&folder) {
        let file = folder.join(&case.file);
        let own = case.clone();
        tests.push(harness::test(format!("outcome::{}", case.file), move || {
            judge(&own, cases::bytes(&file))
                .unwrap_or_else(|error| panic!("{} ({}) {error}", own.file, own.what));
        }));
        let folder = folder.clone();
        tests.push(harness::test_with(format!("memory::{}", case.file), peak(), move |_| {
            takes_little_memory(&case, &folder);
        }));
    }
    tests.push(harness::test("messages_are_those_of_the_snapshot", messages::are_those_of_the_snapshot));
    tests.push(harness::test("messages_name_what_was_found", messages::name_what_was_found));
    harness::run(tests)
}
