//! Directories that the policy hands to the guest, or to a provider that reads for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::folder::{Folder, is_telling};
use crate::audit::context::Ground;
use crate::audit::disk::{MOST_ENTRIES, Survey, lexical, resolve, survey};
use crate::audit::fact::{Element, fact};
use crate::policy::{self, Provider, Role};
use crate::source::Spanned;

fact! { "preopen" / "One entry of `grants.preopens`, or the root of a `read_file` provider." struct Preopen {
    guest: String = "The path that the guest sees; a provider's import, `env.read_file`.",
    host: String = "The host directory as written, empty for scratch.",
    resolved: String = "The host directory as it is on disk, links followed; as computed, if it does not exist.",
    writable: bool = "Whether the guest can write there.",
    scratch: bool = "Whether it is a fresh directory per invocation.",
    scratch_bytes: Option<u64> = "`scratch.bytes`.",
    scratch_entries: Option<u64> = "`scratch.entries`.",
    breadth: String = "Why it is broad: the root directory, a home directory, the working directory, a repository root, the policy's own folder, a drive, whatever a variable names, an ancestor of one of these; else empty.",
    sensitive: String = "The place for secrets or control that it contains or lies in; else empty.",
    exists: bool = "Whether it is there.",
    directory: bool = "Whether it is a directory, links followed.",
    link: bool = "Whether it is a symbolic link, or reached through one below the policy's folder.",
    escape: String = "The first symbolic link inside that leads out; else empty.",
    looked: u64 = "How many directory entries were looked at.",
    complete: bool = "Whether that was all of them.",
    way_out: String = "How it can lead elsewhere, in words: a link to it, a link inside it, or what could not be looked at; else empty.",
    overlaps: String = "The guest path (or import) of another grant of the same tree with the other mode; else empty.",
} }

/// A directory that something is granted in.
struct Root<'a> {
    subject: String,
    name: String,
    host: Option<&'a Spanned<String>>,
    preopen: Option<&'a policy::Preopen>,
    writable: bool,
}

/// Every preopen, then every provider's root.
pub fn collect(ground: &Ground<'_>) -> Vec<Element> {
    let roots = roots(ground);
    let mut budget = MOST_ENTRIES;
    roots
        .iter()
        .zip(overlaps(ground, &roots))
        .map(|(root, overlap)| element(ground, root, overlap, &mut budget))
        .collect()
}

fn roots<'a>(ground: &Ground<'a>) -> Vec<Root<'a>> {
    let preopens = ground.policy.grants.preopens.iter().map(|preopen| Root {
        subject: format!("preopen {}", preopen.guest.value),
        name: preopen.guest.value.clone(),
        host: preopen.host.as_ref(),
        preopen: Some(preopen),
        writable: writable(preopen),
    });
    let providers = ground.policy.imports.host.iter().filter_map(|host| {
        let Some(Provider::ReadFile { root, .. }) = &host.provider else {
            return None;
        };
        let name = format!("{}.{}", host.module.value, host.name.value);
        Some(Root {
            subject: format!("root {name}"),
            name,
            host: Some(root.as_ref()?),
            preopen: None,
            writable: false,
        })
    });
    preopens.chain(providers).collect()
}

fn element(ground: &Ground<'_>, root: &Root<'_>, overlap: &str, budget: &mut usize) -> Element {
    let path = root
        .host
        .map(|host| ground.host_path(&host.value, host.span));
    let survey = path
        .as_deref()
        .map(|path| survey(path, is_telling, budget))
        .unwrap_or_default();
    // What is not there yet has a place all the same, behind the links that there are.
    let real = path
        .as_deref()
        .map(|path| survey.real.clone().unwrap_or_else(|| resolve(path)));
    let folder = root
        .host
        .map(|host| Folder::new(ground, host, real.as_deref()));
    let link = survey.link
        || root
            .host
            .is_some_and(|host| through_link(ground, host, survey.real.as_deref()));
    let scratch = root.preopen.and_then(|preopen| preopen.scratch.as_ref());
    let number = |number: Option<Spanned<u64>>| number.map(|number| number.value);
    let resolved = survey
        .real
        .clone()
        .or_else(|| folder.as_ref().map(|folder| folder.path.clone()));
    let fact = Preopen {
        guest: root.name.clone(),
        host: root.host.map(|host| host.value.clone()).unwrap_or_default(),
        resolved: text(resolved.as_deref()),
        writable: root.writable,
        scratch: scratch.is_some(),
        scratch_bytes: scratch.and_then(|scratch| number(scratch.bytes)),
        scratch_entries: scratch.and_then(|scratch| number(scratch.entries)),
        breadth: folder.as_ref().map(Folder::breadth).unwrap_or_default(),
        sensitive: folder
            .as_ref()
            .map(|folder| folder.sensitive(survey.holds.as_deref()))
            .unwrap_or_default(),
        way_out: way_out(&survey, link),
        exists: survey.exists,
        directory: survey.directory,
        link,
        escape: survey.escape.unwrap_or_default(),
        looked: survey.looked,
        complete: survey.complete,
        overlaps: overlap.to_owned(),
    };
    let guest = root.preopen.map(|preopen| preopen.guest.span);
    let span = root.host.map(|host| host.span).or(guest);
    Element::new(root.subject.clone(), fact).at(span, "")
}

fn text(path: Option<&Path>) -> String {
    path.map(|path| path.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn writable(preopen: &policy::Preopen) -> bool {
    preopen.scratch.is_some() || preopen.writable.is_some_and(|writable| writable.value)
}

/// Whether a folder on the way down from the policy's own is a link; `real` is where the way leads, if it leads anywhere.
fn through_link(ground: &Ground<'_>, host: &Spanned<String>, real: Option<&Path>) -> bool {
    let folder = ground.host_path("", host.span);
    let path = ground.host_path(&host.value, host.span);
    if real.is_none() {
        // `..` leads back from where a link leads, or from a folder that is not there yet: both ways are looked at.
        let ways = [(lexical(&folder), lexical(&path)), (folder, path)];
        return ways.iter().any(|(folder, path)| {
            let rest = path.strip_prefix(folder);
            rest.is_ok_and(|rest| meets_link(folder, rest))
        });
    }
    let expected = lexical(&path)
        .strip_prefix(lexical(&folder))
        .ok()
        .map(|rest| resolve(&folder).join(rest));
    matches!((real, expected), (Some(real), Some(expected)) if real != expected)
}

/// Whether one of the folders that there are on a way down is a link.
fn meets_link(folder: &Path, rest: &Path) -> bool {
    let mut place = folder.to_path_buf();
    for part in rest {
        place.push(part);
        match place.symlink_metadata() {
            Ok(found) if found.is_symlink() => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    false
}

fn way_out(survey: &Survey, link: bool) -> String {
    if link {
        let real = text(survey.real.as_deref());
        return match real.as_str() {
            "" => {
                "it is a symbolic link, or reached through one, and leads to nothing yet".to_owned()
            }
            real => format!("it is a symbolic link, or reached through one, and leads to {real}"),
        };
    }
    match &survey.escape {
        Some(escape) => format!("a symbolic link inside it leads out: {escape}"),
        None if survey.exists && !survey.complete => format!(
            "only {} of the entries in it could be looked at",
            survey.looked
        ),
        None => String::new(),
    }
}

/// One thing for grants to read, one for grants to write.
#[derive(Clone, Copy)]
struct ByMode<T> {
    read: Option<T>,
    write: Option<T>,
}

impl<T: Copy> ByMode<T> {
    const NONE: Self = Self {
        read: None,
        write: None,
    };

    fn or(self, other: Self) -> Self {
        Self {
            read: self.read.or(other.read),
            write: self.write.or(other.write),
        }
    }

    fn and_then<U>(self, each: impl Fn(T) -> Option<U>) -> ByMode<U> {
        ByMode {
            read: self.read.and_then(&each),
            write: self.write.and_then(&each),
        }
    }
}

/// For each root the name of a grant with the other mode that lies at, above or below it on disk; else nothing.
fn overlaps<'a>(ground: &Ground<'_>, roots: &'a [Root<'_>]) -> Vec<&'a str> {
    let place = |root: &Root<'_>| {
        let host = root.host?;
        Some(resolve(&ground.host_path(&host.value, host.span)))
    };
    let places: Vec<Option<PathBuf>> = roots.iter().map(place).collect();
    // Each tree with the names of its own grants and of those that it lies in or that lie in it.
    let mut trees: BTreeMap<&Path, [ByMode<&str>; 2]> = BTreeMap::new();
    for (place, root) in places.iter().zip(roots) {
        let Some(place) = place else { continue };
        let [own, _] = trees.entry(place).or_insert([ByMode::NONE; 2]);
        let mode = if root.writable {
            &mut own.write
        } else {
            &mut own.read
        };
        mode.get_or_insert(&root.name);
    }
    // In the order of paths, what lies below a tree follows it at once: two passes see all, however deep the trees are.
    let mut over: Vec<(&Path, ByMode<&str>)> = Vec::new();
    for (place, [own, around]) in &mut trees {
        while over.pop_if(|(tree, _)| !place.starts_with(tree)).is_some() {}
        let above = over.last().map_or(ByMode::NONE, |(_, names)| *names);
        *around = own.or(above);
        over.push((place, *around));
    }
    let mut after: ByMode<(&Path, &str)> = ByMode::NONE;
    for (place, [own, around]) in trees.iter_mut().rev() {
        let below = after.and_then(|(tree, name)| tree.starts_with(place).then_some(name));
        *around = around.or(below);
        after = own.and_then(|name| Some((*place, name))).or(after);
    }
    let other = |(place, root): (&Option<PathBuf>, &Root<'_>)| {
        let [_, around] = trees.get(place.as_deref()?)?;
        if root.writable {
            around.read
        } else {
            around.write
        }
    };
    let found = places.iter().zip(roots).map(other);
    found.map(Option::unwrap_or_default).collect()
}

/// Grants that hand out secrets or broad reads.
pub fn secret_sources(ground: &Ground<'_>) -> Vec<String> {
    let patterns = super::env::secret_patterns(ground);
    let mut sources: Vec<String> = patterns
        .into_iter()
        .map(|pattern| format!("env {pattern}"))
        .collect();
    for root in roots(ground) {
        let Some(host) = root.host else { continue };
        let real = resolve(&ground.host_path(&host.value, host.span));
        let folder = Folder::new(ground, host, Some(&real));
        if !folder.breadth().is_empty() || !folder.sensitive(None).is_empty() {
            sources.push(root.subject);
        }
    }
    let hosts = ground.policy.imports.host.iter().filter(|host| reads(host));
    sources.extend(hosts.map(|host| format!("{}.{}", host.module.value, host.name.value)));
    sources
}

/// Whether a host import reads secrets, or any file.
fn reads(host: &policy::HostImport) -> bool {
    host.args.iter().any(|argument| match argument.role.value {
        Role::Secret => true,
        Role::Path => super::guard::is_open(argument),
        _ => false,
    })
}

#[cfg(test)]
#[path = "preopen_tests.rs"]
mod tests;
