//! An explanation is a job: it is started with options, advanced in bounded steps, and returns its current result
//! at any time. Dropping it cancels it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::session::Session;

/// A method of explaining an answer. Each method is listed in [`super::METHODS`].
pub trait Job: Sized {
    /// The method's name, the same in the package and in the page: `grad-cam`.
    const METHOD: &'static str;
    /// The options of the method.
    type Options: DeserializeOwned;
    /// The current result: single values as fields, large arrays as typed arrays.
    type Output: Serialize;

    /// Prepares the work, without any long computation.
    ///
    /// # Errors
    /// For options that do not fit the session's network, and before its first trace.
    fn start(session: &mut Session, options: Self::Options) -> Result<Self>;

    /// Does at most `budget` units of work, of about one run of the network each. Returns whether all work is done.
    ///
    /// # Errors
    /// The error that prevents the work, such as for a layer without a gradient.
    fn advance(&mut self, session: &mut Session, budget: usize) -> Result<bool>;

    /// The current result.
    fn result(&self) -> Self::Output;
}

/// A job of any method. It returns an error if the network was trained after its start.
#[derive(Debug)]
pub struct Explanation {
    job: super::AnyJob,
    revision: u64,
}

impl Explanation {
    /// Starts a method by its name, with options of any serde format.
    ///
    /// # Errors
    /// [`Error::Unknown`] for an unknown method; [`Error::Mismatch`] for options that the method does not have;
    /// otherwise as [`Job::start`].
    pub fn start<'de, D: Deserializer<'de>>(session: &mut Session, method: &str, options: D) -> Result<Self> {
        session.current("explain")?;
        let job = super::AnyJob::start(session, method, options)?;
        Ok(Explanation { job, revision: session.revision() })
    }

    /// Advances the job: [`Job::advance`].
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the weights have changed since the start; otherwise as [`Job::advance`].
    pub fn advance(&mut self, session: &mut Session, budget: usize) -> Result<bool> {
        if session.revision() != self.revision {
            let expected = "the weights that it was started with; start it again";
            return Err(Error::mismatch("explain", expected, "weights that have changed since"));
        }
        self.job.advance(session, budget)
    }
}

/// The current result: [`Job::result`].
impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        self.job.serialize(to)
    }
}

/// Reads the options of a method from any serde format.
///
/// # Errors
/// [`Error::Mismatch`] for an option that is missing, unknown or of another type.
pub(super) fn options<'de, J: Job, D: Deserializer<'de>>(options: D) -> Result<J::Options>
where
    D::Error: std::fmt::Display,
{
    J::Options::deserialize(options).map_err(|error| Error::mismatch(J::METHOD, "its options", error))
}

/// Declares [`super::METHODS`] and the enum of all jobs from one row per method.
macro_rules! methods {
    ($($Job:ident),* $(,)?) => {
        /// The names of all methods.
        pub const METHODS: &[&str] = &[$(<$Job as job::Job>::METHOD),*];

        /// A job of any method.
        #[derive(Debug)]
        enum AnyJob {
            $($Job(Box<$Job>)),*
        }

        impl AnyJob {
            fn start<'de, D: serde::Deserializer<'de>>(
                session: &mut crate::session::Session,
                method: &str,
                options: D,
            ) -> crate::Result<Self> {
                $(if method == <$Job as job::Job>::METHOD {
                    let options = job::options::<$Job, D>(options)?;
                    return Ok(AnyJob::$Job(Box::new(job::Job::start(session, options)?)));
                })*
                let (name, known) = (method.to_string(), METHODS.join(", "));
                Err(Box::new(crate::Error::Unknown { what: "method", name, known }))
            }

            fn advance(&mut self, session: &mut crate::session::Session, budget: usize) -> crate::Result<bool> {
                match self {
                    $(AnyJob::$Job(job) => job::Job::advance(&mut **job, session, budget)),*
                }
            }

            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(AnyJob::$Job(job) => serde::Serialize::serialize(&job::Job::result(&**job), to)),*
                }
            }
        }
    };
}
pub(super) use methods;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::ink::DigitImage;
    use crate::explain::METHODS;
    use crate::formats::network::Metadata;
    use crate::graph::Network;
    use crate::models;
    use serde_json::{Value, json};

    fn session() -> Session {
        let network = Network::initialize(models::graph("resnet-s").unwrap(), 2).unwrap();
        Session::new(network, Metadata::new(), None).unwrap()
    }

    /// Small options for each method.
    fn options(session: &Session, method: &str) -> Value {
        let conv = &session.graph().nodes()[1].name;
        match method {
            "grad-cam" | "ablation" => json!({ "node": conv, "class": 1 }),
            "occlusion" => json!({ "class": 1, "size": 14, "stride": 7 }),
            "integrated-gradients" => json!({ "class": 1, "steps": 3 }),
            "activation-maximization" => json!({ "node": conv, "channel": 0, "start": "noise", "steps": 2 }),
            _ => json!({ "class": 1 }),
        }
    }

    #[test]
    fn every_method_starts_by_its_name_and_ends() {
        let mut session = session();
        let start = |session: &mut Session, method: &str, options: Value| {
            Explanation::start(session, method, options).map_err(|error| error.to_string())
        };
        let wanted = options(&session, METHODS[0]);
        let refused = start(&mut session, METHODS[0], wanted).unwrap_err();
        assert!(refused.contains("has been traced"), "{refused}");
        let mut image = DigitImage::blank();
        image.0.iter_mut().step_by(3).for_each(|pixel| *pixel = 1.0);
        session.trace(Some(image)).unwrap();
        for method in METHODS {
            let wanted = options(&session, method);
            let mut job = start(&mut session, method, wanted).unwrap();
            let mut advances = 0;
            while !job.advance(&mut session, 1).unwrap() {
                advances += 1;
                assert!(advances < 10_000, "{method} does not end");
            }
            assert!(serde_json::to_value(&job).unwrap().is_object(), "{method}");
            let refused = start(&mut session, method, json!({ "class": "one" })).unwrap_err();
            assert!(refused.contains(method), "{refused}");
        }
        let refused = start(&mut session, "gradcam", json!({})).unwrap_err();
        assert!(refused.contains("`gradcam`") && refused.contains("grad-cam"), "{refused}");
    }

    #[test]
    fn a_job_ends_when_the_network_learns() {
        let mut session = session();
        session.trace(None).unwrap();
        let mut job = Explanation::start(&mut session, "branches", json!({ "class": 0 })).unwrap();
        assert!(!job.advance(&mut session, 1).unwrap());
        session.classifier().network_mut().weights_mut();
        let refused = job.advance(&mut session, 1).unwrap_err().to_string();
        assert!(refused.contains("weights that have changed"), "{refused}");
        assert!(Explanation::start(&mut session, "branches", json!({ "class": 0 })).is_err());
        session.trace(None).unwrap();
        assert!(Explanation::start(&mut session, "branches", json!({ "class": 0 })).is_ok());
    }
}
