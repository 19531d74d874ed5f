//! A record that was cut off, changed or signed elsewhere is never taken for more than it was.

use super::*;

/// What was cut off approves no more than the whole did, and nothing for longer.
#[test]
fn a_truncated_lock_says_less() {
    let (text, whole) = (lock(vec![full()]).text(), full());
    let (mut read, mut bound) = (0, 0);
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let Ok(cut) = Lock::read(&text[..end], SourceId(0)) else {
            continue;
        };
        read += 1;
        let Some(record) = cut.records.first() else {
            continue;
        };
        assert_eq!(record.policy_name(), whole.policy_name(), "{end}");
        assert_eq!(record.sha256.value, ONE);
        assert_eq!(record.until.map(|until| until.value), Some(day(31)));
        assert_eq!(record.waivers, whole.waivers);
        let mut more = crate::audit::drift::drift(&whole.powers, &record.powers);
        // The start of a capability's name is none.
        let known = whole.powers.capabilities.iter();
        let known: Vec<String> = known.map(|name| format!("capability {name}")).collect();
        more.retain(|line| !known.iter().any(|known| known.starts_with(line)));
        assert_eq!(more, [""; 0], "{end}");
        bound += usize::from(record.key.is_some());
    }
    assert!(read > 20 && bound > 0, "{read} {bound}");
}

#[test]
fn a_message_tells_all_records_apart() {
    let changes: [fn(&mut Record); 14] = [
        |record| record.name = None,
        |record| record.file = None,
        |record| record.by = Some(at("eve".to_owned())),
        |record| record.reason = None,
        |record| record.approved = None,
        |record| record.until = None,
        |record| record.until = Some(at(day(30))),
        |record| drop(record.waivers.pop_first()),
        |record| record.sha256 = at(TWO.to_owned()),
        |record| record.pin_digest = false,
        |record| record.key.as_mut().unwrap().policy = ONE.to_owned(),
        |record| record.powers.limits = None,
        |record| drop(record.powers.scopes.pop_first()),
        |record| record.powers.arguments = None,
    ];
    let mut messages = vec![full().message()];
    for change in changes {
        let mut record = full();
        change(&mut record);
        messages.push(record.message());
    }
    let all = messages.len();
    messages.sort();
    messages.dedup();
    assert_eq!(messages.len(), all);
    assert!(
        full()
            .message()
            .starts_with("ringfence approval 1\nabi \"1.2\"\n")
    );
}

/// A byte of a signed lock may be spelled otherwise, and say nothing else.
#[test]
fn no_byte_of_a_signed_record_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let key = crate::audit::signature::sample(folder.path(), 1);
    let path = folder.path().join("ringfence.lock");
    let entry = Entry {
        signer: Some(&key),
        ..entry(full())
    };
    record_approval(&path, entry, &mut Sources::default()).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let whole = load(&text);
    assert_eq!(whole.distrust(&whole.records[0]), None);
    let (message, signature) = (
        whole.records[0].message(),
        whole.records[0].signature.clone(),
    );
    let (mut refused, mut same) = (0, 0);
    for at in 0..text.len() {
        for change in [1, 2, 16] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= change;
            let Some(lock) = String::from_utf8(bytes)
                .ok()
                .map(|text| Lock::read(&text, SourceId(0)))
            else {
                continue;
            };
            let records = lock.map(|lock| {
                lock.records
                    .clone()
                    .into_iter()
                    .map(|one| (lock.distrust(&one), one))
                    .collect()
            });
            for (distrust, record) in records.unwrap_or_else(|_| Vec::new()) {
                let text = |record: &Record| record.signature.as_ref().map(|one| one.value.clone());
                if record.message() == message
                    && text(&record) == signature.as_ref().map(|one| one.value.clone())
                {
                    same += 1;
                } else {
                    // One whose signature lost its key is not signed, which `--allowed-signers` refuses.
                    assert!(
                        distrust.is_some() || record.signature.is_none(),
                        "{at} {change}"
                    );
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 500 && same < refused, "{refused} {same}");
}

#[test]
fn a_signature_from_elsewhere_is_of_the_record_or_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let key = crate::audit::signature::sample(folder.path(), 1);
    let path = folder.path().join("ringfence.lock");
    record_approval(&path, entry(full()), &mut Sources::default()).unwrap();
    let put = |signature: String| {
        attach(
            &path,
            ("11111111", None),
            signature,
            &mut Sources::default(),
        )
    };
    let before = std::fs::read_to_string(&path).unwrap();
    for message in ["", "ringfence approval 1\n"] {
        let error = put(key.sign(message).unwrap()).unwrap_err();
        assert!(matches!(error, LockError::Signature(_)), "{error}");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    put(key.sign(&full().message()).unwrap()).unwrap();
    let lock = load(&std::fs::read_to_string(&path).unwrap());
    assert!(lock.records[0].signature.is_some() && lock.distrust(&lock.records[0]).is_none());
}
