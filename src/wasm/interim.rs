//! Stand-ins until the reader and the disassembler are merged.

/// A module's bytes.
#[derive(Debug)]
pub struct Input {
    /// The binary.
    pub bytes: Vec<u8>,
}

/// Reads a module.
pub fn read(path: &str) -> Result<Input, std::io::Error> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    if path == "-" {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(path)?;
    }
    Ok(Input { bytes })
}

/// Decodes it.
pub fn decode_input(input: &Input) -> super::Module {
    super::decode(&input.bytes)
}

/// Encodes WAT.
pub fn encode_text(text: &str) -> Result<Vec<u8>, String> {
    wat::parse_str(text).map_err(|error| error.to_string())
}

/// A window of disassembly.
#[derive(Debug)]
pub struct Window {
    /// Lines.
    pub text: String,
    /// Start.
    pub start: usize,
    /// End.
    pub end: usize,
}

/// Disassembles.
pub fn listing(_: &[u8], _: usize, _: Option<u32>) -> Option<Window> {
    None
}
