//! What two versions pass to imports, and the texts in their data.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::arguments::{analysed, arguments};
use crate::audit::context::Audit;
use crate::audit::facts::covers;
use crate::audit::powers::clean;
use crate::policy::Role;
use crate::wasm::{Extern, Image, ImportUse, Literal, LiteralKind};

use super::{Both, Change, Direction, Weight};

/// The most texts that are listed of one import.
const MOST: usize = 64;

/// Capabilities that reach nobody.
const INWARD: [&str; 13] = [
    "fs.read",
    "fs.write",
    "fs.metadata",
    "env",
    "args",
    "stdin",
    "stdout",
    "stderr",
    "clock.wall",
    "clock.monotonic",
    "random",
    "process.exit",
    "sched",
];

impl Both<'_> {
    /// What is passed to imports: for arguments that the policy declares each value, else texts that are passed with their
    /// length beside them.
    pub(super) fn arguments(&self) -> Vec<Change> {
        let (Some(old), Some(new)) = (passed(&self.old), passed(&self.new)) else {
            return Vec::new();
        };
        let mut changes = Vec::new();
        let authority = self.authority();
        for (argument, value) in new.difference(&old) {
            let weight = if authority.contains(argument) {
                Weight::Escalation
            } else {
                Weight::Change
            };
            let change = Change::new("argument", argument.as_str(), Direction::Gained);
            changes.push(change.weighing(weight).between(None, Some(value.clone())));
        }
        for (argument, value) in old.difference(&new) {
            let change = Change::new("argument", argument.as_str(), Direction::Lost);
            changes.push(change.between(Some(value.clone()), None));
        }
        changes
    }

    /// The arguments of which the policy says that they name what the host then uses, and are no mere text.
    fn authority(&self) -> BTreeSet<String> {
        let links = self.new.links.iter();
        let arguments = links.flat_map(|link| {
            let declared = link.declared.iter().flat_map(|host| &host.args);
            let declared = declared.filter(|one| one.role.value != Role::Text);
            declared.map(|one| clean(&format!("{} {}", link.full, one.name.value)))
        });
        arguments.collect()
    }

    /// Hosts, URLs, credentials and build paths in the data.
    pub(super) fn literals(&self) -> Vec<Change> {
        let mut changes = self.hosts();
        for (kind, topic, weight) in [
            (LiteralKind::Credential, "credential", Weight::Change),
            (LiteralKind::Url, "url", Weight::Change),
            (LiteralKind::BuildPath, "build-path", Weight::Information),
        ] {
            let (old, new) = (texts(&self.old, kind), texts(&self.new, kind));
            let gained = new.difference(&old).map(|text| (text, Direction::Gained));
            let lost = old.difference(&new).map(|text| (text, Direction::Lost));
            let both = gained.chain(lost);
            changes.extend(both.map(|(text, direction)| {
                Change::new(topic, text.as_str(), direction).weighing(weight)
            }));
        }
        changes
    }

    fn hosts(&self) -> Vec<Change> {
        let (old, new) = (hosts(&self.old), hosts(&self.new));
        let outward = self.new.links.iter().any(|link| {
            let mut capabilities = link.capabilities.iter();
            capabilities.any(|one| !INWARD.contains(&one.as_str()))
        });
        let weight = if outward {
            Weight::Escalation
        } else {
            Weight::Change
        };
        let gained = new.difference(&old).map(|host| {
            let ground = &self.new.ground;
            Change::new("host", host.as_str(), Direction::Gained)
                .weighing(weight)
                .granted(ground.judged.then(|| covers(ground, host)))
        });
        let lost = old.difference(&new);
        let lost = lost.map(|host| Change::new("host", host.as_str(), Direction::Lost));
        gained.chain(lost).collect()
    }
}

fn texts(audit: &Audit<'_>, kind: LiteralKind) -> BTreeSet<String> {
    let literals = audit.module.literals.iter();
    // The URLs of compilers and libraries in debugging data come and go with it.
    let told = |literal: &&Literal| literal.kind != LiteralKind::Url || literal.is_data();
    let literals = literals.filter(|literal| literal.kind == kind);
    literals
        .filter(told)
        .map(|literal| clean(&literal.text))
        .collect()
}

fn hosts(audit: &Audit<'_>) -> BTreeSet<String> {
    let literals = audit.module.literals.iter();
    let urls = literals.filter(|literal| literal.kind == LiteralKind::Url && literal.is_data());
    urls.map(|literal| literal.detail.clone()).collect()
}

/// Arguments with their values; `None` where the code was not analysed.
fn passed(audit: &Audit<'_>) -> Option<BTreeSet<(String, String)>> {
    let uses = analysed(audit)?;
    let declared = arguments(audit).into_iter();
    let mut all: BTreeSet<(String, String)> = declared
        .map(|passed| (passed.argument, passed.value.to_string()))
        .collect();
    let image = Image::of(audit.module, audit.bytes);
    let functions = audit
        .links
        .iter()
        .filter(|link| matches!(link.import.ty, Extern::Function(_)));
    for (link, known) in functions.zip(&uses.imports) {
        let undeclared = link.declared.is_none_or(|host| host.args.is_empty());
        if undeclared && known.reach.is_reachable() {
            let texts = found_texts(known, &image);
            all.extend(texts.into_iter().flat_map(|(at, texts)| {
                let name = clean(&format!("{} {at}", link.full));
                texts.into_iter().map(move |text| (name.clone(), text))
            }));
        }
    }
    Some(all)
}

/// Texts at places in memory that are passed with a length right behind, by the place's argument.
fn found_texts(known: &ImportUse, image: &Image<'_>) -> BTreeMap<usize, BTreeSet<String>> {
    let mut found: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for call in &known.calls {
        for (at, pair) in call.arguments.windows(2).enumerate() {
            let [Some((pointer, _)), Some((length, _))] = [pair.first(), pair.last()]
                .map(|argument| argument.and_then(|argument| argument.constant()))
            else {
                continue;
            };
            let text = image.text(pointer, length).map(|found| found.text);
            let readable = |text: &String| {
                text.chars().count() > 1 && !text.chars().any(|one| one.is_control() && one != '\n')
            };
            if let Some(text) = text.filter(readable) {
                let texts = found.entry(at).or_default();
                if texts.len() < MOST {
                    texts.insert(format!("{:?}", clean(&text)));
                }
            }
        }
    }
    found
}
