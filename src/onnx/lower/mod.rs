//! Lowers a model's nodes to layers, in topological order. Operations on constants are folded ([`fold`]); any other node
//! becomes one or several layers, the last of which has the node's name.

mod batch;
mod call;
mod elementwise;
mod fold;
mod operators;
mod products;
mod resize;
mod shapes;
mod slicing;
mod tidy;
mod windows;

use std::rc::Rc;

use super::bind::{self, Bindings};
use super::constant::{Constant, list};
use super::proto::{self, Node, Tensor as Initializer};
use super::tensor::External;
use super::topological::topological_order;
use super::{Imported, MAX_MACS, MAX_VALUES, Names, at_value, wire};
use crate::error::{Error, Place, Result};
use crate::graph::{Element, Input, MAX_NODES, Node as Layer, Output, Written};
use crate::json::shown;
use crate::layers::registry::IMPORT;
use crate::layers::{self, Operator};
use crate::tensor::{Shape, Tensor};
use call::Call;

/// The number of elements that folding may create in addition to a share of the file's: enough for shapes, but not for weights.
const FOLDED: u64 = 1 << 22;

/// The longest name of a layer, in characters.
const MAX_NAME: usize = 200;

/// A value of a run: an input, or the output of a layer.
#[derive(Clone, Debug)]
struct RunValue {
    name: String,
    shape: Shape,
    element: Element,
}

/// A shared [`RunValue`].
type Computed = Rc<RunValue>;

/// The same value with its elements declared to be of another type.
fn typed(computed: Computed, element: Element) -> Computed {
    if computed.element == element {
        return computed;
    }
    Rc::new(RunValue { element, ..RunValue::clone(&computed) })
}

/// A value of the model: known at import, or computed by a run.
#[derive(Clone, Debug)]
enum Value {
    Constant(Constant),
    Computed(Computed),
}

impl Value {
    fn shape(&self) -> &[usize] {
        match self {
            Value::Constant(constant) => &constant.shape,
            Value::Computed(computed) => computed.shape.axes(),
        }
    }

    fn element(&self) -> Element {
        match self {
            Value::Constant(constant) => constant.element,
            Value::Computed(computed) => computed.element,
        }
    }
}

impl From<Constant> for Value {
    fn from(constant: Constant) -> Self {
        Value::Constant(constant)
    }
}

impl From<Computed> for Value {
    fn from(computed: Computed) -> Self {
        Value::Computed(computed)
    }
}

/// The state of the conversion.
struct Lowering<'a> {
    opset: i64,
    values: Names<Value>,
    initializers: Names<&'a Initializer<'a>>,
    read_external: &'a mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
    written: Written,
    weights: Names<Tensor>,
    /// The shape of every layer's output.
    shapes: Vec<Shape>,
    /// The names of inputs and layers.
    taken: Names<()>,
    /// Constant layers by the address and shape of their constant.
    constants: Names<(Constant, Computed)>,
    /// The number of elements that folding may still create.
    fold_budget: u64,
    /// The number of elements that weights may still have.
    weight_budget: u64,
    /// The number of elements in all values of a run.
    elements: u64,
    /// The multiply-adds of a run.
    macs: u64,
}

/// Lowers a model's graph. `file` is the size of the model in bytes.
pub(super) fn lower<'a>(
    graph: &'a proto::Graph<'a>,
    opset: i64,
    bindings: &Bindings,
    read_external: &'a mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
    file: usize,
) -> Result<Imported> {
    if graph.outputs.is_empty() {
        return Err(wire::malformed("a graph with an output", "0 outputs"));
    }
    let order = topological_order(graph)?;
    let name = if graph.name.is_empty() { "network".into() } else { readable(graph.name) };
    let mut initializers = Names::default();
    for tensor in &graph.initializers {
        initializers.insert(tensor.name, tensor);
    }
    let mut lowering = Lowering {
        opset,
        values: Names::default(),
        initializers,
        read_external,
        written: Written { name, batched: false, inputs: vec![], nodes: vec![], outputs: vec![] },
        weights: Names::default(),
        shapes: Vec::new(),
        taken: Names::default(),
        constants: Names::default(),
        fold_budget: FOLDED + file as u64 / 4,
        weight_budget: 2 * FOLDED + file as u64 / 2,
        elements: 0,
        macs: 0,
    };
    let bound = lowering.inputs(graph, &bind::known(graph, &order), bindings)?;
    for index in order {
        let node = &graph.nodes[index];
        call::at_node(lowering.node(node, index), node, index)?;
    }
    for output in &graph.outputs {
        at_value(lowering.output(output), output.name)?;
    }
    let Lowering { mut written, mut weights, shapes, .. } = lowering;
    written.batched = batch::batched(&written, &shapes, &IMPORT);
    tidy::tidy(&mut written, &mut weights);
    Ok(Imported { written, weights, bound })
}

/// A name for a layer: of bounded length, without control characters.
fn readable(name: &str) -> String {
    let visible = |letter: char| if letter.is_control() { '_' } else { letter };
    name.trim_start_matches('/').chars().take(MAX_NAME).map(visible).collect()
}

impl<'a> Lowering<'a> {
    /// Adds the inputs. Returns the names of those that are constant and therefore no inputs of a run.
    fn inputs(
        &mut self,
        graph: &'a proto::Graph<'a>,
        known: &Names<()>,
        bindings: &Bindings,
    ) -> Result<Vec<String>> {
        let mut bound_names = Vec::new();
        let batches = bind::named_batches(graph);
        for input in graph.inputs_of_a_run() {
            let bound = bind::bind(input, known.has(input.name), &batches, bindings)?;
            let value = match bound.value {
                Some(constant) => {
                    bound_names.push(input.name.to_owned());
                    Value::Constant(constant)
                }
                None => {
                    let shape = Shape::new(bound.shape);
                    let name = input.name.to_owned();
                    self.count(&shape, 0).at(|| format!("input {}", shown(&name)))?;
                    self.taken.insert(name.clone(), ());
                    let element = bound.element;
                    self.written.inputs.push(Input { name: name.clone(), shape: shape.clone(), element });
                    Value::Computed(Rc::new(RunValue { name, shape, element }))
                }
            };
            self.values.insert(input.name, value);
        }
        Ok(bound_names)
    }

    /// The value with this name. Initializers are read on first use.
    fn value(&mut self, name: &'a str) -> Result<Value> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        let tensor =
            self.initializers.get(name).copied().ok_or_else(|| {
                Error::mismatch("graph", "a value that an earlier node produces", shown(name))
            })?;
        let constant = tensor.read_numbers(&mut *self.read_external)?;
        self.values.insert(name, Value::Constant(constant.clone()));
        Ok(Value::Constant(constant))
    }

    fn node(&mut self, node: &'a Node<'a>, index: usize) -> Result<()> {
        let given = readable(node.name);
        let name = if given.is_empty() { format!("{}-{index}", kebab(node.op)) } else { given };
        if !["", "ai.onnx"].contains(&node.domain) {
            let found = format!("{} of the domain {}", shown(node.op), shown(node.domain));
            return Err(Error::mismatch("ONNX", "an operator of ONNX's own domain", found));
        }
        let mut call = Call { lowering: self, node, name };
        operators::lower(&mut call)?;
        for &output in node.outputs.iter().filter(|name| !name.is_empty()) {
            if !self.values.has(output) {
                let expected = format!("only the supported outputs of {}", node.op);
                return Err(Error::mismatch("ONNX", expected, format_args!("the output {}", shown(output))));
            }
        }
        Ok(())
    }

    fn output(&mut self, output: &proto::ValueInfo<'a>) -> Result<()> {
        if output.name.is_empty() {
            return Err(Error::mismatch("graph", "a name for every output", "an empty name"));
        }
        let computed = match self.value(output.name)? {
            Value::Computed(computed) => computed,
            Value::Constant(constant) => self.constant_layer(output.name, &constant)?,
        };
        if self.written.outputs.iter().any(|other| other.name == output.name) {
            return Err(Error::mismatch(
                "graph",
                "unique outputs",
                format_args!("{} twice", shown(output.name)),
            ));
        }
        let (value, element) = (computed.name.clone(), computed.element);
        self.written.outputs.push(Output { name: output.name.into(), value, element });
        Ok(())
    }

    /// A unique name: the wanted one, with a number appended if it is taken.
    fn free_name(&mut self, wanted: &str) -> String {
        let wanted = readable(wanted);
        let mut name = wanted.clone();
        let mut number = 1;
        while name.is_empty() || self.taken.has(&name) {
            number += 1;
            name = format!("{wanted}-{number}");
        }
        self.taken.insert(name.clone(), ());
        name
    }

    /// Adds a value's elements and multiply-adds to those of a run, and checks the limits.
    fn count(&mut self, shape: &Shape, macs: u64) -> Result<()> {
        let limit = |found: u64, limit: u64, unit: &str| {
            if found <= limit {
                return Ok(());
            }
            Err(Box::new(Error::TooLarge {
                what: "the network".into(),
                limit: format!("{limit} {unit}"),
                found: format!("at least {found} {unit}"),
            }))
        };
        self.elements = self.elements.saturating_add(shape.elements()? as u64);
        limit(self.elements, MAX_VALUES, "elements in all values of a run")?;
        self.macs = self.macs.saturating_add(macs);
        limit(self.macs, MAX_MACS, "multiply-adds")
    }

    /// Whether folding may create `count` more elements; if so, they are subtracted from the budget.
    fn may_fold(&mut self, count: usize) -> bool {
        let remaining = self.fold_budget.checked_sub(count as u64);
        self.fold_budget = remaining.unwrap_or(self.fold_budget);
        remaining.is_some()
    }

    /// Adds a layer with its parameters in order.
    fn layer(
        &mut self,
        name: &str,
        operator: Operator,
        reads: &[&RunValue],
        parameters: &[Constant],
    ) -> Result<Computed> {
        let shapes: Vec<&Shape> = reads.iter().map(|read| &read.shape).collect();
        let shape = operator.layer().output(&shapes)?;
        let empty = shapes.iter().find(|shape| shape.axes().contains(&0));
        if let Some(empty) = empty.filter(|_| shape.elements().is_ok_and(|elements| elements > 0)) {
            return Err(Error::mismatch("ONNX", "inputs of at least one element", empty));
        }
        self.count(&shape, operator.layer().cost(&shapes, &shape).macs)?;
        if self.written.nodes.len() >= MAX_NODES {
            return Err(Box::new(Error::TooLarge {
                what: "the network".into(),
                limit: format!("{MAX_NODES} layers"),
                found: format!("more than {MAX_NODES}"),
            }));
        }
        let name = self.free_name(name);
        let wanted = operator.layer().parameters(&shapes);
        if wanted.len() != parameters.len() {
            return Err(Error::mismatch("ONNX", format_args!("{} weights", wanted.len()), parameters.len()));
        }
        for (wanted, parameter) in wanted.iter().zip(parameters) {
            if wanted.shape.axes() != parameter.shape {
                let expected = format_args!("{} of {}", wanted.name, wanted.shape);
                return Err(Error::mismatch("ONNX", expected, Shape::new(&parameter.shape[..])));
            }
            let tensor = self.weight(parameter).at(|| wanted.name)?;
            self.weights.insert(format!("{name}.{}", wanted.name), tensor);
        }
        let inputs = list(reads.len(), &|index| reads[index].name.clone());
        let element = reads.first().map_or(Element::Float32, |read| read.element);
        self.written.nodes.push(Layer { name: name.clone(), operator, inputs });
        self.shapes.push(shape.clone());
        Ok(Rc::new(RunValue { name, shape, element }))
    }

    /// A weight of a layer. Several layers may use one tensor of the file, and each gets a copy; the copies together are
    /// limited to a multiple of the file.
    fn weight(&mut self, constant: &Constant) -> Result<Tensor> {
        self.weight_budget = self.weight_budget.checked_sub(constant.count() as u64).ok_or_else(|| {
            Box::new(Error::TooLarge {
                what: "the network".into(),
                limit: "twice the file's elements as weights".into(),
                found: format!("{} elements more", constant.count() as u64 - self.weight_budget),
            })
        })?;
        let shape = Shape::new(constant.shape.clone());
        let tensor = match constant.data() {
            super::constant::Data::Float(floats) => Tensor::from_row_major(shape, floats)?,
            super::constant::Data::Int(_) => Tensor::from_row_major(shape, &constant.floats())?,
        };
        match tensor.data().iter().find(|number| !number.is_finite()) {
            Some(number) => Err(Error::mismatch("weights", "finite numbers", crate::error::shown(*number))),
            None => Ok(tensor),
        }
    }

    /// A constant layer, shared by all layers that read the constant.
    fn constant_layer(&mut self, name: &str, constant: &Constant) -> Result<Computed> {
        let key = format!("{} {}", constant.identity() as usize, Shape::new(constant.shape.clone()));
        if let Some((_, computed)) = self.constants.get(&key) {
            return Ok(typed(computed.clone(), constant.element));
        }
        let layer = layers::Constant { shape: Shape::new(constant.shape.clone()) };
        let parameters = std::slice::from_ref(constant);
        let computed = self.layer(name, layer.into(), &[], parameters).at(|| shown(name))?;
        let computed = typed(computed, constant.element);
        // Keeping the constant alive keeps its address, which is part of the key, unique.
        self.constants.insert(key, (constant.clone(), computed.clone()));
        Ok(computed)
    }
}

/// An operator's name in kebab case: `BatchNormalization` becomes `batch-normalization`.
fn kebab(op: &str) -> String {
    let mut name = String::new();
    for letter in op.chars().filter(char::is_ascii_alphanumeric).take(40) {
        if letter.is_ascii_uppercase() && name.ends_with(|last: char| last.is_ascii_lowercase()) {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
