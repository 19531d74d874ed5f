//! The command line: arguments in, exit code out; one file a subcommand, and no logic.

mod approve;
mod baseline;
mod check;
mod command;
mod diff;
mod explain;
mod gather;
mod harden;
mod inspect;
mod lock;
mod manual;
#[cfg(all(feature = "run", unix))]
mod measure;
mod outcome;
mod policy;
mod policy_init;
mod policy_test;
mod rules;
#[cfg(all(feature = "run", unix))]
mod run;
mod terminal;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::report::escape;

use command::{Cli, Command, LockCommand, PolicyCommand, RulesCommand};
use outcome::Outcome;
use terminal::Terminal;

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let terminal = Terminal::new(cli.color);
    if let Some(max) = cli.max_module_size {
        gather::bound_modules(max);
    }
    let result = match &cli.command {
        Command::Check(arguments) => check::run(arguments, &terminal),
        Command::Approve(arguments) => approve::run(arguments, &terminal),
        Command::Lock(LockCommand::Message(arguments)) => lock::message(arguments, &terminal),
        Command::Lock(LockCommand::Signature(arguments)) => lock::signature(arguments, &terminal),
        Command::Lock(LockCommand::Attach(arguments)) => {
            lock::attach_signature(arguments, &terminal)
        }
        Command::Diff(arguments) => diff::run(arguments, &terminal),
        Command::Harden(arguments) => harden::run(arguments, &terminal),
        Command::Inspect(arguments) => inspect::run(arguments, &terminal),
        #[cfg(all(feature = "run", unix))]
        Command::Run(arguments) => run::run(arguments, &terminal),
        #[cfg(all(feature = "run", unix))]
        Command::Measure(arguments) => measure::run(arguments, &terminal),
        Command::Policy(PolicyCommand::Init(arguments)) => policy_init::run(arguments, &terminal),
        Command::Policy(PolicyCommand::Lint(arguments)) => policy::lint(arguments, &terminal),
        Command::Policy(PolicyCommand::Show(arguments)) => policy::show(arguments, &terminal),
        Command::Policy(PolicyCommand::Schema(arguments)) => policy::schema(arguments),
        Command::Policy(PolicyCommand::Test(arguments)) => policy_test::run(arguments, &terminal),
        Command::Explain(arguments) => explain::run(arguments, &terminal),
        Command::Rules(RulesCommand::List(arguments)) => rules::list(arguments, &terminal),
        Command::Rules(RulesCommand::Test(arguments)) => rules::test(arguments, &terminal),
        Command::Completions(arguments) => manual::completions(arguments),
        Command::Manual(arguments) => manual::manual(arguments),
    };
    match result {
        Ok(outcome) => outcome.code(),
        Err(error) => {
            terminal::complain(&error);
            Outcome::Failed.code()
        }
    }
}

/// Help and version go to standard output with 0, bad usage to standard error with 2; with 127 for `run`, whose other codes
/// are the guest's.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        // Names of files may stand among the arguments: a shell's `*` puts them there.
        let text = escape::log_lines(&escape::lines(&error.render().to_string()));
        terminal::say(&text);
        if is_run(std::env::args_os().skip(1)) {
            return ExitCode::from(127);
        }
        Outcome::Failed.code()
    } else {
        let _ = error.print();
        Outcome::Clean.code()
    }
}

/// Whether arguments that did not parse were meant for `run`.
fn is_run(mut arguments: impl Iterator<Item = OsString>) -> bool {
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if text == "--color" || text == "--max-module-size" {
            arguments.next();
        } else if !text.starts_with('-') {
            return cfg!(all(feature = "run", unix)) && text == "run";
        }
    }
    false
}
