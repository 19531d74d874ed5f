//! `inspect --format json`: one module with everything it declares.

use serde::Serialize;
use serde_json::{Value, json};

use crate::audit::ModuleReport;
use crate::wasm::{Extent, Extern, Literal, LiteralKind, Module, Signature, demangle};

use super::ModuleView;
use super::uses::Uses;

/// A module object of `check`, and beside it the module's declarations; null where it could not be read.
#[derive(Serialize)]
pub(super) struct Full<'r> {
    #[serde(flatten)]
    base: ModuleView<'r>,
    abi_version: Option<&'r str>,
    toolchain: Option<Value>,
    malformed: Option<Value>,
    uses: Option<Value>,
    imports: Option<Vec<Value>>,
    exports: Option<Vec<Value>>,
    memories: Option<Vec<Value>>,
    tables: Option<Vec<Value>>,
    globals: Option<Vec<Value>>,
    start: Option<Value>,
    sections: Option<Vec<Value>>,
    data: Option<Value>,
    proposals: Option<Vec<Value>>,
    functions: Option<Value>,
    literals: Option<Vec<Value>>,
}

impl<'r> Full<'r> {
    /// The view of one module.
    pub(super) fn new(report: &'r ModuleReport) -> Self {
        let module = report.module.as_ref();
        let mut uses = module.map(|module| Uses::new(report, module));
        let mut imports = module.map(imports);
        if let (Some(uses), Some(imports)) = (&mut uses, &mut imports) {
            uses.add(imports);
        }
        Self {
            // `inspect` judges nothing, and a "pass" would be taken for one.
            base: ModuleView {
                verdict: None,
                ..ModuleView::new(report)
            },
            abi_version: report.abi_version.as_deref(),
            toolchain: module.map(toolchain),
            malformed: module.and_then(malformed),
            uses: uses.map(|uses| uses.summary()),
            imports,
            exports: module.map(exports),
            memories: module.map(memories),
            tables: module.map(tables),
            globals: module.map(globals),
            start: module.and_then(start),
            sections: module.map(sections),
            data: module.map(data),
            proposals: module.map(proposals),
            functions: module.map(functions),
            literals: module.map(|module| module.literals.iter().map(literal).collect()),
        }
    }
}

fn toolchain(module: &Module) -> Value {
    let producers = module.toolchain.producers.iter();
    json!({
        "language": module.toolchain.language,
        "producers": producers
            .map(|(field, name, version)| json!({"field": field, "name": name, "version": version}))
            .collect::<Vec<_>>(),
    })
}

fn malformed(module: &Module) -> Option<Value> {
    let malformed = module.malformed.as_ref()?;
    Some(json!({"offset": malformed.offset, "reason": malformed.reason}))
}

fn text(signature: Option<&Signature>) -> Option<String> {
    signature.map(Signature::to_string)
}

fn imports(module: &Module) -> Vec<Value> {
    let view = |import: &crate::wasm::Import| {
        json!({
            "module": import.module, "name": import.name, "kind": import.ty.kind(),
            "signature": text(import.ty.signature()), "type": detail(&import.ty),
            "offset": import.offset,
        })
    };
    module.imports.iter().map(view).collect()
}

fn exports(module: &Module) -> Vec<Value> {
    let view = |export: &crate::wasm::Export| {
        json!({
            "name": export.name, "kind": export.ty.kind(), "index": export.index,
            "signature": text(export.ty.signature()), "type": detail(&export.ty),
            "constant": export.constant, "offset": export.offset,
        })
    };
    module.exports.iter().map(view).collect()
}

/// What the kind alone does not say; null for functions, whose signature does.
fn detail(ty: &Extern) -> Value {
    match ty {
        Extern::Memory {
            extent,
            shared,
            memory64,
        } => json!({"min": extent.min, "max": extent.max, "shared": shared, "memory64": memory64}),
        Extern::Table { element, extent } => {
            json!({"element": element, "min": extent.min, "max": extent.max})
        }
        Extern::Global { value, mutable } => json!({"value": value, "mutable": mutable}),
        Extern::Function(_) | Extern::Tag | Extern::Other(_) => Value::Null,
    }
}

fn memories(module: &Module) -> Vec<Value> {
    let view = |memory: &crate::wasm::Memory| {
        let Extent { min, max } = memory.extent;
        json!({
            "min": min, "max": max, "page_size": memory.page_size, "shared": memory.shared,
            "memory64": memory.memory64, "imported": memory.imported, "offset": memory.offset,
        })
    };
    module.memories.iter().map(view).collect()
}

fn tables(module: &Module) -> Vec<Value> {
    let view = |table: &crate::wasm::Table| {
        let Extent { min, max } = table.extent;
        json!({
            "element": table.element, "min": min, "max": max, "imported": table.imported,
            "offset": table.offset,
        })
    };
    module.tables.iter().map(view).collect()
}

fn globals(module: &Module) -> Vec<Value> {
    let view = |global: &crate::wasm::Global| {
        json!({
            "value": global.value, "mutable": global.mutable, "imported": global.imported,
            "constant": global.constant, "offset": global.offset,
        })
    };
    module.globals.iter().map(view).collect()
}

fn start(module: &Module) -> Option<Value> {
    let start = module.start.as_ref()?;
    let name = module.function_name(start.function).map(demangle);
    Some(json!({"function": start.function, "name": name, "offset": start.offset}))
}

fn sections(module: &Module) -> Vec<Value> {
    let view = |section: &crate::wasm::Section| {
        json!({
            "id": section.id, "name": section.name, "offset": section.offset, "size": section.size,
            "content": content(section.content),
        })
    };
    module.sections.iter().map(view).collect()
}

fn content(content: crate::wasm::CustomContent) -> Option<&'static str> {
    use crate::wasm::CustomContent;
    match content {
        CustomContent::Plain => None,
        CustomContent::Dwarf => Some("dwarf"),
        CustomContent::SourceMap => Some("source-map"),
        CustomContent::Archive => Some("archive"),
    }
}

fn data(module: &Module) -> Value {
    json!({
        "segments": module.data.len(),
        "passive": module.data.iter().filter(|segment| segment.passive).count(),
        "bytes": module.data.iter().map(|segment| segment.size as u64).sum::<u64>(),
    })
}

fn proposals(module: &Module) -> Vec<Value> {
    let view = |used: &crate::wasm::ProposalUse| {
        let function = used.function.map(
            |index| json!({"index": index, "name": module.function_name(index).map(demangle)}),
        );
        json!({"name": used.name, "what": used.what, "offset": used.offset, "function": function})
    };
    module.proposals.iter().map(view).collect()
}

fn functions(module: &Module) -> Value {
    let complexity = &module.functions.complexity;
    json!({
        "imported": module.functions.imported,
        "defined": complexity.len(),
        "max_complexity": complexity.iter().max(),
        "named": module.names.len(),
    })
}

fn literal(literal: &Literal) -> Value {
    let kind = match literal.kind {
        LiteralKind::Credential => "credential",
        LiteralKind::Url => "url",
        LiteralKind::BuildPath => "build-path",
    };
    json!({
        "kind": kind, "text": literal.text, "detail": literal.detail, "place": literal.place,
        "offset": literal.offset,
    })
}
