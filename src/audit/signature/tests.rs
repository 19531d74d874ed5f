//! Who may sign, and that nothing but what was signed is taken for it.

use std::path::Path;

use ssh_key::private::{EcdsaKeypair, Ed25519Keypair};
use ssh_key::rand_core::{CryptoRng, Error, RngCore};
use ssh_key::{EcdsaCurve, LineEnding, PrivateKey};

use super::made::{P384, RSA, SHORT};
use super::*;
use crate::source::{SourceId, Sources};

const MESSAGE: &str = "ringfence approval 1\n";
/// 2026-11-28, in seconds.
const NOW: i64 = 1_795_824_000;

/// Numbers that are random to nobody.
struct Counter(u64);

impl RngCore for Counter {
    fn next_u32(&mut self) -> u32 {
        u32::try_from(self.next_u64() >> 32).unwrap()
    }

    fn next_u64(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.0
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.next_u64().to_be_bytes()[0];
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Counter {}

fn ed25519(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

/// A signer of a file in a folder.
pub(in crate::audit) fn sample(folder: &Path, seed: u8) -> Signer {
    let path = folder.join("key");
    write(&path, &ed25519(seed), 0o600);
    let signer = Signer::load(&path, &|| panic!("it is not encrypted")).unwrap();
    std::fs::remove_file(path).unwrap();
    signer
}

fn p256() -> PrivateKey {
    PrivateKey::from(EcdsaKeypair::random(&mut Counter(1), EcdsaCurve::NistP256).unwrap())
}

fn public(key: &PrivateKey) -> String {
    key.public_key().to_openssh().unwrap()
}

/// A key on the disk, as ssh-keygen leaves it.
fn loaded(key: &PrivateKey) -> Signer {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    write(&path, key, 0o600);
    Signer::load(&path, &|| panic!("it is not encrypted")).unwrap()
}

fn write(path: &Path, key: &PrivateKey, mode: u32) {
    let text = key.to_openssh(LineEnding::LF).unwrap();
    std::fs::write(path, text.as_bytes()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn trust(allowed: &str, revoked: &str) -> Trust {
    let allowed = AllowedSigners::read(allowed, SourceId(0)).unwrap();
    let revoked = RevokedKeys::read(revoked, SourceId(0)).unwrap();
    Trust::at(allowed, revoked, NOW)
}

#[test]
fn what_an_allowed_signer_signs_is_trusted() {
    for key in [ed25519(1), p256()] {
        let signature = loaded(&key).sign(MESSAGE).unwrap();
        let allowed = format!("# team\n\nana@*,bob {}\n", public(&key));
        let trust = trust(&allowed, "");
        assert_eq!(
            trust.check(&signature, Some("ana@example.com"), MESSAGE),
            Ok(())
        );
        let checked = |by, message| trust.check(&signature, by, message).unwrap_err();
        assert_eq!(checked(None, MESSAGE), Distrust::Nameless);
        assert!(matches!(
            checked(Some("eve"), MESSAGE),
            Distrust::Unknown { .. }
        ));
        assert_eq!(
            checked(Some("bob"), "ringfence approval 2\n"),
            Distrust::Broken
        );
    }
}

#[test]
fn signatures_of_ssh_keygen_are_trusted() {
    for (key, signature) in [RSA, P384] {
        let trust = trust(&format!("ana {key}"), "");
        assert_eq!(trust.check(signature, Some("ana"), MESSAGE), Ok(()));
        assert_eq!(
            trust.check(signature, Some("ana"), ""),
            Err(Distrust::Broken)
        );
    }
    let (key, signature) = SHORT;
    let checked = trust(&format!("ana {key}"), "").check(signature, Some("ana"), MESSAGE);
    assert!(
        matches!(checked, Err(Distrust::Unsupported(..))),
        "{checked:?}"
    );
}

#[test]
fn who_may_sign_depends_on_the_line() {
    let key = ed25519(1);
    let signature = loaded(&key).sign(MESSAGE).unwrap();
    let key = public(&key);
    let by = || "ana".to_owned();
    for (line, expected) in [
        (
            format!("ana namespaces=\"git\" {key}"),
            Err(Distrust::OtherNamespaces(by())),
        ),
        (format!("ana namespaces=\"git,ring*\" {key}"), Ok(())),
        (
            format!("ana valid-after=\"20270101Z\" {key}"),
            Err(Distrust::NotYet(by())),
        ),
        (
            format!("ana valid-before=\"20260101Z\" {key}"),
            Err(Distrust::Expired(by())),
        ),
        (
            format!("ana valid-after=\"20260101Z\",valid-before=\"20270101Z\" {key}"),
            Ok(()),
        ),
        (
            format!("ana valid-before=\"20260101Z\" {key}\nana {key}"),
            Ok(()),
        ),
        (format!("\"bob,ana\" {key} with a comment"), Ok(())),
    ] {
        assert_eq!(
            trust(&line, "").check(&signature, Some("ana"), MESSAGE),
            expected,
            "{line}"
        );
    }
    let other = format!("*,!ana {key}\nana {}", public(&ed25519(2)));
    let checked = trust(&other, "").check(&signature, Some("ana"), MESSAGE);
    assert!(
        matches!(checked, Err(Distrust::Unknown { .. })),
        "{checked:?}"
    );
}

#[test]
fn a_revoked_key_signs_nothing() {
    let key = ed25519(1);
    let signature = loaded(&key).sign(MESSAGE).unwrap();
    let line = format!("ana {}", public(&key));
    let revoked = format!("# gone\n{}\n{}\n", public(&ed25519(2)), public(&key));
    let checked = trust(&line, &revoked).check(&signature, Some("ana"), MESSAGE);
    assert!(matches!(checked, Err(Distrust::Revoked(_))), "{checked:?}");
}

#[test]
fn a_signature_for_something_else_is_not_taken() {
    let key = ed25519(1);
    let made = key
        .sign("git", ssh_key::HashAlg::Sha512, MESSAGE.as_bytes())
        .unwrap();
    let signature = unarmored(&made.to_pem(LineEnding::LF).unwrap()).unwrap();
    let checked =
        trust(&format!("ana {}", public(&key)), "").check(&signature, Some("ana"), MESSAGE);
    assert_eq!(checked, Err(Distrust::Namespace("git".to_owned())));
}

#[test]
fn no_other_spelling_of_a_signature_is_taken() {
    let key = ed25519(1);
    let signature = loaded(&key).sign(MESSAGE).unwrap();
    let trust = trust(&format!("ana {}", public(&key)), "");
    let text = signature.as_bytes();
    for at in 0..text.len() {
        for other in [b'A', b'B', b'/', b'=', b' ', b'\n'] {
            let mut changed = text.to_vec();
            if changed[at] == other {
                continue;
            }
            changed[at] = other;
            let changed = String::from_utf8(changed).unwrap();
            assert!(trust.check(&changed, Some("ana"), MESSAGE).is_err(), "{at}");
        }
        assert!(trust.check(&signature[..at], Some("ana"), MESSAGE).is_err());
    }
}

#[test]
fn files_that_are_not_understood_let_nobody_sign() {
    let key = public(&ed25519(1));
    for line in [
        format!("ana cert-authority {key}"),
        format!("ana no-touch-required {key}"),
        format!("ana valid-before=\"20270101\" {key}"),
        format!("\"ana {key}"),
        "ana".to_owned(),
        "ana ssh-ed25519".to_owned(),
        "ana ssh-ed25519 AAAA".to_owned(),
        key.clone(),
    ] {
        assert!(AllowedSigners::read(&line, SourceId(0)).is_err(), "{line}");
    }
    for (line, expected) in [
        (&*format!("\"ana {key}"), "a quotation that does not end"),
        (&*format!("\"\" {key}"), "no principal between the quotes"),
        ("ana", "no public key that reads"),
        ("ana ssh-ed25519 AAAA", "no public key that reads"),
        ("ana touchy AAAA", "no option or kind of key `touchy`"),
    ] {
        let mistakes = AllowedSigners::read(line, SourceId(0)).unwrap_err();
        assert_eq!(mistakes[0].message, expected, "{line}");
    }
    for line in ["ana", "SHA256:abc", "serial: 1"] {
        assert!(RevokedKeys::read(line, SourceId(0)).is_err(), "{line}");
    }
    let binary = b"SSHKRL\n\0\0\0\0\x01".to_vec();
    let read = RevokedKeys::decode(Path::new("krl"), binary, &mut Sources::default());
    assert!(read.unwrap_err()[0].message.contains("binary list"));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_does_not_sign() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    write(&path, &ed25519(1), 0o640);
    let error = Signer::load(&path, &|| panic!()).unwrap_err();
    assert!(matches!(error, SignerError::Open(_)), "{error}");
}

#[test]
fn an_encrypted_key_needs_its_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let locked = ed25519(1).encrypt(&mut Counter(7), "open sesame").unwrap();
    write(&path, &locked, 0o600);
    let load = |passphrase: &'static str| Signer::load(&path, &move || Ok(passphrase.to_owned()));
    assert!(load("open sesame").unwrap().sign(MESSAGE).is_ok());
    assert!(matches!(load("wrong"), Err(SignerError::Encrypted { .. })));
    let nobody = || Err(std::io::Error::other("no terminal"));
    let error = Signer::load(&path, &nobody).unwrap_err().to_string();
    assert!(
        error.contains("no terminal") && error.contains("lock attach"),
        "{error}"
    );
}

#[test]
fn what_is_no_key_says_nothing_of_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    write(&path, &ed25519(1), 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    let signer = Signer::load(&path, &|| panic!()).unwrap();
    assert_eq!(format!("{signer:?}"), "Signer");
    std::fs::write(&path, text.replace("BEGIN", "BEGUN")).unwrap();
    let error = Signer::load(&path, &|| panic!()).unwrap_err();
    let inside = text.lines().nth(3).unwrap();
    assert!(!format!("{error} {error:?}").contains(inside));
}

#[test]
fn kinds_of_keys_that_cannot_be_checked_are_said() {
    let hardware = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAICFo/k5LU8863u66YC9eUO2170QduohPURkQnbLa/dczAAAABHNzaDo=";
    // ssh-keygen makes keys of this curve; the library reads them and checks none of their signatures.
    let p521 = "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGU5z5SlVYhydO9tVV+BBAQHjxvpBebvylzn3\
        BVd2KBZmp+3SHvuNeZy4iUT2c3wXfvMh8Hih4iunuqh+lC6NrhWADQdk9PsIQXlReISusEN05lyujKESW03UCECy3+F615Ga2HQLE1hkDS+ClH9dobctruS7PGCbqVwPVjJ4WlS1JAtw==";
    for text in [hardware, p521] {
        let key = allowed::key(text).unwrap();
        let checked = sealed::accepted(&key);
        assert!(matches!(checked, Err(Distrust::Unsupported(..))), "{text}");
        assert!(AllowedSigners::read(&format!("ana {text}"), SourceId(0)).is_ok());
    }
}

#[test]
fn armour_goes_on_and_off() {
    let signature = loaded(&ed25519(1)).sign(MESSAGE).unwrap();
    let text = armored(&signature);
    assert_eq!(unarmored(&text).as_deref(), Some(signature.as_str()));
    assert!(text.lines().all(|line| line.len() <= 70));
    assert_eq!(unarmored("-----BEGIN SSH SIGNATURE-----"), None);
}
