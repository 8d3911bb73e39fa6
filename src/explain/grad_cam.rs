//! Where in its maps a layer saw what speaks for a class: Grad-CAM (Selvaraju et al. 2017, *Grad-CAM: visual explanations
//! from deep networks via gradient-based localization*).
//!
//! Each channel weighs as much as the class's logit rises, on average over the map, when the map does; the maps are summed
//! by these weights, and what speaks against the class is cut off. It shows places of that layer, as coarse as its maps are
//! and blurred by their receptive fields; it says nothing of what speaks against, nor of how the channels play together.

use super::saliency::slopes;
use crate::error::{Error, Place, Result};
use crate::exec::trace::Trace;
use crate::graph::Network;
use crate::tensor::Tensor;

/// A picture as large as a layer's maps, and how it was mixed.
#[derive(Clone, Debug, PartialEq)]
pub struct GradCam {
    /// Rows of a map.
    pub rows: usize,
    /// Columns of a map.
    pub columns: usize,
    /// Row by row, in units of the logit: what speaks for the class, 0 where nothing does.
    pub picture: Vec<f32>,
    /// For each channel the mean slope of the logit over its map.
    pub weights: Vec<f32>,
}

/// The Grad-CAM of a class's logit at node number `node`, of the trace's last run. The trace's values stay, its gradients
/// are overwritten.
///
/// # Errors
/// [`Error::Mismatch`] for a node that is not there or whose output is not `[N, C, H, W]`, for a class that is not there and
/// before the first run, and for a layer that gradients do not pass, by its name.
pub fn grad_cam(network: &Network, trace: &mut Trace, node: usize, class: usize) -> Result<GradCam> {
    let graph = network.graph();
    let name = || format!("node `{}`", graph.nodes()[node].name);
    if node >= graph.nodes().len() {
        let expected = format!("one of {} nodes", graph.nodes().len());
        return Err(Error::mismatch("Grad-CAM", expected, format!("number {node}")));
    }
    let value = graph.value(node);
    let shape = graph.shape(value);
    let &[_, channels, rows, columns] = shape.axes() else {
        return Err(Error::mismatch("Grad-CAM", "maps of rows and columns", shape)).at(name);
    };
    slopes(network, trace, class)?;
    Ok(mix(trace.value(value), trace.gradient(value), [channels, rows, columns]))
}

/// Sums the first image's maps, each by the mean of its slopes.
fn mix(maps: &Tensor, slopes: &Tensor, [channels, rows, columns]: [usize; 3]) -> GradCam {
    // Channels lie last: the numbers of one place side by side.
    let cells = rows * columns * channels;
    let (maps, slopes) = (&maps.data()[..cells], &slopes.data()[..cells]);
    let mut weights = vec![0.0_f64; channels];
    for slopes in slopes.chunks_exact(channels.max(1)) {
        weights.iter_mut().zip(slopes).for_each(|(weight, &slope)| *weight += f64::from(slope));
    }
    weights.iter_mut().for_each(|weight| *weight /= (rows * columns) as f64);
    let place = |numbers: &[f32]| {
        let sum: f64 = numbers.iter().zip(&weights).map(|(&number, weight)| f64::from(number) * weight).sum();
        // Not `max`, which would make zero of what is not a number.
        if sum < 0.0 { 0.0 } else { sum as f32 }
    };
    let picture = maps.chunks_exact(channels.max(1)).map(place).collect();
    GradCam { rows, columns, picture, weights: weights.iter().map(|&weight| weight as f32).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::layers::Activation;
    use crate::layers::ArgMax;
    use crate::models;

    /// A network and its trace of some ink.
    fn traced(name: &str) -> (Network, Trace) {
        let network = Network::initialize(models::graph(name).unwrap(), 6).unwrap();
        let ink: Vec<f32> = (0..784).map(|at| if at % 3 == 0 { 0.7 } else { 0.0 }).collect();
        let mut trace = Trace::new(network.graph());
        assert!(grad_cam(&network, &mut trace, 0, 0).is_err());
        trace.run(&network, &[&ink], None).unwrap();
        (network, trace)
    }

    fn number(network: &Network, name: &str) -> usize {
        network.graph().nodes().iter().position(|node| node.name == name).unwrap()
    }

    #[test]
    fn weighs_a_channel_by_what_raising_its_map_does_to_the_logit() {
        let (network, mut trace) = traced("lenet5-1998");
        let graph = network.graph();
        let class = 7;
        for name in ["c1", "c3"] {
            let node = number(&network, name);
            let found = grad_cam(&network, &mut trace, node, class).unwrap();
            let area = (found.rows * found.columns) as f64;
            let maps = trace.value(graph.value(node)).clone();
            let most = found.weights.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
            assert!(most > 0.0, "{name} has no say");
            for (channel, &weight) in found.weights.iter().enumerate() {
                let step = 1e-2;
                let logit = |by: f32| {
                    let mut raised = trace.clone();
                    let numbers = raised.value_mut(graph.value(node)).data_mut();
                    let own = numbers.iter_mut().skip(channel).step_by(found.weights.len());
                    own.for_each(|number| *number += by);
                    raised.run_after(&network, node).unwrap();
                    f64::from(raised.output(graph).data()[class])
                };
                // The slope along the whole map is the sum of its cells' slopes.
                let slope = (logit(step) - logit(-step)) / (2.0 * f64::from(step)) / area;
                let off = (f64::from(weight) - slope).abs();
                assert!(off < 2e-2 * f64::from(most), "{name}, {channel}: {weight}, {slope}");
            }
            for (at, &seen) in found.picture.iter().enumerate() {
                let numbers = &maps.data()[at * found.weights.len()..][..found.weights.len()];
                let sum: f32 =
                    numbers.iter().zip(&found.weights).map(|(number, weight)| number * weight).sum();
                assert!((seen - sum.max(0.0)).abs() < 1e-5, "{name}, {at}: {seen}, {sum}");
            }
        }
    }

    #[test]
    fn refuses_what_has_no_maps_and_classes_that_are_not_there() {
        let (network, mut trace) = traced("lenet5");
        let refused =
            |node, class, trace: &mut Trace| grad_cam(&network, trace, node, class).unwrap_err().to_string();
        let flat = refused(number(&network, "f6"), 0, &mut trace);
        assert!(flat.contains("f6") && flat.contains("maps"), "{flat}");
        assert!(refused(number(&network, "c1"), 10, &mut trace).contains("10 classes"));
        assert!(refused(99, 0, &mut trace).contains("number 99"));
    }

    #[test]
    fn names_the_layer_that_gradients_do_not_pass() {
        let winner = ArgMax { axis: 1, keep: true, last: false, least: false };
        let whole = Builder::new("whole", "ink", [1, 2, 3, 3]);
        let graph = whole.then("maps", Activation::Relu).then("winner", winner).build().unwrap();
        let network = Network::initialize(graph, 1).unwrap();
        let mut trace = Trace::new(network.graph());
        trace.run(&network, &[&[1.0; 18]], None).unwrap();
        let refused = grad_cam(&network, &mut trace, 0, 0).unwrap_err().to_string();
        assert!(refused.contains("winner"), "{refused}");
    }
}
