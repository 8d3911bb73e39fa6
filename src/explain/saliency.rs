//! Which pixels an answer hangs on, to first order: gradient × input (Simonyan et al. 2014, *Deep inside convolutional
//! networks*, for the gradient; Shrikumar et al. 2017 for the product).
//!
//! A pixel's number says how much the class's logit would fall if that pixel were scaled away a little. It says nothing of
//! pixels that are zero, nor of what many pixels do together.

use crate::error::{Error, Result};
use crate::exec::trace::Trace;
use crate::exec::trace::zero_gradients;
use crate::graph::Network;

/// For every number of the network's first input, in the spoken order, the number times the slope of a class's logit there.
/// The trace's last run is explained; its values stay, its gradients are overwritten.
///
/// # Errors
/// [`Error::Mismatch`] for a class that is not there and before the first run, and for a layer that gradients do not pass.
pub fn saliency(network: &Network, trace: &mut Trace, class: usize) -> Result<Vec<f32>> {
    slopes(network, trace, class)?;
    let slopes = trace.gradient(0).to_row_major();
    let input = trace.value(0).to_row_major();
    Ok(slopes.iter().zip(&input).map(|(slope, input)| slope * input).collect())
}

/// Leaves in the trace the gradient of a class's logit, of every value.
///
/// # Errors
/// As [`saliency`].
pub(super) fn slopes(network: &Network, trace: &mut Trace, class: usize) -> Result<()> {
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
    fn is_what_a_small_change_of_a_pixel_does_to_the_logit() {
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
