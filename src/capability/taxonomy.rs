//! Every interface that is known, and the answers: what an import gives, and what its name speaks of.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::authority::Authority;
use super::capabilities::{Capabilities, UNKNOWN};
use super::embedded::Embedded;
use super::entry::{Entry, Family};
use super::interface::Interface;
use super::pattern::prefix_of;
use super::phrases::Phrases;
use crate::source::{Mistake, Node, Span, Text};

/// The longest name, in bytes, that is looked up; a longer one is nobody's.
pub const MAX_NAME: usize = 512;

/// The file of authority phrases, beside those of interfaces.
const AUTHORITY: &str = "authority";

/// The taxonomy.
#[derive(Debug, Clone, Default)]
pub struct Taxonomy {
    interfaces: Vec<Interface>,
    exact: HashMap<Text, Vec<usize>>,
    /// The longest beginning first.
    prefixes: Vec<(Text, Vec<usize>)>,
    phrases: OnceLock<Phrases>,
}

impl Taxonomy {
    /// The built-in one, read when first asked for. A test holds that its files read.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Taxonomy> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let interfaces = Embedded::all().filter(|file| file.stem != AUTHORITY);
            Self::of(interfaces.filter_map(Interface::embedded).collect())
        })
    }

    /// SHA-256 over the built-in files, in hexadecimal, as the build found them.
    pub fn builtin_digest() -> &'static str {
        env!("RINGFENCE_CAPABILITIES_SHA256")
    }

    /// Reads files: the stem of each one's name, and its tree. All mistakes of all files at once.
    pub fn read(files: impl IntoIterator<Item = (Text, Node)>) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut interfaces = Vec::new();
        let mut phrases = Phrases::default();
        for (stem, node) in files {
            if stem == AUTHORITY {
                phrases = Phrases::read(&node, &mut mistakes);
            } else {
                interfaces.extend(Interface::read(&stem, &node, &mut mistakes));
            }
        }
        let taxonomy = Self {
            phrases: OnceLock::from(phrases),
            ..Self::of(interfaces)
        };
        taxonomy.check_apart(&mut mistakes);
        if mistakes.is_empty() {
            Ok(taxonomy)
        } else {
            Err(mistakes)
        }
    }

    fn of(interfaces: Vec<Interface>) -> Self {
        let mut taxonomy = Self {
            interfaces,
            ..Self::default()
        };
        taxonomy.index();
        taxonomy
    }

    fn index(&mut self) {
        let mut prefixes: BTreeMap<Text, Vec<usize>> = BTreeMap::new();
        for (at, interface) in self.interfaces.iter().enumerate() {
            for (module, _) in &interface.modules {
                let known = match prefix_of(module) {
                    Some(prefix) => prefixes.entry(prefix).or_default(),
                    None => self.exact.entry(module.clone()).or_default(),
                };
                known.push(at);
            }
        }
        self.prefixes = prefixes.into_iter().collect();
        self.prefixes
            .sort_by_key(|(prefix, _)| Reverse(prefix.len()));
    }

    /// No two interfaces may say different things of one import.
    fn check_apart(&self, mistakes: &mut Vec<Mistake>) {
        let mut first: HashMap<(&str, &str), Span> = HashMap::new();
        for interface in &self.interfaces {
            for (module, _) in &interface.modules {
                for (name, span) in interface.written() {
                    if let Some(other) = first.insert((module, name), span) {
                        let message = format!("`{module}` `{name}` is in another file already");
                        let mistake = Mistake::new("duplicate", message, span);
                        mistakes.push(mistake.also(other, "here").help("keep one of the two"));
                    }
                }
            }
        }
    }

    /// Every interface, by name.
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// What is known of an import. The most specific wins: a whole module name over a beginning, then a whole function
    /// name over a beginning. The version of an interface (`@0.2.1`) does not matter.
    pub fn lookup(&self, module: &str, name: &str) -> Option<&Entry> {
        if module.len() > MAX_NAME || name.len() > MAX_NAME {
            return None;
        }
        let module = without_version(module);
        let exact = self
            .exact
            .get(module)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let prefixes = self
            .prefixes
            .iter()
            .filter(|(prefix, _)| module.starts_with(&**prefix));
        std::iter::once(exact)
            .chain(prefixes.map(|(_, interfaces)| interfaces.as_slice()))
            .find_map(|candidates| self.find(candidates, name))
    }

    fn find(&self, candidates: &[usize], name: &str) -> Option<&Entry> {
        let interfaces = || candidates.iter().filter_map(|at| self.interfaces.get(*at));
        interfaces()
            .find_map(|interface| interface.functions().exact(name))
            .or_else(|| {
                let found =
                    interfaces().filter_map(|interface| interface.functions().by_prefix(name));
                found
                    .max_by_key(|(length, _)| *length)
                    .map(|(_, entry)| entry)
            })
    }

    /// What an import gives, in the order of the vocabulary. `opens`: whether the module imports a function that
    /// [`Self::opens_files`]. Nothing for a function that is known to give nothing
    /// by itself; `host:<module>/*` for an interface of a component whose functions are not listed.
    pub fn capabilities_of(&self, module: &str, name: &str, opens: bool) -> Vec<Text> {
        let Some(entry) = self.lookup(module, name) else {
            return vec![Text::Borrowed(UNKNOWN)];
        };
        let Some(capabilities) = entry.capabilities else {
            let name = if name.is_empty() { "*" } else { name };
            return vec![Text::Owned(format!("host:{module}/{name}"))];
        };
        let more = if opens {
            entry.if_opens
        } else {
            Capabilities::default()
        };
        capabilities
            .with(more)
            .names()
            .map(Text::Borrowed)
            .collect()
    }

    /// Whether the import makes its module one that can open files.
    pub fn opens_files(&self, module: &str, name: &str) -> bool {
        self.lookup(module, name).is_some_and(|entry| entry.opens)
    }

    /// The functions of WASI preview 1, sorted.
    pub fn wasi_functions(&self) -> Vec<&str> {
        let preview1 = self
            .interfaces
            .iter()
            .find(|interface| interface.family == Family::Wasi);
        let names = preview1.map(|interface| interface.written().map(|(name, _)| name));
        names.into_iter().flatten().collect()
    }

    fn phrases(&self) -> &Phrases {
        self.phrases.get_or_init(|| {
            let file = Embedded::all().find(|file| file.stem == AUTHORITY);
            let read = |file: Embedded| Phrases::read(&file.without(&[]), &mut Vec::new());
            file.map(read).unwrap_or_default()
        })
    }

    /// What the name of a host import speaks of; nothing for a name longer than [`MAX_NAME`].
    pub fn authority(&self, name: &str) -> Authority {
        if name.len() > MAX_NAME {
            return Authority::default();
        }
        self.phrases().judge(name)
    }
}

/// Whether an import module's name claims to be WASI, of any generation or vendor.
pub fn is_wasi_module(name: &str) -> bool {
    name == "wasi"
        || ["wasi_", "wasi-", "wasix_", "wasi:"]
            .iter()
            .any(|prefix| without_version(name).starts_with(prefix))
}

/// The name of an interface without its version and without the mark of core modules built for components.
fn without_version(module: &str) -> &str {
    let interface = module.strip_prefix("cm32p2|").unwrap_or(module);
    match interface.split_once('@') {
        Some((unversioned, _)) if unversioned.contains(':') => unversioned,
        _ if interface.contains(':') => interface,
        _ => module,
    }
}
