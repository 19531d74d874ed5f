//! A signature as the lock holds it, one line of base64, and as OpenSSH's tools do, between two lines of dashes.

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, LineEnding, PublicKey, SshSig};

use super::{Distrust, NAMESPACE};

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// Longer ones are of no key that is accepted.
const MAX: usize = 8192;
/// The fewest bits of an RSA key.
const MIN_RSA: usize = 2048;

/// A signature as `ssh-keygen -Y verify` reads it.
pub fn armored(signature: &str) -> String {
    let mut text = format!("{BEGIN}\n");
    let mut rest = signature;
    while !rest.is_empty() {
        let (line, next) = rest.split_at_checked(70).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = next;
    }
    text + END + "\n"
}

/// A signature of `ssh-keygen -Y sign` as a lock holds it.
pub fn unarmored(text: &str) -> Option<String> {
    let body = text.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    Some(body.split_ascii_whitespace().collect())
}

/// Reads a signature that is written in the one way in which it can be.
pub(super) fn read(signature: &str) -> Result<SshSig, Distrust> {
    let malformed = || Distrust::Malformed;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    if signature.len() > MAX || !signature.bytes().all(plain) {
        return Err(malformed());
    }
    let text = armored(signature);
    let read = SshSig::from_pem(&text).map_err(|_| malformed())?;
    let again = read.to_pem(LineEnding::LF).map_err(|_| malformed())?;
    // Version, padding and the like are no part of what is signed.
    if unarmored(&again).as_deref() != Some(signature) || read.version() != 1 {
        return Err(malformed());
    }
    Ok(read)
}

/// Whether a signature is of this message in our namespace, by the key in it and of a kind that is accepted.
pub(super) fn holds(signature: &SshSig, message: &str) -> Result<(), Distrust> {
    accepted(signature.public_key())?;
    if signature.namespace() != NAMESPACE {
        return Err(Distrust::Namespace(signature.namespace().to_owned()));
    }
    let key = PublicKey::from(signature.public_key().clone());
    key.verify(NAMESPACE, message.as_bytes(), signature)
        .map_err(|_| Distrust::Broken)
}

/// Whether signatures of a key can be checked here.
pub(super) fn accepted(key: &KeyData) -> Result<(), Distrust> {
    let unsupported = |why| Err(Distrust::Unsupported(key.algorithm().to_string(), why));
    match (key.algorithm(), key) {
        (
            Algorithm::Ecdsa {
                curve: EcdsaCurve::NistP521,
            },
            _,
        ) => unsupported("of ECDSA, P-256 and P-384 are supported"),
        (Algorithm::Ed25519 | Algorithm::Ecdsa { .. }, _) => Ok(()),
        (Algorithm::Rsa { .. }, KeyData::Rsa(rsa)) => {
            let bytes = rsa.n.as_positive_bytes().map_or(0, <[u8]>::len);
            if bytes * 8 < MIN_RSA {
                return unsupported("it is shorter than 2048 bits");
            }
            Ok(())
        }
        (Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256, _) => {
            unsupported("keys in hardware are not supported")
        }
        _ => unsupported("Ed25519, ECDSA and RSA are supported"),
    }
}
