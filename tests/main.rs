//! The one integration-test binary: everything here runs the program, or reads the tree.

#[path = "suite/mod.rs"]
mod suite;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    libtest_mimic::run(&arguments, suite::trials()).exit();
}
