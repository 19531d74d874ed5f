//! Host imports that act with the host's authority on what the guest passes: declared roles, and names that tell.

use std::collections::BTreeSet;

use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::audit::link::Link;
use crate::capability::{AuthorityClass, Taxonomy};
use crate::policy::{Argument, HostImport, Role};

fact! { "deputy" / "One way in which a host import acts on a guest's argument." struct Deputy {
    import: String = "The import, `env.read_file`.",
    class: String = "path, url, command, secret, root, dispatch, ambient or output.",
    declared: bool = "Whether `imports.host` lists the import.",
    argument: Option<String> = "The policy's name for the argument, if it describes one of this class.",
    guarded: bool = "Whether an `allow` list, `values` or a range scopes that argument.",
    signature: Option<String> = "The import's signature.",
} }

/// One fact for each import and class.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let mut elements = Vec::new();
    for link in audit.links.iter().filter(|link| link.is_host_function()) {
        let declared = link.declared.map(declared_classes).unwrap_or_default();
        let seen: BTreeSet<&str> = declared.iter().map(|(class, _)| *class).collect();
        for (class, argument) in &declared {
            elements.push(element(link, class, Some(argument)));
        }
        for class in named_classes(link)
            .into_iter()
            .filter(|class| !seen.contains(class))
        {
            if !subsumed(class, &seen) {
                elements.push(element(link, class, None));
            }
        }
    }
    elements
}

fn element(link: &Link<'_>, class: &str, argument: Option<&Argument>) -> Element {
    let fact = Deputy {
        import: link.full.clone(),
        class: class.to_owned(),
        declared: link.declared.is_some(),
        argument: argument.map(|argument| argument.name.value.clone()),
        guarded: argument.is_some_and(guarded),
        signature: link.import.ty.signature().map(ToString::to_string),
    };
    let at = argument.map_or_else(
        || link.declared.map(|host| host.name.span),
        |argument| Some(argument.name.span),
    );
    Element::new(format!("import {}", link.full), fact)
        .at(at, "")
        .in_module(super::import::place(link))
}

/// A guess from a name adds nothing where the policy describes the same text as another class: `fetch_path(url)`.
fn subsumed(class: &str, declared: &BTreeSet<&str>) -> bool {
    textual(class) && declared.iter().any(|other| textual(other))
}

fn textual(class: &str) -> bool {
    matches!(class, "path" | "url" | "secret")
}

fn guarded(argument: &Argument) -> bool {
    let numeric = argument.values.is_some() || (argument.min.is_some() && argument.max.is_some());
    match argument.role.value {
        Role::Opcode | Role::Flags | Role::Number => numeric,
        _ => !argument.allow.0.is_empty() && argument.allow.0.iter().all(|layer| !layer.is_empty()),
    }
}

fn declared_classes(host: &HostImport) -> Vec<(&'static str, &Argument)> {
    host.args
        .iter()
        .filter_map(|argument| Some((class_of(argument.role.value)?, argument)))
        .collect()
}

fn class_of(role: Role) -> Option<&'static str> {
    match role {
        Role::Path => Some("path"),
        Role::Url | Role::Host => Some("url"),
        Role::Command | Role::Query => Some("command"),
        Role::Secret => Some("secret"),
        Role::Root | Role::User | Role::Tenant => Some("root"),
        Role::Opcode => Some("dispatch"),
        _ => None,
    }
}

/// The classes that the import's name or the taxonomy tells, if its signature can carry such an argument.
fn named_classes(link: &Link<'_>) -> Vec<&'static str> {
    let told = Taxonomy::builtin().authority(&link.import.name);
    let hints = link
        .entry
        .map(|entry| entry.args.as_slice())
        .unwrap_or_default();
    let integers = link.import.ty.signature().map_or(2, |signature| {
        let integer = |ty: &&String| matches!(ty.as_str(), "i32" | "i64");
        signature.params.iter().filter(integer).count()
    });
    let needed = |class: AuthorityClass| match class {
        AuthorityClass::Ambient => 0,
        AuthorityClass::Root | AuthorityClass::Dispatch => 1,
        _ => 2,
    };
    AuthorityClass::NAMES
        .iter()
        .filter(|(name, class)| {
            let hinted = hints
                .iter()
                .any(|hint| class_of_hint(hint.role) == Some(name));
            hinted || (told.has(*class) && integers >= needed(*class))
        })
        .map(|(name, _)| *name)
        .collect()
}

/// The class of a role that the taxonomy gives to an argument.
fn class_of_hint(role: &str) -> Option<&'static str> {
    Role::named(role).and_then(class_of)
}
