//! README's tables of networks follow from the catalogue, its graphs and the model cards.
#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;

use convscope::graph::cost::cost;
use convscope::models::card::Card;
use convscope::models::{self, AblationPair, Role};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The card of a network, by its path in the folder of published weights.
fn card(path: &str) -> Card {
    let bytes = fs::read(root().join(format!("www/public/models/{path}.card.json"))).expect(path);
    Card::parse(&bytes).unwrap()
}

/// A count with thousands separators: 61,706.
fn separated(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}

/// Accuracy and half of its 95 % interval, in per cent, on a set of digits.
fn per_cent(card: &Card, set: &str) -> String {
    let accuracy = if set == "mnist" { card.accuracy.mnist } else { card.accuracy.pen };
    let [low, high] = card.measured[set].interval;
    format!("{:.2} % ± {:.2}", 100.0 * accuracy.expect(set), 50.0 * (high - low))
}

#[test]
fn the_table_of_networks_is_that_of_the_catalogue() {
    let readme = readme();
    let lines = readme.lines().skip_while(|line| !line.starts_with("| network | what it is |"));
    let mut rows = lines.take_while(|line| line.starts_with('|')).skip(2).map(str::to_string);
    for model in models::published() {
        let cost = cost(&models::graph(model.name).unwrap());
        let card = card(model.name);
        let (parameters, macs) = (separated(cost.parameters), separated(cost.macs));
        let start = format!("| `{}` | {}", model.name, model.summary);
        let row = rows.next().unwrap_or_default();
        if model.role == Role::Gate {
            let [pen, mnist] = [card.accuracy.pen, card.accuracy.mnist].map(|share| 100.0 * share.unwrap());
            let accepts =
                format!("{start} It accepts {pen:.1} % of the pen digits and {mnist:.1} % of MNIST's");
            let end = format!(" | {parameters} | {macs} | | |");
            assert!(
                row.starts_with(&accepts) && row.ends_with(&end),
                "README: expected\n{accepts}…{end}\nfound\n{row}"
            );
            continue;
        }
        let [mnist, pen] = ["mnist", "pen"].map(|set| per_cent(&card, set));
        assert_eq!(row, format!("{start} | {parameters} | {macs} | {mnist} | {pen} |"));
    }
    assert_eq!(rows.next(), None, "README has a row that is not in the catalogue");
}

#[test]
fn the_table_of_ablation_pairs_is_that_of_the_cards() {
    let readme = readme();
    let cells = |name: &str| {
        let Card { accuracy, .. } = card(&format!("ablation-pairs/{name}"));
        let [mnist, pen] = [accuracy.mnist, accuracy.pen].map(|share| 100.0 * share.expect(name));
        format!("`{name}` {mnist:.2} % | {pen:.2} %")
    };
    for AblationPair { idea, with, without } in models::ablation_pairs() {
        let row = format!("| {idea} | {} | {} |", cells(with), cells(without));
        assert!(readme.lines().any(|line| line == row), "README has no row {row}");
    }
}
