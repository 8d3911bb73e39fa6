//! The general layers on tensors of every rank, against their definitions spelled out over views in the spoken order.
//! Each is read from its written form, and run by the trace and by the plan.

use convscope::graph::plan::Plan;
use convscope::graph::trace::{Trace, zero_gradients};
use convscope::{Graph, Network, Shape, Tensor};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};
use serde_json::{Value, json};

/// A network of one layer, whose inputs are constants `0`, `1`, …: so they have any shape.
fn network(operator: &Value, inputs: &[Tensor]) -> convscope::Result<Network> {
    let constant = |(place, tensor): (usize, &Tensor)| json!({ "name": place.to_string(), "inputs": [], "operator": { "constant": { "shape": tensor.shape() } } });
    let mut nodes: Vec<Value> = inputs.iter().enumerate().map(constant).collect();
    let names: Vec<String> = (0..inputs.len()).map(|place| place.to_string()).collect();
    nodes.push(json!({ "name": "y", "inputs": names, "operator": operator }));
    let graph = json!({
        "name": "one", "batched": false, "inputs": [], "nodes": nodes, "outputs": ["y"],
    });
    let values = inputs.iter().enumerate().map(|(place, tensor)| (format!("{place}.value"), tensor.clone()));
    Network::with_weights(Graph::from_json(&graph.to_string())?, values.collect())
}

fn run(operator: Value, inputs: &[Tensor]) -> Tensor {
    let network = network(&operator, inputs).unwrap_or_else(|error| panic!("{operator}: {error}"));
    let mut trace = Trace::new(network.graph());
    trace.run(&network, &[], None).unwrap();
    let traced = trace.output(network.graph()).clone();
    let mut plan = Plan::new(&network, 1).unwrap();
    for _ in 0..2 {
        let planned = plan.run(&network, &[]).unwrap();
        assert_eq!(planned.shape(), traced.shape(), "{operator}");
        let same = planned.data().iter().zip(traced.data()).all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(same, "{operator}: plan and trace differ");
    }
    traced
}

fn refused(operator: Value, inputs: &[Tensor]) -> String {
    network(&operator, inputs).expect_err(&operator.to_string()).to_string()
}

/// Numbers of no order and either sign.
fn numbers(shape: &[usize]) -> Tensor {
    let number = |i: usize| ((i * 7919 + 13) % 101) as f32 / 16.0 - 3.0;
    let values: Vec<f32> = (0..shape.iter().product()).map(number).collect();
    Tensor::from_row_major(Shape::new(shape), &values).unwrap()
}

fn same(found: &Tensor, expected: ArrayViewD<'_, f32>, what: &str) {
    assert_eq!(found.shape().axes(), expected.shape(), "{what}");
    for (found, expected) in found.view().iter().zip(expected.iter()) {
        let close = found == expected || (found - expected).abs() <= 1e-5 * expected.abs().max(1.0);
        assert!(close || (found.is_nan() && expected.is_nan()), "{what}: {found}, expected {expected}");
    }
}

const SHAPES: [&[usize]; 8] =
    [&[], &[5], &[3, 4], &[2, 3, 4], &[2, 3, 4, 5], &[1, 70, 9, 80], &[2, 3, 1, 2, 3], &[2, 1, 3, 2, 2, 2]];

#[test]
fn two_shapes_are_broadcast_to_each_other() {
    let cases: [(&[usize], &[usize]); 8] = [
        (&[2, 3, 4, 5], &[3, 1, 1]),
        (&[1, 70, 9, 80], &[70, 1, 1]),
        (&[2, 3, 4, 5], &[]),
        (&[5], &[2, 3, 4, 5]),
        (&[2, 1, 4, 1], &[3, 1, 5]),
        (&[3, 1], &[1, 4]),
        (&[2, 3, 1, 2, 3], &[2, 3]),
        (&[7, 2, 3, 4, 5], &[2, 3, 4, 5]),
    ];
    for (a, b) in cases {
        let (a, b) = (numbers(a), numbers(b));
        let found = run(json!({ "binary": { "function": "sub" } }), &[a.clone(), b.clone()]);
        let whole = IxDyn(found.shape().axes());
        let (a, b) = (
            a.view().broadcast(whole.clone()).unwrap().to_owned(),
            b.view().broadcast(whole).unwrap().to_owned(),
        );
        same(&found, (a - b).view(), "sub");
    }
    let message = refused(json!({ "binary": { "function": "add" } }), &[numbers(&[2, 3]), numbers(&[2])]);
    assert!(message.contains("2×3") && message.contains("found 2"), "{message}");
}

#[test]
fn functions_of_two_numbers() {
    let row = |values: &[f32]| Tensor::from_row_major([values.len()], values).unwrap();
    let (a, b) = (row(&[2.0, -2.0, 0.0, 3.0]), row(&[3.0, 0.5, 0.0, -1.0]));
    let cases: [(&str, [f32; 4]); 14] = [
        ("add", [5.0, -1.5, 0.0, 2.0]),
        ("mul", [6.0, -1.0, 0.0, -3.0]),
        ("div", [2.0 / 3.0, -4.0, f32::NAN, -3.0]),
        ("pow", [8.0, f32::NAN, 1.0, 1.0 / 3.0]),
        ("min", [2.0, -2.0, 0.0, -1.0]),
        ("max", [3.0, 0.5, 0.0, 3.0]),
        ("prelu", [2.0, -1.0, 0.0, 3.0]),
        ("equal", [0.0, 0.0, 1.0, 0.0]),
        ("less", [1.0, 1.0, 0.0, 0.0]),
        ("less-or-equal", [1.0, 1.0, 1.0, 0.0]),
        ("greater", [0.0, 0.0, 0.0, 1.0]),
        ("and", [1.0, 1.0, 0.0, 1.0]),
        ("or", [1.0, 1.0, 0.0, 1.0]),
        ("xor", [0.0, 0.0, 0.0, 0.0]),
    ];
    for (function, expected) in cases {
        let found = run(json!({ "binary": { "function": function } }), &[a.clone(), b.clone()]);
        same(&found, row(&expected).view(), function);
    }
}

/// A definition in f64.
type Function = fn(f64) -> f64;

#[test]
fn functions_of_one_number() {
    let definitions: [(Value, Function); 15] = [
        (json!({ "function": "abs" }), f64::abs),
        (json!({ "function": "exp" }), f64::exp),
        (json!({ "function": "log" }), f64::ln),
        (json!({ "function": "sqrt" }), f64::sqrt),
        (json!({ "function": "round" }), f64::round_ties_even),
        (json!({ "function": "truncate" }), f64::trunc),
        (json!({ "function": "is-nonzero" }), |x| f64::from(x != 0.0)),
        (json!({ "function": "softplus" }), |x| x.exp().ln_1p()),
        (json!({ "function": "mish" }), |x| x * x.exp().ln_1p().tanh()),
        (json!({ "function": "gelu" }), |x| 0.5 * x * (1.0 + libm::erf(x / 2f64.sqrt()))),
        (json!({ "function": "hard-swish" }), |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
        (json!({ "function": "hard-sigmoid", "alpha": 0.2, "beta": 0.5 }), |x| {
            (0.2 * x + 0.5).clamp(0.0, 1.0)
        }),
        (json!({ "function": "selu", "alpha": 2.0, "gamma": 3.0 }), |x| {
            3.0 * if x > 0.0 { x } else { 2.0 * x.exp_m1() }
        }),
        (json!({ "function": "clip", "min": "-infinity", "max": 1.5 }), |x| x.min(1.5)),
        (json!({ "function": "clip", "min": 2.0, "max": 1.0 }), |_| 1.0),
    ];
    for (function, definition) in definitions {
        let x = numbers(&[2, 3, 4, 5]);
        let expected: ArrayD<f32> = x.view().mapv(|x| definition(f64::from(x)) as f32);
        let what = function.to_string();
        same(&run(json!({ "unary": function }), &[x]), expected.view(), &what);
    }
    let clipped = run(json!({ "unary": { "function": "clip", "min": "nan", "max": 1.0 } }), &[numbers(&[2])]);
    assert!(clipped.data().iter().all(|y| y.is_nan()));
    assert!(refused(json!({ "unary": { "function": "sine" } }), &[numbers(&[2])]).contains("`sine`"));
}

#[test]
fn reductions_along_any_axes() {
    for shape in SHAPES {
        let x = numbers(shape);
        for mask in 0..1usize << shape.len() {
            let axes: Vec<usize> = (0..shape.len()).filter(|axis| mask >> axis & 1 == 1).collect();
            // No axis listed means all of them.
            let gone = if axes.is_empty() { (0..shape.len()).collect() } else { axes.clone() };
            let fold = |f: fn(f64, f64) -> f64| {
                let mut wide = x.view().mapv(f64::from);
                for &axis in gone.iter().rev() {
                    let first = wide.index_axis(Axis(axis), 0).to_owned();
                    let rest = wide.axis_iter(Axis(axis)).skip(1);
                    let folded = rest.fold(first, |sum, next| {
                        ndarray::Zip::from(&sum).and(&next).map_collect(|&a, &b| f(a, b))
                    });
                    wide = folded;
                }
                wide.mapv(|x| x as f32)
            };
            let count = gone.iter().map(|&axis| shape[axis]).product::<usize>() as f32;
            for (kind, expected) in [
                ("sum", fold(|a, b| a + b)),
                ("mean", fold(|a, b| a + b) / count),
                ("max", fold(f64::max)),
                ("min", fold(f64::min)),
            ] {
                let what = format!("{kind} of {shape:?} along {axes:?}");
                let reduce = |keep: bool| json!({ "reduce": { "kind": kind, "axes": axes, "keep": keep } });
                let found = run(reduce(false), std::slice::from_ref(&x));
                same(&found, expected.view(), &what);
                let kept: Vec<usize> =
                    (0..shape.len()).map(|axis| if gone.contains(&axis) { 1 } else { shape[axis] }).collect();
                let found = run(reduce(true), std::slice::from_ref(&x));
                same(&found, expected.to_shape(IxDyn(&kept)).unwrap().view(), &what);
            }
        }
    }
    let x = Tensor::from_row_major([4], &[1.0, -2.0, 3.0, -4.0]).unwrap();
    for (kind, expected) in [
        ("prod", 24.0),
        ("l1", 10.0),
        ("l2", 30f32.sqrt()),
        ("sum-square", 30.0),
        ("log-sum-exp", 3.133_643_5),
    ] {
        let found =
            run(json!({ "reduce": { "kind": kind, "axes": [0], "keep": false } }), std::slice::from_ref(&x));
        same(&found, ndarray::arr0(expected).into_dyn().view(), kind);
    }
    let beyond = json!({ "reduce": { "kind": "sum", "axes": [2], "keep": true } });
    assert!(refused(beyond, &[numbers(&[2, 3])]).contains("an axis below 2"));
}

#[test]
fn axes_change_places() {
    for shape in SHAPES {
        let x = numbers(shape);
        for turn in 0..shape.len() {
            let order: Vec<usize> = (0..shape.len()).rev().map(|axis| (axis + turn) % shape.len()).collect();
            let found = run(json!({ "transpose": { "order": order } }), std::slice::from_ref(&x));
            same(&found, x.view().permuted_axes(IxDyn(&order)), "transpose");
        }
    }
    for order in [json!([0, 0]), json!([0]), json!([0, 2])] {
        refused(json!({ "transpose": { "order": order } }), &[numbers(&[2, 3])]);
    }
}

#[test]
fn numbers_keep_their_order_in_another_shape() {
    let x = numbers(&[2, 3, 4, 5]);
    for (written, shape) in [
        (json!([120]), &[120][..]),
        (json!([0, -1]), &[2, 60]),
        (json!([-1, 5, 4, 3]), &[2, 5, 4, 3]),
        (json!([2, 0, 2, 2, 0, 1]), &[2, 3, 2, 2, 5, 1][..0]),
        (json!([1, 3, 2, 4, -1]), &[1, 3, 2, 4, 5]),
    ] {
        let reshape = json!({ "reshape": { "shape": written } });
        if shape.is_empty() {
            refused(reshape, std::slice::from_ref(&x));
            continue;
        }
        let expected = ArrayD::from_shape_vec(IxDyn(shape), x.to_row_major()).unwrap();
        same(&run(reshape, std::slice::from_ref(&x)), expected.view(), "reshape");
    }
    for written in [json!([7, -1]), json!([-1, -1]), json!([-5]), json!([1e15 as u64])] {
        let message = refused(json!({ "reshape": { "shape": written } }), std::slice::from_ref(&x));
        assert!(message.contains("`y`"), "{message}");
    }
}

#[test]
fn tensors_are_laid_end_to_end() {
    for shape in SHAPES {
        for axis in 0..shape.len() {
            let with = |size: usize| {
                let mut shape = shape.to_vec();
                shape[axis] = size;
                numbers(&shape)
            };
            let inputs = [with(2), with(1), with(3)];
            let views: Vec<_> = inputs.iter().map(Tensor::view).collect();
            let found = run(json!({ "concat": { "axis": axis } }), &inputs);
            same(&found, ndarray::concatenate(Axis(axis), &views).unwrap().view(), "concat");
        }
    }
    refused(json!({ "concat": { "axis": 0 } }), &[numbers(&[2, 3]), numbers(&[2, 4])]);
    refused(json!({ "concat": { "axis": 2 } }), &[numbers(&[2, 3])]);
}

#[test]
fn softmax_along_any_axis() {
    for shape in SHAPES {
        for axis in 0..shape.len() {
            let x = numbers(shape);
            let powers = x.view().mapv(f32::exp);
            let expected = &powers / &powers.sum_axis(Axis(axis)).insert_axis(Axis(axis));
            same(
                &run(json!({ "softmax": { "axis": axis } }), std::slice::from_ref(&x)),
                expected.view(),
                "softmax",
            );
            let found = run(json!({ "log-softmax": { "axis": axis } }), std::slice::from_ref(&x));
            same(&found, expected.mapv(f32::ln).view(), "log-softmax");
        }
    }
    let classes = run(json!({ "softmax": {} }), &[numbers(&[2, 3])]);
    assert_eq!(classes, run(json!({ "softmax": { "axis": 1 } }), &[numbers(&[2, 3])]));
}

/// A layer L that is linear has ⟨up, L x⟩ = ⟨Lᵀ up, x⟩, and Lᵀ is its backward pass.
#[test]
fn what_moved_forward_moves_back() {
    let layers = [
        (json!({ "transpose": { "order": [2, 3, 1, 0] } }), 1),
        (json!({ "reshape": { "shape": [5, 4, 3, -1] } }), 1),
        (json!({ "concat": { "axis": 2 } }), 3),
    ];
    for (layer, count) in layers {
        let inputs = vec![numbers(&[2, 3, 4, 5]); count];
        let network = network(&layer, &inputs).unwrap();
        let mut trace = Trace::new(network.graph());
        trace.run(&network, &[], None).unwrap();
        let y = trace.output(network.graph()).to_row_major();
        let up: Vec<f32> = (0..y.len()).map(|i| (i % 17) as f32 - 8.0).collect();
        let mut gradients = zero_gradients(&network).unwrap();
        trace.backward(&network, &up, &mut gradients).unwrap();
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let back: f64 =
            gradients.iter().flatten().zip(&inputs).map(|(d, x)| product(d.data(), x.data())).sum();
        let forward = product(&up, &y);
        assert!((forward - back).abs() < 1e-6 * forward.abs(), "{layer}: {forward} forward, {back} back");
    }
}

#[test]
fn what_only_runs_forward_refuses_gradients_by_name() {
    let network = network(&json!({ "unary": { "function": "exp" } }), &[numbers(&[3])]).unwrap();
    let mut trace = Trace::new(network.graph());
    trace.run(&network, &[], None).unwrap();
    let error = trace.backward(&network, &[1.0; 3], &mut zero_gradients(&network).unwrap()).unwrap_err();
    assert!(error.to_string().contains("node `y`") && error.to_string().contains("`exp`"), "{error}");
}
