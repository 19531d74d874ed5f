//! A module's declarations alone, for a module that was audited before: no bodies, no data, no names are read.

use wasmparser::{Chunk, Encoding, Parser, Payload};

use super::limit::{MAX_MODULE, within};
use super::walk::Walk;
use super::{Kind, Malformed, Module, decode, features};

/// Reads them; `sha256` is the digest of `bytes`. See [`super::Digested::declarations`].
pub(super) fn declarations(bytes: &[u8], sha256: [u8; 32]) -> Module {
    let mut walk = Walk::new(bytes);
    let fault = read(&mut walk, bytes).err();
    let mut module = walk.module;
    module.sha256 = sha256;
    module.malformed = fault;
    module.kind = decode::kind(&module);
    module.toolchain = super::Toolchain::default();
    module
}

fn read<'a>(walk: &mut Walk<'a>, bytes: &'a [u8]) -> Result<(), Malformed> {
    within(bytes.len(), MAX_MODULE, "bytes", 0)?;
    let mut parser = Parser::new(0);
    parser.set_features(features());
    let mut rest = bytes;
    loop {
        let Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else {
            return Err(ends_early(bytes));
        };
        rest = rest.get(consumed..).unwrap_or_default();
        match &payload {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            } => {
                walk.module.kind = Kind::Component;
                return Ok(());
            }
            Payload::CodeSectionStart { size, .. } => {
                walk.bound(&payload)?;
                walk.record(&payload)?;
                rest = rest
                    .get(*size as usize..)
                    .ok_or_else(|| ends_early(bytes))?;
                parser.skip_section();
            }
            Payload::DataSection(_) | Payload::CustomSection(_) => {
                walk.bound(&payload)?;
                walk.record(&payload)?;
            }
            Payload::End(_) => return Ok(()),
            _ => walk.payload(&payload)?,
        }
    }
}

fn ends_early(bytes: &[u8]) -> Malformed {
    Malformed {
        offset: bytes.len(),
        reason: "it ends early".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::wasm::{Functions, Toolchain};

    /// What a whole decoding says, without what is not read here.
    fn declared(bytes: &[u8]) -> Module {
        let mut module = decode(bytes);
        module.functions = Functions {
            imported: module.functions.imported,
            ..Functions::default()
        };
        for export in &mut module.exports {
            if export.ty.signature().is_some() {
                export.constant = None;
                export.recovered = None;
            }
        }
        module.data = Arc::default();
        module.toolchain = Toolchain::default();
        module.proposals.clear();
        module.literals.clear();
        module.names.clear();
        module.layout = crate::wasm::Layout::default();
        module.uses = None;
        module
    }

    #[test]
    fn they_are_those_of_the_whole_decoding() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-modules");
        let mut seen = 0;
        for folder in std::fs::read_dir(samples).unwrap() {
            let Ok(bytes) = std::fs::read(folder.unwrap().path().join("plugin.wasm")) else {
                continue;
            };
            let whole = declared(&bytes);
            assert_eq!(declarations(&bytes, whole.sha256), whole);
            seen += 1;
        }
        assert!(seen >= 10, "{seen} samples");
    }

    #[test]
    fn bytes_that_end_early_are_malformed_and_never_a_panic() {
        let bytes = crate::wasm::encode_text(
            "(module (import \"a\" \"b\" (func)) (memory 1) (func (export \"f\") (result i32) i32.const 7) (data (i32.const 0) \"x\"))",
        )
        .unwrap();
        assert_eq!(declarations(&bytes, [0; 32]).malformed, None);
        for end in 9..bytes.len() {
            let cut = bytes.get(..end).unwrap();
            let (cut, whole) = (declarations(cut, [0; 32]), decode(cut));
            assert!(
                cut.malformed.is_some() || whole.malformed.is_none(),
                "{end}"
            );
        }
        for size in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[size] = 0xff;
            let _ = declarations(&wrong, [0; 32]);
        }
    }

    #[test]
    fn a_component_is_told_and_not_read() {
        let bytes = crate::wasm::encode_text("(component (core module))").unwrap();
        assert_eq!(declarations(&bytes, [0; 32]).kind, Kind::Component);
    }
}
