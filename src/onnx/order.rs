//! Nodes put into an order in which each comes after what it reads. Most files are in order already, and stay so.

use super::names::Names;
use super::proto::{Graph, Node};
use crate::error::{Error, Result};
use crate::json::shown;

/// A node as a message can name it.
pub(super) fn describe(node: &Node<'_>, place: usize) -> String {
    let op = if node.op.is_empty() { "without an operator".into() } else { shown(node.op).to_string() };
    if node.name.is_empty() {
        format!("node {place} ({op})")
    } else {
        format!("node {} ({op})", shown(node.name))
    }
}

/// The places of the nodes that an output depends on, in order.
///
/// # Errors
/// [`Error::Mismatch`] for a name that nothing or more than one thing produces, and for a cycle.
pub(super) fn order(graph: &Graph<'_>) -> Result<Vec<usize>> {
    let mut producers: Names<Option<usize>> = Names::default();
    for initializer in &graph.initializers {
        if producers.insert(initializer.name, None).is_some() {
            return Err(twice(initializer.name));
        }
    }
    let mut given = Names::default();
    for input in &graph.inputs {
        if given.insert(input.name, ()).is_some() {
            return Err(twice(input.name));
        }
        producers.insert(input.name, None);
    }
    for (place, node) in graph.nodes.iter().enumerate() {
        for &output in node.outputs.iter().filter(|name| !name.is_empty()) {
            if producers.insert(output, Some(place)).is_some() {
                return Err(twice(output));
            }
        }
    }
    let find = |name: &str| {
        producers.get(name).copied().ok_or_else(|| {
            let expected = "the name of an input, an initializer or a node's output";
            Error::mismatch("graph", expected, format_args!("{}, which nothing produces", shown(name)))
        })
    };
    // A walk from the outputs to what they need, without recursion: a chain may be long.
    let mut state = vec![State::New; graph.nodes.len()];
    let mut sorted = Vec::with_capacity(graph.nodes.len());
    let mut path: Vec<(usize, usize)> = Vec::new();
    for output in &graph.outputs {
        if let Some(place) = find(output.name)? {
            enter(place, &mut state, &mut path);
        }
        while let Some((place, read)) = path.last_mut() {
            let node = &graph.nodes[*place];
            let Some(&input) = node.inputs.get(*read) else {
                state[*place] = State::Done;
                sorted.push(*place);
                path.pop();
                continue;
            };
            *read += 1;
            if input.is_empty() {
                continue;
            }
            let reader = *place;
            match find(input).map_err(|error| error.at(describe(node, reader)))? {
                Some(needed) if state[needed] == State::Open => {
                    let found = format!("a cycle through {}", describe(&graph.nodes[needed], needed));
                    return Err(Error::mismatch("graph", "nodes that do not wait for each other", found));
                }
                Some(needed) => enter(needed, &mut state, &mut path),
                None => {}
            }
        }
    }
    // As the file has them, where it has them in order.
    let by_file: Vec<usize> = (0..state.len()).filter(|&place| state[place] == State::Done).collect();
    let mut seen = vec![false; graph.nodes.len()];
    let in_order = by_file.iter().all(|&place| {
        seen[place] = true;
        let mut needed =
            graph.nodes[place].inputs.iter().filter_map(|name| producers.get(name).copied().flatten());
        needed.all(|needed| seen[needed])
    });
    Ok(if in_order { by_file } else { sorted })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

fn enter(place: usize, state: &mut [State], path: &mut Vec<(usize, usize)>) {
    if state[place] == State::New {
        state[place] = State::Open;
        path.push((place, 0));
    }
}

fn twice(name: &str) -> Box<Error> {
    Error::mismatch("graph", "a name of its own for every value", format_args!("{} twice", shown(name)))
}
