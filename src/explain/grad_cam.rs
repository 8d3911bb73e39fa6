//! Grad-CAM: which positions of a layer's maps support a class (Selvaraju et al. 2017, *Grad-CAM: visual
//! explanations from deep networks via gradient-based localization*).
//!
//! The weight of each channel is the mean gradient of the class's logit over its map. The maps are summed with
//! these weights, and negative sums are set to 0. The result is as coarse as the layer's maps and blurred by their
//! receptive fields. It does not show evidence against the class, nor how the channels interact.

use serde::{Deserialize, Serialize};

use super::job::Job;
use super::saliency::logit_gradients;
use crate::error::{Error, Place, Result};
use crate::exec::trace::Trace;
use crate::graph::Network;
use crate::session::Session;
use crate::tensor::Tensor;
use crate::typed_array;

/// The options of [`GradCam`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The node whose maps are weighted.
    pub node: String,
    /// The class whose logit is explained.
    pub class: usize,
}

/// A heatmap of the size of a layer's maps, and the weights of the channels.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Heatmap {
    /// Rows of a map.
    pub rows: usize,
    /// Columns of a map.
    pub columns: usize,
    /// The support for the class at each position, row by row, in units of the logit; 0 without support. Empty
    /// before the first advance.
    #[serde(serialize_with = "typed_array::f32")]
    pub heatmap: Vec<f32>,
    /// For each channel, the mean gradient of the logit over its map.
    #[serde(serialize_with = "typed_array::f32")]
    pub weights: Vec<f32>,
}

/// Grad-CAM of a class's logit, in one step.
#[derive(Clone, Debug)]
pub struct GradCam {
    node: usize,
    class: usize,
    found: Heatmap,
}

impl Job for GradCam {
    const METHOD: &'static str = "grad-cam";
    type Options = Options;
    type Output = Heatmap;

    fn start(session: &mut Session, Options { node, class }: Options) -> Result<Self> {
        session.class("grad-cam", class)?;
        Ok(GradCam { node: session.node("grad-cam", &node)?, class, found: Heatmap::default() })
    }

    fn advance(&mut self, session: &mut Session, _budget: usize) -> Result<bool> {
        let (network, trace) = session.traced_mut()?;
        self.found = grad_cam(network, trace, self.node, self.class)?;
        Ok(true)
    }

    fn result(&self) -> Heatmap {
        self.found.clone()
    }
}

/// The Grad-CAM of a class's logit at the node at index `node`, in the trace's last run. The trace's values are
/// kept, its gradients are overwritten.
///
/// # Errors
/// [`Error::Mismatch`] for a node that does not exist or whose output is not `[N, C, H, W]`, for a class that does
/// not exist, before the first run, and for a layer without a gradient, by its name.
pub fn grad_cam(network: &Network, trace: &mut Trace, node: usize, class: usize) -> Result<Heatmap> {
    let graph = network.graph();
    let name = || format!("node `{}`", graph.nodes()[node].name);
    if node >= graph.nodes().len() {
        let expected = format!("one of {} nodes", graph.nodes().len());
        return Err(Error::mismatch("grad-cam", expected, format!("number {node}")));
    }
    let value = graph.value(node);
    let shape = graph.shape(value);
    let &[_, channels, rows, columns] = shape.axes() else {
        return Err(Error::mismatch("grad-cam", "maps of rows and columns", shape)).at(name);
    };
    logit_gradients(network, trace, class)?;
    Ok(weighted_sum(trace.value(value), trace.gradient(value), [channels, rows, columns]))
}

/// Sums the first image's maps, each weighted by the mean of its gradients.
fn weighted_sum(maps: &Tensor, gradients: &Tensor, [channels, rows, columns]: [usize; 3]) -> Heatmap {
    // Channels are innermost: the values of one position are adjacent.
    let cells = rows * columns * channels;
    let (maps, gradients) = (&maps.data()[..cells], &gradients.data()[..cells]);
    let mut weights = vec![0.0_f64; channels];
    for gradients in gradients.chunks_exact(channels.max(1)) {
        weights.iter_mut().zip(gradients).for_each(|(weight, &gradient)| *weight += f64::from(gradient));
    }
    weights.iter_mut().for_each(|weight| *weight /= (rows * columns) as f64);
    let position = |values: &[f32]| {
        let sum: f64 = values.iter().zip(&weights).map(|(&value, weight)| f64::from(value) * weight).sum();
        // Not `max`, which would replace NaN by 0.
        if sum < 0.0 { 0.0 } else { sum as f32 }
    };
    let heatmap = maps.chunks_exact(channels.max(1)).map(position).collect();
    Heatmap { rows, columns, heatmap, weights: weights.iter().map(|&weight| weight as f32).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::layers::Activation;
    use crate::layers::ArgMax;
    use crate::models;

    /// A network and its trace of a test image.
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
    fn channel_weights_match_finite_differences() {
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
                // The derivative along the entire map is the sum of its cells' derivatives.
                let slope = (logit(step) - logit(-step)) / (2.0 * f64::from(step)) / area;
                let off = (f64::from(weight) - slope).abs();
                assert!(off < 2e-2 * f64::from(most), "{name}, {channel}: {weight}, {slope}");
            }
            for (at, &seen) in found.heatmap.iter().enumerate() {
                let numbers = &maps.data()[at * found.weights.len()..][..found.weights.len()];
                let sum: f32 =
                    numbers.iter().zip(&found.weights).map(|(number, weight)| number * weight).sum();
                assert!((seen - sum.max(0.0)).abs() < 1e-5, "{name}, {at}: {seen}, {sum}");
            }
        }
    }

    #[test]
    fn refuses_nodes_without_maps_and_missing_classes() {
        let (network, mut trace) = traced("lenet5");
        let refused =
            |node, class, trace: &mut Trace| grad_cam(&network, trace, node, class).unwrap_err().to_string();
        let flat = refused(number(&network, "f6"), 0, &mut trace);
        assert!(flat.contains("f6") && flat.contains("maps"), "{flat}");
        assert!(refused(number(&network, "c1"), 10, &mut trace).contains("10 classes"));
        assert!(refused(99, 0, &mut trace).contains("number 99"));
    }

    #[test]
    fn names_the_layer_without_a_gradient() {
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
