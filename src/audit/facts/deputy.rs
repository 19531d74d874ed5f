//! Host imports that act with the host's authority on what the guest passes: declared roles, and names that tell.

use super::argument::Asked;
use super::import::undescribed_pointers;
use crate::audit::context::Audit;
use crate::audit::fact::{Element, fact};
use crate::audit::link::Link;
use crate::capability::{AuthorityClass, Taxonomy};
use crate::policy::{Argument, Role, is_literal};
use crate::source::Spanned;
use crate::wasm::Image;

fact! { "deputy" / "One way in which a host import acts on a guest's argument." struct Deputy {
    import: String = "The import, `env.read_file`.",
    class: String = "path, url, command, secret, root, dispatch, ambient or output.",
    declared: bool = "Whether `imports.host` lists the import.",
    argument: Option<String> = "The policy's name for the argument of this class, the least guarded first; null if it describes none.",
    guarded: bool = "Whether a guard scopes every argument of this class, at parameters that the import has.",
    choices: Option<u64> = "How many values the guards leave, where they list them or bound a range; null if that is open.",
    asks: Vec<String> = "For a dispatcher: the operations that the code asks for by constants, as compiled: numbers and names.",
    asks_all: bool = "Whether it is proved that the code asks for no others; texts never are.",
    asked: String = "The operations that it asks for, in words for the end of a message; empty if none is known.",
    signature: Option<String> = "The import's signature.",
} }

/// One fact for each import and class.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let acting = |link: &&Link<'_>| link.is_host_function() || link.declared.is_some();
    let image = Image::of(audit.module, audit.bytes);
    let acting = audit.links.iter().filter(acting);
    acting.flat_map(|link| of_import(link, &image)).collect()
}

fn of_import(link: &Link<'_>, image: &Image<'_>) -> Vec<Element> {
    let args = link.declared.map_or(&[][..], |host| host.args.as_slice());
    let told = told_classes(link);
    AuthorityClass::NAMES
        .iter()
        .filter_map(|(class, _)| {
            let arguments: Vec<&Argument> = args
                .iter()
                .filter(|argument| belongs(argument, class, &told))
                .collect();
            let told_only = told.contains(class) && !subsumed(link, class, args, &told);
            (!arguments.is_empty() || told_only).then(|| element(link, class, &arguments, image))
        })
        .collect()
}

fn element(link: &Link<'_>, class: &str, arguments: &[&Argument], image: &Image<'_>) -> Element {
    let open: Vec<&&Argument> = arguments
        .iter()
        .filter(|argument| !guarded(link, argument))
        .collect();
    let hidden = class == "dispatch" && undescribed(link) > 0;
    let asked = match class {
        "dispatch" => Asked::of(link, image),
        _ => Asked::default(),
    };
    let shown = open.first().copied().or(arguments.first());
    let fact = Deputy {
        import: link.full.clone(),
        class: class.to_owned(),
        declared: link.declared.is_some(),
        argument: shown.map(|argument| argument.name.value.clone()),
        guarded: !arguments.is_empty() && open.is_empty() && !hidden,
        choices: all_choices(arguments),
        asks_all: asked.all,
        asked: asked.words(),
        asks: asked.operations,
        signature: link.import.ty.signature().map(ToString::to_string),
    };
    let at = shown.map_or_else(
        || link.declared.map(|host| host.name.span),
        |argument| Some(argument.name.span),
    );
    let more = open.iter().skip(1).take(4);
    more.fold(
        Element::new(format!("import {}", link.full), fact).at(at, ""),
        |element, argument| element.at(Some(argument.name.span), "and this one"),
    )
    .in_module(super::import::place(link))
}

/// Whether an argument is one of a class: by its role; a name that says "dispatcher" makes texts choose as opcodes do.
fn belongs(argument: &Argument, class: &str, told: &[&str]) -> bool {
    let role = argument.role.value;
    let chooses = class == "dispatch"
        && told.contains(&"dispatch")
        && matches!(role, Role::Text | Role::Command);
    class_of(role) == Some(class) || chooses
}

/// A guess from a name adds nothing where the policy describes all of the input, and as another class that the name tells as
/// well: `fetch_path(url)`.
fn subsumed(link: &Link<'_>, class: &str, args: &[Argument], told: &[&str]) -> bool {
    let plain = |argument: &Argument| matches!(argument.role.value, Role::Text | Role::Buffer);
    let described = args
        .iter()
        .filter_map(|argument| class_of(argument.role.value));
    textual(class)
        && described
            .filter(|other| textual(other))
            .any(|other| told.contains(&other))
        && !args.iter().any(plain)
        && undescribed(link) == 0
}

fn undescribed(link: &Link<'_>) -> u64 {
    link.declared
        .map_or(0, |host| undescribed_pointers(link, host))
}

fn textual(class: &str) -> bool {
    matches!(class, "path" | "url" | "secret")
}

/// Whether an argument's guard scopes it: a guard at a parameter that the import does not have never runs.
fn guarded(link: &Link<'_>, argument: &Argument) -> bool {
    let fits = |index: Option<Spanned<u64>>| {
        let Some(signature) = link.import.ty.signature() else {
            return true;
        };
        let param = index
            .and_then(|index| usize::try_from(index.value).ok())
            .and_then(|index| signature.params.get(index));
        param.is_some_and(|ty| matches!(ty.as_str(), "i32" | "i64"))
    };
    if is_numeric(argument) {
        return fits(argument.index) && choices(argument).is_some();
    }
    let apart = argument.ptr.map(|ptr| ptr.value) != argument.len.map(|len| len.value);
    let layers = &argument.allow.0;
    fits(argument.ptr)
        && fits(argument.len)
        && apart
        && !layers.is_empty()
        && layers.iter().all(|layer| !layer.is_empty())
}

fn is_numeric(argument: &Argument) -> bool {
    matches!(
        argument.role.value,
        Role::Opcode | Role::Flags | Role::Number
    )
}

/// How many values all arguments of a class have, at most; `None` if one is open, or there is none.
fn all_choices(arguments: &[&Argument]) -> Option<u64> {
    let counts: Vec<u64> = arguments
        .iter()
        .map(|argument| choices(argument))
        .collect::<Option<_>>()?;
    counts.into_iter().max()
}

/// How many values an argument's guard leaves.
fn choices(argument: &Argument) -> Option<u64> {
    if !is_numeric(argument) {
        let listed = argument.allow.0.iter().filter(|layer| {
            !layer.is_empty() && layer.iter().all(|pattern| is_literal(&pattern.value))
        });
        return listed.map(|layer| layer.len() as u64).min();
    }
    match (&argument.values, argument.min, argument.max) {
        (Some(values), _, _) => Some(values.len() as u64),
        (None, Some(min), Some(max)) => Some(max.value.abs_diff(min.value).saturating_add(1)),
        _ => None,
    }
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

/// The most values of a number that can be no pointer: no toolchain places data this low.
const NO_POINTER: u64 = 1024;

/// Words of functions that take a handle or a size where others take a pointer.
const HANDLE_WORDS: &[&str] = &[
    "close", "count", "drop", "eof", "finish", "flush", "free", "len", "length", "release", "seek",
    "size", "sync", "tell",
];

/// The classes that the import's name or the taxonomy tells, if its signature can carry such an argument.
fn told_classes(link: &Link<'_>) -> Vec<&'static str> {
    let told = Taxonomy::builtin().authority(&link.import.name);
    let hints = link
        .entry
        .map(|entry| entry.args.as_slice())
        .unwrap_or_default();
    let carries = carries_argument(link);
    AuthorityClass::NAMES
        .iter()
        .filter(|(name, class)| {
            let hinted = hints
                .iter()
                .any(|hint| Role::named(hint.role).and_then(class_of) == Some(name));
            hinted || (told.has(*class) && (carries || *class == AuthorityClass::Ambient))
        })
        .map(|(name, _)| *name)
        .collect()
}

/// Whether a parameter can be a text's pointer, also a lone one (a C string, or pointer and length in one number): one that
/// the policy does not bound to a few numbers, in a function that does not speak of a handle.
fn carries_argument(link: &Link<'_>) -> bool {
    let Some(signature) = link.import.ty.signature() else {
        return true;
    };
    let args = link.declared.map_or(&[][..], |host| host.args.as_slice());
    let bounded = args
        .iter()
        .filter(|argument| is_numeric(argument) && guarded(link, argument))
        .filter(|argument| choices(argument).is_some_and(|choices| choices <= NO_POINTER))
        .count();
    let open = signature.params.len().saturating_sub(bounded);
    let name = link.import.name.to_ascii_lowercase();
    let handle = signature.params.len() == 1
        && HANDLE_WORDS
            .iter()
            .any(|word| name.ends_with(word) || name.starts_with(word));
    open > 0 && !handle
}
