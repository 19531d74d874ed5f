//! The host functions of one module under its policy: built once, with every pattern compiled.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::{FuncType, Linker};

use crate::audit::{Approval, Link};
use crate::policy::HostImport;
use crate::wasm::Signature;

use super::super::guest::Guest;
use super::error::HostError;
use super::function::GuardedFunction;
use super::guard::Guard;
use super::kind::Kind;
use super::provider::{Provider, Store};
use super::registry::Registry;

/// The stores of tenants, by tenant.
type Stores = BTreeMap<String, Arc<Mutex<Store>>>;

/// Every host function that the module imports, the policy declares, and something provides.
pub struct HostFunctions {
    functions: BTreeMap<(String, String), Arc<GuardedFunction>>,
    names: Arc<[Arc<str>]>,
    plugin: Arc<str>,
    stores: Option<Mutex<Stores>>,
}

impl HostFunctions {
    /// Builds those of an approved module; `registry` is what the embedder offers.
    ///
    /// # Errors
    /// Every entry whose arguments, provider or signature do not fit the import.
    pub fn new(approval: &Approval, registry: &Registry) -> Result<Self, HostError> {
        let mut functions = BTreeMap::new();
        let mut reasons = Vec::new();
        for link in approval.links() {
            let Some(host) = link.declared.filter(|_| !link.wasi) else {
                continue;
            };
            let index = functions.len();
            match function(&link, host, index, registry, approval) {
                Ok(Some(function)) => {
                    add(&mut functions, &link, function, &mut reasons);
                }
                Ok(None) => {}
                Err(more) => {
                    let place = approval.place(host.name.span);
                    let reason = |reason| format!("{}: {reason}; {place}", link.full);
                    reasons.extend(more.into_iter().map(reason));
                }
            }
        }
        if !reasons.is_empty() {
            return Err(HostError(reasons));
        }
        let name = approval.policy().name.as_ref();
        Ok(Self {
            names: names(&functions),
            stores: shared(&functions).then(Mutex::default),
            functions,
            plugin: name.map_or("plugin", |name| &name.value).into(),
        })
    }

    /// Whether something answers this import.
    pub fn provides(&self, module: &str, name: &str) -> bool {
        self.get(module, name).is_some()
    }

    /// Defines one in a linker.
    ///
    /// # Errors
    /// Nothing provides it, or the import has another type than the one it was built for.
    pub fn link(
        &self,
        linker: &mut Linker<Guest>,
        module: &str,
        name: &str,
        ty: FuncType,
    ) -> Result<(), HostError> {
        let refused = |reason: String| HostError(vec![format!("{module}.{name}: {reason}")]);
        let function = self.get(module, name);
        let function = function.ok_or_else(|| refused("nothing provides it".to_owned()))?;
        let kinds: Option<Vec<Kind>> = ty.params().map(|ty| Kind::of(&ty)).collect();
        let results: Option<Vec<Kind>> = ty.results().map(|ty| Kind::of(&ty)).collect();
        let same = kinds.as_ref() == Some(&function.parameters)
            && results.is_some_and(|results| results.as_slice() == function.result.as_slice());
        if !same {
            return Err(refused("its type is not that of the import".to_owned()));
        }
        let function = Arc::clone(function);
        let defined =
            linker.func_new_async(module, name, ty, move |mut caller, values, results| {
                let function = Arc::clone(&function);
                Box::new(async move {
                    let value = function.call(&mut caller, values).await;
                    let value = value.map_err(wasmtime::Error::new)?;
                    if let (Some(result), Some(value)) = (results.first_mut(), value) {
                        *result = value;
                    }
                    Ok(())
                })
            });
        defined
            .map(drop)
            .map_err(|error| refused(error.to_string()))
    }

    /// The functions' names, by their place.
    pub(super) fn names(&self) -> Arc<[Arc<str>]> {
        Arc::clone(&self.names)
    }

    /// What log messages call the plugin.
    pub(super) fn plugin(&self) -> Arc<str> {
        Arc::clone(&self.plugin)
    }

    /// The store of a tenant, if any function shares one.
    pub(super) fn store_of(&self, tenant: &str) -> Option<Arc<Mutex<Store>>> {
        let stores = self.stores.as_ref()?;
        let mut stores = stores.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(stores.entry(tenant.to_owned()).or_default()))
    }

    fn get(&self, module: &str, name: &str) -> Option<&Arc<GuardedFunction>> {
        self.functions.get(&(module.to_owned(), name.to_owned()))
    }
}

/// Builds one function, if something provides it.
fn function(
    link: &Link<'_>,
    host: &HostImport,
    index: usize,
    registry: &Registry,
    approval: &Approval,
) -> Result<Option<GuardedFunction>, Vec<String>> {
    let offered = registry.get(&host.module.value, &host.name.value);
    let Some(signature) = link.import.ty.signature() else {
        return Err(vec!["it is no function".to_owned()]);
    };
    if offered.is_none() && host.provider.is_none() {
        return Ok(None);
    }
    let (parameters, result) = kinds(host, signature).map_err(|reason| vec![reason])?;
    let guards = guards(host, &parameters)?;
    let provider = Provider::of(host, &guards, result.is_some(), offered, approval)
        .map_err(|reason| vec![reason])?;
    let on_deny = host.on_deny.map(|number| number.value);
    for (key, number) in [("on_deny", on_deny), ("stub", stub(provider.as_ref()))] {
        if let (Some(kind), Some(number)) = (result, number)
            && kind.value(number).is_none()
        {
            return Err(vec![format!("its result cannot hold {number} (`{key}`)")]);
        }
    }
    let capability = host.capability.as_ref();
    let own = || format!("host:{}/{}", host.module.value, host.name.value);
    Ok(provider.map(|provider| GuardedFunction {
        index,
        name: link.full.as_str().into(),
        import: (link.import.module.clone(), link.import.name.clone()),
        capability: capability.map_or_else(own, |stated| stated.value.clone()),
        span: host.name.span,
        parameters,
        result,
        guards: guards.into(),
        on_deny,
        provider,
    }))
}

fn stub(provider: Option<&Provider>) -> Option<i64> {
    match provider {
        Some(Provider::Stub(number)) => Some(*number),
        _ => None,
    }
}

/// The number types of an import that is what the policy says.
fn kinds(host: &HostImport, signature: &Signature) -> Result<(Vec<Kind>, Option<Kind>), String> {
    if let Some(stated) = &host.signature
        && stated.value != *signature
    {
        let stated = &stated.value;
        return Err(format!("it is {signature}, and the policy says {stated}"));
    }
    let kinds = |types: &[String]| -> Result<Vec<Kind>, String> {
        let kind = |ty: &String| {
            Kind::named(ty).ok_or_else(|| format!("`{ty}` does not cross: numbers alone do"))
        };
        types.iter().map(kind).collect()
    };
    match *kinds(&signature.results)?.as_slice() {
        [] => Ok((kinds(&signature.params)?, None)),
        [result] => Ok((kinds(&signature.params)?, Some(result))),
        _ => Err("a host function has one result at most".to_owned()),
    }
}

fn guards(host: &HostImport, parameters: &[Kind]) -> Result<Vec<Guard>, Vec<String>> {
    let (mut guards, mut reasons) = (Vec::new(), Vec::new());
    for argument in &host.args {
        let name = &argument.name.value;
        match Guard::of(argument, parameters) {
            Ok(guard) => guards.push(guard),
            Err(reason) => reasons.push(format!("argument `{name}`: {reason}")),
        }
    }
    if reasons.is_empty() {
        Ok(guards)
    } else {
        Err(reasons)
    }
}

/// A module may import a function twice; then by one type.
fn add(
    functions: &mut BTreeMap<(String, String), Arc<GuardedFunction>>,
    link: &Link<'_>,
    function: GuardedFunction,
    reasons: &mut Vec<String>,
) {
    let key = (link.import.module.clone(), link.import.name.clone());
    match functions.get(&key) {
        Some(first)
            if (&first.parameters, first.result) != (&function.parameters, function.result) =>
        {
            reasons.push(format!("{}: it is imported by two types", link.full));
        }
        Some(_) => {}
        None => {
            functions.insert(key, Arc::new(function));
        }
    }
}

fn names(functions: &BTreeMap<(String, String), Arc<GuardedFunction>>) -> Arc<[Arc<str>]> {
    let mut functions: Vec<&Arc<GuardedFunction>> = functions.values().collect();
    functions.sort_by_key(|function| function.index);
    functions
        .iter()
        .map(|function| Arc::clone(&function.name))
        .collect()
}

fn shared(functions: &BTreeMap<(String, String), Arc<GuardedFunction>>) -> bool {
    functions
        .values()
        .any(|function| function.provider.is_shared())
}

impl fmt::Debug for HostFunctions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.names.iter()).finish()
    }
}
