//! What a plan chooses its convolution kernels from.
//!
//! A binary names a table of candidates; a plan takes the first one that suits a convolution. So a kernel is in a binary
//! only if a table in it names the kernel.

use std::fmt;

use super::direct::{Direct, Finish, Plus};
use super::{border, depthwise::Depthwise, first::First, winograd};
use crate::kernels::geometry::Window;
use crate::kernels::panels::Panels;
use crate::kernels::pool::Combine;
use crate::kernels::tiles::Tiles;
use crate::kernels::view::{Border, Images, View};

/// The sizes of a convolution, by which a kernel is chosen.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// The window.
    pub window: &'a Window,
    /// The number of groups.
    pub groups: usize,
    /// What is read.
    pub x: Images,
    /// What the convolution computes.
    pub y: Images,
    /// A pooling of that, in the same step.
    pub pooling: Option<Pooling<'a>>,
}

/// A pooling after a convolution, in the same step.
#[derive(Clone, Copy, Debug)]
pub struct Pooling<'a> {
    /// The window.
    pub window: &'a Window,
    /// What becomes of its cells.
    pub combine: Combine,
    /// What comes out.
    pub output: Images,
}

/// A convolution to be compiled.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Its sizes.
    pub shape: &'a Shape<'a>,
    /// Where the input is, with the border that the candidate wants.
    pub x: &'a View,
    /// Where the output goes.
    pub y: &'a View,
    /// Where a value is that is added to the sums, of the output's size.
    pub plus: Option<&'a View>,
    /// Whether negative results become zero.
    pub relu: bool,
    /// The filters, `[outputs, window rows, window columns, channels / groups]`.
    pub filter: &'a [f32],
    /// A bias for each output.
    pub bias: &'a [f32],
}

/// A way to compute convolutions.
pub trait Candidate: Sync {
    /// Whether it computes this one, and well.
    fn suits(&self, shape: &Shape<'_>) -> bool;

    /// The border of zeros that it needs around the input.
    fn border(&self, shape: &Shape<'_>) -> Border {
        border(*shape.window, shape.x, shape.y)
    }

    /// Packs the filters and decides how the input is read and the output written.
    fn compile(&self, call: &Call<'_>) -> Box<dyn Compiled>;
}

/// A convolution, ready to run.
pub trait Compiled: Send + Sync {
    /// Values of scratch that a run needs.
    fn scratch(&self) -> usize {
        0
    }

    /// `y = filter ∗ x + bias (+ plus)`, then the rectifier and the pooling that it was compiled with.
    fn run(&self, x: &[f32], plus: Option<&[f32]>, y: &mut [f32], scratch: &mut [f32]);
}

/// Not derived: a small binary would carry the formatting of every kernel.
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

/// Windows read where they are: [`Direct`], by matrix products of these tiles. It computes every convolution.
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

/// Fewer products by transforms: [`winograd`].
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

/// A filter for each channel: [`Depthwise`].
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
