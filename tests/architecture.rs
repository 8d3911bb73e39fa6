//! The sources keep to ARCHITECTURE.md: who may import whom, how long files and functions are, and how much is compiled
//! conditionally.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use support::cases::repository;
use support::harness;

/// Imports against the table that exist today, to be removed. An entry that is no longer needed fails the test.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/json/fields.rs", "tensor", "reads a Shape, which tensor could read from a list"),
    ("src/kernels/geometry.rs", "json", "a window reads its own JSON; it belongs to layers"),
    ("src/kernels/walk.rs", "tensor", "takes a Shape where sizes are enough"),
    ("src/onnx/requirements.rs", "digits", "uses the side of a digit image as the default of open sizes"),
];

/// Modules of the table that are not written yet.
const PLANNED: &[&str] = &[];

/// Lines of `src` with `cfg(… feature …)`: conditional compilation is in entry points only.
const FEATURE_LINES: usize = 15;

/// The longest file and function, in lines.
const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 80;

/// A longer file says why in a comment with these words.
const LONG_FILE_REASON: &str = "lines because";

/// Files that are longer today, to be split. An entry that is no longer needed fails the test.
const LONG_FILES: &[&str] = &[];

/// Functions that are longer today, to be split. An entry that is no longer needed fails the test.
const LONG_FUNCTIONS: &[(&str, &str)] = &[];

fn main() -> ExitCode {
    harness::run(vec![
        harness::test("rust_imports_follow_the_table", rust_imports_follow_the_table),
        harness::test("package_imports_follow_the_table", || check(script_imports("pkg-config/loader"))),
        harness::test("page_imports_follow_the_table", || check(script_imports("www/src"))),
        harness::test("every_module_has_a_row_and_every_row_a_module", every_module_has_a_row),
        harness::test("files_and_functions_are_short", files_and_functions_are_short),
        harness::test("conditional_compilation_does_not_spread", conditional_compilation_does_not_spread),
    ])
}

/// A row of the table: the path of a module, and the modules that it may use.
struct Row {
    path: String,
    /// `None` where the row allows everything beside it.
    uses: Option<BTreeSet<String>>,
}

/// The words in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The table of ARCHITECTURE.md.
fn table() -> Vec<Row> {
    const BASE: [&str; 7] = ["error", "rng", "json", "names", "order", "tensor", "typed_array"];
    let text = fs::read_to_string(repository("ARCHITECTURE.md")).unwrap();
    let rows: Vec<Row> = text
        .lines()
        .filter(|line| ["| `src/", "| `www/", "| `pkg-config/"].iter().any(|start| line.starts_with(start)))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            let [_, module, _, uses, _] = cells[..] else { panic!("not three cells: {line}") };
            let named = quoted(uses).map(String::from);
            let base = BASE.iter().filter(|_| uses.split([',', ' ']).any(|word| word == "base"));
            let uses = named.chain(base.map(|&name| name.into())).collect();
            let everything = line.contains("any folder of");
            let path = quoted(module).next().expect("a module").into();
            Row { path, uses: (!everything).then_some(uses) }
        })
        .collect();
    assert!(rows.len() > 20, "ARCHITECTURE.md has a table of {} modules", rows.len());
    rows
}

/// The name by which other modules import this one: `src/exec` is `exec`.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs")
}

/// Files of a folder and of those below it, with their paths in the repository.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, into) } else { into.push(path) }
        }
    }
    let mut paths = Vec::new();
    collect(&repository(folder), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|ending| endings.iter().any(|other| ending == *other)));
    paths.sort();
    assert!(!paths.is_empty(), "{folder} has no files");
    let root = repository("");
    let relative = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    paths.iter().map(|path| (relative(path), fs::read_to_string(path).unwrap())).collect()
}

/// An import: the file that has it, and the module that it names.
type Import = (String, String);

/// The row of a file: the longest path that it begins with.
fn row<'a>(table: &'a [Row], file: &str) -> &'a Row {
    let of = |row: &&Row| {
        file == row.path || file.strip_prefix(&row.path).is_some_and(|rest| rest.starts_with('/'))
    };
    table.iter().find(of).unwrap_or_else(|| panic!("{file}: ARCHITECTURE.md has no row for its module"))
}

/// Compares imports with the table, and with [`EXCEPTIONS`].
fn check(imports: BTreeSet<Import>) {
    let table = table();
    let mut problems = Vec::new();
    let mut excused = BTreeSet::new();
    for (file, used) in &imports {
        let row = row(&table, file);
        let Some(uses) = &row.uses else { continue };
        if uses.contains(used) || used == name(&row.path) {
            continue;
        }
        match EXCEPTIONS.iter().find(|(path, module, _)| path == file && module == used) {
            Some(exception) => drop(excused.insert(exception.0)),
            None => problems
                .push(format!("{file} imports `{used}`, which the row of `{}` does not name", row.path)),
        }
    }
    let checked =
        |path: &str| imports.iter().any(|(file, _)| file.split('/').next() == path.split('/').next());
    for (path, module, _) in EXCEPTIONS.iter().filter(|(path, ..)| checked(path) && !excused.contains(path)) {
        problems.push(format!("{path} no longer imports `{module}`: remove it from EXCEPTIONS"));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Rust without comments and without its module of unit tests, which may use anything.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules of the crate that a path names: `{a::b, C}` and `a::b` after `crate::`.
fn crate_paths(code: &str) -> BTreeSet<String> {
    // Re-exported by the crate's root.
    let homes: BTreeMap<&str, &str> = [
        ("Error", "error"),
        ("Result", "error"),
        ("Graph", "graph"),
        ("Network", "graph"),
        ("Shape", "tensor"),
        ("Tensor", "tensor"),
    ]
    .into();
    let mut found = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        let mut names = Vec::new();
        let word = |text: &str| {
            text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        };
        match path.strip_prefix('{') {
            None => names.push(word(path)),
            Some(list) => {
                // Names at the first level of the braces.
                let mut depth = 0;
                let mut begin = 0;
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth > 0 => depth -= 1,
                        ',' | '}' if depth == 0 => {
                            names.push(word(&list[begin..at]));
                            begin = at + 1;
                            if c == '}' {
                                break;
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        let modules = names.into_iter().filter(|name| !name.is_empty());
        found.extend(modules.map(|name| homes.get(&name[..]).map_or(name, |&home| home.into())));
    }
    found
}

fn rust_imports_follow_the_table() {
    let mut imports = BTreeSet::new();
    for (file, text) in files("src", &["rs"]) {
        if file == "src/lib.rs" || file.ends_with("/tests.rs") {
            continue;
        }
        let code = code(&text);
        let used = crate_paths(&code.replace("convscope::", "crate::"));
        imports.extend(used.into_iter().map(|used| (file.clone(), used)));
        // How many modules a file is below the root of the crate: `super` that many times is the root.
        let depth = file.split('/').count() - 1 - usize::from(file.ends_with("/mod.rs"));
        let beyond = "super::".repeat(depth);
        let reached = code
            .split(&beyond)
            .skip(1)
            .map(|path| path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>());
        // `super::` repeated less often ends inside the module; more often does not compile.
        let known: BTreeSet<String> = table().iter().map(|row| name(&row.path).to_string()).collect();
        imports.extend(reached.filter(|used| known.contains(used)).map(|used| (file.clone(), used)));
    }
    check(imports);
}

/// The relative imports of TypeScript and Svelte files: the folder or file at the top of `root` that each reaches.
fn script_imports(root: &str) -> BTreeSet<Import> {
    let mut imports = BTreeSet::new();
    for (file, text) in files(root, &["ts", "svelte"]) {
        if file.rsplit_once('/').is_some_and(|(folder, _)| folder == root) && root == "www/src" {
            // The entry point.
            continue;
        }
        let quotes = text.split(['\'', '"']).collect::<Vec<_>>();
        for pair in quotes.windows(2) {
            let [before, path] = [pair[0].trim_end(), pair[1]];
            let imported = ["from", "import", "import("].iter().any(|word| before.ends_with(word));
            if imported && path.starts_with('.') {
                imports.insert((file.clone(), reached(&file, path, root)));
            }
        }
    }
    imports
}

/// The module at the top of `root` that a relative path leads to; the path itself where it leaves `root`.
fn reached(file: &str, path: &str, root: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let target = parts.join("/");
    match target.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')) {
        // The package's loader is one module; the page's modules are folders.
        Some(_) if root != "www/src" => name(root).into(),
        Some(inside) => inside.split('/').next().unwrap_or_default().into(),
        None => target,
    }
}

fn every_module_has_a_row() {
    let table = table();
    let mut problems = Vec::new();
    for entry in fs::read_dir(repository("src")).unwrap() {
        let path = format!("src/{}", entry.unwrap().file_name().to_string_lossy());
        if path != "src/lib.rs" && !table.iter().any(|row| row.path == path) {
            problems.push(format!("ARCHITECTURE.md has no row for {path}"));
        }
    }
    for row in &table {
        let exists = repository(&row.path).exists();
        match (exists, PLANNED.contains(&&row.path[..])) {
            (false, false) => {
                problems.push(format!("ARCHITECTURE.md names {}, which does not exist", row.path))
            }
            (true, true) => problems.push(format!("{} exists: remove it from PLANNED", row.path)),
            _ => {}
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The functions of a formatted file that are longer than the limit. A function ends at the first closing brace that is
/// indented as its beginning.
fn long_functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (begin, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let indent = &line[..line.len() - trimmed.len()];
        let words: Vec<&str> = trimmed.split([' ', '(', '<']).collect();
        let Some(at) = words.iter().position(|word| *word == "fn") else { continue };
        let visible = words[..at].iter().all(|word| ["pub", "const", "crate)", "super)"].contains(word));
        if !visible || trimmed.ends_with(';') || trimmed.ends_with("}") {
            continue;
        }
        let end = lines[begin..].iter().position(|line| *line == format!("{indent}}}")).unwrap_or(0);
        if end + 1 > FUNCTION_LINES {
            long.push((words[at + 1].to_string(), end + 1));
        }
    }
    long
}

fn files_and_functions_are_short() {
    let mut problems = Vec::new();
    let mut excused = BTreeSet::new();
    let rust = files("src", &["rs"]).into_iter().chain(files("tests", &["rs"]));
    let scripts = files("www/src", &["ts", "svelte"]).into_iter().chain(files("pkg-config/loader", &["ts"]));
    for (file, text) in rust.chain(scripts).filter(|(file, _)| !file.contains("node_modules")) {
        let lines = text.lines().count();
        let long = lines > FILE_LINES && !text.contains(LONG_FILE_REASON);
        if !long && LONG_FILES.contains(&&file[..]) {
            problems.push(format!("{file} has {lines} lines: remove it from LONG_FILES"));
        }
        if long && !LONG_FILES.contains(&&file[..]) {
            problems.push(format!("{file} has {lines} lines, at most {FILE_LINES}: split it or say why"));
        }
        if !file.ends_with(".rs") {
            continue;
        }
        for (function, lines) in long_functions(&text) {
            match LONG_FUNCTIONS.iter().find(|(path, name)| *path == file && *name == function) {
                Some(known) => drop(excused.insert(*known)),
                None => {
                    problems.push(format!("{file}: {function} has {lines} lines, at most {FUNCTION_LINES}"))
                }
            }
        }
    }
    for (file, function) in LONG_FUNCTIONS.iter().filter(|known| !excused.contains(*known)) {
        problems.push(format!("{file}: {function} is short: remove it from LONG_FUNCTIONS"));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn conditional_compilation_does_not_spread() {
    let conditional = |line: &&str| {
        ["cfg(", "cfg_attr("]
            .iter()
            .any(|start| line.split_once(start).is_some_and(|(_, rest)| rest.contains("feature")))
    };
    let lines: usize =
        files("src", &["rs"]).iter().map(|(_, text)| text.lines().filter(conditional).count()).sum();
    assert!(lines <= FEATURE_LINES, "{lines} lines of src depend on a feature, at most {FEATURE_LINES}");
}
