//! The catalogue's layers as nodes of ONNX.

use super::{Attribute, Error, Network, Node, Result, Writer, general};
use crate::kernels::geometry::Window;
use crate::layers::{Activation, Operator};
use crate::tensor::Tensor;

/// Weights that are not the network's own: the coefficients of subsampling, and the codes of radial-basis units.
pub(super) fn tables(network: &Network) -> Result<Vec<Option<Tensor>>> {
    let table = |(index, node): (usize, &Node)| match &node.operator {
        Operator::TrainableSubsampling(subsample) => {
            // The sum of a window is its mean times its area.
            let area = subsample.window().area() as f32;
            let factors: Vec<f32> =
                network.weights(index)[0].data().iter().map(|factor| factor * area).collect();
            Tensor::from_row_major([1, factors.len(), 1, 1], &factors).map(Some)
        }
        _ => Ok(None),
    };
    network.graph().nodes().iter().enumerate().map(table).collect()
}

/// A window's attributes.
fn window(window: Window) -> Vec<Attribute<'static>> {
    let each = |of: fn(&crate::kernels::geometry::Axis) -> usize| {
        vec![of(&window.rows) as i64, of(&window.columns) as i64]
    };
    let pads = [each(|axis| axis.before), each(|axis| axis.after)].concat();
    vec![
        Attribute::Ints("kernel_shape", each(|axis| axis.kernel)),
        Attribute::Ints("strides", each(|axis| axis.stride)),
        Attribute::Ints("pads", pads),
        Attribute::Ints("dilations", each(|axis| axis.dilation)),
    ]
}

/// A pool's attributes: those of its window, and whether a last one may hang over.
pub(super) fn pool(of: Window) -> Vec<Attribute<'static>> {
    let mut attributes = window(of);
    attributes.push(Attribute::Int("ceil_mode", i64::from(of.rows.ceil || of.columns.ceil)));
    attributes
}

/// Writes one layer.
pub(super) fn write(writer: &mut Writer<'_>, index: usize, node: &Node) -> Result<()> {
    let name = &node.name;
    let reads: Vec<String> = node.inputs.iter().map(|input| writer.value_name(input)).collect();
    let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
    let network = writer.network;
    let weights = network.weights(index);
    let own = |parameter: &str| format!("{name}.{parameter}");
    match &node.operator {
        Operator::Activation(activation) => match activation {
            Activation::Relu => writer.node("Relu", name, &reads, vec![]),
            Activation::Tanh => writer.node("Tanh", name, &reads, vec![]),
            Activation::Sigmoid => writer.node("Sigmoid", name, &reads, vec![]),
            Activation::ScaledTanh => {
                let (factor, slope) = activation.tanh_scale();
                let (slope, factor) = (
                    writer.floats(&own("slope"), &[], &[slope]),
                    writer.floats(&own("factor"), &[], &[factor]),
                );
                writer.node("Mul", &own("sloped"), &[reads[0], &slope], vec![]);
                writer.node("Tanh", &own("tanh"), &[&own("sloped")], vec![]);
                writer.node("Mul", name, &[&own("tanh"), &factor], vec![]);
            }
        },
        Operator::Add(_) => writer.node(if reads.len() == 2 { "Add" } else { "Sum" }, name, &reads, vec![]),
        Operator::AveragePool(layer) => {
            let mut attributes = pool(layer.window);
            attributes.push(Attribute::Int("count_include_pad", i64::from(layer.border)));
            writer.node("AveragePool", name, &reads, attributes);
        }
        Operator::BatchNorm(layer) => {
            let names = ["scale", "bias", "mean", "variance"].map(own);
            let mut reads = reads;
            for (name, tensor) in names.iter().zip(weights) {
                writer.tensor(name, tensor);
                reads.push(name);
            }
            let attributes = vec![
                Attribute::Float("epsilon", layer.epsilon),
                Attribute::Float("momentum", 1.0 - layer.momentum),
            ];
            writer.node("BatchNormalization", name, &reads, attributes);
        }
        Operator::Conv(layer) => {
            let mut attributes = window(layer.window());
            attributes.push(Attribute::Int("group", layer.group_count() as i64));
            let names = [own("weight"), own("bias")];
            let mut reads = reads;
            for (name, tensor) in names.iter().zip(weights) {
                writer.tensor(name, tensor);
                reads.push(name);
            }
            writer.node("Conv", name, &reads, attributes);
        }
        Operator::Dense(_) => {
            let names = [own("weight"), own("bias")];
            let mut reads = reads;
            for (name, tensor) in names.iter().zip(weights) {
                writer.tensor(name, tensor);
                reads.push(name);
            }
            writer.node("Gemm", name, &reads, vec![Attribute::Int("transB", 1)]);
        }
        // It passes everything on, once the training is over.
        Operator::Dropout(_) => writer.renamed.push((name.clone(), reads[0].to_owned())),
        Operator::Elu(layer) => {
            writer.node("Elu", name, &reads, vec![Attribute::Float("alpha", layer.alpha)])
        }
        Operator::LeakyRelu(layer) => {
            writer.node("LeakyRelu", name, &reads, vec![Attribute::Float("alpha", layer.alpha)]);
        }
        Operator::Flatten(_) => writer.node("Flatten", name, &reads, vec![Attribute::Int("axis", 1)]),
        Operator::GlobalAveragePool(_) => writer.node("GlobalAveragePool", name, &reads, vec![]),
        Operator::GlobalMaxPool(_) => writer.node("GlobalMaxPool", name, &reads, vec![]),
        Operator::Join(_) => writer.node("Concat", name, &reads, vec![Attribute::Int("axis", 1)]),
        Operator::LogSoftmax(layer) => {
            writer.node("LogSoftmax", name, &reads, vec![Attribute::Int("axis", layer.axis as i64)]);
        }
        Operator::Softmax(layer) => {
            writer.node("Softmax", name, &reads, vec![Attribute::Int("axis", layer.axis as i64)]);
        }
        Operator::Lrn(layer) => {
            let attributes = vec![
                Attribute::Int("size", layer.size as i64),
                Attribute::Float("alpha", layer.alpha),
                Attribute::Float("beta", layer.beta),
                Attribute::Float("bias", layer.bias),
            ];
            writer.node("LRN", name, &reads, attributes);
        }
        Operator::MaxPool(layer) => writer.node("MaxPool", name, &reads, pool(layer.window)),
        Operator::Normalize(layer) => {
            let scale = writer.floats(&own("scale"), &[], &[layer.scale]);
            let shift = writer.floats(&own("shift"), &[], &[layer.shift]);
            writer.node("Mul", &own("scaled"), &[reads[0], &scale], vec![]);
            writer.node("Add", name, &[&own("scaled"), &shift], vec![]);
        }
        Operator::Pad(layer) => {
            let border = layer.border() as i64;
            let pads = writer.ints(&own("pads"), &[0, 0, border, border, 0, 0, border, border]);
            writer.node("Pad", name, &[reads[0], &pads], vec![]);
        }
        Operator::Rbf(layer) => {
            // Minus the squared distance to each unit's code.
            let codes: Vec<f32> =
                (0..layer.codes().len()).flat_map(|unit| layer.code(unit).collect::<Vec<_>>()).collect();
            let length = codes.len() / layer.codes().len().max(1);
            let shape = writer.ints(&own("rows.shape"), &[0, 1, length as i64]);
            let codes = writer.floats(&own("codes"), &[1, layer.codes().len(), length], &codes);
            let axes = writer.ints(&own("distance.axes"), &[2]);
            writer.node("Reshape", &own("rows"), &[reads[0], &shape], vec![]);
            writer.node("Sub", &own("difference"), &[&own("rows"), &codes], vec![]);
            writer.node("Mul", &own("square"), &[&own("difference"), &own("difference")], vec![]);
            let keep = vec![Attribute::Int("keepdims", 0)];
            writer.node("ReduceSum", &own("distance"), &[&own("square"), &axes], keep);
            writer.node("Neg", name, &[&own("distance")], vec![]);
        }
        Operator::TrainableSubsampling(layer) => {
            let side = layer.window().rows.kernel as i64;
            let coefficient = own("coefficient");
            if let Some(Some(factors)) = writer.owned.get(index) {
                writer.tensor(&coefficient, factors);
            }
            let maps = weights[1].data().len();
            let bias = writer.floats(&own("bias"), &[1, maps, 1, 1], weights[1].data());
            let attributes = vec![
                Attribute::Ints("kernel_shape", vec![side; 2]),
                Attribute::Ints("strides", vec![side; 2]),
            ];
            writer.node("AveragePool", &own("mean"), &reads, with_defaults(attributes));
            writer.node("Mul", &own("scaled"), &[&own("mean"), &coefficient], vec![]);
            writer.node("Add", name, &[&own("scaled"), &bias], vec![]);
        }
        operator => general::write(writer, node, operator, &reads, weights.first())?,
    }
    Ok(())
}

/// An average pool's attributes written out, as they are after it has been read.
fn with_defaults(mut attributes: Vec<Attribute<'static>>) -> Vec<Attribute<'static>> {
    attributes.push(Attribute::Ints("pads", vec![0; 4]));
    attributes.push(Attribute::Ints("dilations", vec![1; 2]));
    attributes.push(Attribute::Int("ceil_mode", 0));
    attributes.push(Attribute::Int("count_include_pad", 0));
    attributes
}

/// Refuses a layer that ONNX has not.
pub(super) fn refuse(node: &Node) -> Box<Error> {
    Error::mismatch("export", "a layer that ONNX has", node.operator.layer().op())
}
