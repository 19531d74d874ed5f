//! What an approval is bound to beside the module's bytes: the policy with the folders it leads to, the rules, the engine.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::capability::Taxonomy;
use crate::policy::{Policy, Provider, canonical};
use crate::rule::RuleSet;
use crate::source::{Span, Spanned};

use super::context::Ground;
use super::disk::resolve;

/// The engine that runs what is approved. A test holds it against `Cargo.lock`.
pub const ENGINE: &str = "wasmtime 48.0.8";

/// The key of an approval; digests are SHA-256 in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalKey {
    /// Of the resolved policy: bases merged in, providers configured, host folders where they really are.
    pub policy: String,
    /// Of the rules and the taxonomy.
    pub rules: String,
    /// The engine and its version.
    pub engine: String,
}

impl ApprovalKey {
    /// That of a policy under some rules, on this disk and with this program's engine.
    pub(super) fn of(ground: &Ground<'_>, roots: &RealRoots, rules: &RuleSet) -> Self {
        Self {
            policy: policy_digest(ground, roots),
            rules: rules_digest(rules.digest()),
            engine: ENGINE.to_owned(),
        }
    }
}

/// The built-in rules and the taxonomy, as an approval without rules of the user's own is bound to them.
pub fn builtin_rules_digest() -> String {
    rules_digest(RuleSet::builtin_digest())
}

fn rules_digest(rules: String) -> String {
    let mut data = Parts::default();
    data.add(rules);
    data.add(Taxonomy::builtin_digest());
    data.digest()
}

/// Where the host folders of a policy really lie, links followed. Looked up once: what the digest covers is what is opened.
#[derive(Debug, Clone, Default)]
pub struct RealRoots(Vec<(String, Span, PathBuf)>);

impl RealRoots {
    /// Those of a policy on this disk, now.
    pub(super) fn of(ground: &Ground<'_>) -> Self {
        let real = |(name, host): (String, &Spanned<String>)| {
            let path = resolve(&ground.host_path(&host.value, host.span));
            (name, host.span, path)
        };
        Self(roots(ground.policy).into_iter().map(real).collect())
    }

    /// All of them: what each is for, and where it lies.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.0
            .iter()
            .map(|(name, _, path)| (name.as_str(), path.as_path()))
    }

    /// Where the folder lies that is written at a span.
    pub(super) fn at(&self, span: Span) -> Option<&Path> {
        let found = self.0.iter().find(|(_, written, _)| *written == span);
        found.map(|(_, _, path)| path.as_path())
    }
}

/// The digest of a resolved policy. Beside its canonical form it covers what that form leaves to the chain of files (what a
/// child may waive, where it asked for more than its base) and the real places of host folders.
pub(super) fn policy_digest(ground: &Ground<'_>, real: &RealRoots) -> String {
    let policy = ground.policy;
    let mut parts = Parts::default();
    parts.add("ringfence policy 1");
    parts.add(canonical(policy));
    authority(policy, &mut parts);
    for (name, _, path) in &real.0 {
        parts.add(name);
        parts.path(path);
    }
    parts.digest()
}

/// What of a waiver, a severity or a value depends on which file of the chain says it.
fn authority(policy: &Policy, parts: &mut Parts) {
    let mut waivable: Vec<&str> = policy
        .waivable
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    waivable.sort_unstable();
    parts.list("waivable", waivable.iter().map(ToString::to_string));
    let waivers = policy.waivers.iter().filter(|waiver| waiver.from_base);
    let mut waivers: Vec<String> = waivers
        .map(|waiver| {
            let subject = waiver.subject.as_ref().map(|subject| &subject.value);
            format!("{:?}", (&waiver.rule.value, subject))
        })
        .collect();
    waivers.sort_unstable();
    parts.list("waived by a base", waivers.into_iter());
    let bound = policy.rules.iter().filter(|(_, rule)| {
        let lowered = rule.lowered_from.is_some();
        lowered || !rule.bound.is_empty()
    });
    let bound = bound.map(|(id, rule)| {
        let from = rule.lowered_from.as_ref().map(|from| &from.value);
        format!("{:?}", (id, from, &rule.bound))
    });
    parts.list("bound", bound);
    let mut widenings: Vec<String> = policy
        .widenings
        .iter()
        .map(|one| format!("{:?}", (&one.key, &one.asked, &one.base)))
        .collect();
    widenings.sort_unstable();
    parts.list("widened", widenings.into_iter());
}

/// Host folders that the policy leads to: those of preopens, then those of providers, each with what it is for.
fn roots(policy: &Policy) -> Vec<(String, &Spanned<String>)> {
    let preopens = policy.grants.preopens.iter().filter_map(|preopen| {
        let name = format!("preopen {}", preopen.guest.value);
        Some((name, preopen.host.as_ref()?))
    });
    let providers = policy
        .imports
        .host
        .iter()
        .filter_map(|host| match &host.provider {
            Some(Provider::ReadFile { root, .. }) => {
                let name = format!("root {:?} {:?}", host.module.value, host.name.value);
                Some((name, root.as_ref()?))
            }
            _ => None,
        });
    let mut roots: Vec<_> = preopens.chain(providers).collect();
    roots.sort_by(|one, other| one.0.cmp(&other.0));
    roots
}

/// Parts of a digest, each with its length, so that no two lists of parts are hashed alike.
#[derive(Default)]
struct Parts(Sha256);

impl Parts {
    fn add(&mut self, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    fn list(&mut self, name: &str, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.collect();
        self.add(name);
        self.0.update((items.len() as u64).to_le_bytes());
        for item in items {
            self.add(item);
        }
    }

    fn path(&mut self, path: &Path) {
        self.add(path.as_os_str().as_encoded_bytes());
    }

    fn digest(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
