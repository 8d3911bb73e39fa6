//! The native command; the code is in `src/cli/`.

use std::process::ExitCode;

fn main() -> ExitCode {
    convscope::cli::main()
}
