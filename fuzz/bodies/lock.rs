//! Texts that say who approved what: a lock, a baseline, cases, allowed signers, revoked keys, a signature.

use ringfence::audit::{
    AllowedSigners, Baseline, Lock, PolicyCases, RevokedKeys, Trust, armored, unarmored,
};
use ringfence::source::{Mistake, Sources};
use ringfence::{report, report::Style};

use super::held::{RULES, builtin, judge, quiet};

/// Divides a lock from the signers that it is held against.
const NEXT: &str = "\n--- signers\n";

/// A module for the records to speak of; the seeds know its digest.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// The same text as each of them; most read as one at most.
pub fn body(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (text, signers) = text.split_once(NEXT).unwrap_or((text, ""));
    let mut sources = Sources::default();
    let source = sources.add("ringfence.lock", text);
    let allowed = AllowedSigners::read(signers, source);
    told(&sources, Baseline::read(text, source).err());
    told(&sources, PolicyCases::read(text, source).err());
    told(&sources, AllowedSigners::read(text, source).err());
    let revoked = RevokedKeys::decode("keys".as_ref(), data.to_vec(), &mut Sources::default());
    if let Some(signature) = unarmored(text) {
        let back = unarmored(&armored(&signature));
        assert_eq!(back.as_ref(), Some(&signature), "a signature changes");
    }
    match Lock::read(text, source) {
        Ok(mut lock) => {
            if let (Ok(allowed), Ok(revoked)) = (allowed, revoked) {
                lock.demand(Trust::new(allowed, revoked));
            }
            hold(&lock, &sources);
        }
        Err(mistakes) => told(&sources, Some(mistakes)),
    }
}

/// A lock that reads: what it says of each record, and of a module.
fn hold(lock: &Lock, sources: &Sources) {
    for record in &lock.records {
        let message = record.message();
        quiet("a message to sign", &message, false);
        assert!(message.is_ascii(), "{message}");
        let _ = lock.distrust(record);
        let (sha256, name) = (&record.sha256.value, record.policy_name());
        assert!(lock.exact(sha256, name).is_some(), "a record is not found");
        let _ = lock.find(sha256.get(..4).unwrap_or_default(), name);
        assert_eq!(record.compare(record), (Vec::new(), Vec::new()));
    }
    let mut own = sources.clone();
    let policy = builtin("strict", &mut own);
    judge(MODULE, policy, &own, &RULES, Some(lock));
}

/// Mistakes can be shown.
pub fn told(sources: &Sources, mistakes: Option<Vec<Mistake>>) {
    let Some(mistakes) = mistakes else { return };
    assert!(
        !mistakes.is_empty(),
        "it does not read, and nothing says why"
    );
    let text = report::mistakes(&mistakes, sources, &Style::default());
    quiet("mistakes", &text, false);
    let json = report::mistakes_json(&mistakes, sources);
    assert_eq!(json.as_array().map(Vec::len), Some(mistakes.len()));
}
