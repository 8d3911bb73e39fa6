//! The error message of every hostile case in the repository, in one file that is read like documentation.
//!
//! A message that changes is a change of `messages.txt`: `CONVSCOPE_ACCEPT=1 cargo test --test hostile` (`make accept`)
//! writes it.

use std::fmt::Write;
use std::path::PathBuf;

use crate::support::cases;
use crate::{manifest, read};

/// Words by which a message avoids the value that was found.
const EVASIONS: [&str; 6] =
    ["found another", "found other", "found some", "found more", "found fewer", "found a number beyond"];

/// Cases whose message does not name the value yet. An entry that is no longer needed fails the test.
const KNOWN: &[&str] = &[];

fn snapshot() -> PathBuf {
    cases::repository("tests/hostile/messages.txt")
}

/// The file of each case in the repository, with its message, or none where it is read.
fn messages() -> Vec<(String, Option<String>)> {
    let folder = cases::repository("tests/recorded/hostile");
    let message = |case: &crate::Case| {
        // Without the file's name, which `read` puts first.
        let error = read(case, &cases::bytes(&folder.join(&case.file))).err()?.to_string();
        Some(error.strip_prefix(&format!("{}: ", case.file)).unwrap_or(&error).to_owned())
    };
    let mut messages: Vec<_> =
        manifest(&folder).into_iter().map(|case| (case.file.clone(), message(&case))).collect();
    messages.sort();
    messages
}

pub(crate) fn are_those_of_the_snapshot() {
    let mut text = String::from("# The message of every hostile case. `make accept` writes this file.\n");
    for (file, message) in messages() {
        write!(text, "\n{file}\n    {}\n", message.as_deref().unwrap_or("(read)")).unwrap();
    }
    if std::env::var_os("CONVSCOPE_ACCEPT").is_some() {
        std::fs::write(snapshot(), &text).unwrap();
        return;
    }
    let expected = String::from_utf8(cases::bytes(&snapshot())).unwrap();
    let differences: Vec<String> = expected
        .lines()
        .zip(text.lines())
        .filter(|(expected, found)| expected != found)
        .map(|(expected, found)| format!("- {expected}\n+ {found}"))
        .collect();
    assert!(
        expected == text,
        "messages differ; `make accept` takes the new ones:\n{}",
        differences.join("\n")
    );
}

pub(crate) fn name_what_was_found() {
    let evades = |message: &str| EVASIONS.iter().any(|evasion| message.contains(evasion));
    for (file, message) in messages() {
        let message = message.unwrap_or_default();
        let known = KNOWN.contains(&&file[..]);
        assert_eq!(evades(&message), known, "{file}: known without its value: {known}; message: {message}");
    }
}
