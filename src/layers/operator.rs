//! Any layer, and the one list of them all.

use serde::Serialize;

#[cfg(feature = "full")]
use super::general::{
    ArgMax, Binary, Border, Concat, Constant, Expand, Gather, GatherElements, Matmul, MaxPoolIndices, Reduce,
    Reshape, Resize, Slice, Transpose, Unary,
};
use super::{
    Activation, AveragePool, Conv, Cost, Dense, Differentiable, Dropout, Flatten, Layer, MaxPool, Normalize,
    Pad, Parameter, Rbf, TrainableSubsampling,
};
#[cfg(feature = "full")]
use super::{
    Add, BatchNorm, Elu, GlobalAveragePool, GlobalMaxPool, Join, LeakyRelu, LogSoftmax, Lrn, Softmax,
};
use crate::error::{Error, Place, Result};
use crate::json::{Value, shown};
use crate::tensor::Shape;

/// Makes the enum of all layers, and what it does by asking the layer itself. A row is a layer's written name and its
/// type, which has `read(&Value) -> Result<Self>`.
macro_rules! operators {
    (
        lean { $($kind:literal => $layer:ident),* $(,)? }
        lab { $($lab_kind:literal => $lab:ident),* $(,)? }
        lab, forward only { $($forward_kind:literal => $forward:ident),* $(,)? }
    ) => {
        /// Any layer, as it is written: `{"conv": {…}}`.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[allow(missing_docs)] // Each variant is the layer of its name.
        pub enum Operator {
            $(#[serde(rename = $kind)] $layer($layer),)*
            $(#[cfg(feature = "full")] #[serde(rename = $lab_kind)] $lab($lab),)*
            $(#[cfg(feature = "full")] #[serde(rename = $forward_kind)] $forward($forward),)*
        }

        impl Operator {
            /// The layer itself.
            pub fn layer(&self) -> &dyn Layer {
                match self {
                    $(Operator::$layer(layer) => layer,)*
                    $(#[cfg(feature = "full")] Operator::$lab(layer) => layer,)*
                    $(#[cfg(feature = "full")] Operator::$forward(layer) => layer,)*
                }
            }

            /// As [`Layer::output`]. Asked of the layer itself and not through a table of its functions, so that a
            /// binary that only reads graphs does not carry what runs them.
            ///
            /// # Errors
            /// As [`Layer::output`].
            pub fn output(&self, inputs: &[&Shape]) -> Result<Shape> {
                match self {
                    $(Operator::$layer(layer) => layer.output(inputs),)*
                    $(#[cfg(feature = "full")] Operator::$lab(layer) => layer.output(inputs),)*
                    $(#[cfg(feature = "full")] Operator::$forward(layer) => layer.output(inputs),)*
                }
            }

            /// As [`Layer::parameters`], asked of the layer itself.
            pub fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
                match self {
                    $(Operator::$layer(layer) => layer.parameters(inputs),)*
                    $(#[cfg(feature = "full")] Operator::$lab(layer) => layer.parameters(inputs),)*
                    $(#[cfg(feature = "full")] Operator::$forward(layer) => layer.parameters(inputs),)*
                }
            }

            /// As [`Layer::cost`], asked of the layer itself.
            pub fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
                match self {
                    $(Operator::$layer(layer) => layer.cost(inputs, output),)*
                    $(#[cfg(feature = "full")] Operator::$lab(layer) => layer.cost(inputs, output),)*
                    $(#[cfg(feature = "full")] Operator::$forward(layer) => layer.cost(inputs, output),)*
                }
            }

            /// The layer as one that gradients flow back through, if they do.
            pub fn differentiable(&self) -> Option<&dyn Differentiable> {
                match self {
                    $(Operator::$layer(layer) => Some(layer),)*
                    $(#[cfg(feature = "full")] Operator::$lab(layer) => Some(layer),)*
                    $(#[cfg(feature = "full")] Operator::$forward(_) => None,)*
                }
            }

            /// The layer of this kind; none where this engine has no such layer.
            fn of_kind(kind: &str, written: &Value) -> Result<Option<Self>> {
                Ok(Some(match kind {
                    $($kind => Operator::$layer($layer::read(written)?),)*
                    $(#[cfg(feature = "full")] $lab_kind => Operator::$lab($lab::read(written)?),)*
                    $(#[cfg(feature = "full")] $forward_kind => Operator::$forward($forward::read(written)?),)*
                    _ => return Ok(None),
                }))
            }
        }

        $(impl From<$layer> for Operator {
            fn from(layer: $layer) -> Self {
                Operator::$layer(layer)
            }
        })*

        $(#[cfg(feature = "full")] impl From<$lab> for Operator {
            fn from(layer: $lab) -> Self {
                Operator::$lab(layer)
            }
        })*

        $(#[cfg(feature = "full")] impl From<$forward> for Operator {
            fn from(layer: $forward) -> Self {
                Operator::$forward(layer)
            }
        })*
    };
}

// `lean` are the layers of the networks that read digits, the LeNets and the gate: they are in every binary, and every
// byte of them is downloaded before the first digit is read. Whatever else there is belongs to `lab`, and its module
// behind `#[cfg(feature = "full")]`.
operators! {
    lean {
        "activation" => Activation,
        "average-pool" => AveragePool,
        "conv" => Conv,
        "dense" => Dense,
        "dropout" => Dropout,
        "flatten" => Flatten,
        "max-pool" => MaxPool,
        "normalise" => Normalize,
        "pad" => Pad,
        "radial" => Rbf,
        "subsample" => TrainableSubsampling,
    }
    lab {
        "add" => Add,
        "batch-norm" => BatchNorm,
        "border" => Border,
        "concat" => Concat,
        "constant" => Constant,
        "elu" => Elu,
        "expand" => Expand,
        "gather" => Gather,
        "global-average-pool" => GlobalAveragePool,
        "global-max-pool" => GlobalMaxPool,
        "join" => Join,
        "leaky-relu" => LeakyRelu,
        "log-softmax" => LogSoftmax,
        "lrn" => Lrn,
        "reshape" => Reshape,
        "slice" => Slice,
        "softmax" => Softmax,
        "transpose" => Transpose,
    }
    lab, forward only {
        "arg-max" => ArgMax,
        "binary" => Binary,
        "gather-by" => GatherElements,
        "matmul" => Matmul,
        "max-pool-indices" => MaxPoolIndices,
        "reduce" => Reduce,
        "resize" => Resize,
        "unary" => Unary,
    }
}

impl Operator {
    /// As it is written: an object with one field, whose name is the kind of layer.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a kind of layer that this engine does not know.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let (kind, written) = written.object()?.only("one field: a layer")?;
        let unknown = || Error::mismatch("graph", "a kind of layer", shown(kind));
        Operator::of_kind(kind, written).and_then(|operator| operator.ok_or_else(unknown)).at(|| shown(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::geometry::Window;
    use crate::layers::general::{Coordinates, Extent, Filling, Interpolation, Real, Reduction, Rounding};

    #[test]
    fn every_layer_is_read_as_it_is_written() {
        let window = Window::square(3).each(|axis| (axis.stride, axis.before, axis.ceil) = (2, 1, true));
        let operators: Vec<Operator> = vec![
            Activation::Relu.into(),
            Activation::Tanh.into(),
            Activation::ScaledTanh.into(),
            Activation::Sigmoid.into(),
            Add {}.into(),
            ArgMax { axis: 1, keep: true, last: false, least: true }.into(),
            ArgMax { axis: 0, keep: false, last: true, least: false }.into(),
            AveragePool { window, border: false }.into(),
            AveragePool { window, border: true }.into(),
            BatchNorm { epsilon: 1e-3, momentum: 0.25 }.into(),
            Elu { alpha: 0.5 }.into(),
            GlobalAveragePool {}.into(),
            GlobalMaxPool {}.into(),
            Join {}.into(),
            LeakyRelu { alpha: 0.01 }.into(),
            Lrn::ALEXNET.into(),
            Binary::GreaterOrEqual.into(),
            Border {
                mode: Filling::Wrap,
                before: vec![-1, 0],
                after: vec![2, 3],
                value: Real(f32::NEG_INFINITY),
            }
            .into(),
            Concat { axis: 3 }.into(),
            Constant { shape: Shape::from([]) }.into(),
            Conv::with_window(7, window).into(),
            Conv::new(3, 5).table(&["110", "011"]).into(),
            Dense::new(10).into(),
            Dropout::new(0.1).into(),
            Expand { shape: Shape::from([2, 1, 3]) }.into(),
            Flatten {}.into(),
            Gather { axis: 1, indices: vec![-1, 0] }.into(),
            GatherElements { axis: 0 }.into(),
            Matmul {}.into(),
            MaxPoolIndices { window, column_major: true }.into(),
            MaxPool { window }.into(),
            Normalize { scale: 1.275, shift: -0.1 }.into(),
            Pad::new(2).into(),
            Rbf::new(vec!["#.#".into()]).into(),
            Reduce { kind: Reduction::LogSumExp, axes: vec![2], keep: true }.into(),
            Reshape { shape: vec![0, -1, 5] }.into(),
            Resize {
                mode: Interpolation::Linear,
                coordinates: Coordinates::HalfPixelSymmetric,
                rounding: Rounding::RoundPreferCeil,
                to: Extent::Scales(vec![1.0, 0.6]),
            }
            .into(),
            Slice::new(vec![1], vec![-1], vec![i64::MIN], vec![-2]).into(),
            Softmax { axis: 2 }.into(),
            LogSoftmax { axis: 1 }.into(),
            TrainableSubsampling::new(2).into(),
            Transpose { order: vec![1, 0] }.into(),
            Unary::Mish.into(),
            Unary::Clip { min: Real(-1.5), max: Real(f32::INFINITY) }.into(),
        ];
        for operator in operators {
            let written = crate::json::text(&operator);
            assert_eq!(written, serde_json::to_string(&operator).unwrap());
            assert_eq!(
                Operator::read(&crate::json::read("graph", written.as_bytes()).unwrap()),
                Ok(operator)
            );
        }
    }
}
