//! From a lock's text to its records. What is not there approves nothing; what is not understood is a mistake.

use std::collections::BTreeSet;

use crate::audit::approval_key::ApprovalKey;
use crate::audit::powers::{Interface, Passed, Powers, Value, clean};
use crate::audit::scope::Scopes;
use crate::policy::{Date, date};
use crate::source::{Fields, Mistake, Node, Spanned};

use super::{ApprovedWaiver, Record};

const AGAIN: &str = "approve the module again: `ringfence approve` writes it";

impl Record {
    pub(super) fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(node, "a lock's record", mistakes)?;
        let name = fields.text("name", mistakes);
        let file = fields.text("file", mistakes).map(|file| file.value);
        let by = fields.text("by", mistakes);
        let reason = fields.text("reason", mistakes).map(|reason| reason.value);
        let approved = fields.text("approved", mistakes);
        let until = fields.text("until", mistakes);
        let waivers = read_waivers(fields.take("waivers"), mistakes);
        let sha256 = fields.need_text("sha256", mistakes);
        let pin = fields.text("pin", mistakes);
        let powers = read_powers(&mut fields, mistakes);
        let key = read_key(&mut fields, mistakes);
        let tool = fields.text("tool", mistakes).map(|tool| tool.value);
        let signature = fields.text("signature", mistakes);
        fields.finish(mistakes);
        let sha256 = sha256?;
        check_digest(&sha256, mistakes);
        let approved = approved.and_then(|day| read_day(&day, mistakes));
        Some(Self {
            name,
            file: file.map(|file| clean(&file)),
            by,
            reason: reason.map(|reason| clean(&reason)),
            approved: approved.map(|day| day.value),
            until: until.and_then(|until| read_day(&until, mistakes)),
            waivers,
            sha256,
            pin_digest: read_pin(pin.as_ref(), mistakes),
            powers,
            key,
            tool,
            signature,
        })
    }
}

fn read_powers(fields: &mut Fields<'_>, mistakes: &mut Vec<Mistake>) -> Powers {
    let capabilities = fields.texts("capabilities", mistakes).into_iter();
    Powers {
        capabilities: capabilities.map(|one| clean(&one.value)).collect(),
        scopes: read_scopes("scopes", fields, mistakes).unwrap_or_default(),
        guards: read_scopes("guards", fields, mistakes),
        limits: read_scopes("limits", fields, mistakes),
        imports: read_interface("imports", fields, mistakes),
        exports: read_interface("exports", fields, mistakes),
        abi: fields.text("abi", mistakes).map(|abi| clean(&abi.value)),
        arguments: read_arguments(fields, mistakes),
    }
}

fn read_scopes(
    key: &'static str,
    fields: &mut Fields<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Scopes> {
    let node = fields.take(key)?;
    let Some(entries) = node.map() else {
        mistakes.push(wrong(key, "a map", node));
        return None;
    };
    let mut scopes = Scopes::new();
    for entry in entries {
        match entry.node.text() {
            Some(value) => drop(scopes.insert(clean(&entry.key), clean(value))),
            None => mistakes.push(wrong(key, "a map of texts", &entry.node)),
        }
    }
    Some(scopes)
}

/// Each a name, or a name with its type.
fn read_interface(
    key: &'static str,
    fields: &mut Fields<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Interface {
    let mut interface = Interface::new();
    for item in items(key, fields.take(key), mistakes).unwrap_or_default() {
        let (name, ty) = match item.text() {
            Some(name) => (Some(name.to_owned()), None),
            None => read_named(item, mistakes),
        };
        if let Some(name) = name {
            let types = interface.entry(clean(&name)).or_default();
            types.extend(ty);
        }
    }
    interface
}

fn read_named(node: &Node, mistakes: &mut Vec<Mistake>) -> (Option<String>, Option<String>) {
    let Some(mut fields) = Fields::open(node, "an import or export in a lock", mistakes) else {
        return (None, None);
    };
    let name = fields.need_text("name", mistakes);
    let ty = fields.need_text("type", mistakes);
    fields.finish(mistakes);
    (name.map(|name| name.value), ty.map(|ty| ty.value))
}

fn read_arguments(
    fields: &mut Fields<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Option<BTreeSet<Passed>> {
    let items = items("arguments", fields.take("arguments"), mistakes)?;
    let one = |item| read_argument(item, mistakes);
    Some(items.iter().filter_map(one).collect())
}

fn read_argument(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Passed> {
    let mut fields = Fields::open(node, "an argument in a lock", mistakes)?;
    let argument = fields.need_text("argument", mistakes);
    let text = fields.text("text", mistakes);
    let number = fields.take("number");
    let any = fields.flag("any", mistakes);
    fields.finish(mistakes);
    let value = match (text, number, any) {
        (Some(text), None, None) => Some(Value::Text(clean(&text.value))),
        (None, Some(number), None) => number.integer().map(Value::Number),
        (None, None, Some(true)) => Some(Value::Any),
        _ => None,
    };
    if value.is_none() {
        let message = "an argument has one of `text`, `number` and `any: true`";
        mistakes.push(Mistake::new("lock-argument", message, node.span).help(AGAIN));
    }
    Some(Passed {
        argument: clean(&argument?.value),
        value: value?,
    })
}

/// The three parts of the key: all of them, or none.
fn read_key(fields: &mut Fields<'_>, mistakes: &mut Vec<Mistake>) -> Option<ApprovalKey> {
    let mut part = |name| fields.text(name, mistakes);
    let parts = [part("policy"), part("rules"), part("engine")];
    let stated = parts.iter().flatten().next()?.span;
    let [Some(policy), Some(rules), Some(engine)] = parts else {
        let message = "a record has all of `policy`, `rules` and `engine`, or none";
        let mistake = Mistake::new("lock-key", message, stated);
        mistakes.push(mistake.help("approve the module again: `ringfence approve` writes them"));
        return None;
    };
    check_digest(&policy, mistakes);
    check_digest(&rules, mistakes);
    Some(ApprovalKey {
        policy: policy.value,
        rules: rules.value,
        engine: engine.value,
    })
}

fn read_waivers(node: Option<&Node>, mistakes: &mut Vec<Mistake>) -> BTreeSet<ApprovedWaiver> {
    let items = items("waivers", node, mistakes).unwrap_or_default();
    let one = |item| read_waiver(item, mistakes);
    items.iter().filter_map(one).collect()
}

fn read_waiver(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<ApprovedWaiver> {
    let mut fields = Fields::open(node, "a waiver in a lock", mistakes)?;
    let rule = fields.need_text("rule", mistakes);
    let subject = fields.text("subject", mistakes);
    let until = fields.text("until", mistakes);
    fields.finish(mistakes);
    let until = until.and_then(|until| read_day(&until, mistakes));
    Some(ApprovedWaiver {
        rule: rule?.value,
        subject: subject.map(|subject| clean(&subject.value)),
        until: until.map(|until| until.value),
    })
}

fn items<'n>(key: &str, node: Option<&'n Node>, mistakes: &mut Vec<Mistake>) -> Option<&'n [Node]> {
    let node = node?;
    let items = node.list();
    if items.is_none() {
        mistakes.push(wrong(key, "a list", node));
    }
    items
}

fn wrong(key: &str, what: &str, node: &Node) -> Mistake {
    let message = format!("`{key}` must be {what}");
    Mistake::new("wrong-type", message, node.span).help(AGAIN)
}

fn check_digest(digest: &Spanned<String>, mistakes: &mut Vec<Mistake>) {
    let hexadecimal = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digest.value.len() != 64 || !digest.value.bytes().all(hexadecimal) {
        mistakes.push(
            Mistake::new("lock-digest", "not a SHA-256 digest", digest.span)
                .help("64 lower-case hexadecimal digits"),
        );
    }
}

/// Whether the record is for its digest alone, which it is unless it says otherwise.
fn read_pin(pin: Option<&Spanned<String>>, mistakes: &mut Vec<Mistake>) -> bool {
    let Some(pin) = pin else { return true };
    match pin.value.as_str() {
        "digest" => true,
        "capabilities" => false,
        other => {
            mistakes.push(
                Mistake::new("lock-pin", format!("no pin `{other}`"), pin.span)
                    .help("write `digest` or `capabilities`"),
            );
            true
        }
    }
}

fn read_day(text: &Spanned<String>, mistakes: &mut Vec<Mistake>) -> Option<Spanned<Date>> {
    let day = date(&text.value);
    if day.is_none() {
        let message = format!("not a day: `{}`", text.value);
        let mistake = Mistake::new("lock-until", message, text.span);
        mistakes.push(mistake.help("write the last day as 2027-03-31"));
    }
    day.map(|day| Spanned::new(day, text.span))
}
