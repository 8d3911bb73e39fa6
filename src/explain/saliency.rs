//! Saliency: which pixels an answer depends on, to first order, by gradient × input (Simonyan et al. 2014, *Deep
//! inside convolutional networks*, for the gradient; Shrikumar et al. 2017 for the product).
//!
//! The value of a pixel is how much the class's logit would fall, to first order, if that pixel were set to 0. It
//! is 0 for pixels that are 0, and does not measure the joint effect of several pixels.

use serde::{Deserialize, Serialize};

use super::job::Job;
use crate::error::{Error, Result};
use crate::exec::trace::Trace;
use crate::exec::trace::zero_gradients;
use crate::graph::Network;
use crate::session::Session;
use crate::typed_array;

/// The options of [`Saliency`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The class whose logit is explained.
    pub class: usize,
}

/// The result of [`Saliency`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct Attributions {
    /// One value per element of the network's input, in NCHW order, in units of the logit; empty before the first
    /// advance.
    #[serde(serialize_with = "typed_array::f32")]
    pub attributions: Vec<f32>,
}

/// Gradient × input of a class's logit, in one step.
#[derive(Clone, Debug)]
pub struct Saliency {
    class: usize,
    found: Attributions,
}

impl Job for Saliency {
    const METHOD: &'static str = "saliency";
    type Options = Options;
    type Output = Attributions;

    fn start(session: &mut Session, Options { class }: Options) -> Result<Self> {
        session.class("saliency", class)?;
        Ok(Saliency { class, found: Attributions::default() })
    }

    fn advance(&mut self, session: &mut Session, _budget: usize) -> Result<bool> {
        let (network, trace) = session.traced_mut()?;
        self.found.attributions = saliency(network, trace, self.class)?;
        Ok(true)
    }

    fn result(&self) -> Attributions {
        self.found.clone()
    }
}

/// Gradient × input of a class's logit for every element of the network's first input, in NCHW order, in the
/// trace's last run. The trace's values are kept, its gradients are overwritten.
///
/// # Errors
/// [`Error::Mismatch`] for a class that does not exist, before the first run, and for a layer without a gradient.
pub fn saliency(network: &Network, trace: &mut Trace, class: usize) -> Result<Vec<f32>> {
    logit_gradients(network, trace, class)?;
    let gradient = trace.gradient(0).to_row_major();
    let input = trace.value(0).to_row_major();
    Ok(gradient.iter().zip(&input).map(|(gradient, input)| gradient * input).collect())
}

/// Computes the gradient of a class's logit with respect to every value, in the trace.
///
/// # Errors
/// As [`saliency`].
pub(super) fn logit_gradients(network: &Network, trace: &mut Trace, class: usize) -> Result<()> {
    let graph = network.graph();
    let logits = trace.output(graph).data().len();
    if class >= logits {
        return Err(Error::mismatch("explain", format!("one of {logits} classes"), class));
    }
    let mut gradient = vec![0.0; logits];
    gradient[class] = 1.0;
    trace.want_input_gradients();
    trace.backward(network, &gradient, &mut zero_gradients(network)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models;

    #[test]
    fn saliency_matches_finite_differences() {
        let network = Network::initialize(models::graph("lenet5-1998").unwrap(), 4).unwrap();
        let graph = network.graph();
        let ink: Vec<f32> = (0..784).map(|at| if at % 5 == 0 { 0.6 } else { 0.0 }).collect();
        let mut trace = Trace::new(graph);
        assert!(saliency(&network, &mut trace, 0).is_err());
        let mut logit = |ink: &[f32]| {
            trace.run(&network, &[ink], None).unwrap();
            f64::from(trace.output(graph).data()[3])
        };
        let (place, step) = (14 * 28 + 13, 1e-2);
        let changed = |by: f32| {
            let mut ink = ink.clone();
            ink[place] += by;
            ink
        };
        assert_eq!(ink[place], 0.6);
        let slope = (logit(&changed(step)) - logit(&changed(-step))) / (2.0 * f64::from(step));
        logit(&ink);
        let found = saliency(&network, &mut trace, 3).unwrap();
        assert!((f64::from(found[place]) - 0.6 * slope).abs() < 1e-2 * slope.abs(), "{slope}");
        assert!(found.iter().zip(&ink).all(|(found, ink)| *ink != 0.0 || *found == 0.0));
        assert!(saliency(&network, &mut trace, 10).is_err());
    }
}
