//! The `ringfence` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ringfence::cli::main()
}
