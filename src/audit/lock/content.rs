//! What a record says, key by key: the one list from which the lock's text and the bytes of a signature are made, so that
//! nothing can stand in the one and not in the other.

use std::collections::BTreeMap;

use crate::audit::powers::{Interface, Passed, Value, clean};

use super::{ApprovedWaiver, Record};

/// The content of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// Names with a text each.
    Map(BTreeMap<String, String>),
    /// A list of small maps.
    Maps(Vec<Vec<(&'static str, String)>>),
}

impl Record {
    /// Everything but the signature, in the order in which it is written. What ends or narrows an approval stands before the
    /// digest, and what it is bound to stands last, so that a text that was cut off says less and never more.
    pub(super) fn content(&self) -> Vec<(&'static str, Content)> {
        let powers = &self.powers;
        let key = self.key.as_ref();
        let text = |text: &String| Content::Text(clean(text));
        let day = |day: crate::policy::Date| Content::Text(day.to_string());
        let exact = |text: &String| Content::Text(text.clone());
        let waivers = Content::Maps(self.waivers.iter().map(waiver).collect());
        let capabilities = powers.capabilities.iter().map(|name| clean(name)).collect();
        let pin = (!self.pin_digest).then(|| Content::Text("capabilities".to_owned()));
        let arguments = powers.arguments.as_ref();
        let arguments = arguments.map(|all| Content::Maps(all.iter().map(argument).collect()));
        let all = [
            ("name", self.name.as_ref().map(|name| exact(&name.value))),
            ("file", self.file.as_ref().map(text)),
            ("by", self.by.as_ref().map(|by| exact(&by.value))),
            ("reason", self.reason.as_ref().map(text)),
            ("approved", self.approved.map(day)),
            ("until", self.until.map(|until| day(until.value))),
            ("waivers", some(self.waivers.len(), waivers)),
            ("guards", powers.guards.as_ref().map(cleaned)),
            ("limits", powers.limits.as_ref().map(cleaned)),
            ("arguments", arguments),
            ("sha256", Some(exact(&self.sha256.value))),
            ("pin", pin),
            ("abi", powers.abi.as_ref().map(text)),
            (
                "capabilities",
                some(powers.capabilities.len(), Content::Texts(capabilities)),
            ),
            ("scopes", some(powers.scopes.len(), cleaned(&powers.scopes))),
            ("imports", interface(&powers.imports)),
            ("exports", interface(&powers.exports)),
            ("policy", key.map(|key| exact(&key.policy))),
            ("rules", key.map(|key| exact(&key.rules))),
            ("engine", key.map(|key| exact(&key.engine))),
            ("tool", self.tool.as_ref().map(exact)),
        ];
        let stated = all.into_iter();
        stated
            .filter_map(|(key, content)| Some((key, content?)))
            .collect()
    }
}

/// Texts that come from modules and policies may hold credentials.
fn cleaned(map: &BTreeMap<String, String>) -> Content {
    let map = map.iter();
    Content::Map(map.map(|(name, text)| (clean(name), clean(text))).collect())
}

/// Lists that say the same whether they are empty or absent are left out.
fn some(length: usize, content: Content) -> Option<Content> {
    (length > 0).then_some(content)
}

fn interface(interface: &Interface) -> Option<Content> {
    let mut items = Vec::new();
    for (name, types) in interface {
        if types.is_empty() {
            items.push(vec![("name", clean(name))]);
        }
        for ty in types {
            items.push(vec![("name", clean(name)), ("type", ty.clone())]);
        }
    }
    some(items.len(), Content::Maps(items))
}

fn argument(passed: &Passed) -> Vec<(&'static str, String)> {
    let value = match &passed.value {
        Value::Any => ("any", "true".to_owned()),
        Value::Number(number) => ("number", number.to_string()),
        Value::Text(text) => ("text", clean(text)),
    };
    vec![("argument", clean(&passed.argument)), value]
}

fn waiver(waiver: &ApprovedWaiver) -> Vec<(&'static str, String)> {
    let subject = waiver.subject.as_ref().map(|subject| clean(subject));
    let until = waiver.until.map(|until| until.to_string());
    let optional = [("subject", subject), ("until", until)];
    let stated = optional.into_iter();
    let stated = stated.filter_map(|(key, value)| Some((key, value?)));
    [("rule", waiver.rule.clone())]
        .into_iter()
        .chain(stated)
        .collect()
}
