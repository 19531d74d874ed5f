//! One approval as the lock holds it.

use std::collections::BTreeSet;

use crate::audit::approval_key::ApprovalKey;
use crate::policy::{Date, date};
use crate::source::{Fields, Mistake, Node, Spanned};

/// One approval.
#[derive(Debug, Clone)]
pub struct Record {
    /// The policy's name under which the module was approved.
    pub name: Option<Spanned<String>>,
    /// The name of the module's file, for those who read the lock; nothing goes by it.
    pub file: Option<String>,
    /// The module's digest.
    pub sha256: Spanned<String>,
    /// `pin: digest`: the record holds for these very bytes alone. Otherwise for any module without new powers.
    pub pin_digest: bool,
    /// What else it is bound to; `None` in a record that `approve` did not write, which lets nothing run.
    pub key: Option<ApprovalKey>,
    /// The program that approved.
    pub tool: Option<String>,
    /// Its last day.
    pub until: Option<Spanned<Date>>,
    /// Capabilities that were approved.
    pub capabilities: BTreeSet<String>,
    /// Imports that were approved.
    pub imports: BTreeSet<String>,
    /// Exports that were approved.
    pub exports: BTreeSet<String>,
    /// Waivers without which it would not have been approved.
    pub waivers: BTreeSet<ApprovedWaiver>,
}

/// A waiver that covered a finding when the module was approved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApprovedWaiver {
    /// The rule.
    pub rule: String,
    /// The subject; `None` is every one.
    pub subject: Option<String>,
    /// The waiver's last day.
    pub until: Option<Date>,
}

impl Record {
    /// Whether it was made under a policy of this name, or under one without a name.
    pub(super) fn is_for(&self, name: Option<&str>) -> bool {
        let own = self.name.as_ref().map(|own| own.value.as_str());
        own.is_none() || own == name
    }

    pub(super) fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let mut fields = Fields::open(node, "a lock's record", mistakes)?;
        let name = fields.text("name", mistakes);
        let file = fields.text("file", mistakes).map(|file| file.value);
        let sha256 = fields.need_text("sha256", mistakes);
        let pin = fields.text("pin", mistakes);
        let key = read_key(&mut fields, mistakes);
        let tool = fields.text("tool", mistakes).map(|tool| tool.value);
        let until = fields.text("until", mistakes);
        let mut names = |key| {
            fields
                .texts(key, mistakes)
                .into_iter()
                .map(|one| one.value)
                .collect()
        };
        let (capabilities, imports, exports) =
            (names("capabilities"), names("imports"), names("exports"));
        let waivers = read_waivers(fields.take("waivers"), mistakes);
        fields.finish(mistakes);
        let sha256 = sha256?;
        check_digest(&sha256, mistakes);
        Some(Self {
            until: until.and_then(|until| read_day(&until, mistakes)),
            pin_digest: read_pin(pin.as_ref(), mistakes),
            name,
            file,
            sha256,
            key,
            tool,
            capabilities,
            imports,
            exports,
            waivers,
        })
    }
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
    let Some(node) = node else {
        return BTreeSet::new();
    };
    let Some(items) = node.list() else {
        let mistake = Mistake::new("wrong-type", "`waivers` must be a list", node.span);
        mistakes.push(mistake.help("approve the module again: `ringfence approve` writes it"));
        return BTreeSet::new();
    };
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
        subject: subject.map(|subject| subject.value),
        until: until.map(|until| until.value),
    })
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
