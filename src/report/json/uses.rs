//! What the code does with each imported function, for `inspect --format json`: reach, call paths, ways of calling.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::audit::{ModuleReport, PassedText, Reading};
use crate::capability::{ArgHint, Place};
use crate::wasm::{
    Argument, Call, CallSite, Encoding, Extern, ImportUse, Labels, Module, Path, Reach, Root, Step,
    Tier, Why,
};

/// The most steps, call sites and arguments that one document holds.
const MAX_ITEMS: usize = 50_000;

/// The uses of a module, told import by import until the document is full.
pub(super) struct Uses<'r> {
    labels: Labels<'r>,
    imports: Vec<&'r ImportUse>,
    readings: HashMap<u32, &'r Reading>,
    left: usize,
    /// Whether something found no room.
    left_out: bool,
}

impl<'r> Uses<'r> {
    /// Of a module.
    pub(super) fn new(report: &'r ModuleReport, module: &'r Module) -> Self {
        let readings = report.readings.iter();
        Self {
            labels: Labels::of(module),
            imports: module.uses.iter().flat_map(|uses| &uses.imports).collect(),
            readings: readings
                .map(|reading| (reading.function, reading))
                .collect(),
            left: MAX_ITEMS,
            left_out: false,
        }
    }

    /// Each import of the module with what is known of it; all is null for what is no function, or was not analysed.
    pub(super) fn add(&mut self, imports: &mut [Value]) {
        let functions = self.labels.module().imports.iter().map(|import| &import.ty);
        let mut next = 0..;
        for (view, ty) in imports.iter_mut().zip(functions) {
            let function = matches!(ty, Extern::Function(_))
                .then(|| next.next())
                .flatten();
            let usage = function.and_then(|at: usize| self.imports.get(at).copied());
            let known = usage.map(|usage| self.usage(usage));
            for key in ["reach", "why", "sites", "paths", "calls", "others"] {
                let value = known.as_ref().and_then(|known| known.get(key)).cloned();
                if let Some(view) = view.as_object_mut() {
                    view.insert(key.to_owned(), value.unwrap_or_default());
                }
            }
        }
    }

    /// What holds for the whole analysis; null where there was none.
    pub(super) fn summary(&self) -> Value {
        match &self.labels.module().uses {
            Some(uses) => json!({"bounded": uses.bounded, "left_out": self.left_out}),
            None => Value::Null,
        }
    }

    fn usage(&mut self, usage: &ImportUse) -> Value {
        let why = match usage.reach {
            Reach::May(why) => Some(why.words()),
            Reach::Likely | Reach::Unreachable => None,
        };
        let mut paths = Vec::new();
        for path in &usage.paths {
            if self.takes(path.steps.len()) {
                paths.push(self.path(path));
            }
        }
        let mut calls = Vec::new();
        for (at, call) in usage.calls.iter().enumerate() {
            if self.takes(call.sites.len() + call.arguments.len()) {
                calls.push(self.call(usage, at, call));
            }
        }
        json!({
            "reach": usage.reach.name(), "why": why, "sites": usage.sites, "paths": paths,
            "calls": calls, "others": usage.others.map(Why::words),
        })
    }

    fn takes(&mut self, items: usize) -> bool {
        let fits = items < self.left;
        self.left_out |= !fits;
        self.left -= if fits { items + 1 } else { 0 };
        fits
    }

    fn path(&self, path: &Path) -> Value {
        let step = |step: &Step| {
            json!({
                "function": step.function, "name": self.labels.label(step.function),
                "offset": step.offset, "indirect": step.may.is_some(), "why": step.may.map(Why::words),
            })
        };
        json!({
            "root": self.root(path.root), "text": self.labels.path(path),
            "steps": path.steps.iter().map(step).collect::<Vec<_>>(),
        })
    }

    fn root(&self, root: Root) -> Value {
        match root {
            Root::Export(at) => {
                let export = self.labels.module().exports.get(at);
                json!({"kind": "export", "name": export.map(|export| &export.name), "why": null})
            }
            Root::Start => json!({"kind": "start", "name": null, "why": null}),
            Root::Host(why) => json!({"kind": "host", "name": null, "why": why.words()}),
        }
    }

    fn call(&self, usage: &ImportUse, at: usize, call: &Call) -> Value {
        let reading = self.readings.get(&usage.function);
        let hints = reading.map_or(&[][..], |reading| reading.hints.as_slice());
        let texts = reading.and_then(|reading| reading.texts.get(at));
        let site = |site: &CallSite| {
            json!({
                "function": site.caller, "name": self.labels.label(site.caller),
                "offset": site.offset,
            })
        };
        let arguments = (0..).zip(&call.arguments).map(|(index, argument)| {
            let text = texts.and_then(|texts| texts.get(&index));
            self::argument(*argument, hint(hints, index), text)
        });
        json!({
            "sites": call.sites.iter().map(site).collect::<Vec<_>>(),
            "arguments": arguments.collect::<Vec<_>>(),
        })
    }
}

/// The hint that a parameter is the first of.
fn hint(hints: &[ArgHint], index: u32) -> Option<&ArgHint> {
    hints.iter().find(|hint| match hint.place {
        Place::Buffer { ptr, .. } | Place::Terminated { ptr } => ptr == index,
        Place::Number { index: number } => number == index,
    })
}

fn argument(argument: Argument, hint: Option<&ArgHint>, text: Option<&PassedText>) -> Value {
    let (value, tier, why) = match argument {
        Argument::Constant { value, tier } => (Some(value), Some(self::tier(tier)), None),
        Argument::Unknown(why) => (None, None, Some(why.words())),
    };
    let text = text.map(|text| {
        json!({
            "text": text.text, "encoding": encoding(text.encoding), "offset": text.offset,
            "length": text.length, "guessed": text.guessed,
        })
    });
    json!({
        "value": value, "tier": tier, "why": why, "name": hint.map(|hint| &*hint.name),
        "role": hint.map(|hint| hint.role), "text": text,
    })
}

fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Proved => "proved",
        Tier::Recovered => "recovered",
    }
}

fn encoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Terminated => "utf-8, zero-terminated",
        Encoding::Utf16 => "utf-16",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::wasm::{Uses as Analysis, decode, encode_text};

    fn told(usage: ImportUse, readings: Vec<Reading>) -> (Value, Value) {
        let text = r#"(module (import "env" "m" (memory 1)) (import "env" "f" (func (param i32 i32)))
            (func $_ZN3app3run17h0123456789abcdefE (export "run")))"#;
        let mut module = decode(&encode_text(text).unwrap());
        module.uses = Some(Analysis {
            imports: vec![usage],
            bounded: None,
        });
        let report = ModuleReport {
            readings,
            ..sample::module_report()
        };
        let mut uses = Uses::new(&report, &module);
        let mut imports = vec![json!({"name": "m"}), json!({"name": "f"})];
        uses.add(&mut imports);
        assert_eq!(imports[0]["reach"], Value::Null, "a memory has no use");
        (imports.remove(1), uses.summary())
    }

    fn usage() -> ImportUse {
        let step = |function, may| Step {
            function,
            offset: Some(7),
            may,
        };
        ImportUse {
            reach: Reach::May(Why::IndirectCall),
            sites: 1,
            paths: vec![Path {
                root: Root::Export(0),
                steps: vec![step(1, None), step(0, Some(Why::IndirectCall))],
            }],
            calls: vec![Call {
                sites: vec![CallSite {
                    caller: 1,
                    offset: 7,
                }],
                arguments: vec![
                    Argument::Constant {
                        value: 64,
                        tier: Tier::Recovered,
                    },
                    Argument::Unknown(Why::Computed),
                ],
            }],
            ..ImportUse::unknown(0)
        }
    }

    #[test]
    fn an_import_has_its_reach_paths_and_calls() {
        let text = PassedText {
            text: "/etc/passwd".to_owned(),
            encoding: Encoding::Terminated,
            offset: 99,
            length: None,
            guessed: true,
        };
        let reading = Reading {
            function: 0,
            hints: Vec::new(),
            texts: vec![[(0, text)].into_iter().collect()],
        };
        let (import, summary) = told(usage(), vec![reading]);
        assert_eq!(summary, json!({"bounded": null, "left_out": false}));
        let why = "it is called indirectly";
        assert_eq!(
            import,
            json!({
                "name": "f", "reach": "may", "why": why, "sites": 1,
                "others": "the module was not analysed",
                "paths": [{
                    "root": {"kind": "export", "name": "run", "why": null},
                    "text": "run → app::run ⇢ env.f (⇢ because it is called indirectly)",
                    "steps": [
                        {"function": 1, "name": "app::run", "offset": 7, "indirect": false, "why": null},
                        {"function": 0, "name": "env.f", "offset": 7, "indirect": true, "why": why},
                    ],
                }],
                "calls": [{
                    "sites": [{"function": 1, "name": "app::run", "offset": 7}],
                    "arguments": [
                        {
                            "value": 64, "tier": "recovered", "why": null, "name": null, "role": null,
                            "text": {
                                "text": "/etc/passwd", "encoding": "utf-8, zero-terminated", "offset": 99,
                                "length": null, "guessed": true,
                            },
                        },
                        {
                            "value": null, "tier": null, "why": "the value is computed", "name": null,
                            "role": null, "text": null,
                        },
                    ],
                }],
            })
        );
    }

    #[test]
    fn a_document_that_would_be_endless_says_what_it_leaves_out() {
        let mut endless = usage();
        let step = endless.paths[0].steps[0];
        endless.paths[0].steps = vec![step; MAX_ITEMS - 10];
        endless.paths.push(endless.paths[0].clone());
        let (import, summary) = told(endless, Vec::new());
        assert_eq!(import["paths"].as_array().unwrap().len(), 1);
        assert_eq!(import["calls"].as_array().unwrap().len(), 1);
        assert_eq!(summary["left_out"], true);
    }
}
