//! Layers that compute: functions, reductions, products.

use super::{SHAPES, network, numbers, refused, run, same};
use convscope::Tensor;
use convscope::exec::trace::{Trace, zero_gradients};
use ndarray::{ArrayD, ArrayViewD, Axis, Dimension, IxDyn};
use serde_json::{Value, json};

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

#[test]
fn what_only_runs_forward_refuses_gradients_by_name() {
    let network = network(&json!({ "unary": { "function": "exp" } }), &[numbers(&[3])]).unwrap();
    let mut trace = Trace::new(network.graph());
    trace.run(&network, &[], None).unwrap();
    let error = trace.backward(&network, &[1.0; 3], &mut zero_gradients(&network).unwrap()).unwrap_err();
    assert!(error.to_string().contains("node `y`") && error.to_string().contains("`exp`"), "{error}");
}

#[test]
fn matrices_are_multiplied_and_their_batches_broadcast() {
    for (a, b, to) in [
        (&[3, 4][..], &[4, 5][..], &[3, 5][..]),
        (&[4], &[4], &[]),
        (&[4], &[2, 4, 5], &[2, 5]),
        (&[2, 3, 4], &[4], &[2, 3]),
        (&[2, 3, 6, 4], &[4, 5], &[2, 3, 6, 5]),
        (&[2, 3, 6, 4], &[2, 3, 4, 5], &[2, 3, 6, 5]),
        (&[3, 1, 6, 4], &[2, 4, 5], &[3, 2, 6, 5]),
        (&[6, 4], &[2, 3, 4, 17], &[2, 3, 6, 17]),
        (&[7, 1, 2, 3, 4], &[2, 1, 4, 5], &[7, 2, 2, 3, 5]),
    ] {
        let (x, y) = (numbers(a), numbers(b));
        // Vectors as the matrices that they are taken for.
        let left = if a.len() == 1 { x.view().insert_axis(Axis(0)) } else { x.view() };
        let right = if b.len() == 1 { y.view().insert_axis(Axis(1)) } else { y.view() };
        let mut whole = to.to_vec();
        if a.len() == 1 {
            whole.insert(to.len() - usize::from(b.len() > 1), 1);
        }
        whole.extend((b.len() == 1).then_some(1));
        let front = &whole[..whole.len() - 2];
        let wide = |m: &ArrayViewD<'_, f32>| {
            let mut shape = front.to_vec();
            shape.extend(&m.shape()[m.ndim() - 2..]);
            m.broadcast(IxDyn(&shape)).unwrap().to_owned()
        };
        let (left, right) = (wide(&left), wide(&right));
        let expected = ArrayD::from_shape_fn(IxDyn(&whole), |at| {
            let rank = at.ndim();
            let product = |k: usize| {
                let (mut l, mut r) = (at.clone(), at.clone());
                (l[rank - 1], r[rank - 2]) = (k, k);
                f64::from(left[l]) * f64::from(right[r])
            };
            (0..left.shape()[rank - 1]).map(product).sum::<f64>() as f32
        });
        let found = run(json!({ "matmul": {} }), &[x, y]);
        same(&found, expected.to_shape(IxDyn(to)).unwrap().view(), &format!("{a:?} · {b:?}"));
    }
    for (a, b) in [(&[3, 4][..], &[5, 4][..]), (&[], &[4]), (&[2, 3, 4], &[3, 4, 5])] {
        refused(json!({ "matmul": {} }), &[numbers(a), numbers(b)]);
    }
}

#[test]
fn the_greatest_is_found_along_any_axis() {
    for shape in SHAPES {
        // Few values, so that there are equals.
        let mut x = numbers(shape);
        x.data_mut().iter_mut().for_each(|x| *x = x.round() % 3.0);
        for axis in 0..shape.len() {
            for (last, least) in [(false, false), (true, false), (false, true)] {
                let sign = if least { -1.0 } else { 1.0 };
                let expected = x.view().map_axis(Axis(axis), |row| {
                    let best = row.iter().map(|x| sign * x).fold(f32::NEG_INFINITY, f32::max);
                    let mut places = (0..row.len()).filter(|&place| sign * row[place] == best);
                    (if last { places.next_back() } else { places.next() }).unwrap() as f32
                });
                let arg_max = |keep: bool| json!({ "arg-max": { "axis": axis, "keep": keep, "last": last, "least": least } });
                same(&run(arg_max(false), std::slice::from_ref(&x)), expected.view(), "arg-max");
                same(
                    &run(arg_max(true), std::slice::from_ref(&x)),
                    expected.insert_axis(Axis(axis)).view(),
                    "arg-max",
                );
            }
        }
    }
    refused(json!({ "arg-max": { "axis": 1, "keep": true, "last": false } }), &[numbers(&[3])]);
}

fn window(kernel: usize, stride: usize, before: usize) -> Value {
    let axis = json!({
        "kernel": kernel, "stride": stride, "before": before, "after": before, "dilation": 1, "ceil": false,
    });
    json!({ "rows": axis, "columns": axis })
}

#[test]
fn max_pooling_says_where_it_found_its_numbers() {
    let x = numbers(&[2, 3, 5, 4]);
    for column_major in [false, true] {
        let pool = json!({ "max-pool-indices": { "window": window(3, 2, 1), "column-major": column_major } });
        let found = run(pool, std::slice::from_ref(&x));
        let pooled = run(json!({ "max-pool": { "window": window(3, 2, 1) } }), std::slice::from_ref(&x));
        for (index, greatest) in found.view().iter().zip(pooled.view().iter()) {
            let index = *index as usize;
            let (plane, cell) = (index / 20, index % 20);
            let (row, column) = if column_major { (cell % 5, cell / 5) } else { (cell / 4, cell % 4) };
            assert_eq!(x.view()[[plane / 3, plane % 3, row, column]], *greatest);
        }
    }
}
