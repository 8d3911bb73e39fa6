//! Where each value lies: in a region of one arena, shared by values that do not live at the same time; some inside a
//! border of zeros, some between the channels of a join.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::fuse::{Chain, Kind};
use crate::graph::Graph;
use crate::kernels::geometry::{Border, Images, View};
use crate::layers::Operator;
use crate::tensor::{MAX_ELEMENTS, Shape};

/// What a value is to others.
#[derive(Clone, Copy, Debug)]
enum Root {
    /// It has a region of its own.
    Own,
    /// It is another value, under another shape perhaps.
    Same(usize),
    /// It is another value with so much of its border.
    Padded(usize, usize),
    /// It is written into a join, from this channel on.
    Part(usize, usize),
}

/// A value's place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// Its part of the arena.
    pub(super) region: Range<usize>,
    /// How it lies there.
    pub(super) view: View,
}

/// Where everything lies.
#[derive(Debug)]
pub(super) struct Places {
    /// By value; nothing for values that are never written.
    pub(super) of: Vec<Option<Place>>,
    /// Numbers of the arena.
    pub(super) arena: usize,
    /// By chain: a view whose border must be made zero before the chain writes.
    pub(super) clear: Vec<Option<Place>>,
    /// By graph input: likewise.
    pub(super) clear_inputs: Vec<Option<Place>>,
    /// By chain: whether there is nothing to do, its value being another one.
    pub(super) idle: Vec<bool>,
}

/// How a value of this shape lies as images: of other ranks, each a pixel of many channels.
pub(super) fn images(shape: &Shape) -> Images {
    match *shape.axes() {
        [count, channels, height, width] => Images { count, height, width, channels },
        [count, ref rest @ ..] => Images { count, height: 1, width: 1, channels: rest.iter().product() },
        [] => Images { count: 1, height: 1, width: 1, channels: 1 },
    }
}

struct Class {
    images: Images,
    border: Border,
    /// First chain that writes (0: the inputs' copy) and last that reads, chains counted from 1.
    live: [usize; 2],
    at: usize,
}

impl Class {
    fn size(&self) -> usize {
        let (Images { count, height, width, channels }, border) = (self.images, self.border);
        let sides =
            [border.top + height + border.bottom, border.left + width + border.right, count, channels];
        let numbers = sides.iter().fold(1u64, |product, &side| product.saturating_mul(side as u64));
        // More than may be is left as a little more: the arena is refused then, and nothing overflows.
        numbers.min(MAX_ELEMENTS as u64 + 1) as usize
    }
}

/// Places all values. `borders` says which border each chain wants around the first value that it reads.
pub(super) fn place(graph: &Graph, shapes: &[Shape], chains: &[Chain], borders: &[Border]) -> Places {
    let mut roots = vec![Root::Own; shapes.len()];
    let mut idle = vec![false; chains.len()];
    for (chain, idle) in chains.iter().zip(&mut idle) {
        let value = graph.value(chain.main);
        // Only a constant has no sources.
        let Some(&source) = graph.sources(chain.main).first() else { continue };
        let root = match &graph.nodes()[chain.main].operator {
            Operator::Dropout(_) => Root::Same(source),
            Operator::Flatten(_) if images(&shapes[source]) == images(&shapes[value]) => Root::Same(source),
            Operator::Pad(pad) => Root::Padded(source, pad.border()),
            _ => continue,
        };
        (roots[value], *idle) = (root, true);
    }
    join(graph, shapes, chains, &mut roots);
    loop {
        let of_class = |value| class_of(&roots, value);
        // Nothing may read the region that it writes.
        let conflict = chains.iter().zip(&idle).find_map(|(chain, idle)| {
            let value = graph.value(chain.last());
            let own = of_class(value);
            let copies = Kind::of(&graph.nodes()[chain.main].operator) == Kind::Join;
            let reads = |read: usize| of_class(read) == own && !(copies && is_part(&roots, read, value));
            (!idle && chain.reads(graph).into_iter().any(reads)).then_some(value)
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
    lay_out(graph, shapes, chains, borders, &roots, idle)
}

/// Lets what is joined be written where the join wants it, if nothing else wants it elsewhere.
fn join(graph: &Graph, shapes: &[Shape], chains: &[Chain], roots: &mut [Root]) {
    for chain in chains {
        if Kind::of(&graph.nodes()[chain.main].operator) != Kind::Join {
            continue;
        }
        let (whole, sources) = (graph.value(chain.main), graph.sources(chain.main));
        let mut first = 0;
        for &source in sources {
            let once = sources.iter().filter(|&&other| other == source).count() == 1;
            if once && source >= graph.inputs().len() && matches!(roots[source], Root::Own) {
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
        Root::Same(other) | Root::Padded(other, _) | Root::Part(other, _) => Some((other, roots[other])),
    };
    std::iter::successors(Some((value, roots[value])), next)
}

/// The value whose region this one lies in.
fn class_of(roots: &[Root], value: usize) -> usize {
    way(roots, value).last().map_or(value, |(class, _)| class)
}

/// The cells of its class's border that a value counts as its own.
fn inner_border(roots: &[Root], value: usize) -> usize {
    way(roots, value).map(|(_, root)| if let Root::Padded(_, border) = root { border } else { 0 }).sum()
}

/// How a value lies in the region of its class.
fn view_of(roots: &[Root], shapes: &[Shape], value: usize, class: View) -> View {
    let steps: Vec<(usize, Root)> = way(roots, value).collect();
    steps.into_iter().rev().fold(class, |mut view, (value, root)| match root {
        Root::Own | Root::Same(_) => view,
        Root::Part(_, first) => view.channels(first, images(&shapes[value]).channels),
        Root::Padded(_, border) => {
            view.first -= border * (view.row + view.pixel);
            view.images.height += 2 * border;
            view.images.width += 2 * border;
            view
        }
    })
}

fn lay_out(
    graph: &Graph,
    shapes: &[Shape],
    chains: &[Chain],
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
            images: images(&shapes[class]),
            border: Border::default(),
            live: [when, when],
            at: 0,
        });
        class.border = class.border.or(border.grown(inner));
        class.live = [class.live[0].min(when), class.live[1].max(when)];
    };
    (0..inputs).for_each(|input| need(input, Border::default(), 0));
    for (index, (chain, border)) in chains.iter().zip(borders).enumerate() {
        need(graph.value(chain.last()), Border::default(), index + 1);
        for (place, read) in chain.reads(graph).into_iter().enumerate() {
            need(read, if place == 0 { *border } else { Border::default() }, index + 1);
        }
    }
    graph.outputs().iter().for_each(|&output| need(output, Border::default(), usize::MAX));
    let arena = share(&mut classes);

    let place = |value: usize| {
        let class = classes[class_of(roots, value)].as_ref()?;
        let view = view_of(roots, shapes, value, View::bordered(class.images, class.border));
        Some(Place { region: class.at..class.at.saturating_add(class.size()), view })
    };
    // A border stays zero for ever in a region that nobody else writes.
    let alone = |class: &Class| {
        let overlaps = |other: &&Class| {
            class.at < other.at.saturating_add(other.size())
                && other.at < class.at.saturating_add(class.size())
        };
        classes.iter().flatten().filter(overlaps).count() == 1
    };
    let clear_at = |when: usize, value: usize| {
        let root = class_of(roots, value);
        let class = classes[root].as_ref()?;
        let first = class.live[0] == when && !class.border.is_empty() && !alone(class);
        first.then(|| place(root)).flatten()
    };
    let last_values = chains.iter().map(|chain| graph.value(chain.last()));
    let clear = last_values.enumerate().map(|(index, value)| clear_at(index + 1, value)).collect();
    let clear_inputs = (0..inputs).map(|input| clear_at(0, input)).collect();
    for (chain, idle) in chains.iter().zip(&mut idle) {
        let whole = graph.value(chain.main);
        let joins = Kind::of(&graph.nodes()[chain.main].operator) == Kind::Join;
        *idle |= joins && chain.reads(graph).iter().all(|&read| is_part(roots, read, whole));
    }
    Places { of: (0..shapes.len()).map(place).collect(), arena, clear, clear_inputs, idle }
}

/// Gives each class its place, the largest first, each as low as it fits beside those that live when it does (Pisarchyk,
/// Lee 2020, *Efficient Memory Management for Deep Neural Net Inference*, greedy by size). Returns the arena's size.
fn share(classes: &mut [Option<Class>]) -> usize {
    let sized =
        |(index, class): (usize, &Option<Class>)| class.as_ref().map(|class| (class.size(), Reverse(index)));
    // A heap is far less code than a sort.
    let mut order: BinaryHeap<(usize, Reverse<usize>)> =
        classes.iter().enumerate().filter_map(sized).collect();
    let mut placed: Vec<usize> = Vec::new();
    let mut arena = 0usize;
    while let Some((_, Reverse(class))) = order.pop() {
        let Some(one) = &classes[class] else { continue };
        let mut at = 0usize;
        let beside = placed.iter().filter_map(|&other| classes[other].as_ref());
        for other in beside.filter(|other| other.live[0] <= one.live[1] && one.live[0] <= other.live[1]) {
            if at.saturating_add(one.size()) <= other.at {
                break;
            }
            at = at.max(other.at.saturating_add(other.size()));
        }
        arena = arena.max(at.saturating_add(one.size()));
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

#[cfg(test)]
mod tests {
    use crate::graph::plan::Plan;
    use crate::graph::{Builder, Network};
    use crate::layers::{Dropout, Pad};

    #[test]
    fn a_long_row_of_views_needs_no_deep_stack() {
        let work = || {
            let start = Builder::new("row", "x", [1, 1, 2, 2]).then("pad", Pad::new(1));
            let row = (0..4000).fold(start, |graph, node| graph.then(&node.to_string(), Dropout::new(0.5)));
            let network = Network::initialise(row.build().unwrap(), 1).unwrap();
            let mut plan = Plan::new(&network, 1).unwrap();
            plan.run(&network, &[&[1.0, 2.0, 3.0, 4.0]]).unwrap().to_vec()
        };
        let small = std::thread::Builder::new().stack_size(128 << 10).spawn(work).unwrap();
        let border = [0.0; 5];
        let expected = [&border[..], &[1.0, 2.0, 0.0, 0.0, 3.0, 4.0], &border[..]].concat();
        assert_eq!(small.join().unwrap(), expected);
    }
}
