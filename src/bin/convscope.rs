//! The native command. It holds no logic: see `src/cli/`.

use std::process::ExitCode;

fn main() -> ExitCode {
    convscope::cli::main()
}
