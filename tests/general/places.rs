//! Layers that move numbers.

use super::{SHAPES, network, numbers, refused, run, same};
use convscope::Tensor;
use convscope::exec::trace::{Trace, zero_gradients};
use ndarray::{ArrayD, Axis, Dimension, IxDyn};
use serde_json::{Value, json};

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

/// A layer L that is linear has ⟨up, L x⟩ = ⟨Lᵀ up, x⟩, and Lᵀ is its backward pass.
#[test]
fn what_moved_forward_moves_back() {
    let layers = [
        (json!({ "transpose": { "order": [2, 3, 1, 0] } }), 1),
        (json!({ "reshape": { "shape": [5, 4, 3, -1] } }), 1),
        (json!({ "concat": { "axis": 2 } }), 3),
        (json!({ "slice": { "axes": [1, 2], "starts": [2, 0], "ends": [0, 9], "steps": [-1, 2] } }), 1),
        (json!({ "gather": { "axis": 1, "indices": [0, 2, 2, -1] } }), 1),
        (json!({ "expand": { "shape": [2, 2, 3, 4, 5] } }), 1),
        (
            json!({ "border": { "mode": "reflect", "before": [0, 1, 2, -1], "after": [0, 0, 7, 2], "value": 0 } }),
            1,
        ),
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

/// What stands at each index of the result, told by where it is read.
fn told(
    x: &Tensor,
    shape: &[usize],
    from: impl Fn(&[usize]) -> Option<Vec<usize>>,
    blank: f32,
) -> ArrayD<f32> {
    ArrayD::from_shape_fn(IxDyn(shape), |index| {
        from(index.slice()).map_or(blank, |from| x.view()[IxDyn(&from)])
    })
}

#[test]
fn parts_are_cut_out_by_steps() {
    let x = numbers(&[2, 7, 5, 4]);
    let far = (1u64 << 40) as i64;
    for (start, end, step, indices) in [
        (0, far, 1, &[0, 1, 2, 3, 4, 5, 6][..]),
        (1, -1, 2, &[1, 3, 5]),
        (-1, -far, -1, &[6, 5, 4, 3, 2, 1, 0]),
        (5, 0, -2, &[5, 3, 1]),
        (100, 2, -3, &[6, 3]),
        (-100, 2, 1, &[0, 1]),
    ] {
        let slice = json!({ "slice": { "axes": [1, 3], "starts": [start, 1], "ends": [end, 3], "steps": [step, 1] } });
        let expected = told(
            &x,
            &[2, indices.len(), 5, 2],
            |at| Some(vec![at[0], indices[at[1]], at[2], at[3] + 1]),
            0.0,
        );
        same(&run(slice, std::slice::from_ref(&x)), expected.view(), "slice");
    }
    for slice in [
        json!({ "slice": { "axes": [1], "starts": [0], "ends": [2], "steps": [0] } }),
        json!({ "slice": { "axes": [1, 1], "starts": [0, 0], "ends": [2, 2], "steps": [1, 1] } }),
        json!({ "slice": { "axes": [4], "starts": [0], "ends": [2], "steps": [1] } }),
        json!({ "slice": { "axes": [1], "starts": [], "ends": [2], "steps": [1] } }),
    ] {
        refused(slice, std::slice::from_ref(&x));
    }
}

#[test]
fn numbers_are_picked_by_index() {
    for shape in SHAPES {
        let x = numbers(shape);
        for (axis, &size) in shape.iter().enumerate() {
            let size = size as i64;
            let indices = [size - 1, 0, -1, -size, size / 2];
            let picked: Vec<usize> = indices.iter().map(|index| index.rem_euclid(size) as usize).collect();
            let expected = x.view().select(Axis(axis), &picked);
            let gather = json!({ "gather": { "axis": axis, "indices": indices } });
            same(&run(gather, std::slice::from_ref(&x)), expected.view(), "gather");
            let indices = Tensor::from_row_major([5], &indices.map(|index| index as f32)).unwrap();
            same(
                &run(json!({ "gather-elements": { "axis": axis } }), &[x.clone(), indices]),
                expected.view(),
                "gather-elements",
            );
        }
    }
    refused(json!({ "gather": { "axis": 0, "indices": [2] } }), &[numbers(&[2, 3])]);
    refused(json!({ "gather": { "axis": 0, "indices": [-3] } }), &[numbers(&[2, 3])]);
    // What is computed cannot be refused before: it is read as the nearest that there is.
    let indices = Tensor::from_row_major([3], &[9.0, -9.0, 1e30]).unwrap();
    let found = run(json!({ "gather-elements": { "axis": 0 } }), &[numbers(&[3]), indices]);
    let x = numbers(&[3]);
    assert_eq!(found.data(), [x.data()[2], x.data()[0], x.data()[2]]);
}

#[test]
fn a_tensor_is_repeated_to_fill_a_shape() {
    for (from, shape, to) in [
        (&[3, 1][..], json!([2, 2, 3, 4]), &[2, 2, 3, 4][..]),
        (&[2, 3, 4, 5], json!([1]), &[2, 3, 4, 5]),
        (&[], json!([2, 3]), &[2, 3]),
        (&[2, 1, 1, 5], json!([7, 1, 3, 4, 5]), &[7, 2, 3, 4, 5]),
    ] {
        let x = numbers(from);
        let found = run(json!({ "expand": { "shape": shape } }), std::slice::from_ref(&x));
        same(&found, x.view().broadcast(IxDyn(to)).unwrap(), "expand");
    }
    let message = refused(json!({ "expand": { "shape": [1 << 20, 1 << 20, 1] } }), &[numbers(&[])]);
    assert!(message.contains("too large"), "{message}");
}

#[test]
fn borders_of_every_kind() {
    let x = numbers(&[2, 3, 4, 5]);
    let filling = |mode: &str, place: i64, size: i64| match mode {
        "edge" => Some(place.clamp(0, size - 1)),
        "wrap" => Some(place.rem_euclid(size)),
        // As a ball between two walls.
        "reflect" => Some(
            (0..place.abs())
                .fold((0, place.signum()), |(at, step): (i64, i64), _| {
                    let step = if (0..size).contains(&(at + step)) { step } else { -step };
                    (at + step, step)
                })
                .0,
        ),
        _ => (0..size).contains(&place).then_some(place),
    };
    for mode in ["constant", "edge", "reflect", "wrap"] {
        for (before, after) in
            [([0, 1, 2, 1], [1, 0, 3, 2]), ([0, 0, -1, 7], [0, 0, 2, 9]), ([-1, -1, -2, 0], [0, -1, 0, -3])]
        {
            let border =
                json!({ "border": { "mode": mode, "before": before, "after": after, "value": 9.5 } });
            let shape: Vec<usize> = (0..4)
                .map(|axis| (x.shape().axes()[axis] as i64 + before[axis] + after[axis]) as usize)
                .collect();
            let from = |at: &[usize]| {
                (0..4)
                    .map(|axis| {
                        let (first, kept) = (
                            -before[axis].min(0),
                            x.shape().axes()[axis] as i64 + before[axis].min(0) + after[axis].min(0),
                        );
                        filling(mode, at[axis] as i64 - before[axis].max(0), kept)
                            .map(|place| (first + place) as usize)
                    })
                    .collect()
            };
            same(&run(border, std::slice::from_ref(&x)), told(&x, &shape, from, 9.5).view(), mode);
        }
    }
    for (before, after) in
        [(json!([0, 0]), json!([-4, 0])), (json!([0]), json!([0])), (json!([1u64 << 40, 0]), json!([0, 0]))]
    {
        let border = json!({ "border": { "mode": "edge", "before": before, "after": after, "value": 0 } });
        refused(border, &[numbers(&[3, 4])]);
    }
    let endless = run(
        json!({ "border": { "mode": "constant", "before": [1], "after": [0], "value": "-infinity" } }),
        &[numbers(&[1])],
    );
    assert_eq!(endless.data()[0], f32::NEG_INFINITY);
}

/// The examples of the specification, for the numbers that a nearest or linear neighbour has.
#[test]
fn a_tensor_is_stretched() {
    let resize = |mode: &str, coordinates: &str, rounding: &str, to: Value| json!({ "resize": { "mode": mode, "coordinates": coordinates, "rounding": rounding, "to": to } });
    let x = Tensor::from_row_major([1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0]).unwrap();
    let doubled = json!({ "scales": [1.0, 1.0, 2.0, 2.0] });
    let linear = run(resize("linear", "half-pixel", "floor", doubled.clone()), std::slice::from_ref(&x));
    let expected = [1.0, 1.25, 1.75, 2.0, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3.0, 3.25, 3.75, 4.0];
    assert_eq!(linear.to_row_major(), expected);
    let aligned = run(
        resize("linear", "align-corners", "floor", json!({ "sizes": [1, 1, 2, 3] })),
        std::slice::from_ref(&x),
    );
    assert_eq!(aligned.to_row_major(), [1.0, 1.5, 2.0, 3.0, 3.5, 4.0]);
    let nearest =
        run(resize("nearest", "half-pixel", "round-prefer-floor", doubled), std::slice::from_ref(&x));
    assert_eq!(
        nearest.to_row_major(),
        [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 3.0, 3.0, 4.0, 4.0]
    );
    let row = Tensor::from_row_major([1, 4], &[1.0, 2.0, 3.0, 4.0]).unwrap();
    let asymmetric = |rounding: &str| {
        run(resize("nearest", "asymmetric", rounding, json!({ "sizes": [1, 3] })), std::slice::from_ref(&row))
            .to_row_major()
    };
    assert_eq!(asymmetric("floor"), [1.0, 2.0, 3.0]);
    assert_eq!(asymmetric("ceil"), [1.0, 3.0, 4.0]);
    // One axis grows and another shrinks; only a number of channels stays between.
    let mixed = run(
        resize("linear", "asymmetric", "floor", json!({ "sizes": [2, 3, 2, 10] })),
        &[numbers(&[2, 3, 4, 5])],
    );
    let x = numbers(&[2, 3, 4, 5]);
    let expected = ArrayD::from_shape_fn(IxDyn(&[2, 3, 2, 10]), |at| {
        let (first, second) = (at[3] / 2, (at[3] / 2 + at[3] % 2).min(4));
        let number = |column: usize| x.view()[[at[0], at[1], 2 * at[2], column]];
        (number(first) + number(second)) / 2.0
    });
    same(&mixed, expected.view(), "resize");
    for to in [
        json!({ "scales": [1.0] }),
        json!({ "scales": [0.0, 1.0] }),
        json!({ "sizes": [0, 2] }),
        json!({ "scales": [0.1, 1.0] }),
        json!({ "scales": [1e30, 1.0] }),
        json!({}),
    ] {
        refused(resize("nearest", "asymmetric", "floor", to), &[numbers(&[2, 3])]);
    }
}

#[test]
fn nothing_is_moved_forward_and_back() {
    let slice = json!({ "slice": { "axes": [1], "starts": [2], "ends": [2], "steps": [1] } });
    let network = network(&slice, &[numbers(&[2, 3])]).unwrap();
    let mut trace = Trace::new(network.graph());
    trace.run(&network, &[], None).unwrap();
    let mut gradients = zero_gradients(&network).unwrap();
    trace.backward(&network, &[], &mut gradients).unwrap();
    assert_eq!(gradients[0][0].data(), [0.0; 6]);
}
