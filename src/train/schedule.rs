//! The learning rate over time.

use serde::{Deserialize, Serialize};

/// A linear warm-up to the peak, then half a cosine to zero (Loshchilov, Hutter 2017).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The maximum learning rate.
    pub peak: f32,
    /// Share of the steps that are warm-up, 0..1.
    pub warm_up: f32,
}

impl Schedule {
    /// The learning rate of step `step` (from 0) of `steps`.
    pub fn rate(&self, step: u64, steps: u64) -> f32 {
        let warm = (self.warm_up * steps as f32).max(1.0);
        let step = step as f32;
        if step < warm {
            return self.peak * (step + 1.0) / warm;
        }
        let done = (step - warm) / (steps as f32 - warm).max(1.0);
        self.peak * 0.5 * (1.0 + (std::f32::consts::PI * done.min(1.0)).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_then_falls_to_nearly_zero() {
        let schedule = Schedule { peak: 1.0, warm_up: 0.1 };
        let rates: Vec<f32> = (0..100).map(|step| schedule.rate(step, 100)).collect();
        assert!(rates[..10].is_sorted());
        assert!(rates[10..].is_sorted_by(|a, b| a >= b));
        assert_eq!(rates[9], 1.0);
        assert!(rates[99] < 1e-3);
    }
}
