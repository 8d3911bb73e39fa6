//! The native command as a script uses it: exit codes, error messages, last lines, and reproducible files.

#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use convscope::digits::classifier::temperature;
use convscope::digits::gate::threshold;
use convscope::digits::ink::templates;
use convscope::formats::network;

/// A temporary folder for one test, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("convscope-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// 128 images as an IDX pair: noise whose brightness depends on the label.
    fn digits(&self) -> [String; 2] {
        let noise =
            |digit: u8| (0..784u32).map(move |i| (i.wrapping_mul(2_654_435_761) >> 27) as u8 * (digit % 8));
        self.pair((0..128).map(|image| (image % 10, noise(image % 10).collect())))
    }

    /// One sample drawing per digit, as an IDX pair.
    fn drawn(&self) -> [String; 2] {
        self.pair((0..10).map(|digit| {
            let image = templates::sample(digit).unwrap().frame().unwrap().expect("a sample is not empty");
            (digit, image.0.iter().map(|intensity| (255.0 * intensity) as u8).collect())
        }))
    }

    /// Writes labels and pixels as an IDX pair.
    fn pair(&self, digits: impl ExactSizeIterator<Item = (u8, Vec<u8>)>) -> [String; 2] {
        let count = (digits.len() as u32).to_be_bytes();
        let [mut images, mut labels] = [vec![0, 0, 8, 3], vec![0, 0, 8, 1]];
        images.extend([count, 28u32.to_be_bytes(), 28u32.to_be_bytes()].concat());
        labels.extend(count);
        for (label, pixels) in digits {
            images.extend(pixels);
            labels.push(label);
        }
        [("images", images), ("labels", labels)].map(|(name, bytes)| self.write(name, &bytes))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the command with `models` as the folder of published weights.
fn run(models: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convscope"))
        .args(arguments)
        .env("CONVSCOPE_MODELS", models)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn last_line(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().last().unwrap().into()
}

#[test]
fn failures_exit_with_1_and_one_sentence_and_wrong_usage_with_2() {
    let folder = Folder::new("failures");
    let nonsense = folder.write("nonsense.safetensors", b"<html>");
    for (arguments, word) in [
        (vec!["cost", "lenet6"], "lenet5-1998"),
        (vec!["eval", &nonsense, "--idx", "a", "b"], "nonsense.safetensors"),
        (vec!["classify", "lenet5", "--ink", "a"], "CONVSCOPE_MODELS"),
        (vec!["train", "lenet5", "--out", "a.txt"], ".safetensors"),
    ] {
        let output = run(&folder.0, &arguments);
        let sentence = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {sentence}");
        assert!(sentence.lines().count() == 1 && sentence.contains(word), "{sentence}");
    }
    for wrong in [vec![], vec!["classify", "lenet5"], vec!["eval", "lenet5", "--ink", "a", "--writers", "b"]]
    {
        assert_eq!(run(&folder.0, &wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn the_catalogue_is_listed_as_json() {
    let folder = Folder::new("catalogue");
    let models: serde_json::Value =
        serde_json::from_str(&last_line(&run(&folder.0, &["models", "--json"]))).unwrap();
    assert_eq!((&models[0]["name"], &models[0]["parameters"]), (&"lenet5".into(), &61_706.into()));
    assert_eq!(models[0]["weights"], serde_json::Value::Null);
    let names = |only: &str| {
        let output = run(&folder.0, &["models", "--names", "--only", only]);
        text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("gate"), "ink-gate");
    assert_eq!(names("seeded"), "lenet5 resnet-s");
    assert!(
        names("published").starts_with("lenet5 lenet5-1998 ") && names("published").ends_with(" ink-gate")
    );
    assert_eq!(
        names("ablation-pairs"),
        "resnet-s resnet-s-32 plain-s plain-s-32 inception-s inception-naive-s"
    );
    let cost = last_line(&run(&folder.0, &["cost", "lenet5-1998", "--json"]));
    let cost: serde_json::Value = serde_json::from_str(&cost).unwrap();
    assert_eq!(cost["connections"], 340_908);
}

#[test]
fn training_is_reproducible_and_its_file_is_usable() {
    let folder = Folder::new("training");
    let [images, labels] = folder.digits();
    let files = ["lenet5.safetensors", "again.safetensors"].map(|name| folder.path(name));
    for file in &files {
        let arguments =
            ["train", "lenet5", "--idx", &images, &labels, "--epochs", "1", "--seed", "7", "--out", file];
        last_line(&run(&folder.0, &arguments));
    }
    let [first, again] = files.each_ref().map(|file| fs::read(file).unwrap());
    assert!(first == again, "the same seed gave different bytes");

    let line = last_line(&run(&folder.0, &["eval", "lenet5", "--idx", &images, &labels, "--record"]));
    assert!(line.starts_with("accuracy 0.") && line.ends_with("of 128)"), "{line}");
    let models: serde_json::Value =
        serde_json::from_str(&last_line(&run(&folder.0, &["models", "--json"]))).unwrap();
    assert!(models[0]["accuracy"]["mnist"].is_number(), "{models}");

    let card: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path("lenet5.card.json")).unwrap()).unwrap();
    let history = &card["history"];
    let points = ["step", "loss", "accuracy"].map(|curve| history[curve].as_array().unwrap().len());
    assert!(points[0] > 0 && points == [points[0]; 3], "{history}");
    let layers: Vec<&str> =
        history["gradients"].as_array().unwrap().iter().map(|layer| layer[0].as_str().unwrap()).collect();
    assert_eq!(layers, ["c1", "c3", "c5", "f6", "output"]);

    let other = folder.path("other.safetensors");
    let training =
        ["train", "lenet5", "--idx", &images, &labels, "--epochs", "1", "--seed", "8", "--out", &other];
    last_line(&run(&folder.0, &training));
    let beside = ["eval", &other, "--idx", &images, &labels, "--record-beside", &files[0]];
    last_line(&run(&folder.0, &beside));
    let card: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path("lenet5.card.json")).unwrap()).unwrap();
    let (command, accuracy) = card["others"].as_object().unwrap().iter().next().unwrap();
    assert!(command.contains("--seed 8") && accuracy["mnist"].is_number() && card["seed"] == 7, "{card}");
    let same = ["eval", &files[0], "--idx", &images, &labels, "--record-beside", &files[0]];
    let refused = text(&run(&folder.0, &same).stderr);
    assert!(refused.contains("another training of lenet5") && refused.contains("--seed 7"), "{refused}");

    let ink = folder.write("ink.jsonl", b"{\"strokes\":[[[1,1],[1,9]]]}\n{\"strokes\":[]}\n");
    let output = run(&folder.0, &["classify", "lenet5", "--ink", &ink]);
    let empty: serde_json::Value = serde_json::from_str(&last_line(&output)).unwrap();
    assert_eq!((text(&output.stdout).lines().count(), &empty["digit"]), (2, &serde_json::Value::Null));
}

/// Ctrl-C, as a terminal sends it.
#[cfg(unix)]
#[test]
fn an_interrupted_training_keeps_published_weights_and_can_be_resumed() {
    let folder = Folder::new("stopping");
    let [images, labels] = folder.digits();
    let published = folder.write("lenet5.safetensors", b"published");
    let [stopped, checkpoint] =
        ["stopped", "checkpoint"].map(|kind| folder.path(&format!("lenet5.{kind}.safetensors")));
    let training = ["train", "lenet5", "--idx", &images, &labels, "--epochs", "60", "--out", &published];
    let begun = Command::new(env!("CARGO_BIN_EXE_convscope"))
        .args(training)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !Path::new(&checkpoint).exists() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    assert!(Command::new("kill").args(["-INT", &begun.id().to_string()]).status().unwrap().success());
    let ended = begun.wait_with_output().unwrap();
    let sentence = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{sentence}");
    assert!(
        sentence.contains(&stopped) && sentence.contains(&format!("--resume {checkpoint}")),
        "{sentence}"
    );
    assert_eq!(fs::read(&published).unwrap(), b"published");
    network::read(&fs::read(&stopped).unwrap()).unwrap();

    let go_on = ["--resume", &checkpoint];
    let refused = text(&run(&folder.0, &[&training[..], &go_on, &["--first", "100"]].concat()).stderr);
    assert!(refused.contains("the checkpoint's 192 examples") && refused.contains("found 150"), "{refused}");
    let another = [&["train", "lenet5-1998"], &training[2..], &go_on].concat();
    let refused = text(&run(&folder.0, &another).stderr);
    assert!(refused.contains("the checkpoint's network, lenet5"), "{refused}");
    assert!(Path::new(&checkpoint).exists());

    last_line(&run(&folder.0, &[&training[..], &go_on].concat()));
    assert!(!Path::new(&checkpoint).exists());
    let whole = folder.path("whole.safetensors");
    last_line(&run(&folder.0, &[&training[..8], &[&whole]].concat()));
    let [published, whole] = [published, whole].map(|path| fs::read(path).unwrap());
    assert!(published == whole, "an interrupted training gave different weights");
}

#[test]
fn calibration_sets_the_temperature_and_keeps_the_weights() {
    let folder = Folder::new("calibrating");
    let [images, labels] = folder.digits();
    let weights = folder.path("lenet5.safetensors");
    let training =
        ["train", "lenet5", "--idx", &images, &labels, "--first", "100", "--epochs", "1", "--out", &weights];
    last_line(&run(&folder.0, &training));
    let before = fs::read(&weights).unwrap();

    let calibrating = ["calibrate", "lenet5", "--idx", &images, &labels, "--last", "100"];
    let line = last_line(&run(&folder.0, &calibrating));
    assert!(line.starts_with("temperature 1 to ") && line.ends_with("on 100 digits"), "{line}");
    let after = fs::read(&weights).unwrap();
    assert_eq!(last_line(&run(&folder.0, &calibrating)), line, "a second calibration prints something else");
    assert!(fs::read(&weights).unwrap() == after, "a second calibration writes something else");
    let [(old, _), (new, metadata)] = [&before, &after].map(|bytes| network::read(bytes).unwrap());
    assert!(old.named_weights().eq(new.named_weights()));

    last_line(&run(&folder.0, &["eval", "lenet5", "--idx", &images, &labels, "--record"]));
    let card: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path("lenet5.card.json")).unwrap()).unwrap();
    let [trained, fitted] = [0, 1].map(|i| card["calibration"]["temperature"][i].as_f64().unwrap());
    assert_eq!(trained, 1.0);
    assert!((f64::from(temperature(&metadata).unwrap()) - fitted).abs() < 1e-6 * fitted);
    assert!(card["measured"]["mnist"]["calibration_error"][1].is_number(), "{card}");
    assert!(card["command"].as_str().unwrap().contains("--first 100"), "{card}");
}

#[test]
fn calibration_of_the_gate_passes_the_required_share() {
    let folder = Folder::new("threshold");
    let [images, labels] = folder.drawn();
    let gate = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("www/public/models/ink-gate.safetensors"));
    let path = folder.write("ink-gate.safetensors", &gate.unwrap());
    folder.write(
        "ink-gate.card.json",
        br#"{"name": "ink-gate", "command": "", "seed": 1, "examples": 0, "data": [], "accuracy": {}}"#,
    );
    let line = last_line(&run(&folder.0, &["calibrate", "ink-gate", "--idx", &images, &labels]));
    let (_, metadata) = network::read(&fs::read(&path).unwrap()).unwrap();
    let threshold = threshold(&metadata).unwrap();
    assert!(line.starts_with(&format!("threshold {threshold}: ")), "{line}");

    let card: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path("ink-gate.card.json")).unwrap()).unwrap();
    let passed = card["threshold"]["passed"].as_f64().unwrap();
    assert!(passed >= 0.993, "{passed}");
    assert_eq!(card["threshold"]["refused"].as_object().unwrap().len(), 21);
    // For a set of digits only, the gate's accuracy is the share that passes.
    let line = last_line(&run(&folder.0, &["eval", "ink-gate", "--idx", &images, &labels]));
    assert!(line.starts_with(&format!("accuracy {passed:.4}")), "{line}, {passed} passed");
}
