//! `ringfence completions` and `ringfence manual`: what packagers install, made from the definitions that `--help` is made of.

use clap::CommandFactory;

use super::command::{Cli, CompletionsArgs, ManualArgs};
use super::outcome::Outcome;
use super::terminal;

/// Prints a shell's completions.
pub fn completions(arguments: &CompletionsArgs) -> Result<Outcome, String> {
    // The generator takes failing writes for bugs; memory takes them all.
    let mut script = Vec::new();
    let mut command = Cli::command();
    clap_complete::generate(arguments.shell, &mut command, "ringfence", &mut script);
    terminal::product(|out| out.write_all(&script))?;
    Ok(Outcome::Clean)
}

/// Writes the man pages, one a command, into a folder.
pub fn manual(arguments: &ManualArgs) -> Result<Outcome, String> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|error| format!("cannot write into {}: {error}", folder.display()))?;
    Ok(Outcome::Clean)
}
