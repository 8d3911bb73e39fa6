//! From a model's nodes to layers of ours, in order. What is known is computed at once ([`fold`]); the rest becomes one
//! layer or several, under the node's own name.

mod batch;
mod call;
mod elementwise;
mod fold;
mod operators;
mod parts;
mod products;
mod scale;
mod shapes;
mod tidy;
mod windows;

use std::rc::Rc;

use super::bind::{self, Bindings};
use super::constant::{Constant, list};
use super::order::order;
use super::proto::{self, Node, Tensor as Initializer};
use super::tensor::External;
use super::{Imported, MAX_MACS, MAX_VALUES, Names, at_value, wire};
use crate::error::{Error, Place, Result};
use crate::graph::{Element, Input, MAX_NODES, Node as Layer, Output, Written};
use crate::json::shown;
use crate::layers::registry::IMPORT;
use crate::layers::{self, Operator};
use crate::tensor::{Shape, Tensor};
use call::Call;

/// The numbers that folding may make beyond those of the file: room for shapes, not for weights out of nothing.
const FOLDED: u64 = 1 << 22;

/// The longest name of a layer, in letters.
const MAX_NAME: usize = 200;

/// A value that a run computes: what an input is given, or a layer gives.
#[derive(Clone, Debug)]
struct Made {
    name: String,
    shape: Shape,
    element: Element,
}

/// Such a value as it is handed about: copies are the same one.
type Computed = Rc<Made>;

/// The same value, its numbers declared to be of this type.
fn typed(computed: Computed, element: Element) -> Computed {
    if computed.element == element {
        return computed;
    }
    Rc::new(Made { element, ..Made::clone(&computed) })
}

/// A value of the model.
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

/// What has been made so far.
struct Lowering<'a> {
    opset: i64,
    values: Names<Value>,
    initializers: Names<&'a Initializer<'a>>,
    beside: &'a mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
    written: Written,
    weights: Names<Tensor>,
    /// The shape of every layer's output.
    shapes: Vec<Shape>,
    /// Names of inputs and layers.
    taken: Names<()>,
    /// Layers of constants, by what they hold.
    constants: Names<(Constant, Computed)>,
    /// Numbers that folding may still make, and that layers may still hold.
    folded: u64,
    held: u64,
    /// Numbers of all values of a run, and its multiply-adds.
    numbers: u64,
    macs: u64,
}

/// Makes a model's graph one of ours.
pub(super) fn lower<'a>(
    graph: &'a proto::Graph<'a>,
    opset: i64,
    bindings: &Bindings,
    beside: &'a mut dyn FnMut(&External<'_>) -> Result<Vec<u8>>,
    file: usize,
) -> Result<Imported> {
    if graph.outputs.is_empty() {
        return Err(wire::malformed("a graph with an output", "none"));
    }
    let order = order(graph)?;
    let name = if graph.name.is_empty() { "network".into() } else { readable(graph.name) };
    let mut initializers = Names::default();
    for tensor in &graph.initializers {
        initializers.insert(tensor.name, tensor);
    }
    let mut lowering = Lowering {
        opset,
        values: Names::default(),
        initializers,
        beside,
        written: Written { name, batched: false, inputs: vec![], nodes: vec![], outputs: vec![] },
        weights: Names::default(),
        shapes: Vec::new(),
        taken: Names::default(),
        constants: Names::default(),
        folded: FOLDED + file as u64 / 4,
        held: 2 * FOLDED + file as u64 / 2,
        numbers: 0,
        macs: 0,
    };
    let bound = lowering.inputs(graph, &bind::known(graph, &order), bindings)?;
    for place in order {
        let node = &graph.nodes[place];
        call::at_node(lowering.node(node, place), node, place)?;
    }
    for output in &graph.outputs {
        at_value(lowering.output(output), output.name)?;
    }
    let Lowering { mut written, mut weights, shapes, .. } = lowering;
    written.batched = batch::batched(&written, &shapes, &IMPORT);
    tidy::tidy(&mut written, &mut weights);
    Ok(Imported { written, weights, bound })
}

/// A name as it can be shown and written: not endless, without control characters.
fn readable(name: &str) -> String {
    let visible = |letter: char| if letter.is_control() { '_' } else { letter };
    name.trim_start_matches('/').chars().take(MAX_NAME).map(visible).collect()
}

impl<'a> Lowering<'a> {
    /// The inputs of a run; gives the names of those that no run is asked for, as their values are known.
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
                    Value::Computed(Rc::new(Made { name, shape, element }))
                }
            };
            self.values.insert(input.name, value);
        }
        Ok(bound_names)
    }

    /// The value of this name; an initializer is read when it is first asked for.
    fn value(&mut self, name: &'a str) -> Result<Value> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        let tensor =
            self.initializers.get(name).copied().ok_or_else(|| {
                Error::mismatch("graph", "a value that a node before produces", shown(name))
            })?;
        let constant = tensor.read_numbers(&mut *self.beside)?;
        self.values.insert(name, Value::Constant(constant.clone()));
        Ok(Value::Constant(constant))
    }

    fn node(&mut self, node: &'a Node<'a>, place: usize) -> Result<()> {
        let given = readable(node.name);
        let name = if given.is_empty() { format!("{}-{place}", kebab(node.op)) } else { given };
        if !["", "ai.onnx"].contains(&node.domain) {
            let found = format!("{} of {}", shown(node.op), shown(node.domain));
            return Err(Error::mismatch("ONNX", "an operator of ONNX itself", found));
        }
        let mut call = Call { lowering: self, node, name };
        operators::lower(&mut call)?;
        for &output in node.outputs.iter().filter(|name| !name.is_empty()) {
            if !self.values.has(output) {
                let expected = format!("the outputs that {} has here", node.op);
                return Err(Error::mismatch("ONNX", expected, format_args!("{} more", shown(output))));
            }
        }
        Ok(())
    }

    fn output(&mut self, output: &proto::ValueInfo<'a>) -> Result<()> {
        if output.name.is_empty() {
            return Err(Error::mismatch("graph", "a name for every output", "none"));
        }
        let computed = match self.value(output.name)? {
            Value::Computed(computed) => computed,
            Value::Constant(constant) => self.constant_layer(output.name, &constant)?,
        };
        if self.written.outputs.iter().any(|other| other.name == output.name) {
            return Err(Error::mismatch(
                "graph",
                "every output once",
                format_args!("{} twice", shown(output.name)),
            ));
        }
        let (value, element) = (computed.name.clone(), computed.element);
        self.written.outputs.push(Output { name: output.name.into(), value, element });
        Ok(())
    }

    /// A name that nothing else has, made from this one.
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

    /// Counts a value's numbers and work against what a run may take.
    fn count(&mut self, shape: &Shape, macs: u64) -> Result<()> {
        let limit = |found: u64, limit: u64, unit: &str| {
            if found <= limit {
                return Ok(());
            }
            Err(Box::new(Error::TooLarge {
                what: "the network".into(),
                limit: format!("{limit} {unit}"),
                found: format!("{found} {unit} and more"),
            }))
        };
        self.numbers = self.numbers.saturating_add(shape.elements()? as u64);
        limit(self.numbers, MAX_VALUES, "numbers in all values of a run")?;
        self.macs = self.macs.saturating_add(macs);
        limit(self.macs, MAX_MACS, "multiply-adds")
    }

    /// Whether folding may make so many more numbers; they are then taken.
    fn may_fold(&mut self, count: usize) -> bool {
        let left = self.folded.checked_sub(count as u64);
        self.folded = left.unwrap_or(self.folded);
        left.is_some()
    }

    /// A layer, with its parameters in order.
    fn layer(
        &mut self,
        name: &str,
        operator: Operator,
        reads: &[&Made],
        parameters: &[Constant],
    ) -> Result<Computed> {
        let shapes: Vec<&Shape> = reads.iter().map(|read| &read.shape).collect();
        let shape = operator.layer().output(&shapes)?;
        if shape.elements()? > 0 && shapes.iter().any(|shape| shape.axes().contains(&0)) {
            return Err(Error::mismatch("ONNX", "inputs of at least one number", "an empty one"));
        }
        self.count(&shape, operator.layer().cost(&shapes, &shape).macs)?;
        if self.written.nodes.len() >= MAX_NODES {
            return Err(Box::new(Error::TooLarge {
                what: "the network".into(),
                limit: format!("{MAX_NODES} layers"),
                found: "more".into(),
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
        let inputs = list(reads.len(), &|place| reads[place].name.clone());
        let element = reads.first().map_or(Element::Float32, |read| read.element);
        self.written.nodes.push(Layer { name: name.clone(), operator, inputs });
        self.shapes.push(shape.clone());
        Ok(Rc::new(Made { name, shape, element }))
    }

    /// A weight of a layer. One tensor of the file may serve many layers, and each gets its own copy: together they are
    /// held to a few times the file.
    fn weight(&mut self, constant: &Constant) -> Result<Tensor> {
        self.held = self.held.checked_sub(constant.count() as u64).ok_or_else(|| {
            Box::new(Error::TooLarge {
                what: "the network".into(),
                limit: "twice the file's numbers as weights".into(),
                found: "more".into(),
            })
        })?;
        let shape = Shape::new(constant.shape.clone());
        let tensor = match constant.data() {
            super::constant::Data::Float(floats) => Tensor::from_row_major(shape, floats)?,
            super::constant::Data::Int(_) => Tensor::from_row_major(shape, &constant.floats())?,
        };
        if tensor.is_finite() {
            return Ok(tensor);
        }
        Err(Error::mismatch("weights", "finite numbers", "NaN or infinity"))
    }

    /// Known numbers as a layer, made once for every reader.
    fn constant_layer(&mut self, name: &str, constant: &Constant) -> Result<Computed> {
        let key = format!("{} {}", constant.identity() as usize, Shape::new(constant.shape.clone()));
        if let Some((_, computed)) = self.constants.get(&key) {
            return Ok(typed(computed.clone(), constant.element));
        }
        let layer = layers::Constant { shape: Shape::new(constant.shape.clone()) };
        let parameters = std::slice::from_ref(constant);
        let computed = self.layer(name, layer.into(), &[], parameters).at(|| shown(name))?;
        let computed = typed(computed, constant.element);
        // The numbers are kept, so that no other constant comes to lie at the same place.
        self.constants.insert(key, (constant.clone(), computed.clone()));
        Ok(computed)
    }
}

/// `BatchNormalization` as `batch-normalization`, without what no name should have.
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
