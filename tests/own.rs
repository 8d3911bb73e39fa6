//! Custom ONNX networks: open sizes, and weights in external files.

#![cfg(feature = "cli")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use convscope::error::Result;
use convscope::exec::trace::Trace;
use convscope::onnx::{self, Bindings, Counts};
use serde::Deserialize;
use support::close::{DEFAULT, assert_close};
use support::onnx::no_external_data;

/// The output of onnxruntime.
#[derive(Deserialize)]
struct Answer {
    shape: Vec<usize>,
    scores: Vec<f32>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/own-cases")
}

fn model(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.onnx"))).unwrap()
}

fn answers() -> BTreeMap<String, Answer> {
    serde_json::from_slice(&fs::read(folder().join("answers.json")).unwrap()).unwrap()
}

fn sizes(given: &[(&str, usize)]) -> Bindings {
    let sizes = given.iter().map(|&(name, size)| (name.to_owned(), size)).collect();
    Bindings { sizes, ..Bindings::default() }
}

/// Opens a model as the page does; returns also the sizes that were chosen.
fn open(name: &str, given: &[(&str, usize)]) -> Result<(convscope::Network, BTreeMap<String, usize>)> {
    let mut bindings = sizes(given);
    let imported = onnx::read_picture(&model(name), &mut bindings, &mut no_external_data)?;
    Ok((imported.network()?, bindings.sizes.into_iter().collect()))
}

/// The input image of `make.py`.
fn picture(shape: &[usize]) -> Vec<f32> {
    (0..shape.iter().product()).map(|index: usize| (index % 7) as f32 / 7.0).collect()
}

fn assert_matches_onnxruntime(name: &str, network: &convscope::Network) {
    let Answer { shape, scores } = &answers()[name];
    let graph = network.graph();
    assert_eq!(graph.shape(0).axes(), shape);
    let mut trace = Trace::new(graph);
    trace.run(network, &[&picture(shape)], None).unwrap();
    assert_close(name, &trace.value(graph.outputs()[0]).to_row_major(), scores, DEFAULT);
}

#[test]
fn requirements_list_open_sizes_and_external_files() {
    let open = onnx::requirements(&model("open")).unwrap();
    let sizes: Vec<_> =
        open.sizes.iter().map(|size| (&size.name[..], size.axis, size.counts, size.size)).collect();
    assert_eq!(
        sizes,
        [
            ("channels", 1, Counts::Channels, Some(3)),
            ("height", 2, Counts::Rows, None),
            ("width", 3, Counts::Columns, None)
        ]
    );
    assert!(open.files.is_empty());
    let unnamed = onnx::requirements(&model("unnamed")).unwrap();
    let names: Vec<&str> = unnamed.sizes.iter().map(|size| &size.name[..]).collect();
    assert_eq!(names, ["image[2]", "image[3]"]);
    assert_eq!(onnx::requirements(&model("beside")).unwrap().files, ["beside.bin"]);
    assert_eq!(onnx::requirements(&model("folder")).unwrap().files, ["parts/weights.bin"]);
    assert!(onnx::requirements(b"<!doctype html>").unwrap_err().to_string().contains("HTML"));
}

#[test]
fn open_sizes_are_those_of_a_picture_unless_given() {
    for (name, chosen) in [
        ("open", &[("channels", 3), ("height", 28), ("width", 28)][..]),
        ("unnamed", &[("image[2]", 28), ("image[3]", 28)]),
        ("one-side", &[("side", 32)]),
    ] {
        let (network, sizes) = open(name, &[]).unwrap();
        assert_eq!(sizes.iter().map(|(name, &size)| (&name[..], size)).collect::<Vec<_>>(), chosen);
        assert_matches_onnxruntime(name, &network);
    }
    let (network, _) = open("odd-side", &[("side", 48)]).unwrap();
    assert_matches_onnxruntime("odd-side", &network);
    let (network, sizes) = open("open", &[("height", 40)]).unwrap();
    assert_eq!((network.graph().shape(0).axes(), sizes["width"]), (&[1, 3, 40, 28][..], 28));
    let (network, _) = open("open", &[("batch", 2)]).unwrap();
    assert_eq!(network.graph().shape(0).axes(), [2, 3, 28, 28]);
}

#[test]
fn an_error_names_the_sizes_that_do_not_fit() {
    let refused = open("one-side", &[("side", 40)]).unwrap_err().to_string();
    assert!(refused.contains("side = 40") && refused.contains("Gemm"), "{refused}");
    let refused = open("odd-side", &[]).unwrap_err().to_string();
    assert!(refused.contains("side = 28"), "{refused}");
    let refused = open("open", &[("channels", 1)]).unwrap_err().to_string();
    assert!(refused.contains("channels = 1") && refused.contains("Conv"), "{refused}");
    for (name, symbol) in [("open", "`height`"), ("unnamed", "`image[2]`"), ("one-side", "`side`")] {
        let given = sizes(&[("channels", 3)]);
        let refused = onnx::read(&model(name), &given, &mut no_external_data).unwrap_err().to_string();
        assert!(refused.contains(symbol) && refused.contains("leaves open"), "{refused}");
    }
    let vast = open("open", &[("height", 1 << 30), ("width", 1 << 30)]).unwrap_err().to_string();
    assert!(vast.contains("too large"), "{vast}");
}

fn classify(model: &Path) -> std::process::Output {
    // Tests run in parallel, so each call has its own file.
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let ink = std::env::temp_dir().join(format!("convscope-own-{}-{call}.jsonl", std::process::id()));
    fs::write(&ink, "{\"label\": \"1\", \"strokes\": [[[0, 0], [0, 20]]]}\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_convscope"))
        .arg("classify")
        .arg(model)
        .arg("--ink")
        .arg(&ink)
        .output()
        .unwrap();
    fs::remove_file(&ink).unwrap();
    output
}

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_command_reads_external_data() {
    for name in ["beside", "folder"] {
        let run = classify(&folder().join(format!("{name}.onnx")));
        assert!(run.status.success(), "{}", stderr(&run));
        assert!(String::from_utf8_lossy(&run.stdout).contains("\"probabilities\""));
    }
    for (name, words) in [
        ("short", &["short.bin", "160 bytes from byte 144", "300 bytes", "classes"][..]),
        ("length", &["144 bytes", "12"]),
        ("missing", &["nowhere.bin"]),
        ("outside", &["own folder", "../beside.bin"]),
    ] {
        let run = classify(&folder().join(format!("{name}.onnx")));
        let message = stderr(&run);
        assert_eq!(run.status.code(), Some(1), "{name}: {message}");
        assert!(words.iter().all(|word| message.contains(word)), "{name}: {message}");
    }
}

#[test]
fn the_command_reports_the_chosen_sizes() {
    let run = classify(&folder().join("one-side.onnx"));
    assert!(run.status.success() && stderr(&run).contains("using side = 32"), "{}", stderr(&run));
}

/// A file in the folder may be a link to one outside.
#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_not_followed() {
    let inside = std::env::temp_dir().join(format!("convscope-link-{}", std::process::id()));
    fs::create_dir_all(&inside).unwrap();
    fs::copy(folder().join("beside.onnx"), inside.join("beside.onnx")).unwrap();
    let link = inside.join("beside.bin");
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(folder().join("beside.bin"), &link).unwrap();
    let run = classify(&inside.join("beside.onnx"));
    let (message, target) = (stderr(&run), folder().join("beside.bin"));
    let found = format!("a file in the model's folder, found a link to {}", target.display());
    assert!(run.status.code() == Some(1) && message.contains(&found), "{message}");
    fs::remove_file(&link).unwrap();
    fs::copy(folder().join("beside.bin"), &link).unwrap();
    assert!(classify(&inside.join("beside.onnx")).status.success());
    fs::remove_dir_all(&inside).unwrap();
}
