//! Any layer, and the one list of them all.

use serde::Serialize;

use super::general::{Binary, Concat, Constant, Reduce, Reshape, Transpose, Unary};
use super::softmax::read_axis;
use super::{
    Activation, Add, AveragePool, BatchNorm, Conv, Cost, Dense, Differentiable, Dropout, Elu, Flatten,
    GlobalAveragePool, GlobalMaxPool, Join, Layer, LeakyRelu, LogSoftmax, Lrn, MaxPool, Normalise, Pad,
    Parameter, Radial, Softmax, Subsample,
};
use crate::error::{Error, Place, Result};
use crate::json::{Value, shown};
use crate::kernels::geometry::Window;
use crate::tensor::Shape;

/// Makes the enum of all layers, and what it does by asking the layer itself.
macro_rules! operators {
    (
        differentiable: $($layer:ident),* $(,)?;
        forward only: $($forward:ident),* $(,)?
    ) => {
        /// Any layer, as it is written: `{"conv": {…}}`.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[allow(missing_docs)] // Each variant is the layer of its name.
        pub enum Operator {
            $($layer($layer),)*
            $($forward($forward),)*
        }

        impl Operator {
            /// The layer itself.
            pub fn layer(&self) -> &dyn Layer {
                match self {
                    $(Operator::$layer(layer) => layer,)*
                    $(Operator::$forward(layer) => layer,)*
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
                    $(Operator::$forward(layer) => layer.output(inputs),)*
                }
            }

            /// As [`Layer::parameters`], asked of the layer itself.
            pub fn parameters(&self, inputs: &[&Shape]) -> Vec<Parameter> {
                match self {
                    $(Operator::$layer(layer) => layer.parameters(inputs),)*
                    $(Operator::$forward(layer) => layer.parameters(inputs),)*
                }
            }

            /// As [`Layer::cost`], asked of the layer itself.
            pub fn cost(&self, inputs: &[&Shape], output: &Shape) -> Cost {
                match self {
                    $(Operator::$layer(layer) => layer.cost(inputs, output),)*
                    $(Operator::$forward(layer) => layer.cost(inputs, output),)*
                }
            }

            /// The layer as one that gradients flow back through, if they do.
            pub fn differentiable(&self) -> Option<&dyn Differentiable> {
                match self {
                    $(Operator::$layer(layer) => Some(layer),)*
                    $(Operator::$forward(_) => None,)*
                }
            }
        }

        $(impl From<$layer> for Operator {
            fn from(layer: $layer) -> Self {
                Operator::$layer(layer)
            }
        })*

        $(impl From<$forward> for Operator {
            fn from(layer: $forward) -> Self {
                Operator::$forward(layer)
            }
        })*
    };
}

operators! {
    differentiable:
        Activation, Add, AveragePool, BatchNorm, Concat, Constant, Conv, Dense, Dropout, Elu, Flatten, GlobalAveragePool,
        GlobalMaxPool, Join, LeakyRelu, LogSoftmax, Lrn, MaxPool, Normalise, Pad, Radial, Reshape, Softmax, Subsample,
        Transpose;
    forward only:
        Binary, Reduce, Unary,
}

impl Operator {
    /// As it is written: an object with one field, whose name is the kind of layer.
    pub(crate) fn read(written: &Value) -> Result<Self> {
        let (kind, written) = written.object()?.only("one field: a layer")?;
        let read = || {
            let fields = || written.object();
            Ok(match kind {
                "activation" => Operator::Activation(Activation::read(written)?),
                "add" => Operator::Add(Add {}),
                "average-pool" => Operator::AveragePool(AveragePool::read(fields()?)?),
                "batch-norm" => Operator::BatchNorm(BatchNorm::read(fields()?)?),
                "binary" => Operator::Binary(Binary::read(fields()?)?),
                "concat" => Operator::Concat(Concat::read(fields()?)?),
                "constant" => Operator::Constant(Constant::read(fields()?)?),
                "conv" => Operator::Conv(Conv::read(fields()?)?),
                "dense" => Operator::Dense(Dense::read(fields()?)?),
                "dropout" => Operator::Dropout(Dropout::read(fields()?)?),
                "elu" => Operator::Elu(Elu::read(fields()?)?),
                "flatten" => Operator::Flatten(Flatten {}),
                "global-average-pool" => Operator::GlobalAveragePool(GlobalAveragePool {}),
                "global-max-pool" => Operator::GlobalMaxPool(GlobalMaxPool {}),
                "join" => Operator::Join(Join {}),
                "leaky-relu" => Operator::LeakyRelu(LeakyRelu::read(fields()?)?),
                "log-softmax" => Operator::LogSoftmax(LogSoftmax { axis: read_axis(fields()?)? }),
                "lrn" => Operator::Lrn(Lrn::read(fields()?)?),
                "max-pool" => Operator::MaxPool(MaxPool { window: fields()?.get("window", Window::read)? }),
                "normalise" => Operator::Normalise(Normalise::read(fields()?)?),
                "pad" => Operator::Pad(Pad::read(fields()?)?),
                "radial" => Operator::Radial(Radial::read(fields()?)?),
                "reduce" => Operator::Reduce(Reduce::read(fields()?)?),
                "reshape" => Operator::Reshape(Reshape::read(fields()?)?),
                "softmax" => Operator::Softmax(Softmax { axis: read_axis(fields()?)? }),
                "subsample" => Operator::Subsample(Subsample::read(fields()?)?),
                "transpose" => Operator::Transpose(Transpose::read(fields()?)?),
                "unary" => Operator::Unary(Unary::read(fields()?)?),
                _ => return Err(Error::mismatch("graph", "a kind of layer", shown(kind))),
            })
        };
        read().at(|| shown(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_is_read_as_it_is_written() {
        let window = Window::square(3).each(|axis| (axis.stride, axis.before, axis.ceil) = (2, 1, true));
        let operators: Vec<Operator> = vec![
            Activation::Relu.into(),
            Activation::Tanh.into(),
            Activation::ScaledTanh.into(),
            Activation::Sigmoid.into(),
            Add {}.into(),
            AveragePool { window, border: false }.into(),
            AveragePool { window, border: true }.into(),
            BatchNorm { epsilon: 1e-3, momentum: 0.25 }.into(),
            Elu { alpha: 0.5 }.into(),
            GlobalAveragePool {}.into(),
            GlobalMaxPool {}.into(),
            Join {}.into(),
            LeakyRelu { alpha: 0.01 }.into(),
            Lrn::ALEXNET.into(),
            Conv::with_window(7, window).into(),
            Conv::new(3, 5).table(&["110", "011"]).into(),
            Dense::new(10).into(),
            Dropout::new(0.1).into(),
            Flatten {}.into(),
            MaxPool { window }.into(),
            Normalise { scale: 1.275, shift: -0.1 }.into(),
            Pad::new(2).into(),
            Radial::new(vec!["#.#".into()]).into(),
            Softmax { axis: 2 }.into(),
            LogSoftmax { axis: 1 }.into(),
            Subsample::new(2).into(),
        ];
        for operator in operators {
            let written = serde_json::to_vec(&operator).unwrap();
            assert_eq!(Operator::read(&crate::json::read("graph", &written).unwrap()), Ok(operator));
        }
    }
}
