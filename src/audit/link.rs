//! Each import held against the taxonomy and the policy: what it is, what it gives, and whether the policy allows it.

use crate::capability::{Entry, Family, Taxonomy, UNKNOWN, is_wasi_module};
use crate::policy::{HostImport, Layers, Policy};
use crate::source::Spanned;
use crate::wasm::{Extern, Import, ImportUse, Module, Reach, Why};

/// One import with what is known and said of it.
#[derive(Debug)]
pub struct Link<'a> {
    /// The import.
    pub import: &'a Import,
    /// `env.read_file`.
    pub full: String,
    /// What the taxonomy says of it.
    pub entry: Option<&'static Entry>,
    /// The capabilities it gives in this module.
    pub capabilities: Vec<String>,
    /// Whether it stands under a name of WASI (of whatever generation), foreign functions included.
    pub wasi: bool,
    /// The entry of `imports.host` that names it.
    pub declared: Option<&'a HostImport>,
    /// What the policy says of it, if it is WASI's.
    pub ruling: Ruling<'a>,
    /// What the code does with it, if it is a function and the code was read.
    pub usage: Option<&'a ImportUse>,
}

/// What `imports.wasi` says of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling<'a> {
    /// `deny` names it.
    Denied(&'a Spanned<String>),
    /// `stub` names it.
    Stubbed(&'a Spanned<String>),
    /// `allow` names it or a capability of it; or it gives none, and `allow` names anything at all.
    Allowed,
    /// Nothing covers it.
    Unlisted,
}

impl Link<'_> {
    /// Whether it is a function from outside WASI.
    pub fn is_host_function(&self) -> bool {
        !self.wasi
            && (self.import.ty.signature().is_some() || matches!(self.import.ty, Extern::Other(_)))
    }

    /// Whether it is a function of WASI.
    pub fn is_wasi_function(&self) -> bool {
        self.wasi
            && (self.import.ty.signature().is_some() || matches!(self.import.ty, Extern::Other(_)))
    }

    /// Whether the policy lets it be linked to something that acts.
    pub fn is_granted(&self) -> bool {
        if self.wasi {
            self.ruling == Ruling::Allowed
        } else {
            self.declared.is_some()
        }
    }

    /// Whether it has this capability.
    pub fn has(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|one| one == capability)
    }

    /// Whether code may get there: false is proved; `None` where nobody looked.
    pub fn reachable(&self) -> Option<bool> {
        match self.usage?.reach {
            Reach::May(Why::NotAnalysed) => None,
            reach => Some(reach.is_reachable()),
        }
    }

    /// Whether it is proved that no execution calls it.
    pub fn is_unreachable(&self) -> bool {
        self.reachable() == Some(false)
    }

    /// The taxonomy's family, or `unknown`.
    pub fn family(&self) -> &'static str {
        self.entry.map_or("unknown", |entry| entry.family.name())
    }
}

/// Links every import of a module by what this program knows.
pub fn links<'a>(module: &'a Module, policy: &'a Policy) -> Vec<Link<'a>> {
    link(module, policy, Taxonomy::builtin())
}

/// Links every import of a module.
pub fn link<'a>(
    module: &'a Module,
    policy: &'a Policy,
    taxonomy: &'static Taxonomy,
) -> Vec<Link<'a>> {
    let opens = module
        .imports
        .iter()
        .any(|import| taxonomy.opens_files(&import.module, &import.name));
    let declared: std::collections::HashMap<(&str, &str), &HostImport> = policy
        .imports
        .host
        .iter()
        .map(|host| ((host.module.value.as_str(), host.name.value.as_str()), host))
        .collect();
    let uses = module.uses.as_ref();
    let mut functions = 0_u32..;
    module
        .imports
        .iter()
        .map(|import| {
            let function = import.ty.signature().and_then(|_| functions.next());
            let entry = taxonomy.lookup(&import.module, &import.name);
            let declared = declared
                .get(&(import.module.as_str(), import.name.as_str()))
                .copied();
            let wasi = is_wasi_module(&import.module)
                || entry.is_some_and(|entry| entry.family == Family::ForeignWasi);
            // What a WASI function gives is not for a policy to say.
            let capabilities = capabilities(import, declared.filter(|_| !wasi), taxonomy, opens);
            Link {
                full: import.full_name(),
                entry,
                ruling: if wasi {
                    ruling(import, &capabilities, policy)
                } else {
                    Ruling::Unlisted
                },
                capabilities,
                usage: function.and_then(|function| uses?.of(function)),
                wasi,
                declared,
                import,
            }
        })
        .collect()
}

fn capabilities(
    import: &Import,
    declared: Option<&HostImport>,
    taxonomy: &Taxonomy,
    opens: bool,
) -> Vec<String> {
    if let Some(capability) = declared.and_then(|host| host.capability.as_ref()) {
        return vec![capability.value.clone()];
    }
    // A function reference in a global is called like an import, and its name says nothing sure of it.
    if import.ty.is_reference_global() {
        return vec![UNKNOWN.to_owned()];
    }
    if !matches!(import.ty, Extern::Function(_) | Extern::Other(_)) {
        return Vec::new();
    }
    let known = taxonomy.capabilities_of(&import.module, &import.name, opens);
    if declared.is_some() && known.iter().any(|one| one == UNKNOWN) {
        return vec![format!("host:{}/{}", import.module, import.name)];
    }
    known.into_iter().map(|one| one.to_string()).collect()
}

fn ruling<'a>(import: &Import, capabilities: &[String], policy: &'a Policy) -> Ruling<'a> {
    let wasi = &policy.imports;
    let names =
        |one: &Spanned<String>| one.value == import.name || capabilities.contains(&one.value);
    if let Some(deny) = wasi.wasi_deny.iter().find(|one| names(one)) {
        return Ruling::Denied(deny);
    }
    if let Some(stub) = wasi.wasi_stub.iter().find(|one| one.value == import.name) {
        return Ruling::Stubbed(stub);
    }
    let unknown = capabilities.iter().any(|one| one == UNKNOWN);
    // What gives no capability by itself needs no name of its own, but a policy that allows nothing allows nothing.
    let matches = |one: &Spanned<String>| capabilities.is_empty() || names(one);
    if !unknown && covered(&wasi.wasi_allow, matches) {
        return Ruling::Allowed;
    }
    Ruling::Unlisted
}

/// Whether every layer has an entry that matches; no layer at all covers nothing.
pub fn covered<T>(layers: &Layers<T>, matches: impl Fn(&Spanned<T>) -> bool) -> bool {
    !layers.0.is_empty() && layers.0.iter().all(|layer| layer.iter().any(&matches))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_in_a_global_is_of_unknown_power() {
        let holding = |value: &str| Import {
            module: "env".to_owned(),
            name: "log".to_owned(),
            ty: Extern::Global {
                value: value.to_owned(),
                mutable: false,
            },
            offset: 0,
        };
        let given = |value| capabilities(&holding(value), None, Taxonomy::builtin(), false);
        for value in ["funcref", "externref", "(ref null 0)"] {
            assert_eq!(given(value), [UNKNOWN], "{value}");
        }
        assert_eq!(given("i32"), [""; 0]);
    }
}
