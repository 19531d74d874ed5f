//! Fills a template: `render --template=NAME` reads `/templates/NAME.LANG.txt`, replaces `{{}}` by standard input, writes
//! the page to standard output and leaves a copy in `/scratch/page.txt` for the step that follows.

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    match render() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "render: {error}");
            ExitCode::FAILURE
        }
    }
}

fn render() -> io::Result<()> {
    let template = fs::read_to_string(template_path()?)?;
    let mut content = String::new();
    io::stdin().read_to_string(&mut content)?;
    let page = template.replace("{{}}", content.trim_end());
    fs::write("/scratch/page.txt", &page)?;
    io::stdout().write_all(page.as_bytes())
}

fn template_path() -> io::Result<String> {
    let name = env::args()
        .find_map(|argument| argument.strip_prefix("--template=").map(str::to_owned))
        .ok_or_else(|| io::Error::other("which template? say --template=NAME"))?;
    let language = env::var("LANG").unwrap_or_else(|_| "en".to_owned());
    Ok(format!("/templates/{name}.{language}.txt"))
}
