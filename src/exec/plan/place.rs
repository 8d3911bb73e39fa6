//! Where each value is stored: in a region of one arena that values with disjoint lifetimes share; some values are
//! inside a border of zeros, some are a range of the channels of a concat.

use std::ops::Range;

use crate::kernels::view::{Border, Images, View};
use crate::layers::Role;
use crate::tensor::{MAX_ELEMENTS, Shape};

/// Where a value is stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// Its region of the arena.
    pub(super) region: Range<usize>,
    /// Its layout within the region.
    pub(super) view: View,
}

/// The memory plan of a network.
#[derive(Debug)]
pub(super) struct Places {
    /// For each value, its place; `None` for values that are never written.
    pub(super) of: Vec<Option<Place>>,
    /// Size of the arena in elements.
    pub(super) arena: usize,
    /// For each group, a view whose border must be cleared before the group writes.
    pub(super) clear: Vec<Option<Place>>,
    /// For each graph input, a view whose border must be cleared first.
    pub(super) clear_inputs: Vec<Option<Place>>,
    /// For each group, whether it has nothing to compute because its value is a view of another.
    pub(super) idle: Vec<bool>,
}

/// The image layout of a value of this shape; for ranks other than four, each image is one pixel of many channels.
pub(super) fn images(shape: &Shape) -> Images {
    match *shape.axes() {
        [count, channels, height, width] => Images { count, height, width, channels },
        [count, ref rest @ ..] => Images { count, height: 1, width: 1, channels: rest.iter().product() },
        [] => Images { count: 1, height: 1, width: 1, channels: 1 },
    }
}

/// A region of the arena: images, and the zero border that their readers require.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    images: Images,
    border: Border,
}

impl Region {
    /// A region for a value of this shape, without a border.
    pub(super) fn new(shape: &Shape) -> Self {
        Region { images: images(shape), border: Border::default() }
    }

    /// Extends the border to at least this one.
    pub(super) fn want(&mut self, border: Border) {
        self.border = self.border.or(border);
    }

    /// Whether there is a border.
    pub(super) fn is_bordered(&self) -> bool {
        !self.border.is_empty()
    }

    /// Number of elements.
    pub(super) fn size(&self) -> usize {
        let (Images { count, height, width, channels }, border) = (self.images, self.border);
        let sides =
            [border.top + height + border.bottom, border.left + width + border.right, count, channels];
        let numbers = sides.iter().fold(1u64, |product, &side| product.saturating_mul(side as u64));
        // A size above the limit saturates just above it, without overflow; allocating the arena then fails.
        numbers.min(MAX_ELEMENTS as u64 + 1) as usize
    }

    /// The layout of the images within the region.
    pub(super) fn view(&self) -> View {
        View::bordered(self.images, self.border)
    }

    /// The place of the region at the offset `at` of the arena.
    pub(super) fn place(&self, at: usize) -> Place {
        Place { region: at..at.saturating_add(self.size()), view: self.view() }
    }
}

/// Number of border cells around its source that a layer includes in its output, if it does nothing else: then it
/// is a view of its source and costs nothing.
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

    /// The output of a pad followed by many dropouts; a second output makes the graph branch.
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
