//! A network that learns is a network: between two training steps it is run, traced, explained, exported and saved, and
//! what is saved is the same network.

use convscope::Session;
use convscope::digits::ink::DigitImage;
use convscope::explain::Explanation;
use convscope::formats::network::Metadata;
use convscope::graph::Network;
use convscope::models;
use convscope::train::BatchLearner;
use convscope::train::optimizer::Rule;
use serde_json::json;

const LABELS: [u8; 4] = [3, 1, 4, 1];

fn images() -> Vec<f32> {
    (0..4 * 784).map(|at| if (at % 28 + 3 * (at / 784)) % 24 < 8 { 1.0 } else { 0.0 }).collect()
}

/// Without momentum nothing but the weights is carried from one step to the next.
fn learning(mut session: Session) -> Session {
    let learner = BatchLearner::new(&mut session, Rule::Sgd { momentum: 0.0 }, 0.0, 1).unwrap();
    session.learn(Box::new(learner));
    session
}

fn step(session: &mut Session) -> f64 {
    session.step(&images(), &LABELS, 0.02).unwrap().loss
}

fn image() -> DigitImage {
    let mut image = DigitImage::blank();
    image.0.copy_from_slice(&images()[..784]);
    image
}

#[test]
fn a_network_is_used_between_two_training_steps() {
    for name in ["lenet5", "resnet-s"] {
        let network = Network::initialize(models::graph(name).unwrap(), 3).unwrap();
        let mut session = learning(Session::new(network, Metadata::new(), None).unwrap());
        let first = session.revision();
        let before = session.classify(Some(&image())).unwrap();
        step(&mut session);
        step(&mut session);
        assert_ne!(session.revision(), first);

        // Every way to run it has the new weights.
        let classified = session.classify(Some(&image())).unwrap();
        let traced = session.trace(Some(image())).unwrap();
        assert_ne!(classified.probabilities, before.probabilities, "{name}");
        for (a, b) in classified.probabilities.iter().zip(&traced.probabilities) {
            assert!((a - b).abs() < 1e-5, "{name}: {a}, {b}");
        }
        let mut job = Explanation::start(&mut session, "saliency", json!({ "class": 3 })).unwrap();
        assert!(job.advance(&mut session, 1).unwrap());
        let bytes = session.save().unwrap();
        assert!(!convscope::onnx::write(session.network()).unwrap().is_empty());

        // The saved network is the same, also in what it learns next.
        let mut saved = learning(Session::open(&bytes, None).unwrap());
        assert_eq!(saved.classify(Some(&image())).unwrap(), classified, "{name}");
        saved.trace(Some(image())).unwrap();
        let mut same = Explanation::start(&mut saved, "saliency", json!({ "class": 3 })).unwrap();
        assert!(same.advance(&mut saved, 1).unwrap());
        assert_eq!(serde_json::to_value(&same).unwrap(), serde_json::to_value(&job).unwrap(), "{name}");
        assert_eq!(step(&mut saved), step(&mut session), "{name}");
        assert!(saved.network().named_weights().eq(session.network().named_weights()), "{name}");

        // What older weights computed is refused.
        let stale = session.traced().unwrap_err().to_string();
        assert!(stale.contains("trace the drawing again"), "{stale}");
        assert!(job.advance(&mut session, 1).is_err());
        session.trace(Some(image())).unwrap();
        assert!(session.traced().is_ok());
    }
}

#[test]
fn a_failed_step_leaves_the_session_as_it_was() {
    let network = Network::initialize(models::graph("lenet5").unwrap(), 3).unwrap();
    let mut session = Session::new(network, Metadata::new(), None).unwrap();
    assert!(session.step(&images(), &LABELS, 0.02).unwrap_err().to_string().contains("learner"));
    let mut session = learning(session);
    session.trace(Some(image())).unwrap();
    let before = session.save().unwrap();
    assert!(session.step(&[f32::NAN; 784], &[1], 0.02).is_err());
    assert!(session.step(&images()[1..], &LABELS, 0.02).is_err());
    assert_eq!(session.save().unwrap(), before);
    assert!(session.traced().is_ok(), "no weight has changed");
}
