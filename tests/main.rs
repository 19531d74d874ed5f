//! The one integration-test binary: everything here runs the program, or reads the tree.

#![allow(
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::match_same_arms,
    clippy::single_match_else,
    reason = "a test may say things shortly, and may panic"
)]

#[path = "suite/mod.rs"]
mod suite;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    libtest_mimic::run(&arguments, suite::trials()).exit();
}
