//! Layers and their gradients against cases that JAX computed in f64: `CONVSCOPE_CASES/gradients`.
//!
//! Each case is one operator with its attributes, its inputs `in.*`, the gradient `up` that comes from above, its result
//! `out`, and the gradients `grad.*` of its inputs. What the crate has no layer for is skipped by name.

#[path = "../cases/mod.rs"]
mod cases;
mod layer_run;
mod training;

use std::collections::BTreeMap;
use std::path::Path;

use convscope::exec::trace::{Trace, zero_gradients};
use convscope::formats::safetensors::{self, File};
use convscope::graph::Builder;
use convscope::kernels::geometry::{Axis, Window};
use convscope::layers::{
    Activation, AveragePool, BatchNorm, Concat, Conv, Dense, Dropout, Elu, GlobalAveragePool, GlobalMaxPool,
    LeakyRelu, LogSoftmax, Lrn, MaxPool, Operator,
};
use convscope::train::loss::cross_entropy;
use convscope::{Network, Shape, Tensor};
use layer_run::LayerRun;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How closely two tensors agree (DESIGN.md, "Numbers").
const EPSILON: f32 = 1e-5;

#[derive(Deserialize)]
struct Manifest {
    cases: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    /// The operator; cases of whole trainings have none.
    #[serde(default)]
    op: String,
    #[serde(default)]
    attrs: Map<String, Value>,
    /// The loss of each step, for trainings.
    #[serde(default)]
    losses_float64: Vec<f64>,
    #[serde(skip)]
    tensors: BTreeMap<String, Tensor>,
}

/// What a case came to: agreement, or the name of what the crate has no layer for.
type Outcome = Result<Agreement, String>;

enum Agreement {
    Yes,
    Skipped,
}

impl Case {
    fn read(folder: &Path) -> Case {
        let mut case: Case = cases::json(&folder.join("case.json"));
        let File { tensors, .. } = safetensors::read(&cases::bytes(&folder.join("tensors.safetensors")))
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        case.tensors = tensors;
        case
    }

    fn tensor(&self, name: &str) -> &Tensor {
        self.tensors.get(name).unwrap_or_else(|| panic!("the case has no tensor {name}"))
    }

    fn number(&self, attribute: &str, default: f64) -> f64 {
        self.attrs.get(attribute).map_or(default, |value| value.as_f64().expect("a number"))
    }

    /// A list of whole numbers, `count` times `default` where it is left out.
    fn list(&self, attribute: &str, count: usize, default: usize) -> Vec<usize> {
        match self.attrs.get(attribute) {
            Some(value) => serde_json::from_value(value.clone()).expect("whole numbers"),
            None => vec![default; count],
        }
    }

    /// The window of a convolution or a pooling, as ONNX writes it.
    fn window(&self) -> Window {
        let kernel = self.list("kernel_shape", 2, 1);
        let (strides, dilations) = (self.list("strides", 2, 1), self.list("dilations", 2, 1));
        let pads = self.list("pads", 4, 0);
        let axis = |i: usize| Axis {
            kernel: kernel[i],
            stride: strides[i],
            before: pads[i],
            after: pads[i + 2],
            dilation: dilations[i],
            ceil: self.number("ceil_mode", 0.0) != 0.0,
        };
        Window { rows: axis(0), columns: axis(1) }
    }

    fn run(&self) -> Outcome {
        match self.op.as_str() {
            "Conv" => self.conv(),
            "Gemm" => self.gemm(),
            "MaxPool" => self.one_input(MaxPool { window: self.window() }),
            "AveragePool" if self.number("count_include_pad", 0.0) == 0.0 => {
                self.one_input(AveragePool { window: self.window(), border: false })
            }
            "Relu" => self.one_input(Activation::Relu),
            "Tanh" => self.one_input(Activation::Tanh),
            "Sigmoid" => self.one_input(Activation::Sigmoid),
            "LeakyRelu" => self.one_input(LeakyRelu { alpha: self.number("alpha", 0.01) as f32 }),
            "Elu" => self.one_input(Elu { alpha: self.number("alpha", 1.0) as f32 }),
            "LogSoftmax" => self.one_input(LogSoftmax { axis: 1 }),
            "GlobalAveragePool" => self.one_input(GlobalAveragePool {}),
            "GlobalMaxPool" => self.one_input(GlobalMaxPool {}),
            "LRN" => self.one_input(Lrn {
                alpha: self.number("alpha", 1e-4) as f32,
                beta: self.number("beta", 0.75) as f32,
                bias: self.number("bias", 1.0) as f32,
                size: self.number("size", 0.0) as usize,
            }),
            "BatchNormalization(inference)" => self.batch_norm(),
            "Concat" if self.number("axis", 0.0) == 1.0 => self.join(),
            "Dropout(train, mask given)" => self.dropout(),
            "SoftmaxCrossEntropyLoss" => self.cross_entropy(),
            _ => Ok(Agreement::Skipped),
        }
    }

    /// A layer without parameters.
    fn one_input(&self, layer: impl Into<Operator>) -> Outcome {
        let run = LayerRun::new(layer, self.tensor("in.x"), &[], &self.tensor("up").to_row_major());
        agree("out", &run.out, self.tensor("out"))?;
        agree("grad.x", &run.dx, self.tensor("grad.x"))
    }

    fn conv(&self) -> Outcome {
        let (weight, bias) = (self.tensor("in.w"), self.tensors.get("in.b"));
        let mut layer = Conv::with_window(weight.shape().axes()[0], self.window())
            .groups(self.number("group", 1.0) as usize);
        let mut parameters = vec![("weight", weight)];
        match bias {
            Some(bias) => parameters.push(("bias", bias)),
            None => layer = layer.without_bias(),
        }
        let run = LayerRun::new(layer, self.tensor("in.x"), &parameters, &self.tensor("up").to_row_major());
        agree("out", &run.out, self.tensor("out"))?;
        agree("grad.x", &run.dx, self.tensor("grad.x"))?;
        for ((name, gradient), case) in run.parameters.iter().zip(["grad.w", "grad.b"]) {
            agree(name, &gradient.to_row_major(), self.tensor(case))?;
        }
        Ok(Agreement::Yes)
    }

    fn batch_norm(&self) -> Outcome {
        let layer = BatchNorm { epsilon: self.number("epsilon", 1e-5) as f32, momentum: 0.1 };
        let parameters =
            ["scale", "bias", "mean", "var"].map(|name| (name, self.tensor(&format!("in.{name}"))));
        let mut named = parameters;
        named[3].0 = "variance";
        let run = LayerRun::looking(layer, self.tensor("in.x"), &named, &self.tensor("up").to_row_major());
        agree("out", &run.out, self.tensor("out"))?;
        agree("grad.x", &run.dx, self.tensor("grad.x"))?;
        agree("grad.scale", run.parameters[0].1.data(), self.tensor("grad.scale"))?;
        agree("grad.bias", run.parameters[1].1.data(), self.tensor("grad.bias"))
    }

    /// Several inputs joined along the channels. A graph has one input to start with; so a 1×1 convolution without bias
    /// picks each part out of the inputs' join, and the part's gradient is what comes out of it.
    fn join(&self) -> Outcome {
        let names: Vec<&str> = self.tensors.keys().filter_map(|name| name.strip_prefix("in.")).collect();
        let parts: Vec<&Tensor> = names.iter().map(|name| self.tensor(&format!("in.{name}"))).collect();
        let whole = self.tensor("out");
        let all = whole.shape().axes()[1];
        let mut builder = Builder::new("case", "x", whole.shape().clone());
        let (mut weights, mut first) = (BTreeMap::new(), 0);
        for (name, part) in names.iter().zip(&parts) {
            let channels = part.shape().axes()[1];
            let pick = |at: usize| f32::from(at / all + first == at % all);
            let filter: Vec<f32> = (0..channels * all).map(pick).collect();
            let filter = Tensor::from_row_major([channels, all, 1, 1], &filter).expect("a filter");
            weights.insert(format!("{name}.weight"), filter);
            builder = builder.node(name, Conv::new(channels, 1).without_bias(), &["x"]);
            first += channels;
        }
        let graph = builder.node("join", Concat::CHANNELS, &names).build().expect("a graph");
        let network = Network::with_weights(graph, weights).expect("a network");
        let mut trace = Trace::new(network.graph());
        trace.want_input_gradients();
        trace.run(&network, &[&whole.to_row_major()], None).expect("an input that fits");
        agree("out", &trace.output(network.graph()).to_row_major(), whole)?;
        let mut gradients = zero_gradients(&network).expect("shapes that exist");
        trace.backward(&network, &self.tensor("up").to_row_major(), &mut gradients).expect("a gradient");
        for (index, name) in names.iter().enumerate() {
            let found = trace.gradient(network.graph().value(index)).to_row_major();
            agree(name, &found, self.tensor(&format!("grad.{name}")))?;
        }
        Ok(Agreement::Yes)
    }

    /// A dense layer holds its weight as `[O, I]`: `transB`.
    fn gemm(&self) -> Outcome {
        if self.attrs.keys().any(|key| key != "transB") {
            return Ok(Agreement::Skipped);
        }
        let stored = |b: &Tensor| if self.attrs.contains_key("transB") { b.clone() } else { transposed(b) };
        let (weight, bias) = (stored(self.tensor("in.b")), self.tensor("in.c"));
        let run = LayerRun::new(
            Dense::new(weight.shape().axes()[0]),
            self.tensor("in.a"),
            &[("weight", &weight), ("bias", bias)],
            &self.tensor("up").to_row_major(),
        );
        agree("out", &run.out, self.tensor("out"))?;
        agree("grad.a", &run.dx, self.tensor("grad.a"))?;
        agree("grad.b", &run.parameters[0].1.to_row_major(), &stored(self.tensor("grad.b")))?;
        agree("grad.c", &run.parameters[1].1.to_row_major(), self.tensor("grad.c"))
    }

    /// The layer draws its own mask. So each number goes through it many times, and the copy that met the fate which
    /// the case's mask gives it is the one compared.
    fn dropout(&self) -> Outcome {
        const COPIES: usize = 64;
        let (x, up) = (self.tensor("in.x").data(), self.tensor("up").data());
        let mask = self.tensor("in.mask").data();
        let copies = |numbers: &[f32]| numbers.repeat(COPIES);
        let wide = Tensor::from_row_major([1, COPIES * x.len()], &copies(x)).expect("a row");
        let layer = Dropout::new(self.number("ratio", 0.5) as f32);
        let run = LayerRun::new(layer, &wide, &[], &copies(up));
        let (mut out, mut gradient) = (Vec::new(), Vec::new());
        for (i, &kept) in mask.iter().enumerate() {
            let met = |copy: &usize| (run.out[*copy] != 0.0) == (kept != 0.0);
            let copy = (i..wide.data().len()).step_by(x.len()).find(met).ok_or("no copy met its fate")?;
            out.push(run.out[copy]);
            gradient.push(run.dx[copy]);
        }
        agree("out", &out, self.tensor("out"))?;
        agree("grad.x", &gradient, self.tensor("grad.x"))
    }

    /// The mean loss of a batch, from logits.
    fn cross_entropy(&self) -> Outcome {
        let logits = self.tensor("in.logits");
        let [rows, columns] = logits.shape().matrix("case").expect("rows of logits");
        let labels: Vec<u8> = self.tensor("in.labels").data().iter().map(|&label| label as u8).collect();
        let mut gradient = Vec::new();
        let (sum, _) = cross_entropy(logits.data(), columns, 1.0, &labels, rows, &mut gradient);
        agree("out", &[(sum / rows as f64) as f32], self.tensor("out"))?;
        agree("grad.logits", &gradient, self.tensor("grad.logits"))
    }
}

fn transposed(matrix: &Tensor) -> Tensor {
    let view = matrix.view().reversed_axes();
    let numbers: Vec<f32> = view.iter().copied().collect();
    Tensor::from_row_major(Shape::new(view.shape()), &numbers).expect("as many numbers")
}

/// max|a − b| ≤ ε · max|b|.
fn agree(name: &str, found: &[f32], expected: &Tensor) -> Outcome {
    let expected = expected.to_row_major();
    if found.len() != expected.len() {
        return Err(format!("{name}: {} numbers, expected {}", found.len(), expected.len()));
    }
    let largest = expected.iter().fold(0f32, |most, b| most.max(b.abs()));
    for (place, (a, b)) in found.iter().zip(&expected).enumerate() {
        // Written so that a NaN disagrees.
        let close = (a - b).abs() <= EPSILON * largest;
        if !close {
            return Err(format!("{name}[{place}] is {a}, expected {b} ± {}", EPSILON * largest));
        }
    }
    Ok(Agreement::Yes)
}

#[test]
fn layers_and_gradients_agree_with_recorded_cases() {
    let Some(folder) = cases::folder("gradients") else {
        return;
    };
    let manifest: Manifest = cases::json(&folder.join("manifest.json"));
    let (mut run, mut skipped, mut failures) = (0, Vec::new(), Vec::new());
    for name in &manifest.cases {
        let case = Case::read(&folder.join(name));
        let outcome = if name == "train_b_momentum_bn" { case.train_with_batch_norm() } else { case.run() };
        match outcome {
            Ok(Agreement::Yes) => run += 1,
            Ok(Agreement::Skipped) => skipped.push(name.as_str()),
            Err(problem) => failures.push(format!("{name}: {problem}")),
        }
    }
    println!("gradients: {run} agree, {} skipped: {}", skipped.len(), skipped.join(", "));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(run > 0, "no case was run");
}
