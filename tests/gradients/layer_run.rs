//! A layer run by itself.

use convscope::exec::trace::{Trace, zero_gradients};
use convscope::graph::Builder;
use convscope::layers::Operator;
use convscope::rng::Rng;
use convscope::{Network, Tensor};

/// One layer alone in a graph, run and differentiated. Numbers are in NCHW order.
pub(super) struct LayerRun {
    pub(super) out: Vec<f32>,
    pub(super) dx: Vec<f32>,
    pub(super) parameters: Vec<(String, Tensor)>,
}

impl LayerRun {
    /// In training mode.
    pub(super) fn new(
        layer: impl Into<Operator>,
        x: &Tensor,
        parameters: &[(&str, &Tensor)],
        up: &[f32],
    ) -> Self {
        LayerRun::of(layer, x, parameters, up, Some(&mut convscope::rng::stream(1, &[])))
    }

    /// In inference mode.
    pub(super) fn inference(
        layer: impl Into<Operator>,
        x: &Tensor,
        parameters: &[(&str, &Tensor)],
        up: &[f32],
    ) -> Self {
        LayerRun::of(layer, x, parameters, up, None)
    }

    fn of(
        layer: impl Into<Operator>,
        x: &Tensor,
        parameters: &[(&str, &Tensor)],
        up: &[f32],
        training: Option<&mut Rng>,
    ) -> Self {
        let graph = Builder::new("case", "x", x.shape().clone()).then("layer", layer).build();
        let weights =
            parameters.iter().map(|&(name, tensor)| (format!("layer.{name}"), tensor.clone())).collect();
        let network = graph.and_then(|graph| Network::with_weights(graph, weights)).expect("a sound case");
        let mut trace = Trace::new(network.graph());
        trace.want_input_gradients();
        trace.run(&network, &[&x.to_row_major()], training).expect("an input that fits");
        let mut gradients = zero_gradients(&network).expect("shapes that exist");
        trace.backward(&network, up, &mut gradients).expect("a gradient that fits");
        let names = parameters.iter().map(|&(name, _)| name.to_string());
        LayerRun {
            out: trace.output(network.graph()).to_row_major(),
            dx: trace.gradient(0).to_row_major(),
            parameters: names.zip(gradients.swap_remove(0)).collect(),
        }
    }
}
