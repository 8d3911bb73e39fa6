//! The convolution kernels that a plan can choose from.
//!
//! A binary names a table of candidates; a plan uses the first one that supports a convolution. A binary thus
//! includes a kernel only if its table names it.

use std::fmt;

use super::direct::{Direct, Finish, Plus};
use super::{border, depthwise::Depthwise, first::First, winograd};
use crate::kernels::geometry::Window;
use crate::kernels::panels::Panels;
use crate::kernels::pool::Combine;
use crate::kernels::tiles::Tiles;
use crate::kernels::view::{Border, Images, View};

/// The sizes of a convolution, by which a kernel is selected.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// The window.
    pub window: &'a Window,
    /// The number of groups.
    pub groups: usize,
    /// The input images.
    pub x: Images,
    /// The output images of the convolution.
    pub y: Images,
    /// A pooling of the output, in the same step.
    pub pooling: Option<Pooling<'a>>,
}

/// A pooling after a convolution, in the same step.
#[derive(Clone, Copy, Debug)]
pub struct Pooling<'a> {
    /// The window.
    pub window: &'a Window,
    /// How the cells of a window are combined.
    pub combine: Combine,
    /// The output images of the pooling.
    pub output: Images,
}

/// A convolution to compile.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Its sizes.
    pub shape: &'a Shape<'a>,
    /// The layout of the input, with the border that the candidate needs.
    pub x: &'a View,
    /// The layout of the output.
    pub y: &'a View,
    /// The layout of a value that is added to the sums, of the output's size.
    pub plus: Option<&'a View>,
    /// Whether negative results are set to zero.
    pub relu: bool,
    /// The filters, `[outputs, window rows, window columns, channels / groups]`.
    pub filter: &'a [f32],
    /// One bias per output.
    pub bias: &'a [f32],
}

/// A convolution kernel that a plan can select.
pub trait Candidate: Sync {
    /// Whether it supports this convolution efficiently.
    fn suits(&self, shape: &Shape<'_>) -> bool;

    /// The border of zeros that it needs around the input.
    fn border(&self, shape: &Shape<'_>) -> Border {
        border(*shape.window, shape.x, shape.y)
    }

    /// Packs the filters and computes the offsets in input and output.
    fn compile(&self, call: &Call<'_>) -> Box<dyn Compiled>;
}

/// A compiled convolution.
pub trait Compiled: Send + Sync {
    /// Number of scratch values that a run needs.
    fn scratch(&self) -> usize {
        0
    }

    /// `y = filter ∗ x + bias (+ plus)`, then the rectifier and the pooling that it was compiled with.
    fn run(&self, x: &[f32], plus: Option<&[f32]>, y: &mut [f32], scratch: &mut [f32]);
}

/// Not derived: a small binary would include the formatting of every kernel.
impl fmt::Debug for dyn Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a compiled convolution")
    }
}

/// A convolution of one channel and the pooling after it in one pass: [`First`].
#[derive(Debug)]
pub struct FirstLayer;

impl Candidate for FirstLayer {
    fn suits(&self, shape: &Shape<'_>) -> bool {
        shape.pooling.is_some_and(|pooling| {
            First::suits(*shape.window, *pooling.window, pooling.combine, shape.x, shape.y, pooling.output)
        })
    }

    fn compile(&self, call: &Call<'_>) -> Box<dyn Compiled> {
        let combine = call.shape.pooling.map_or(Combine::Max, |pooling| pooling.combine);
        let Call { shape, x, y, relu, filter, bias, .. } = *call;
        Box::new(First::new(*shape.window, combine, relu, x, y, filter, bias))
    }
}

impl Compiled for First {
    fn run(&self, x: &[f32], _plus: Option<&[f32]>, y: &mut [f32], _scratch: &mut [f32]) {
        self.forward(x, y);
    }
}

/// Direct convolution without patches: [`Direct`], by matrix products with these tiles. Supports every convolution.
#[derive(Debug)]
pub struct DirectWith(pub &'static Tiles);

impl Candidate for DirectWith {
    fn suits(&self, shape: &Shape<'_>) -> bool {
        shape.pooling.is_none()
    }

    fn compile(&self, call: &Call<'_>) -> Box<dyn Compiled> {
        let Call { shape, x, y, plus, relu, filter, bias } = *call;
        let kernel = Direct::new(*shape.window, shape.groups, x, y);
        let mut packed = Vec::new();
        kernel.pack(self.0, filter, bias, &mut packed);
        Box::new(PackedDirect { kernel, packed, plus: plus.map(|plus| Direct::plus(y, plus)), relu })
    }
}

struct PackedDirect {
    kernel: Direct,
    packed: Vec<Panels>,
    plus: Option<Plus>,
    relu: bool,
}

impl Compiled for PackedDirect {
    fn run(&self, x: &[f32], plus: Option<&[f32]>, y: &mut [f32], _scratch: &mut [f32]) {
        let finish = Finish { plus: plus.zip(self.plus.as_ref()), relu: self.relu };
        self.kernel.forward(x, &self.packed, finish, y);
    }
}

/// Winograd convolution, with fewer products: [`winograd`].
#[derive(Debug)]
pub struct Winograd;

impl Winograd {
    fn kind(shape: &Shape<'_>) -> Option<winograd::Kind> {
        winograd::Kind::suitable(*shape.window, shape.groups, shape.x, shape.y)
    }
}

impl Candidate for Winograd {
    fn suits(&self, shape: &Shape<'_>) -> bool {
        shape.pooling.is_none() && Winograd::kind(shape).is_some()
    }

    fn border(&self, shape: &Shape<'_>) -> Border {
        let kind = Winograd::kind(shape).expect("asked of a convolution that suits");
        kind.border(*shape.window, shape.x, shape.y)
    }

    fn compile(&self, call: &Call<'_>) -> Box<dyn Compiled> {
        let Call { shape, x, y, plus, relu, filter, bias } = *call;
        let kind = Winograd::kind(shape).expect("asked of a convolution that suits");
        let kernel = winograd::Winograd::new(kind, *shape.window, x, y, filter, bias);
        Box::new(FinishedWinograd { kernel, plus: plus.copied(), relu })
    }
}

struct FinishedWinograd {
    kernel: winograd::Winograd,
    plus: Option<View>,
    relu: bool,
}

impl Compiled for FinishedWinograd {
    fn scratch(&self) -> usize {
        self.kernel.scratch()
    }

    fn run(&self, x: &[f32], plus: Option<&[f32]>, y: &mut [f32], scratch: &mut [f32]) {
        self.kernel.forward(x, plus.zip(self.plus.as_ref()), self.relu, y, scratch);
    }
}

/// Depthwise convolution, with one filter per channel: [`Depthwise`].
#[derive(Debug)]
pub struct ByChannel;

impl Candidate for ByChannel {
    fn suits(&self, shape: &Shape<'_>) -> bool {
        shape.pooling.is_none() && Depthwise::suits(shape.groups, shape.x, shape.y)
    }

    fn compile(&self, call: &Call<'_>) -> Box<dyn Compiled> {
        let Call { shape, x, y, plus, relu, filter, bias } = *call;
        let kernel = Depthwise::new(*shape.window, x, y, filter, bias);
        Box::new(FinishedDepthwise { kernel, plus: plus.map(|plus| Direct::plus(y, plus)), relu })
    }
}

struct FinishedDepthwise {
    kernel: Depthwise,
    plus: Option<Plus>,
    relu: bool,
}

impl Compiled for FinishedDepthwise {
    fn run(&self, x: &[f32], plus: Option<&[f32]>, y: &mut [f32], _scratch: &mut [f32]) {
        let finish = Finish { plus: plus.zip(self.plus.as_ref()), relu: self.relu };
        self.kernel.forward(x, finish, y);
    }
}
