//! Opens one number of a feature map: the terms of its sum, and how far back it depends on the input.
//!
//!     cargo run --example explain_number

use std::error::Error;
use std::fs;

use convscope::digits::ink::templates;
use convscope::exec::trace::Trace;
use convscope::explain::{Cell, ledger, receptive};
use convscope::formats::network;

fn main() -> Result<(), Box<dyn Error>> {
    let (network, _) = network::read(&fs::read("www/public/models/lenet5.safetensors")?)?;
    let graph = network.graph();
    let image = templates::sample(3)?.frame()?.expect("a sample has ink");

    // A trace keeps every activation of the run.
    let mut trace = Trace::new(graph);
    trace.run(&network, &[&image.0], None)?;

    let node = graph.nodes().iter().position(|node| node.name == "c3").expect("LeNet-5 has a layer c3");
    let cell = Cell::new(7, 4, 5);
    let ledger = ledger(&network, &trace, node, cell)?;
    println!("c3, {cell}: {} by the engine, {} by its terms", ledger.engine, ledger.result);
    let mut terms: Vec<_> = ledger.operands.iter().collect();
    terms.sort_by(|a, b| b.product.abs().total_cmp(&a.product.abs()));
    for term in terms.iter().take(5) {
        let from = graph.value_name(term.value);
        println!("  {:+.4} = {} of {from}, {}, × {:?}", term.product, term.number, term.cell, term.weight);
    }

    let regions = receptive(graph, node, cell)?;
    if let Some(region) = &regions[0] {
        println!("it depends on rows {:?} and columns {:?} of the image", region.rows, region.columns);
    }
    Ok(())
}
