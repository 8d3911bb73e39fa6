//! Where each value lies: in a region of one arena, shared by values that do not live at the same time; some inside a
//! border of zeros, some between the channels of a join.

use std::ops::Range;

use crate::kernels::view::{Border, Images, View};
use crate::layers::Role;
use crate::tensor::{MAX_ELEMENTS, Shape};

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
    /// By group: a view whose border must be made zero before the group writes.
    pub(super) clear: Vec<Option<Place>>,
    /// By graph input: likewise.
    pub(super) clear_inputs: Vec<Option<Place>>,
    /// By group: whether there is nothing to do, its value being another one.
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

/// A part of the arena: images, and the border of zeros that their readers want.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    images: Images,
    border: Border,
}

impl Region {
    /// For a value of this shape.
    pub(super) fn new(shape: &Shape) -> Self {
        Region { images: images(shape), border: Border::default() }
    }

    /// Makes the border no smaller than this one.
    pub(super) fn want(&mut self, border: Border) {
        self.border = self.border.or(border);
    }

    /// Whether there is a border.
    pub(super) fn is_bordered(&self) -> bool {
        !self.border.is_empty()
    }

    /// How many numbers it has.
    pub(super) fn size(&self) -> usize {
        let (Images { count, height, width, channels }, border) = (self.images, self.border);
        let sides =
            [border.top + height + border.bottom, border.left + width + border.right, count, channels];
        let numbers = sides.iter().fold(1u64, |product, &side| product.saturating_mul(side as u64));
        // More than may be is left as a little more: the arena is refused then, and nothing overflows.
        numbers.min(MAX_ELEMENTS as u64 + 1) as usize
    }

    /// How its images lie in it.
    pub(super) fn view(&self) -> View {
        View::bordered(self.images, self.border)
    }

    /// It as a place, where it begins `at` this number of the arena.
    pub(super) fn place(&self, at: usize) -> Place {
        Place { region: at..at.saturating_add(self.size()), view: self.view() }
    }
}

/// How many cells around its source a layer takes for its own, where that is all it does: then it is a view of its source,
/// and costs nothing.
pub(super) fn views(role: Role, source: &Shape, value: &Shape) -> Option<usize> {
    match role {
        Role::View { border } => Some(border),
        Role::Flatten if images(source) == images(value) => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::exec::plan::Plan;
    use crate::graph::{Builder, Network};
    use crate::layers::{Dropout, Pad};

    /// What comes out of a border and many dropouts behind it; with a second output it is no row any more.
    fn through_many_views(branches: bool) -> Vec<f32> {
        let start = Builder::new("row", "x", [1, 1, 2, 2]).then("pad", Pad::new(1));
        let mut graph = (0..4000).fold(start, |graph, node| graph.then(&node.to_string(), Dropout::new(0.5)));
        if branches {
            graph = graph.and_output("pad");
        }
        let network = Network::initialize(graph.build().unwrap(), 1).unwrap();
        let mut plan = Plan::new(&network, 1).unwrap();
        plan.run(&network, &[&[1.0, 2.0, 3.0, 4.0]]).unwrap().to_vec()
    }

    #[test]
    fn many_views_need_no_deep_stack() {
        let border = [0.0; 5];
        let expected = [&border[..], &[1.0, 2.0, 0.0, 0.0, 3.0, 4.0], &border[..]].concat();
        for branches in [false, true] {
            let small = std::thread::Builder::new().stack_size(128 << 10);
            let found = small.spawn(move || through_many_views(branches)).unwrap().join().unwrap();
            assert_eq!(found, expected);
        }
    }
}
