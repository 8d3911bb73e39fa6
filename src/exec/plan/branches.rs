//! Memory planning for a network that branches: values with overlapping lifetimes get disjoint regions, and the
//! inputs of a concat are written straight into its output.

use super::fuse::Group;
use super::place::{Place, Places, Region, images, views};
use crate::error::Result;
use crate::graph::Graph;
use crate::kernels::view::{Border, View};
use crate::layers::Role;
use crate::order::in_order;
use crate::tensor::Shape;

/// How a value is stored in relation to other values.
#[derive(Clone, Copy, Debug)]
enum Root {
    /// In a region of its own.
    Own,
    /// As a view of another value that includes this many cells of its border, possibly with another shape.
    Viewed(usize, usize),
    /// Inside the output of a concat, from this channel on.
    Part(usize, usize),
}

struct Class {
    region: Region,
    /// The first group that writes the value (0: the copy of the inputs) and the last that reads it, with groups
    /// counted from 1.
    live: [usize; 2],
    at: usize,
}

/// Places all values of any graph in the arena.
pub(super) fn place(graph: &Graph, shapes: &[Shape], groups: &[Group], borders: &[Border]) -> Result<Places> {
    let mut roots = vec![Root::Own; shapes.len()];
    let mut idle = vec![false; groups.len()];
    for (group, idle) in groups.iter().zip(&mut idle) {
        let value = graph.value(group.main);
        // Only a constant has no sources.
        let Some(&source) = graph.sources(group.main).first() else { continue };
        let role = graph.nodes()[group.main].layer().role();
        if let Some(border) = views(role, &shapes[source], &shapes[value]) {
            (roots[value], *idle) = (Root::Viewed(source, border), true);
        }
    }
    join(graph, shapes, groups, &mut roots);
    loop {
        let of_class = |value| class_of(&roots, value);
        // A group must not read the region that it writes.
        let conflict = groups.iter().zip(&idle).find_map(|(group, idle)| {
            let value = graph.value(group.last());
            let own = of_class(value);
            let copies = is_concat(graph, group);
            let reads = |read: usize| of_class(read) == own && !(copies && is_part(&roots, read, value));
            (!idle && group.reads.iter().any(|&read| reads(read))).then_some(value)
        });
        let Some(value) = conflict else { break };
        let at = match roots[value] {
            Root::Part(..) => value,
            // A concat with an input that is also read under another name: that input is copied.
            _ => {
                match roots.iter().position(|root| matches!(root, Root::Part(whole, _) if *whole == value)) {
                    Some(part) => part,
                    None => break,
                }
            }
        };
        roots[at] = Root::Own;
    }
    Ok(lay_out(graph, shapes, groups, borders, &roots, idle))
}

/// Lets the inputs of a concat be written straight into its output, unless they are already stored elsewhere.
fn join(graph: &Graph, shapes: &[Shape], groups: &[Group], roots: &mut [Root]) {
    for group in groups {
        if !is_concat(graph, group) {
            continue;
        }
        let (whole, sources) = (graph.value(group.main), graph.sources(group.main));
        let mut first = 0;
        for &source in sources {
            let once = sources.iter().filter(|&&other| other == source).count() == 1;
            // Pixels of a single channel are adjacent: the first layer reads them as lanes.
            let single = images(&shapes[source]).channels == 1;
            if once && !single && source >= graph.inputs().len() && matches!(roots[source], Root::Own) {
                roots[source] = Root::Part(whole, first);
            }
            first += images(&shapes[source]).channels;
        }
    }
}

/// Whether `value` is written straight into the output `whole` of a concat.
fn is_part(roots: &[Root], value: usize, whole: usize) -> bool {
    matches!(roots[value], Root::Part(join, _) if join == whole)
}

/// The chain of values from `value` to the one with a region of its own. Iterative, not recursive: a graph may be a
/// single chain of dropouts that is deeper than the stack.
fn chain_of(roots: &[Root], value: usize) -> impl Iterator<Item = (usize, Root)> {
    let next = |&(_, root): &(usize, Root)| match root {
        Root::Own => None,
        Root::Viewed(other, _) | Root::Part(other, _) => Some((other, roots[other])),
    };
    std::iter::successors(Some((value, roots[value])), next)
}

/// The value in whose region this one is stored.
fn class_of(roots: &[Root], value: usize) -> usize {
    chain_of(roots, value).last().map_or(value, |(class, _)| class)
}

/// Number of border cells of its class that a value includes.
fn inner_border(roots: &[Root], value: usize) -> usize {
    chain_of(roots, value).map(|(_, root)| if let Root::Viewed(_, border) = root { border } else { 0 }).sum()
}

/// The layout of a value in the region of its class.
fn view_of(roots: &[Root], shapes: &[Shape], value: usize, class: View) -> View {
    let steps: Vec<(usize, Root)> = chain_of(roots, value).collect();
    steps.into_iter().rev().fold(class, |view, (value, root)| match root {
        Root::Own => view,
        Root::Part(_, first) => view.channels(first, images(&shapes[value]).channels),
        Root::Viewed(_, border) => view.grown(border),
    })
}

fn lay_out(
    graph: &Graph,
    shapes: &[Shape],
    groups: &[Group],
    borders: &[Border],
    roots: &[Root],
    mut idle: Vec<bool>,
) -> Places {
    let inputs = graph.inputs().len();
    let mut classes: Vec<Option<Class>> = (0..shapes.len()).map(|_| None).collect();
    let mut need = |value: usize, border: Border, when: usize| {
        let class = class_of(roots, value);
        let inner = inner_border(roots, value);
        let class = classes[class].get_or_insert_with(|| Class {
            region: Region::new(&shapes[class]),
            live: [when, when],
            at: 0,
        });
        class.region.want(border.grown(inner));
        class.live = [class.live[0].min(when), class.live[1].max(when)];
    };
    (0..inputs).for_each(|input| need(input, Border::default(), 0));
    for (index, (group, border)) in groups.iter().zip(borders).enumerate() {
        need(graph.value(group.last()), Border::default(), index + 1);
        for (place, &read) in group.reads.iter().enumerate() {
            need(read, if place == 0 { *border } else { Border::default() }, index + 1);
        }
    }
    graph.outputs().iter().for_each(|&output| need(output, Border::default(), usize::MAX));
    let arena = share(&mut classes);

    let place = |value: usize| {
        let class = classes[class_of(roots, value)].as_ref()?;
        let Place { region, view } = class.region.place(class.at);
        Some(Place { region, view: view_of(roots, shapes, value, view) })
    };
    // A border stays zero in a region that no other value writes.
    let alone = |class: &Class| {
        let overlaps = |other: &&Class| {
            class.at < other.at.saturating_add(other.region.size())
                && other.at < class.at.saturating_add(class.region.size())
        };
        classes.iter().flatten().filter(overlaps).count() == 1
    };
    let clear_at = |when: usize, value: usize| {
        let root = class_of(roots, value);
        let class = classes[root].as_ref()?;
        let first = class.live[0] == when && class.region.is_bordered() && !alone(class);
        first.then(|| place(root)).flatten()
    };
    let last_values = groups.iter().map(|group| graph.value(group.last()));
    let clear = last_values.enumerate().map(|(index, value)| clear_at(index + 1, value)).collect();
    let clear_inputs = (0..inputs).map(|input| clear_at(0, input)).collect();
    for (group, idle) in groups.iter().zip(&mut idle) {
        let whole = graph.value(group.main);
        let joins = is_concat(graph, group);
        *idle |= joins && group.reads.iter().all(|&read| is_part(roots, read, whole));
    }
    Places { of: (0..shapes.len()).map(place).collect(), arena, clear, clear_inputs, idle }
}

/// Assigns each class an offset in the arena, largest class first, at the lowest offset that is free during its
/// lifetime (Pisarchyk, Lee 2020, *Efficient Memory Management for Deep Neural Net Inference*, greedy by size).
/// Returns the size of the arena.
fn share(classes: &mut [Option<Class>]) -> usize {
    let sizes: Vec<usize> =
        classes.iter().map(|class| class.as_ref().map_or(0, |class| class.region.size())).collect();
    // Indices of the placed classes, ordered by offset.
    let mut placed: Vec<usize> = Vec::new();
    let mut arena = 0usize;
    for index in in_order(classes.len(), &|a, b| sizes[a] > sizes[b]) {
        let Some(class) = &classes[index] else { continue };
        let (live, mut at) = (class.live, 0usize);
        for &other in &placed {
            let Some(other) = &classes[other] else { continue };
            if other.live[0] > live[1] || live[0] > other.live[1] {
                continue;
            }
            if at.saturating_add(sizes[index]) <= other.at {
                break;
            }
            at = at.max(other.at.saturating_add(other.region.size()));
        }
        arena = arena.max(at.saturating_add(sizes[index]));
        let after =
            placed.iter().take_while(|&&other| classes[other].as_ref().is_some_and(|other| other.at < at));
        let position = after.count();
        placed.insert(position, index);
        if let Some(class) = &mut classes[index] {
            class.at = at;
        }
    }
    arena
}

/// Whether a group concatenates channels.
fn is_concat(graph: &Graph, group: &Group) -> bool {
    matches!(graph.nodes()[group.main].layer().role(), Role::Concat)
}
