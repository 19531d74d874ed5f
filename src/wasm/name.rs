//! Names of functions as readers know them: demangled, else the export, else the index. Each is somebody else's text.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::limit::cut;
use super::{Extern, Import, MAX_NAME, Module, itanium};

/// A mangled name in its language's own words, without the hash that Rust appends; any other name as it is.
pub fn demangle(name: &str) -> Cow<'_, str> {
    if name.len() > MAX_NAME {
        return cut(name, MAX_NAME).into();
    }
    rust(name)
        .or_else(|| itanium::demangle(name))
        .map_or(Cow::Borrowed(name), Cow::Owned)
}

fn rust(name: &str) -> Option<String> {
    let symbol = rustc_demangle::try_demangle(name).ok()?;
    let mut text = Bounded::default();
    write!(text, "{symbol:#}").ok()?;
    Some(text.0)
}

/// A text that refuses to outgrow [`MAX_NAME`]: what a few bytes stand for may double with each of them.
#[derive(Default)]
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        if self.0.len() + part.len() > MAX_NAME {
            return Err(std::fmt::Error);
        }
        self.0.push_str(part);
        Ok(())
    }
}

impl Import {
    /// `env.read_file`, and `"a.b".c` where it would not be plain where the first name ends: waivers and approvals go by this
    /// name, so no two imports share one. A component's bare interface has no second name.
    pub fn full_name(&self) -> String {
        let (module, name) = (&self.module, &self.name);
        match &self.ty {
            Extern::Other(_) if name.is_empty() => module.clone(),
            _ if !is_plain(module) && !is_versioned(module) => {
                let module = module.replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{module}\".{name}")
            }
            _ => format!("{module}.{name}"),
        }
    }
}

fn is_plain(module: &str) -> bool {
    !module.contains(['.', '"', '\\', '@'])
}

/// `wasi:cli/environment@0.2.0`: the dots are those of the version, which has three parts.
fn is_versioned(module: &str) -> bool {
    let part = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !part.is_empty() && part.bytes().all(known)
    };
    module.split_once('@').is_some_and(|(name, version)| {
        is_plain(name) && version.split('.').count() == 3 && version.split('.').all(part)
    })
}

/// What the functions of a module are called, indexed once.
#[derive(Debug)]
pub struct Labels<'m> {
    module: &'m Module,
    imports: Vec<&'m Import>,
    full_names: HashSet<String>,
    /// The first export of each exported function.
    exports: HashMap<u32, usize>,
    /// Labels that were told before: paths share most of their functions, and demangling a hostile name takes its time.
    told: RefCell<HashMap<u32, String>>,
}

/// The most labels that are kept.
const MAX_TOLD: usize = 4096;

impl<'m> Labels<'m> {
    /// Of a module.
    pub fn of(module: &'m Module) -> Self {
        let function = |ty: &Extern| matches!(ty, Extern::Function(_));
        let mut exports = HashMap::new();
        for (at, export) in module.exports.iter().enumerate() {
            if function(&export.ty) {
                exports.entry(export.index).or_insert(at);
            }
        }
        let imports: Vec<&Import> = module
            .imports
            .iter()
            .filter(|import| function(&import.ty))
            .collect();
        Self {
            module,
            full_names: imports.iter().map(|import| import.full_name()).collect(),
            imports,
            exports,
            told: RefCell::default(),
        }
    }

    /// The module.
    pub fn module(&self) -> &'m Module {
        self.module
    }

    /// The import behind a function's index, if it is one.
    pub fn import(&self, function: u32) -> Option<&'m Import> {
        self.imports.get(function as usize).copied()
    }

    /// The first export of a function, by its index in [`Module::exports`].
    pub fn export(&self, function: u32) -> Option<usize> {
        self.exports.get(&function).copied()
    }

    /// An import's full name; a function's own, demangled; else its export; else `func[7]`. A name that could be taken for
    /// another function's has its index behind it.
    pub fn label(&self, function: u32) -> String {
        if let Some(import) = self.import(function) {
            return import.full_name();
        }
        if let Some(label) = self.told.borrow().get(&function) {
            return label.clone();
        }
        let label = self.own(function);
        let mut told = self.told.borrow_mut();
        if told.len() < MAX_TOLD {
            told.insert(function, label.clone());
        }
        label
    }

    /// The label of a function that the module defines.
    fn own(&self, function: u32) -> String {
        let names = &self.module.names;
        let found = names
            .binary_search_by_key(&function, |(index, _)| *index)
            .ok()
            .and_then(|at| names.get(at))
            .map(|(_, name)| demangle(name));
        let exported = || {
            let export = self.module.exports.get(self.export(function)?)?;
            Some(Cow::Borrowed(export.name.as_str()))
        };
        let known = found.filter(|name| !name.is_empty()).or_else(exported);
        match known {
            None => format!("func[{function}]"),
            Some(name) if name.starts_with("func[") || self.full_names.contains(&*name) => {
                format!("{name} (func[{function}])")
            }
            Some(name) => name.into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::{decode, encode_text};
    use proptest::{prop_assert, prop_assert_eq};

    #[test]
    fn mangled_names_are_told_in_their_own_words() {
        for (mangled, plain) in [
            (
                "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
                "core::fmt::Formatter::pad",
            ),
            (
                "_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE",
                "<alloc::string::String as core::fmt::Display>::fmt",
            ),
            ("_RNvCs15kBYyAo9fc_7mycrate7example", "mycrate::example"),
            ("_ZN5space3fooEib", "space::foo(int, bool)"),
            ("main.readHost", "main.readHost"),
            ("_Z", "_Z"),
            ("_ZN", "_ZN"),
            ("", ""),
        ] {
            assert_eq!(demangle(mangled), plain);
        }
    }

    #[test]
    fn what_a_hostile_name_stands_for_stays_small() {
        // Each level is a tuple of the level before, twice.
        let mut bomb = String::from("_RINvC1a1bTuuE");
        let mut before = 8;
        for _ in 0..100 {
            let start = bomb.len() - 2;
            let back = base_62(before);
            bomb += &["TB", &back, "B", &back, "E"].concat();
            before = start;
        }
        bomb.push('E');
        let label = demangle(&bomb);
        assert!(bomb.len() < MAX_NAME && label.len() <= MAX_NAME, "{label}");
        for one in ["T", "N", "I", "F", "G", "B_", "M", "X", "Y", "R", "S", "A"] {
            for head in ["_R", "_RINvC1a1b", "_ZN", "_RC1a"] {
                let name = format!("{head}{}", one.repeat(4096));
                assert!(demangle(&name).len() <= MAX_NAME);
                assert!(demangle(&name[..1000]).len() <= MAX_NAME);
            }
        }
    }

    /// A back-reference's number as Rust mangles it: none is 0, and each other is one less.
    fn base_62(number: usize) -> String {
        let digits = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut text = Vec::new();
        let mut rest = number;
        if number > 0 {
            rest -= 1;
            loop {
                text.insert(0, digits[rest % 62]);
                rest /= 62;
                if rest == 0 {
                    break;
                }
            }
        }
        text.push(b'_');
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn an_import_goes_by_its_own_name_whatever_the_name_section_says() {
        let bytes = encode_text(
            r#"(module (import "env" "read_file" (func $harmless)) (import "env" "m" (memory 1)) (import "env" "log" (func))
                (func (export "a") (export "b")) (func) (func $_ZN3app3run17h0123456789abcdefE))"#,
        )
        .unwrap();
        let module = decode(&bytes);
        let labels = Labels::of(&module);
        assert_eq!(module.function_name(0), Some("harmless"));
        let told: Vec<String> = (0..6).map(|index| labels.label(index)).collect();
        assert_eq!(
            told,
            [
                "env.read_file",
                "env.log",
                "a",
                "func[3]",
                "app::run",
                "func[5]"
            ]
        );
    }

    fn import(module: &str, name: &str) -> Import {
        let text = format!("(module (import {module:?} {name:?} (memory 1)))");
        let bytes = encode_text(&text).unwrap();
        decode(&bytes).imports.remove(0)
    }

    #[test]
    fn names_read_plainly_until_they_could_be_taken_for_others() {
        assert_eq!(import("env", "a.exec").full_name(), "env.a.exec");
        assert_eq!(import("env.a", "exec").full_name(), "\"env.a\".exec");
        assert_eq!(import("a:b/c@0.2.0", "x").full_name(), "a:b/c@0.2.0.x");
        assert_eq!(import("a:b/c@0", "2.0.x").full_name(), "\"a:b/c@0\".2.0.x");
        assert_eq!(import("env.a.exec", "").full_name(), "\"env.a.exec\".");
    }

    proptest::proptest! {
        #[test]
        fn any_name_demangles_or_stays(name in "(_R|_ZN|_Z)?[0-9A-Za-z_$.]{0,200}") {
            prop_assert!(demangle(&name).len() <= MAX_NAME);
        }

        #[test]
        fn no_two_imports_share_a_name(
            one in ("[.\"\\\\a@]{0,8}", "[.\"\\\\a@]{0,8}"),
            other in ("[.\"\\\\a@]{0,8}", "[.\"\\\\a@]{0,8}"),
        ) {
            let same = import(&one.0, &one.1).full_name() == import(&other.0, &other.1).full_name();
            prop_assert_eq!(same, one == other);
        }
    }
}
