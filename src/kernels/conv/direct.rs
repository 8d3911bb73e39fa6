//! Direct convolution: a window's rows are runs of the image itself, so nothing is copied out (Georganas et al. 2018,
//! *Anatomy of High-Performance Deep Learning Convolutions on SIMD Architectures*).

use crate::kernels::geometry::{View, Window};
use crate::kernels::matmul::{Places, Rows, Store, Target, multiply};
use crate::kernels::panels::{Panels, Tiling};

/// Windows of several images that are listed together: tiles then go on from image to image.
const LISTED_TOGETHER: usize = 4096;

/// A convolution between two views; the one that is read has border enough for every window.
#[derive(Clone, Debug)]
pub struct Direct {
    groups: usize,
    /// Channels of a group, read and written.
    channels: [usize; 2],
    /// Where each window begins in a set of images, and where its result goes.
    from: Vec<usize>,
    to: Vec<usize>,
    /// Sets of images, and from one to the next.
    sets: usize,
    apart: [usize; 2],
    /// Where a window's runs begin, counted from the window.
    offsets: Vec<usize>,
    run: usize,
}

/// What is added to a convolution's sums before they are stored: a view of the size of what comes out.
#[derive(Clone, Debug)]
pub struct Plus {
    places: Vec<usize>,
    apart: usize,
}

/// What a forward pass does at the store.
#[derive(Clone, Copy, Debug, Default)]
pub struct Finish<'a> {
    /// Numbers to be added, and where.
    pub plus: Option<(&'a [f32], &'a Plus)>,
    /// Whether negative results become zero.
    pub relu: bool,
}

#[cfg(feature = "lab")]
impl Plus {
    /// Where the numbers for a window of a set begin.
    #[inline(always)]
    pub(super) fn place(&self, set: usize, window: usize) -> usize {
        set * self.apart + self.places[window]
    }
}

impl Direct {
    /// Decides how `x` is read and `y` written.
    pub fn new(window: Window, groups: usize, x: &View, y: &View) -> Self {
        let (rows, columns) = (window.rows, window.columns);
        let channels = [x.images.channels / groups, y.images.channels / groups];
        // Neighbouring columns of a window are one run where nothing lies between them, and so are whole rows.
        let (mut run, mut across, mut down) = (channels[0], columns.kernel, rows.kernel);
        if x.pixel == run && columns.dilation == 1 {
            (run, across) = (run * across, 1);
            if x.row == run && rows.dilation == 1 {
                (run, down) = (run * down, 1);
            }
        }
        let offsets = (0..down)
            .flat_map(|row| (0..across).map(move |column| (row, column)))
            .map(|(row, column)| row * rows.dilation * x.row + column * columns.dilation * x.pixel)
            .collect();
        let corner = x.first - rows.before * x.row - columns.before * x.pixel;
        let images = y.images;
        let together = images.pixels() <= LISTED_TOGETHER;
        let from = places(y, together, |image, row, column| {
            corner + image * x.image + row * rows.stride * x.row + column * columns.stride * x.pixel
        });
        Direct {
            groups,
            channels,
            from,
            to: places(y, together, |image, row, column| y.at(image, row, column)),
            sets: if together { 1 } else { images.count },
            apart: [x.image, y.image],
            offsets,
            run,
        }
    }

    /// Numbers in one filter.
    pub fn depth(&self) -> usize {
        self.offsets.len() * self.run
    }

    /// Where `plus` lies that is to be added to `y`.
    pub fn plus(y: &View, plus: &View) -> Plus {
        let together = y.images.pixels() <= LISTED_TOGETHER;
        Plus {
            places: places(y, together, |image, row, column| plus.at(image, row, column)),
            apart: plus.image,
        }
    }

    /// Packs the filters, a set of panels a group.
    pub fn pack(&self, filter: &[f32], bias: &[f32], packed: &mut Vec<Panels>) {
        let (depth, outputs, tiling) = (self.depth(), self.channels[1], Tiling::here());
        packed.resize_with(self.groups, Panels::default);
        for (group, panels) in packed.iter_mut().enumerate() {
            let filter = &filter[group * depth * outputs..][..depth * outputs];
            panels.pack_with(tiling, depth, outputs, |row, to| {
                let column = filter[row..].iter().step_by(depth);
                to.iter_mut().zip(column).for_each(|(to, &from)| *to = from);
            });
            if !bias.is_empty() {
                panels.set_bias(&bias[group * outputs..][..outputs]);
            }
        }
    }

    /// `y = filter ∗ x + bias`, finished as `finish` says; `packed` comes from [`Direct::pack`].
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

    /// Where each window begins in a set of images, how many sets there are, and how far apart.
    pub(super) fn windows(&self) -> (&[usize], usize, usize) {
        (&self.from, self.sets, self.apart[0])
    }

    /// Where the result of a window of a set goes.
    #[cfg(feature = "lab")]
    #[inline(always)]
    pub(super) fn place(&self, set: usize, window: usize) -> usize {
        set * self.apart[1] + self.to[window]
    }

    /// Where a window's runs begin, counted from the window, and how long they are.
    pub(super) fn runs(&self) -> (&[usize], usize) {
        (&self.offsets, self.run)
    }
}

fn places(y: &View, together: bool, at: impl Fn(usize, usize, usize) -> usize) -> Vec<usize> {
    let images = y.images;
    let mut places = Vec::with_capacity(images.height * images.width);
    for image in 0..if together { images.count } else { 1 } {
        for row in 0..images.height {
            places.extend((0..images.width).map(|column| at(image, row, column)));
        }
    }
    places
}
