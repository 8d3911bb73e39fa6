//! Topological order of a graph's nodes. Most files are sorted already; their order is kept.

use super::names::Names;
use super::proto::{Graph, Node};
use crate::error::{Error, Result};
use crate::json::shown;

/// A node for a message.
pub(super) fn describe(node: &Node<'_>, index: usize) -> String {
    let op = if node.op.is_empty() { "without an operator".into() } else { shown(node.op).to_string() };
    if node.name.is_empty() {
        format!("node {index} ({op})")
    } else {
        format!("node {} ({op})", shown(node.name))
    }
}

/// The indices of the nodes that an output depends on, in topological order.
///
/// # Errors
/// [`Error::Mismatch`] for a name without a producer, a name with several producers, and a cycle.
pub(super) fn topological_order(graph: &Graph<'_>) -> Result<Vec<usize>> {
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
    for (index, node) in graph.nodes.iter().enumerate() {
        for &output in node.outputs.iter().filter(|name| !name.is_empty()) {
            if producers.insert(output, Some(index)).is_some() {
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
    // A depth-first search from the outputs, without recursion, because chains may be long.
    let mut state = vec![State::New; graph.nodes.len()];
    let mut sorted = Vec::with_capacity(graph.nodes.len());
    let mut path: Vec<(usize, usize)> = Vec::new();
    for output in &graph.outputs {
        if let Some(index) = find(output.name)? {
            enter(index, &mut state, &mut path);
        }
        while let Some((index, next_input)) = path.last_mut() {
            let node = &graph.nodes[*index];
            let Some(&input) = node.inputs.get(*next_input) else {
                state[*index] = State::Done;
                sorted.push(*index);
                path.pop();
                continue;
            };
            *next_input += 1;
            if input.is_empty() {
                continue;
            }
            let reader = *index;
            match find(input).map_err(|error| error.at(describe(node, reader)))? {
                Some(needed) if state[needed] == State::Open => {
                    let found = format!("a cycle through {}", describe(&graph.nodes[needed], needed));
                    return Err(Error::mismatch("graph", "an acyclic graph", found));
                }
                Some(needed) => enter(needed, &mut state, &mut path),
                None => {}
            }
        }
    }
    // The order of the file is kept if it is topological.
    let by_file: Vec<usize> = (0..state.len()).filter(|&index| state[index] == State::Done).collect();
    let mut visited = vec![false; graph.nodes.len()];
    let in_order = by_file.iter().all(|&index| {
        visited[index] = true;
        let mut needed =
            graph.nodes[index].inputs.iter().filter_map(|name| producers.get(name).copied().flatten());
        needed.all(|needed| visited[needed])
    });
    Ok(if in_order { by_file } else { sorted })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

fn enter(index: usize, state: &mut [State], path: &mut Vec<(usize, usize)>) {
    if state[index] == State::New {
        state[index] = State::Open;
        path.push((index, 0));
    }
}

fn twice(name: &str) -> Box<Error> {
    Error::mismatch("graph", "a unique name for every value", format_args!("{} twice", shown(name)))
}
