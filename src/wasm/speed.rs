//! How long each step of a plan takes, on the visitor's own device.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::Network;
use crate::error::Error;

#[wasm_bindgen]
impl Network {
    /// The names of the nodes that each step of the plan does the work of, as JSON: a list a step.
    pub fn steps(&self) -> String {
        let nodes = self.reader.network().graph().nodes();
        let names = |step: &[usize]| step.iter().map(|&node| &nodes[node].name).collect::<Vec<_>>();
        let steps: Vec<_> = self.reader.plan().steps().map(names).collect();
        serde_json::to_string(&steps).unwrap_or_else(|_| unreachable!("names are always JSON"))
    }

    /// Runs the network so often on the numbers in [`Network::input`]; gives what each step took in all by `clock`, and
    /// before them the copying of the input.
    ///
    /// # Errors
    /// As [`Network::run`], and for a clock that gives no numbers.
    pub fn time_steps(&mut self, clock: &Function, runs: u32) -> Result<Vec<f64>, JsError> {
        let mut broken = false;
        let mut now = || {
            let now = clock.call0(&JsValue::NULL).ok().and_then(|now| now.as_f64());
            broken |= now.is_none();
            now.unwrap_or(0.0)
        };
        let mut sums = Vec::new();
        for _ in 0..runs {
            let times = self.reader.run_timed(&self.input, &mut now)?;
            sums.resize(times.len(), 0.0);
            sums.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
        }
        if broken {
            return Err(Error::mismatch("time", "a clock that gives numbers", "another").into());
        }
        Ok(sums)
    }
}
