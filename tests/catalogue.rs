//! The page's table of networks is that of the catalogue.
#![cfg(feature = "cli")]

use std::path::Path;
use std::process::Command;

/// Where the page reads it.
const TABLE: &str = "www/src/networks/catalogue.json";

#[test]
fn the_table_of_the_page_is_up_to_date() {
    let output = Command::new(env!("CARGO_BIN_EXE_convscope")).args(["models", "--table"]).output().unwrap();
    let expected = String::from_utf8(output.stdout).unwrap();
    assert!(expected.contains("\"gate\": \"ink-gate\""), "{expected}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == expected, "{TABLE} is out of date; `make catalogue` writes it");
}
