//! Direct convolution: a window's rows are runs of the image itself, so no patches are copied (Georganas et al.
//! 2018, *Anatomy of High-Performance Deep Learning Convolutions on SIMD Architectures*).

use crate::kernels::geometry::Window;
use crate::kernels::matmul::{Places, Rows, Store, Target, multiply};
use crate::kernels::panels::Panels;
use crate::kernels::tiles::Tiles;
use crate::kernels::view::View;

/// Maximum number of windows of several images that are listed together, so that tiles continue from one image to
/// the next.
const LISTED_TOGETHER: usize = 4096;

/// A convolution between two views; the input has a border wide enough for every window.
#[derive(Clone, Debug)]
pub struct Direct {
    groups: usize,
    /// Input and output channels of a group.
    channels: [usize; 2],
    /// The offset of each window in a set of images, and of its result.
    from: Vec<usize>,
    to: Vec<usize>,
    /// Number of sets of images, and the distance from one to the next.
    sets: usize,
    apart: [usize; 2],
    /// The offsets of a window's runs, relative to the window.
    offsets: Vec<usize>,
    run: usize,
}

/// The offsets of a value that is added to a convolution's sums before they are stored, in a view of the output's
/// size.
#[derive(Clone, Debug)]
pub struct Plus {
    places: Vec<usize>,
    apart: usize,
}

/// The operations of a forward pass at the store.
#[derive(Clone, Copy, Debug, Default)]
pub struct Finish<'a> {
    /// Values to add, and their offsets.
    pub plus: Option<(&'a [f32], &'a Plus)>,
    /// Whether negative results are set to zero.
    pub relu: bool,
}

impl Plus {
    /// The offset of the values for a window of a set.
    #[inline(always)]
    pub(super) fn place(&self, set: usize, window: usize) -> usize {
        set * self.apart + self.places[window]
    }
}

impl Direct {
    /// Computes the offsets in `x` and `y`.
    pub fn new(window: Window, groups: usize, x: &View, y: &View) -> Self {
        let (rows, columns) = (window.rows, window.columns);
        let channels = [x.images.channels / groups, y.images.channels / groups];
        // Adjacent columns of a window form one run if there is nothing between them, and so do entire rows.
        let (mut run, mut across, mut down) = (channels[0], columns.kernel, rows.kernel);
        if x.pixel == run && columns.dilation == 1 {
            (run, across) = (run * across, 1);
            if x.row == run && rows.dilation == 1 {
                (run, down) = (run * down, 1);
            }
        }
        let mut offsets = Vec::with_capacity(down * across);
        for row in 0..down {
            for column in 0..across {
                offsets.push(row * rows.dilation * x.row + column * columns.dilation * x.pixel);
            }
        }
        // The first cells of the windows, as a view whose pixels they are.
        let corners = View {
            images: y.images,
            first: x.first - rows.before * x.row - columns.before * x.pixel,
            pixel: columns.stride * x.pixel,
            row: rows.stride * x.row,
            image: x.image,
        };
        Direct {
            groups,
            channels,
            from: places(&corners),
            to: places(y),
            sets: if are_listed_together(y) { 1 } else { y.images.count },
            apart: [x.image, y.image],
            offsets,
            run,
        }
    }

    /// Number of weights in one filter.
    pub fn depth(&self) -> usize {
        self.offsets.len() * self.run
    }

    /// The offsets of a value `plus` that is added to `y`.
    pub fn plus(y: &View, plus: &View) -> Plus {
        Plus { places: places(&View { images: y.images, ..*plus }), apart: plus.image }
    }

    /// Packs the filters, one set of panels per group.
    pub fn pack(&self, tiles: &'static Tiles, filter: &[f32], bias: &[f32], packed: &mut Vec<Panels>) {
        let (depth, outputs) = (self.depth(), self.channels[1]);
        packed.resize_with(self.groups, Panels::default);
        for (group, panels) in packed.iter_mut().enumerate() {
            let filter = &filter[group * depth * outputs..][..depth * outputs];
            panels.pack_transposed(tiles, depth, outputs, filter);
            if !bias.is_empty() {
                panels.set_bias(&bias[group * outputs..][..outputs]);
            }
        }
    }

    /// `y = filter ∗ x + bias`, then `finish`; `packed` is filled by [`Direct::pack`].
    pub fn forward(&self, x: &[f32], packed: &[Panels], finish: Finish<'_>, y: &mut [f32]) {
        for set in 0..self.sets {
            for (group, panels) in packed.iter().enumerate() {
                let [from, to] = [0, 1].map(|i| set * self.apart[i] + group * self.channels[i]);
                multiply(
                    Rows {
                        data: &x[from..],
                        count: self.from.len(),
                        starts: Places::Listed(&self.from),
                        offsets: &self.offsets,
                        run: self.run,
                    },
                    panels,
                    Target { data: &mut y[to..], places: Places::Listed(&self.to) },
                    Store::Set {
                        plus: finish.plus.map(|(data, plus)| {
                            let at = set * plus.apart + group * self.channels[1];
                            (&data[at..], Places::Listed(&plus.places))
                        }),
                        relu: finish.relu,
                    },
                );
            }
        }
    }

    /// The offset of each window in a set of images, the number of sets, and the distance between them.
    pub(super) fn windows(&self) -> (&[usize], usize, usize) {
        (&self.from, self.sets, self.apart[0])
    }

    /// The offset of the result of a window of a set.
    #[inline(always)]
    pub(super) fn place(&self, set: usize, window: usize) -> usize {
        set * self.apart[1] + self.to[window]
    }

    /// The offsets of a window's runs, relative to the window, and their length.
    pub(super) fn runs(&self) -> (&[usize], usize) {
        (&self.offsets, self.run)
    }
}

fn are_listed_together(view: &View) -> bool {
    view.images.pixels() <= LISTED_TOGETHER
}

/// The offset of each pixel of a set of images.
fn places(view: &View) -> Vec<usize> {
    let images = if are_listed_together(view) { view.images.count } else { 1 };
    let mut places = Vec::with_capacity(images * view.images.height * view.images.width);
    for image in 0..images {
        for row in 0..view.images.height {
            for column in 0..view.images.width {
                places.push(view.at(image, row, column));
            }
        }
    }
    places
}
