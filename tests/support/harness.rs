//! Test programs whose tests are known at run time: one per recorded case, and those that lack something are reported as
//! ignored, with the reason. They are declared with `harness = false` in Cargo.toml and take the arguments of `cargo test`.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

/// A test that always runs. It fails by a panic.
pub(crate) fn test(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// A test that needs something: where it is absent the test is ignored, with the reason.
pub(crate) fn test_with<T: Send + 'static>(
    name: impl Into<String>,
    needed: Result<T, String>,
    test: impl FnOnce(T) + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match needed {
        Ok(needed) => {
            test(needed);
            Ok(Completion::Completed)
        }
        Err(reason) => Ok(Completion::ignored_with(reason)),
    })
}

/// Runs the tests; the exit code of the program.
pub(crate) fn run(tests: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}
