//! `imports`.

use super::take::{Take, integer, list, signature, text};
use crate::policy::model::{Argument, HostImport, Imports, Provider, Role};
use crate::policy::tree::Item;

pub fn imports(imports: Take<'_>) -> Imports {
    let wasi = imports.at("wasi");
    Imports {
        wasi_allow: wasi.layers("allow"),
        wasi_stub: list(wasi.item("stub"), text),
        wasi_deny: list(wasi.item("deny"), text),
        host: list(imports.item("host"), host),
        memory: imports.is("memory", "allow"),
        table: imports.is("table", "allow"),
        globals: imports.is("globals", "allow"),
    }
}

fn host(item: &Item) -> Option<HostImport> {
    let host = Take(Some(item));
    Some(HostImport {
        span: item.span,
        module: host.text("module")?,
        name: host.text("name")?,
        signature: host.item("signature").and_then(signature),
        capability: host.text("capability"),
        args: list(host.item("args"), argument),
        on_deny: host.at("on_deny").integer("return"),
        provider: provider(host.at("provider")),
    })
}

fn argument(item: &Item) -> Option<Argument> {
    let argument = Take(Some(item));
    Some(Argument {
        span: item.span,
        name: argument.text("name")?,
        role: argument.word("role", Role::named)?,
        ptr: argument.number("ptr"),
        len: argument.number("len"),
        index: argument.number("index"),
        max: argument.integer("max"),
        min: argument.integer("min"),
        values: argument.list("values", integer),
        allow: argument.layers("allow"),
        deny: list(argument.item("deny"), text),
    })
}

/// A stub wins: after a merge it may stand beside the base's provider, which it narrows.
fn provider(provider: Take<'_>) -> Option<Provider> {
    if let Some(stub) = provider.at("stub").integer("return") {
        return Some(Provider::Stub(stub));
    }
    match provider.item("builtin")?.text()? {
        "log" => Some(Provider::Log {
            max_message: provider.number("max_message"),
            max_messages: provider.number("max_messages"),
        }),
        "read_file" => Some(Provider::ReadFile {
            root: provider.text("root"),
            max: provider.number("max"),
        }),
        "kv" => Some(Provider::Kv {
            tenant: provider.is("scope", "tenant"),
            max_entries: provider.number("max_entries"),
            max_bytes: provider.number("max_bytes"),
        }),
        "config" => Some(Provider::Config {
            values: provider
                .at("values")
                .entries()
                .filter_map(|(name, item)| Some((name.clone(), text(item)?)))
                .collect(),
        }),
        _ => None,
    }
}
