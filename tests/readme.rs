//! What README.md says of the networks is what their graphs and cards say.

use std::fs;
use std::path::Path;

use convscope::graph::cost::cost;
use convscope::models;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The card of a network, or of a twin.
fn card(path: &str) -> Value {
    let card = fs::read(root().join(format!("www/public/models/{path}.card.json"))).unwrap();
    serde_json::from_slice(&card).unwrap()
}

/// A count with its thousands apart: 61,706.
fn apart(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}

/// A share and half of its 95 % interval, in per cent.
fn per_cent(share: f64, [low, high]: [f64; 2]) -> String {
    format!("{:.2} % ± {:.2}", 100.0 * share, 50.0 * (high - low))
}

#[test]
fn the_table_of_networks_is_true() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for name in
        ["lenet5", "lenet5-1998", "alexnet-s", "vgg-s", "nin-s", "resnet-s", "inception-s", "ink-gate"]
    {
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).expect(name);
        let cost = cost(&models::graph(name).unwrap());
        let counts = format!("| {} | {} |", apart(cost.parameters), apart(cost.macs));
        assert!(row.contains(&counts), "{name}: README has not {counts}");
        let card = card(name);
        if name == "ink-gate" {
            let [pens, mnist] =
                ["pen", "mnist"].map(|what| 100.0 * card["accuracy"][what].as_f64().expect(what));
            let figure = format!("passes {pens:.1} % of the pens' digits and {mnist:.1} % of MNIST's");
            assert!(row.contains(&figure), "README has not {figure}");
            continue;
        }
        for what in ["mnist", "pen"] {
            let share = card["accuracy"][what].as_f64().expect(what);
            let interval = [0, 1].map(|end| card["measured"][what]["interval"][end].as_f64().expect(what));
            let figure = format!("| {} |", per_cent(share, interval));
            assert!(row.contains(&figure), "{name}: README has not {figure} for {what}");
        }
    }
    assert!(readme.contains("340,908 connections"));
}

#[test]
fn the_table_of_twins_is_true() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for name in ["resnet-s", "plain-s", "resnet-s-32", "plain-s-32", "inception-s", "inception-naive-s"] {
        let card = card(&format!("twins/{name}"));
        let [mnist, pens] = ["mnist", "pen"].map(|what| 100.0 * card["accuracy"][what].as_f64().expect(what));
        let figure = format!("`{name}` {mnist:.2} % | {pens:.2} % |");
        assert!(readme.contains(&figure), "README has not {figure}");
    }
}
