//! The layers, and the capabilities of each that a binary includes.
//!
//! Each layer has its own file and one row in the table at the end of this file. Each binary names one
//! [`Registry`]; the linker drops every layer and every capability that no registry in the binary names.

use std::any::{Any, TypeId};

use serde::Serialize;

use super::explain::Explain;
use super::onnx::{Attributes, Export, Import};
use super::*;
use crate::error::Place;
use crate::json::{Value, Writer, shown};
use crate::kernels::table::{self, Kernels};

/// The layers of one binary and their capabilities in it.
pub struct Registry {
    rows: &'static [Row],
    /// The kernels that the layers run on.
    pub(crate) kernels: &'static Kernels,
}

/// One layer of a registry, with the capabilities that the binary includes.
#[derive(Clone, Copy)]
pub struct Row {
    /// The layer's name in files.
    kind: &'static str,
    id: TypeId,
    read: Option<fn(&Value) -> Result<Operator>>,
    run: Option<fn(&dyn Layer) -> &dyn Run>,
    describe: Option<fn(&dyn Layer) -> &dyn Describe>,
    differentiate: Option<fn(&dyn Layer) -> &dyn Differentiable>,
    explain: Option<fn(&dyn Layer) -> &dyn Explain>,
    import: Option<fn(&dyn Layer) -> &dyn Import>,
    from_onnx: fn(&str, &dyn Attributes) -> Result<Option<Operator>>,
    export: Option<fn(&dyn Layer) -> &dyn Export>,
}

/// Downcasts a layer to the type of its row.
fn typed<L: Layer>(layer: &dyn Layer) -> &L {
    (layer as &dyn Any).downcast_ref().unwrap_or_else(|| unreachable!("rows are found by type"))
}

impl Row {
    /// A row without capabilities.
    const fn of<L: Layer>(kind: &'static str) -> Self {
        Row {
            kind,
            id: TypeId::of::<L>(),
            read: None,
            run: None,
            describe: None,
            differentiate: None,
            explain: None,
            import: None,
            from_onnx: |_, _| Ok(None),
            export: None,
        }
    }

    /// Adds reading from files.
    const fn read<L: Layer + Read>(self) -> Self {
        Row { read: Some(|settings| Ok(L::read(settings)?.into())), ..self }
    }

    /// Adds the forward pass.
    const fn run<L: Layer + Run>(self) -> Self {
        Row { run: Some(|layer| typed::<L>(layer)), ..self }
    }

    /// Adds the description.
    const fn describe<L: Layer + Describe>(self) -> Self {
        Row { describe: Some(|layer| typed::<L>(layer)), ..self }
    }

    /// Adds the backward pass.
    const fn differentiate<L: Layer + Differentiable>(self) -> Self {
        Row { differentiate: Some(|layer| typed::<L>(layer)), ..self }
    }
}

impl Row {
    /// Adds import from ONNX.
    const fn import<L: Layer + Import>(self) -> Self {
        let from_onnx =
            |op: &str, attributes: &dyn Attributes| Ok(L::from_onnx(op, attributes)?.map(Into::into));
        Row { import: Some(|layer| typed::<L>(layer)), from_onnx, ..self }
    }

    /// Adds export to ONNX.
    const fn export<L: Layer + Export>(self) -> Self {
        Row { export: Some(|layer| typed::<L>(layer)), ..self }
    }

    /// Adds explanations of output cells.
    const fn explain<L: Layer + Explain>(self) -> Self {
        Row { explain: Some(|layer| typed::<L>(layer)), ..self }
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.rows).finish()
    }
}

impl Registry {
    /// Reads a layer from its JSON form: an object with one field, whose name is the kind of layer.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a kind of layer that this binary does not have, and for invalid settings.
    pub(crate) fn read(&self, written: &Value) -> Result<Operator> {
        let (kind, settings) = written.object()?.only("one field: a layer")?;
        let row = self.rows.iter().find(|row| row.kind == kind);
        let unknown = || Error::mismatch("graph", "a kind of layer", shown(kind));
        row.and_then(|row| row.read).ok_or_else(unknown).and_then(|read| read(settings)).at(|| shown(kind))
    }

    /// The layer for a one-input ONNX operator; `None` if no layer implements the operator.
    ///
    /// # Errors
    /// For attributes that the layer does not accept.
    pub(crate) fn imported(&self, op: &str, attributes: &dyn Attributes) -> Result<Option<Operator>> {
        for row in self.rows {
            if let Some(operator) = (row.from_onnx)(op, attributes)? {
                return Ok(Some(operator));
            }
        }
        Ok(None)
    }

    /// The row of a layer.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for a layer that this binary does not have.
    pub(crate) fn row(&self, operator: &Operator) -> Result<&'static Row> {
        let id = operator.id();
        let row = self.rows.iter().find(|row| row.id == id);
        row.ok_or_else(|| Error::mismatch("graph", "a layer of this engine", operator.layer().op()))
    }
}

impl Row {
    /// The layer's forward pass, if this binary includes it.
    pub(crate) fn runner<'a>(&self, operator: &'a Operator) -> Option<&'a dyn Run> {
        self.run.map(|cast| cast(operator.layer()))
    }

    /// The layer's description, if this binary includes it.
    pub(crate) fn describer<'a>(&self, operator: &'a Operator) -> Option<&'a dyn Describe> {
        self.describe.map(|cast| cast(operator.layer()))
    }

    /// The layer's backward pass, if it has one and this binary includes it.
    pub(crate) fn differentiable<'a>(&self, operator: &'a Operator) -> Option<&'a dyn Differentiable> {
        self.differentiate.map(|cast| cast(operator.layer()))
    }

    /// The layer's ONNX import, if this binary includes it.
    pub(crate) fn importer<'a>(&self, operator: &'a Operator) -> Option<&'a dyn Import> {
        self.import.map(|cast| cast(operator.layer()))
    }

    /// The layer's ONNX export, if this binary includes it.
    pub(crate) fn exporter<'a>(&self, operator: &'a Operator) -> Option<&'a dyn Export> {
        self.export.map(|cast| cast(operator.layer()))
    }

    /// The layer's explanations, if this binary includes them.
    pub(crate) fn explainer<'a>(&self, operator: &'a Operator) -> Option<&'a dyn Explain> {
        self.explain.map(|cast| cast(operator.layer()))
    }
}

/// How a layer is written to files. Separate from [`Row`], because only binaries that write networks include it.
pub(super) struct Saved {
    pub(super) kind: &'static str,
    pub(super) id: TypeId,
    pub(super) write: fn(&dyn Layer, &mut Writer),
}

/// Writes a layer's settings.
fn save<L: Layer + Serialize>(layer: &dyn Layer, json: &mut Writer) {
    json.value(typed::<L>(layer));
}

/// Generates the registries of all binaries from one table.
macro_rules! registries {
    (
        core { $($core_kind:literal => $core:ty),* $(,)? }
        full { $($full_kind:literal => $full:ty),* $(,)? }
        full, without gradient { $($forward_kind:literal => $forward:ty),* $(,)? }
    ) => {
        /// The layers of networks that classify digits, the LeNets and the gate: what a page downloads first.
        pub static CORE: Registry = Registry {
            rows: &[$(Row::of::<$core>($core_kind).read::<$core>().run::<$core>().describe::<$core>()),*],
            kernels: &table::SMALL,
        };

        /// All layers, as the ONNX importer needs them: it does not run them.
        pub static IMPORT: Registry = Registry {
            rows: &[
                $(Row::of::<$core>($core_kind).import::<$core>(),)*
                $(Row::of::<$full>($full_kind).import::<$full>(),)*
                $(Row::of::<$forward>($forward_kind).import::<$forward>(),)*
            ],
            kernels: &table::NONE,
        };

        /// All layers with all capabilities of the full binary.
        pub static FULL: Registry = Registry {
            rows: &[
                $(everything::<$core>($core_kind).differentiate::<$core>(),)*
                $(everything::<$full>($full_kind).differentiate::<$full>(),)*
                $(everything::<$forward>($forward_kind),)*
            ],
            kernels: &table::ALL,
        };

        pub(super) static SAVED: &[Saved] = &[
            $(saved::<$core>($core_kind),)*
            $(saved::<$full>($full_kind),)*
            $(saved::<$forward>($forward_kind),)*
        ];
    };
}

/// A row with every capability except gradients and ONNX import.
const fn everything<L>(kind: &'static str) -> Row
where
    L: Layer + Read + Run + Describe + Explain + Export,
{
    Row::of::<L>(kind).read::<L>().run::<L>().describe::<L>().explain::<L>().export::<L>()
}

const fn saved<L: Layer + Serialize>(kind: &'static str) -> Saved {
    Saved { kind, id: TypeId::of::<L>(), write: save::<L> }
}

// A row holds a layer's name in files and its type. `core` is downloaded before the first digit is classified, so
// every byte of it counts.
registries! {
    core {
        "activation" => Activation,
        "average-pool" => AveragePool,
        "conv" => Conv,
        "dense" => Dense,
        "dropout" => Dropout,
        "flatten" => Flatten,
        "max-pool" => MaxPool,
        "normalize" => Normalize,
        "pad" => Pad,
        "rbf" => Rbf,
        "trainable-subsampling" => TrainableSubsampling,
    }
    full {
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
        "leaky-relu" => LeakyRelu,
        "log-softmax" => LogSoftmax,
        "lrn" => Lrn,
        "reshape" => Reshape,
        "slice" => Slice,
        "softmax" => Softmax,
        "transpose" => Transpose,
    }
    full, without gradient {
        "arg-max" => ArgMax,
        "binary" => Binary,
        "gather-elements" => GatherElements,
        "matmul" => Matmul,
        "max-pool-indices" => MaxPoolIndices,
        "reduce" => Reduce,
        "resize" => Resize,
        "unary" => Unary,
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::geometry::Window;

    #[test]
    fn layers_survive_a_json_round_trip() {
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
            let written = operator.to_json();
            let read = FULL.read(&crate::json::read("graph", written.as_bytes()).unwrap()).unwrap();
            assert_eq!((read.to_json(), read.id()), (written, operator.id()));
        }
    }
}
