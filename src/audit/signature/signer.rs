//! A private key that signs approvals. It is read once, kept nowhere and shown nowhere.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey};

use super::sealed::{accepted, holds, unarmored};
use super::{Distrust, NAMESPACE};

/// The most bytes of a key's file.
const MAX: u64 = 64 << 10;

/// Why a key does not sign. None of these says what is in its file.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// It cannot be read.
    #[error("cannot read the key {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others can read it.
    #[error("the key {} can be read by others: `chmod 600` it, and think about replacing it", .0.display())]
    Open(PathBuf),
    /// It is no private key of OpenSSH's format.
    #[error("{} is no private key in OpenSSH's format: name the file without `.pub`; `ssh-keygen -p -f` brings an old one into it", .0.display())]
    Format(PathBuf),
    /// The passphrase is wrong, or there is nobody to ask for it.
    #[error("the key {} is encrypted, and {why}: sign by `ringfence lock message`, `ssh-keygen -Y sign -n ringfence` and `ringfence lock attach`", path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
        /// What is the matter.
        why: String,
    },
    /// Nobody takes a signature with such a key, whoever makes it.
    #[error("cannot sign with {}: {reason}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: Distrust,
    },
    /// Signatures with such a key are not made here.
    #[error(
        "a key of the kind {0} does not sign here: sign by `ringfence lock message`, `ssh-keygen -Y sign -n ringfence` and `ringfence lock attach`"
    )]
    Kind(String),
    /// The signature failed.
    #[error("cannot sign with the key: {0}")]
    Failed(String),
}

/// A private key.
pub struct Signer(PrivateKey);

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Signer")
    }
}

impl Signer {
    /// Reads a key; `ask` is asked for the passphrase of one that is encrypted.
    ///
    /// # Errors
    /// It cannot be read, others can read it, or it is of a kind that does not sign here.
    pub fn load(path: &Path, ask: &dyn Fn() -> io::Result<String>) -> Result<Self, SignerError> {
        let text = read(path)?;
        let format = |_| SignerError::Format(path.to_owned());
        let key = PrivateKey::from_openssh(&text).map_err(format)?;
        accepted(key.public_key().key_data()).map_err(|reason| SignerError::Unsupported {
            path: path.to_owned(),
            reason,
        })?;
        // RSA's private operations leak time in the library that there is; checking does not.
        if matches!(key.algorithm(), Algorithm::Rsa { .. }) {
            return Err(SignerError::Kind(key.algorithm().to_string()));
        }
        if !key.is_encrypted() {
            return Ok(Self(key));
        }
        let encrypted = |why: String| SignerError::Encrypted {
            path: path.to_owned(),
            why,
        };
        let passphrase = ask()
            .map_err(|error| encrypted(format!("its passphrase cannot be asked for ({error})")))?;
        let open = key.decrypt(passphrase.as_bytes());
        let open = open.map_err(|_| encrypted("that is not its passphrase".to_owned()))?;
        Ok(Self(open))
    }

    /// Signs a message, and checks what came of it.
    ///
    /// # Errors
    /// The key does not sign.
    pub fn sign(&self, message: &str) -> Result<String, SignerError> {
        let failed = |error: ssh_key::Error| SignerError::Failed(error.to_string());
        let made = self.0.sign(NAMESPACE, HashAlg::Sha512, message.as_bytes());
        let made = made.map_err(failed)?;
        let checked = holds(&made, message);
        checked.map_err(|error: Distrust| SignerError::Failed(error.to_string()))?;
        let text = made.to_pem(LineEnding::LF).map_err(failed)?;
        unarmored(&text).ok_or_else(|| SignerError::Failed("it has no text".to_owned()))
    }
}

fn read(path: &Path) -> Result<String, SignerError> {
    let failed = |source| SignerError::Io {
        path: path.to_owned(),
        source,
    };
    // A pipe would block the opening; `ssh-keygen` refuses them as well.
    let seen = path.metadata().map_err(failed)?;
    if !seen.is_file() {
        return Err(failed(io::Error::other("not a regular file")));
    }
    let file = File::open(path).map_err(failed)?;
    if is_open(&file.metadata().map_err(failed)?) {
        return Err(SignerError::Open(path.to_owned()));
    }
    let mut text = String::new();
    let read = file.take(MAX).read_to_string(&mut text);
    match read {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(SignerError::Format(path.to_owned()))
        }
        Err(error) => Err(failed(error)),
    }
}

#[cfg(unix)]
fn is_open(known: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    known.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &std::fs::Metadata) -> bool {
    false
}
