//! A policy file and the files that it extends, read one after the other and merged from the last base on.

use std::path::{Path, PathBuf};

use crate::source::{Mistake, SourceId, Sources, Span, Spanned, did_you_mean, parse as parse_yaml};

use super::assemble::assemble;
use super::check::{Checked, check};
use super::error::PolicyError;
use super::merge::Merger;
use super::model::Policy;
use super::profile::{profile, profiles};
use super::scalar::shown;
use super::tree::{Item, Value};
use super::vocabulary::Vocabulary;
use crate::source::file::{self, Refused};

/// The most files in a chain, the child among them.
pub const MAX_CHAIN: usize = 8;

/// Reads a policy file and what it extends.
pub fn load(
    path: &Path,
    known: &Vocabulary<'_>,
    sources: &mut Sources,
) -> Result<Policy, PolicyError> {
    let path_of = || path.to_owned();
    let bytes = file::read(path, true).map_err(|refused| match refused {
        Refused::Io(source) => PolicyError::Unreadable {
            path: path_of(),
            source,
        },
        Refused::NotAFile | Refused::Symlink => PolicyError::NotAFile { path: path_of() },
    })?;
    let name = path.display().to_string();
    let own = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().unwrap_or(Path::new(""));
    file::decode(&name, bytes, sources)
        .and_then(|source| read(source, &own, Some(folder), known, sources))
        .map_err(PolicyError::Mistakes)
}

/// Reads a policy from a text. It can extend `builtin:` profiles, and files only through [`parse_in`].
pub fn parse(
    name: &str,
    text: &str,
    known: &Vocabulary<'_>,
    sources: &mut Sources,
) -> Result<Policy, Vec<Mistake>> {
    let source = sources.add(name, text);
    read(source, name, None, known, sources)
}

/// Reads a policy from a text that stands for a file in `folder`.
pub fn parse_in(
    folder: &Path,
    name: &str,
    text: &str,
    known: &Vocabulary<'_>,
    sources: &mut Sources,
) -> Result<Policy, Vec<Mistake>> {
    let source = sources.add(name, text);
    read(source, name, Some(folder), known, sources)
}

/// Reads a policy that comes with the program; `None` if there is none of that name.
pub fn builtin(
    name: &str,
    known: &Vocabulary<'_>,
    sources: &mut Sources,
) -> Option<Result<Policy, Vec<Mistake>>> {
    let full = format!("builtin:{name}");
    let source = sources.add(full.clone(), profile(name)?);
    Some(read(source, &full, None, known, sources))
}

/// One file of the chain.
struct Link {
    /// Its name within its folder, or `builtin:<profile>`.
    name: String,
    span: Span,
    checked: Checked,
}

fn read(
    source: SourceId,
    name: &str,
    folder: Option<&Path>,
    known: &Vocabulary<'_>,
    sources: &mut Sources,
) -> Result<Policy, Vec<Mistake>> {
    let mut chain = vec![link(source, name, known, sources)?];
    while let Some(extends) = chain.last().and_then(extends) {
        refuse_cycle(&chain, &extends)?;
        let (base, name) = open(&extends, folder, sources).map_err(|mistake| vec![mistake])?;
        let from = extends.span;
        let base = base
            .and_then(|source| link(source, &name, known, sources))
            .map_err(|mistakes| extended_here(mistakes, from))?;
        chain.push(base);
    }
    Ok(merge(chain, known, sources))
}

fn extended_here(mut mistakes: Vec<Mistake>, from: Span) -> Vec<Mistake> {
    if let Some(first) = mistakes.first_mut() {
        *first = first.clone().also(from, "extended here");
    }
    mistakes
}

fn link(
    source: SourceId,
    name: &str,
    known: &Vocabulary<'_>,
    sources: &Sources,
) -> Result<Link, Vec<Mistake>> {
    let text = sources
        .get(source)
        .map(|source| source.text.clone())
        .unwrap_or_default();
    let node = parse_yaml(&text, source)?;
    let line = text.find('\n').unwrap_or(text.len());
    Ok(Link {
        name: name.to_owned(),
        span: Span {
            source,
            start: 0,
            end: u32::try_from(line).unwrap_or(0),
        },
        checked: check(&node, known)?,
    })
}

fn extends(link: &Link) -> Option<Spanned<String>> {
    let item = link.checked.root.get("extends")?;
    Some(Spanned::new(item.text()?.to_owned(), item.span))
}

fn refuse_cycle(chain: &[Link], extends: &Spanned<String>) -> Result<(), Vec<Mistake>> {
    let label = |mut mistake: Mistake| {
        for link in chain {
            if let Some(item) = link
                .checked
                .root
                .get("extends")
                .filter(|item| item.span != extends.span)
            {
                mistake = mistake.also(item.span, "by way of this");
            }
        }
        Err(vec![mistake])
    };
    if chain.iter().any(|link| link.name == extends.value) {
        let message = format!("`{}` extends itself", shown(&extends.value));
        return label(
            Mistake::new("extends-cycle", message, extends.span).help("take one `extends` out"),
        );
    }
    if chain.len() >= MAX_CHAIN {
        let message = format!("more than {MAX_CHAIN} files extend one another");
        return label(
            Mistake::new("extends-depth", message, extends.span)
                .help("merge some of them into one"),
        );
    }
    Ok(())
}

/// A base's text and its name within the chain; the outer error is about `extends`, the inner one about the base's text.
type Opened = (Result<SourceId, Vec<Mistake>>, String);

fn open(
    extends: &Spanned<String>,
    folder: Option<&Path>,
    sources: &mut Sources,
) -> Result<Opened, Mistake> {
    let name = extends.value.clone();
    if let Some(wanted) = name.strip_prefix("builtin:") {
        let Some(text) = profile(wanted) else {
            let message = format!("there is no profile `{}`", shown(wanted));
            let mut mistake = Mistake::new("unknown-profile", message, extends.span);
            mistake.help = did_you_mean(wanted, profiles());
            return Err(mistake);
        };
        return Ok((Ok(sources.add(name.clone(), text)), name));
    }
    let path = beside(extends, folder)?;
    let bytes = file::read(&path, false).map_err(|refused| unreadable(extends, &refused))?;
    Ok((
        file::decode(&path.display().to_string(), bytes, sources),
        name,
    ))
}

/// The path of a base: a plain name in the folder of the file that extends it.
fn beside(extends: &Spanned<String>, folder: Option<&Path>) -> Result<PathBuf, Mistake> {
    let name = &extends.value;
    let mistake = |message: String| Mistake::new("bad-base", message, extends.span);
    let plain = !name.is_empty()
        && name.len() <= 255
        && !matches!(name.as_str(), "." | "..")
        && !name.contains(['/', '\\', ':', '\0']);
    if !plain {
        let message = format!("`{}` is not a file in the same folder", shown(name));
        return Err(mistake(message)
            .help("write a plain file name such as platform.yaml, or builtin:<profile>"));
    }
    folder.map(|folder| folder.join(name)).ok_or_else(|| {
        mistake(format!(
            "`{}` cannot be looked up: this policy is no file",
            shown(name)
        ))
        .help("extend a builtin:<profile> here")
    })
}

fn unreadable(extends: &Spanned<String>, refused: &Refused) -> Mistake {
    let name = shown(&extends.value);
    let (message, help) = match refused {
        Refused::Io(error) => (
            format!("cannot read the base `{name}`: {error}"),
            "it must lie beside this file",
        ),
        Refused::NotAFile => (
            format!("the base `{name}` is not a regular file"),
            "a policy is a plain file",
        ),
        Refused::Symlink => (
            format!("the base `{name}` is a symlink"),
            "put the file itself there",
        ),
    };
    Mistake::new("unreadable-base", message, extends.span).help(help)
}

fn merge(mut chain: Vec<Link>, known: &Vocabulary<'_>, sources: &Sources) -> Policy {
    let spans: Vec<Span> = chain.iter().map(|link| link.span).collect();
    let keys = chain
        .first_mut()
        .map(|link| std::mem::take(&mut link.checked.keys))
        .unwrap_or_default();
    let mut roots = chain.into_iter().rev().map(|link| link.checked.root);
    let mut merger = Merger::new(sources, known);
    let mut whole = roots.next().unwrap_or_default();
    let mut waivable = whole.get("waivable").cloned();
    for child in roots {
        waivable = whole.get("waivable").cloned();
        whole = merger.file(child, whole);
    }
    let waivable = waivable.unwrap_or(Item {
        value: Value::List(Vec::new()),
        ..Item::default()
    });
    assemble(whole, &waivable, spans, keys, merger)
}
