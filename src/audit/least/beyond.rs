//! What runs used and the draft does not grant: told, and left to a reviewer.

use crate::audit::observed::{FileUse, Mode};
use crate::policy::quantity::show_size;
use crate::source::ascii;

use super::grants::{SCRATCH, STREAMS};
use super::limits;
use super::sighted::Sighted;
use super::{Least, PREVIEW1, function};

/// Everything of it, a sentence each.
pub(super) fn all(least: &Least) -> Vec<String> {
    let functions = least
        .host
        .iter()
        .flat_map(|((module, name), need)| function::beyond(least, (module, name), need));
    let mut all: Vec<String> = functions.collect();
    all.extend(imports(least));
    all.extend(folders(least).iter().map(|folder| {
        let guest = ascii::json(&folder.guest);
        format!(
            "{}: files below {guest} were used ({}), and no draft grants a folder of the host",
            words(least),
            how(folder)
        )
    }));
    all.extend(limits(least));
    all
}

/// Imports that were called and that the code proves it never calls, or does not have: the record or the proof is wrong.
pub(super) fn imports(least: &Least) -> Vec<String> {
    let Some(sighted) = &least.sighted else {
        return Vec::new();
    };
    let reached = |module: &str, name: &str| {
        if module == PREVIEW1 {
            return least.wasi.get(name).map(|need| need.is_reachable);
        }
        let names = (module.to_owned(), name.to_owned());
        least.host.get(&names).map(|need| need.is_reachable)
    };
    let called = sighted.called().into_iter();
    let wrong = called.filter_map(|(module, name)| {
        let why = match reached(module, name) {
            Some(true) => return None,
            Some(false) => "which the code is proved never to call",
            None => "which the modules do not import",
        };
        let name = ascii::json(&format!("{module}.{name}"));
        Some(format!("{}, and not granted: {name}, {why}", words(least)))
    });
    wrong.collect()
}

/// Folders that were used beside the scratch that the draft grants.
pub(super) fn folders(least: &Least) -> Vec<FileUse> {
    let folders = least.sighted.as_ref().map(Sighted::folders);
    let folders = folders.unwrap_or_default().into_iter();
    let other = |folder: &FileUse| folder.guest != SCRATCH || folder.scratch.is_none();
    let used = |folder: &FileUse| !folder.modes().is_empty();
    folders
        .filter(|folder| other(folder) && used(folder))
        .collect()
}

/// Peaks over what the draft gives.
pub(super) fn limits(least: &Least) -> Vec<String> {
    let Some(sighted) = &least.sighted else {
        return Vec::new();
    };
    let over = |key: &str, peak: Option<u64>, most: u64, written: fn(u64) -> String| {
        let peak = peak.filter(|peak| *peak > most)?;
        let (peak, most) = (written(peak), written(most));
        let words = words(least);
        Some(format!(
            "{words}, and not granted: {peak} of {key}, which is {most} here"
        ))
    };
    let numbers = limits::all(least);
    let numbers = numbers.iter();
    let numbers =
        numbers.filter_map(|one| over(one.key, sighted.peak(one.of), one.most, one.written));
    let streams = STREAMS.iter().filter(|one| least.needs(one.name));
    let streams =
        streams.filter_map(|one| over(one.name, sighted.peak(one.of), one.most, show_size));
    numbers.chain(streams).collect()
}

/// How a folder was used, in words.
pub(super) fn how(folder: &FileUse) -> String {
    let word = |mode: Mode| match mode {
        Mode::Create => "created",
        Mode::Look => "looked at",
        Mode::Read => "read",
        Mode::Write => "written",
    };
    let words: Vec<&str> = folder.modes().into_iter().map(word).collect();
    words.join(", ")
}

fn words(least: &Least) -> String {
    let words = least.sighted.as_ref().map(Sighted::words);
    words.unwrap_or_default()
}
