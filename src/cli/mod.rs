//! The command line: arguments in, exit code out; one file a subcommand, and no logic.

mod approve;
mod check;
mod command;
mod explain;
mod gather;
mod inspect;
mod outcome;
mod policy;
mod rules;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::report::escape;

use command::{Cli, Command, PolicyCommand, RulesCommand};
use outcome::Outcome;
use terminal::Terminal;

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let terminal = Terminal::new(cli.color);
    let result = match &cli.command {
        Command::Check(arguments) => check::run(arguments, &terminal),
        Command::Approve(arguments) => approve::run(arguments, &terminal),
        Command::Inspect(arguments) => inspect::run(arguments, &terminal),
        Command::Policy(PolicyCommand::Lint(arguments)) => policy::lint(arguments, &terminal),
        Command::Policy(PolicyCommand::Show(arguments)) => policy::show(arguments, &terminal),
        Command::Policy(PolicyCommand::Schema(arguments)) => policy::schema(arguments),
        Command::Explain(arguments) => explain::run(arguments, &terminal),
        Command::Rules(RulesCommand::List(arguments)) => rules::list(arguments, &terminal),
        Command::Rules(RulesCommand::Test(arguments)) => rules::test(arguments, &terminal),
    };
    match result {
        Ok(outcome) => outcome.code(),
        Err(error) => {
            terminal::complain(&error);
            Outcome::Failed.code()
        }
    }
}

/// Help and version go to standard output with 0, bad usage to standard error with 2.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        // Names of files may stand among the arguments: a shell's `*` puts them there.
        let text = escape::log_lines(&escape::lines(&error.render().to_string()));
        terminal::say(&text);
        Outcome::Failed.code()
    } else {
        let _ = error.print();
        Outcome::Clean.code()
    }
}
