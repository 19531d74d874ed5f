//! Ways of calling an import in words: `with "/etc/passwd" (as compiled)`, `with paths it computes`.

use std::collections::BTreeMap;

use crate::audit::{PassedText, Reading};
use crate::capability::{ArgHint, Place};
use crate::wasm::{Argument, Call, ImportUse, Labels, Tier, Why};

/// Calls that pass the same, as far as is known.
#[derive(Debug, PartialEq, Eq)]
pub struct Way {
    /// What they pass: `with "/etc/passwd" (as compiled)`. Raw.
    pub words: String,
    /// How each is reached. Raw.
    pub paths: Vec<String>,
}

/// The ways of calling an import, those of which something is known first.
pub fn ways(labels: &Labels<'_>, usage: &ImportUse, reading: Option<&Reading>) -> Vec<Way> {
    let mut known: Vec<Way> = Vec::new();
    let mut open: Vec<Way> = Vec::new();
    let mut places: BTreeMap<(bool, String), usize> = BTreeMap::new();
    for (at, call) in usage.calls.iter().enumerate() {
        let (words, is_known) = passed(call, reading, at);
        let group = if is_known { &mut known } else { &mut open };
        let place = *places.entry((is_known, words.clone())).or_insert_with(|| {
            group.push(Way {
                words,
                paths: Vec::new(),
            });
            group.len() - 1
        });
        let path = labels.call(usage, call);
        if let Some(way) = group
            .get_mut(place)
            .filter(|way| !way.paths.contains(&path))
        {
            way.paths.push(path);
        }
    }
    known.append(&mut open);
    known
}

/// What a call passes, in words, and whether anything of it is known.
fn passed(call: &Call, reading: Option<&Reading>, at: usize) -> (String, bool) {
    let texts = reading.and_then(|reading| reading.texts.get(at));
    let none = BTreeMap::new();
    let texts = texts.unwrap_or(&none);
    match reading.map(|reading| reading.hints.as_slice()) {
        Some(hints @ [_, ..]) => described(call, hints, texts),
        _ => listed(call, texts),
    }
}

/// By what the interface says of the arguments.
fn described(call: &Call, hints: &[ArgHint], texts: &BTreeMap<u32, PassedText>) -> (String, bool) {
    let several = hints.iter().filter(|hint| is_text(hint)).count() > 1;
    let mut known = Vec::new();
    let mut numbers = Vec::new();
    let mut open = Vec::new();
    let mut recovered = false;
    for hint in hints {
        match hint.place {
            Place::Number { index } => match argument(call, index) {
                Argument::Constant { value, tier } => {
                    recovered |= tier == Tier::Recovered;
                    numbers.push(flags(&hint.name, value));
                }
                Argument::Unknown(_) => {}
            },
            Place::Buffer { ptr, .. } | Place::Terminated { ptr } if is_text(hint) => {
                if let Some(text) = texts.get(&ptr) {
                    recovered = true;
                    let name = if several {
                        format!("{} ", hint.name)
                    } else {
                        String::new()
                    };
                    known.push(format!("{name}{}", literal(&text.text)));
                } else {
                    open.push(unknown(nouns(hint.role), why(argument(call, ptr))));
                }
            }
            Place::Buffer { .. } | Place::Terminated { .. } => {}
        }
    }
    let is_known = !known.is_empty() || (open.is_empty() && !numbers.is_empty());
    open.dedup();
    known.append(&mut open);
    numbers.retain(|number| !number.is_empty());
    let numbers = numbers.join(", ");
    let mut words = if known.is_empty() {
        format!("with {numbers}")
    } else if numbers.is_empty() {
        format!("with {}", known.join(" and "))
    } else {
        format!("with {}, {numbers}", known.join(" and "))
    };
    if words == "with " {
        COMPUTED.clone_into(&mut words);
    } else if recovered {
        words.push_str(AS_COMPILED);
    }
    (words, is_known)
}

/// What is said of a way of calling of which no argument is known.
pub(super) const COMPUTED: &str = "with arguments it computes";

const AS_COMPILED: &str = " (as compiled)";

/// All arguments in order, where nobody says what they mean.
fn listed(call: &Call, texts: &BTreeMap<u32, PassedText>) -> (String, bool) {
    if call.arguments.is_empty() {
        return ("without arguments".to_owned(), true);
    }
    let lengths: Vec<u32> = texts.values().filter_map(|text| text.length).collect();
    let mut recovered = false;
    let mut known = false;
    let mut parts = Vec::new();
    for (at, argument) in (0..).zip(&call.arguments) {
        if lengths.contains(&at) {
            continue;
        }
        parts.push(match (texts.get(&at), argument) {
            (Some(text), _) => {
                (recovered, known) = (true, true);
                literal(&text.text)
            }
            (None, Argument::Constant { value, tier }) => {
                recovered |= *tier == Tier::Recovered;
                known = true;
                value.to_string()
            }
            (None, Argument::Unknown(_)) => "_".to_owned(),
        });
    }
    if !known {
        let why = call.arguments.first().copied().map_or(Why::Computed, why);
        return (format!("with {}", unknown("arguments", why)), false);
    }
    let mark = if recovered { AS_COMPILED } else { "" };
    let words = match parts.as_slice() {
        [one] => format!("with {one}{mark}"),
        many => format!("with ({}){mark}", many.join(", ")),
    };
    (words, true)
}

fn argument(call: &Call, index: u32) -> Argument {
    let found = call.arguments.get(index as usize).copied();
    found.unwrap_or(Argument::Unknown(Why::NotAnalysed))
}

/// A constant that leads to no text is a place in memory which the code fills first.
fn why(argument: Argument) -> Why {
    match argument {
        Argument::Constant { .. } => Why::Memory,
        Argument::Unknown(why) => why,
    }
}

fn is_text(hint: &ArgHint) -> bool {
    !matches!(hint.place, Place::Number { .. }) && !matches!(hint.role, "buffer" | "out-buffer")
}

/// A text in quotes that it cannot leave.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn nouns(role: &str) -> &'static str {
    match role {
        "path" => "paths",
        "root" => "folders",
        "url" => "URLs",
        "host" => "hosts",
        "command" => "commands",
        "query" => "queries",
        "secret" => "secrets",
        "user" => "users",
        "tenant" => "tenants",
        _ => "texts",
    }
}

/// What is passed and not known: `paths it computes`.
pub fn unknown(nouns: &str, why: Why) -> String {
    match why {
        Why::Computed => format!("{nouns} it computes"),
        Why::Memory => format!("{nouns} from memory that it may write"),
        Why::Exported => format!("{nouns} of whoever calls it"),
        Why::Bounded => format!("more {nouns} than are followed"),
        Why::IndirectCall | Why::SharedTable | Why::HostReference | Why::NotAnalysed => {
            format!("{nouns} that are not followed, because {}", why.words())
        }
    }
}

/// The flags of WASI preview 1 that matter to a reader.
const FLAGS: [(&str, &[(i64, &str)]); 3] = [
    (
        "oflags",
        &[
            (1, "create"),
            (2, "folder"),
            (4, "only if new"),
            (8, "truncate"),
        ],
    ),
    ("fs_rights_base", &[(1 << 1, "read"), (1 << 6, "write")]),
    ("fdflags", &[(1, "append")]),
];

/// A number with its argument's name, or the words of its flags.
fn flags(name: &str, value: i64) -> String {
    let Some((_, flags)) = FLAGS.iter().find(|(known, _)| *known == name) else {
        return format!("{name} {value}");
    };
    let set = flags.iter().filter(|(bit, _)| value & bit != 0);
    set.map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
