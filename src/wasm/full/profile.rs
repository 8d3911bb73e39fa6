//! The time of each step of a plan on this device.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::error::Error;
use crate::wasm::network::Network;
use crate::wasm::object;

#[wasm_bindgen]
impl Network {
    /// The names of the nodes that each step of the plan computes: a list of lists.
    pub fn steps(&self) -> JsValue {
        let nodes = self.session.graph().nodes();
        let names = |step: &[usize]| step.iter().map(|&node| nodes[node].name.as_str()).collect::<Vec<_>>();
        object::to_js(&self.session.plan().steps().map(names).collect::<Vec<_>>())
    }

    /// Runs the network `runs` times on the values in [`Network::input`]; returns the total time of each step by
    /// `clock`, after the time for copying the input.
    ///
    /// # Errors
    /// As [`Network::run`], and for a clock that does not return numbers.
    pub fn time_steps(&mut self, clock: &Function, runs: u32) -> Result<Vec<f64>, JsError> {
        let mut broken = false;
        let mut now = || {
            let now = clock.call0(&JsValue::NULL).ok().and_then(|now| now.as_f64());
            broken |= now.is_none();
            now.unwrap_or(0.0)
        };
        let mut sums = Vec::new();
        for _ in 0..runs {
            let times = self.session.classifier().run_timed(&self.input, &mut now)?;
            sums.resize(times.len(), 0.0);
            sums.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
        }
        if broken {
            return Err(Error::mismatch("profile", "a clock that returns numbers", "another value").into());
        }
        Ok(sums)
    }
}
