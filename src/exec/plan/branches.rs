//! Places in a network that branches: whatever lives at the same time lies apart, and what is joined is written where the
//! join wants it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::fuse::Group;
use super::place::{Place, Places, Region, images, views};
use crate::graph::Graph;
use crate::kernels::view::{Border, View};
use crate::layers::Role;
use crate::tensor::Shape;

/// What a value is to others.
#[derive(Clone, Copy, Debug)]
enum Root {
    /// It has a region of its own.
    Own,
    /// It is another value with so many cells of its border, under another shape perhaps.
    Viewed(usize, usize),
    /// It is written into a join, from this channel on.
    Part(usize, usize),
}

struct Class {
    region: Region,
    /// First group that writes (0: the inputs' copy) and last that reads, groups counted from 1.
    live: [usize; 2],
    at: usize,
}

/// Places all values of any graph.
pub(super) fn place(graph: &Graph, shapes: &[Shape], groups: &[Group], borders: &[Border]) -> Places {
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
        // Nothing may read the region that it writes.
        let conflict = groups.iter().zip(&idle).find_map(|(group, idle)| {
            let value = graph.value(group.last());
            let own = of_class(value);
            let copies = graph.nodes()[group.main].layer().role() == Role::Concat;
            let reads = |read: usize| of_class(read) == own && !(copies && is_part(&roots, read, value));
            (!idle && group.reads.iter().any(|&read| reads(read))).then_some(value)
        });
        let Some(value) = conflict else { break };
        let at = match roots[value] {
            Root::Part(..) => value,
            // A join of which a part is read under another name: that part is copied.
            _ => {
                match roots.iter().position(|root| matches!(root, Root::Part(whole, _) if *whole == value)) {
                    Some(part) => part,
                    None => break,
                }
            }
        };
        roots[at] = Root::Own;
    }
    lay_out(graph, shapes, groups, borders, &roots, idle)
}

/// Lets what is joined be written where the join wants it, if nothing else wants it elsewhere.
fn join(graph: &Graph, shapes: &[Shape], groups: &[Group], roots: &mut [Root]) {
    for group in groups {
        if graph.nodes()[group.main].layer().role() != Role::Concat {
            continue;
        }
        let (whole, sources) = (graph.value(group.main), graph.sources(group.main));
        let mut first = 0;
        for &source in sources {
            let once = sources.iter().filter(|&&other| other == source).count() == 1;
            // Pixels of a single channel lie side by side: the first layer reads them as lanes.
            let single = images(&shapes[source]).channels == 1;
            if once && !single && source >= graph.inputs().len() && matches!(roots[source], Root::Own) {
                roots[source] = Root::Part(whole, first);
            }
            first += images(&shapes[source]).channels;
        }
    }
}

/// Whether `value` is written right into the join `whole`.
fn is_part(roots: &[Root], value: usize, whole: usize) -> bool {
    matches!(roots[value], Root::Part(join, _) if join == whole)
}

/// What a value is to another, that to the next, and so on to the one with a region. A walk and no recursion: a graph may
/// be one long row of dropouts, deeper than the stack.
fn way(roots: &[Root], value: usize) -> impl Iterator<Item = (usize, Root)> {
    let next = |&(_, root): &(usize, Root)| match root {
        Root::Own => None,
        Root::Viewed(other, _) | Root::Part(other, _) => Some((other, roots[other])),
    };
    std::iter::successors(Some((value, roots[value])), next)
}

/// The value whose region this one lies in.
fn class_of(roots: &[Root], value: usize) -> usize {
    way(roots, value).last().map_or(value, |(class, _)| class)
}

/// The cells of its class's border that a value counts as its own.
fn inner_border(roots: &[Root], value: usize) -> usize {
    way(roots, value).map(|(_, root)| if let Root::Viewed(_, border) = root { border } else { 0 }).sum()
}

/// How a value lies in the region of its class.
fn view_of(roots: &[Root], shapes: &[Shape], value: usize, class: View) -> View {
    let steps: Vec<(usize, Root)> = way(roots, value).collect();
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
    // A border stays zero for ever in a region that nobody else writes.
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
        let joins = graph.nodes()[group.main].layer().role() == Role::Concat;
        *idle |= joins && group.reads.iter().all(|&read| is_part(roots, read, whole));
    }
    Places { of: (0..shapes.len()).map(place).collect(), arena, clear, clear_inputs, idle }
}

/// Gives each class its place, the largest first, each as low as it fits beside those that live when it does (Pisarchyk,
/// Lee 2020, *Efficient Memory Management for Deep Neural Net Inference*, greedy by size). Returns the arena's size.
fn share(classes: &mut [Option<Class>]) -> usize {
    let sized = |(index, class): (usize, &Option<Class>)| {
        class.as_ref().map(|class| (class.region.size(), Reverse(index)))
    };
    let mut order: BinaryHeap<(usize, Reverse<usize>)> =
        classes.iter().enumerate().filter_map(sized).collect();
    let mut placed: Vec<usize> = Vec::new();
    let mut arena = 0usize;
    while let Some((_, Reverse(class))) = order.pop() {
        let Some(one) = &classes[class] else { continue };
        let mut at = 0usize;
        let beside = placed.iter().filter_map(|&other| classes[other].as_ref());
        for other in beside.filter(|other| other.live[0] <= one.live[1] && one.live[0] <= other.live[1]) {
            if at.saturating_add(one.region.size()) <= other.at {
                break;
            }
            at = at.max(other.at.saturating_add(other.region.size()));
        }
        arena = arena.max(at.saturating_add(one.region.size()));
        if let Some(one) = &mut classes[class] {
            one.at = at;
        }
        // Kept in the order in which they lie.
        let after = |&other: &usize| classes[other].as_ref().is_some_and(|other| other.at < at);
        let index = placed.iter().take_while(|other| after(other)).count();
        placed.insert(index, class);
    }
    arena
}
