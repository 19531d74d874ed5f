//! `ringfence completions` and `ringfence manual`: what packagers install, made from the definitions that `--help` is made of.

use std::io::Write;

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
        .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
    let mut command = Cli::command();
    command.build();
    let mut open = vec![("ringfence".to_owned(), command)];
    while let Some((name, command)) = open.pop() {
        for below in command
            .get_subcommands()
            .filter(|one| one.get_name() != "help")
        {
            open.push((format!("{name}-{}", below.get_name()), below.clone()));
        }
        page(&name, command, folder)?;
    }
    Ok(Outcome::Clean)
}

fn page(name: &str, command: clap::Command, folder: &std::path::Path) -> Result<(), String> {
    let page = clap_mangen::Man::new(command.name(name.to_owned())).title(name.to_uppercase());
    let path = folder.join(format!("{name}.1"));
    terminal::file(&path, |out| {
        let mut text = Vec::new();
        page.render(&mut text)?;
        out.write_all(&text)
    })
}
