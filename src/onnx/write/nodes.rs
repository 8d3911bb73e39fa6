//! Layers as nodes of ONNX: each layer's own [`Form`], with names in the file.

use super::{Error, Node, Result, Writer};
use crate::layers::onnx::{self, Form, Operand};

/// Writes the layer of node number `index`.
pub(super) fn write(writer: &mut Writer<'_>, index: usize, node: &Node) -> Result<()> {
    let network = writer.network;
    let reads: Vec<String> = node.inputs.iter().map(|input| writer.value_name(input)).collect();
    let layer = network.graph().exporter(index)?;
    let refuse = || Error::mismatch("export", "a layer that ONNX has", node.layer().op());
    match layer.to_onnx(reads.len(), network.weights(index)).ok_or_else(refuse)? {
        Form::Input => writer.renamed.push((node.name.clone(), reads[0].clone())),
        Form::Parameter => {
            writer.tensor(&node.name, &network.weights(index)[0]);
        }
        Form::Nodes(nodes) => {
            for part in &nodes {
                write_node(writer, index, node, &reads, part);
            }
        }
    }
    Ok(())
}

/// Writes one node of a layer's form.
fn write_node(writer: &mut Writer<'_>, index: usize, node: &Node, reads: &[String], part: &onnx::Node) {
    let named = |part: &str| format!("{}.{part}", node.name);
    let mut inputs: Vec<String> = Vec::new();
    for operand in &part.inputs {
        match operand {
            Operand::X => inputs.push(reads[0].clone()),
            Operand::All => inputs.extend_from_slice(reads),
            Operand::Others => inputs.extend_from_slice(&reads[1..]),
            Operand::Parameters => inputs.extend(writer.parameters(index, node)),
            Operand::Part(part) => inputs.push(named(part)),
            Operand::Floats(part, shape, values) => inputs.push(writer.floats(&named(part), shape, values)),
            Operand::Ints(part, values) => inputs.push(writer.ints(&named(part), values)),
            Operand::None => inputs.push(String::new()),
        }
    }
    let name = if part.part.is_empty() { node.name.clone() } else { named(part.part) };
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let values = named("values");
    let outputs = if part.output == 0 { vec![&name[..]] } else { vec![&values[..], &name] };
    writer.node(part.op, &name, &inputs, &outputs, &part.attributes);
}
