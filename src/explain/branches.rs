//! Branch ablation: how an answer changes without a branch or a shortcut. Each input of each addition and
//! concatenation is set to zero, one at a time.
//!
//! As for [`ablation`](super::ablation), branches that can replace each other seem to have no effect, one at a
//! time. And it does not show how a network would behave that was trained without the branch.

use serde::Deserialize;

use super::ablation::{Losses, Part, Run};
use super::job::Job;
use crate::error::Result;
use crate::graph::Graph;
use crate::layers::{Add, Concat};
use crate::session::Session;

/// The options of [`Branches`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The class whose logit is explained.
    pub class: usize,
}

/// The branches and shortcuts of a network, set to zero one after the other; one branch is one unit of work.
#[derive(Clone, Debug)]
pub struct Branches {
    run: Run,
    branches: Vec<Branch>,
}

/// One input of an addition or concatenation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The index of the node.
    pub node: usize,
    /// The index of the input.
    pub input: usize,
}

impl Job for Branches {
    const METHOD: &'static str = "branches";
    type Options = Options;
    type Output = Losses;

    fn start(session: &mut Session, Options { class }: Options) -> Result<Self> {
        let graph = session.graph();
        let branches = branches(graph);
        let part = |&Branch { node, input }: &Branch| Part::Branch {
            node: graph.nodes()[node].name.clone(),
            input: graph.value_name(graph.sources(node)[input]).into(),
        };
        let parts = branches.iter().map(part).collect();
        Ok(Branches { run: Run::new("branches", session, parts, class)?, branches })
    }

    fn advance(&mut self, session: &mut Session, budget: usize) -> Result<bool> {
        let Branches { run, branches } = self;
        run.advance(session, budget, |network, trace, part| {
            let Branch { node, input } = branches[part];
            // The values before the node are unchanged, and the next branch belongs to this node or to an earlier
            // one.
            trace.run_without(network, node, input)?;
            Ok(trace.output(network.graph()).data().to_vec())
        })
    }

    fn result(&self) -> Losses {
        self.run.result()
    }
}

/// The branches and shortcuts of a network, from the last to the first: every input of every node that adds or
/// concatenates several values.
pub fn branches(graph: &Graph) -> Vec<Branch> {
    let merges = |node: &usize| {
        let layer = &graph.nodes()[*node].operator;
        (layer.is::<Add>() || layer.is::<Concat>()) && graph.sources(*node).len() > 1
    };
    let merge_points = (0..graph.nodes().len()).rev().filter(merges);
    merge_points
        .flat_map(|node| (0..graph.sources(node).len()).map(move |input| Branch { node, input }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::ink::DigitImage;
    use crate::formats::network::Metadata;
    use crate::graph::{Builder, Network};
    use crate::layers::{Activation, Add, Concat, Conv, Dense, Flatten};
    use crate::models;

    /// A network with a residual block and an inception module, with zeros in place of one of their branches.
    fn branching(without: &str) -> Graph {
        let zero = || Conv::new(3, 1).without_bias();
        let branch = |name: &'static str| if name == without { "nothing" } else { name };
        Builder::new("branching", "ink", [1, 1, 28, 28])
            .then("first", Conv::new(3, 3).padding(1))
            .then("relu", Activation::Relu)
            .node("nothing", zero(), &["relu"])
            .node("residue", Conv::new(3, 3).padding(1), &["relu"])
            .node("add", Add {}, &[branch("residue"), branch("relu")])
            .node("one", Conv::new(3, 1), &["add"])
            .node("five", Conv::new(3, 5).padding(2), &["add"])
            .node("join", Concat::CHANNELS, &[branch("one"), branch("five")])
            .then("flatten", Flatten {})
            .then("output", Dense::new(10))
            .build()
            .unwrap()
    }

    fn traced(without: &str) -> Session {
        let mut network = Network::initialize(branching(without), 5).unwrap();
        network.weights_mut()[2].iter_mut().for_each(|weights| weights.data_mut().fill(0.0));
        let mut image = DigitImage::blank();
        image.0.iter_mut().step_by(4).for_each(|pixel| *pixel = 0.8);
        let mut session = Session::new(network, Metadata::new(), None).unwrap();
        assert!(Branches::start(&mut session, Options { class: 0 }).is_err(), "before the first trace");
        session.trace(Some(image)).unwrap();
        session
    }

    #[test]
    fn matches_a_network_that_reads_zeros() {
        let mut session = traced("none");
        for class in [0, 6] {
            let mut job = Branches::start(&mut session, Options { class }).unwrap();
            assert!(!job.advance(&mut session, 1).unwrap());
            assert!(job.advance(&mut session, usize::MAX).unwrap());
            let found = job.result();
            let input = |part: &Part| match part {
                Part::Branch { input, .. } => input.clone(),
                Part::Channel { .. } => panic!("a channel is not a branch"),
            };
            let inputs: Vec<String> = found.parts.iter().map(input).collect();
            assert_eq!(inputs, ["one", "five", "residue", "relu"]);
            for (name, logit) in inputs.iter().zip(found.logits) {
                let cut = traced(name);
                let naive = cut.traced().unwrap().output(cut.graph()).data()[class];
                assert_ne!(logit, found.logit, "{name} does nothing");
                assert!((logit - naive).abs() < 1e-5, "{name}: {logit}, {naive}");
            }
        }
    }

    #[test]
    fn finds_the_branches_of_the_catalogue() {
        let count = |name: &str| branches(&models::graph(name).unwrap()).len();
        assert_eq!(
            [count("lenet5"), count("resnet-s"), count("plain-s"), count("inception-s")],
            [0, 6, 0, 16]
        );
    }
}
