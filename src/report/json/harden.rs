//! `harden --format json`, version 1.

use std::io;
use std::path::Path;

use serde::Serialize;

use crate::audit::{Deed, FuelRecord, Hardened, Left};
use crate::wasm::edit::{EXHAUSTED, FUEL};

use super::{TOOL, Tool, VERSION, printer};

#[derive(Serialize)]
struct View<'h> {
    version: u32,
    tool: Tool,
    module: &'h str,
    output: String,
    sha256: &'h str,
    size: u64,
    unchanged: bool,
    source: &'h str,
    policy: &'h str,
    fuel: Option<FuelView<'h>>,
    done: &'h [Deed],
    left: &'h [Left],
    build_paths: &'h [String],
}

#[derive(Serialize)]
struct FuelView<'h> {
    #[serde(flatten)]
    record: &'h FuelRecord,
    export: &'static str,
    exhausted: &'static str,
}

#[derive(Serialize)]
struct Refusal<'h> {
    version: u32,
    tool: Tool,
    module: &'h str,
    refused: &'h [String],
}

/// Writes why a module cannot be hardened.
pub fn refused(module: &str, reasons: &[String], out: &mut dyn io::Write) -> io::Result<()> {
    let view = Refusal {
        version: VERSION,
        tool: TOOL,
        module,
        refused: reasons,
    };
    printer::write(&view, out)
}

/// Writes what hardening did.
pub fn write(hardened: &Hardened, output: &Path, out: &mut dyn io::Write) -> io::Result<()> {
    let record = &hardened.record;
    let view = View {
        version: VERSION,
        tool: TOOL,
        module: &hardened.path,
        output: output.display().to_string(),
        sha256: &hardened.sha256,
        size: hardened.size,
        unchanged: hardened.unchanged,
        source: &record.source,
        policy: &record.policy,
        fuel: record.fuel.as_ref().map(|record| FuelView {
            record,
            export: FUEL,
            exhausted: EXHAUSTED,
        }),
        done: &record.done,
        left: &record.left,
        build_paths: &hardened.build_paths,
    };
    printer::write(&view, out)
}
