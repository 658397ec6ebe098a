//! The program. Everything is in the library, so that tests can use it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    maitred::cli::main()
}
