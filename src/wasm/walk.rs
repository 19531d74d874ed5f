//! The pass over a binary's sections: validates declarations, takes facts, and sets aside code and texts for the passes
//! that run in parallel.

use std::ops::Range;
use std::sync::Arc;

use wasmparser::{
    CustomSectionReader, DataSectionReader, Encoding, ExternalKind, FunctionBody, Parser, Payload,
    Validator, ValidatorResources, WasmFeatures,
};

use super::component::Interfaces;
use super::custom::{self, Names};
use super::declaration::Declarations;
use super::limit::{
    MAX_CUSTOM_SECTIONS, MAX_DATA_SEGMENTS, MAX_EXPORTS, MAX_FUNCTIONS, MAX_GLOBALS, MAX_IMPORTS,
    MAX_INITIALIZERS_SIZE, MAX_NAME, MAX_NESTED, MAX_NESTING, MAX_SECTIONS, MAX_TYPES_SIZE, cut,
    within,
};
use super::literal::CustomArea;
use super::note::Notes;
use super::reach::Origins;
use super::segment::DataArea;
use super::value::TypeWriter;
use super::{CustomContent, Kind, Malformed, Module, Section, features, section, segment};

/// One code section: the bodies to validate, with all they need.
pub(super) struct Code {
    /// The module's declarations.
    pub(super) resources: ValidatorResources,
    /// Index of the first defined function.
    pub(super) first: u32,
    /// Where the bodies are.
    pub(super) bodies: Vec<Range<u32>>,
    /// Where the section starts.
    pub(super) offset: usize,
    /// Whether it is the outermost module's.
    pub(super) outer: bool,
    /// How many parts each type has; empty if none is so wide that uses are counted.
    pub(super) widths: Vec<u16>,
}

/// What is left to validate when the walk is over: the data section, which takes long in modules with tens of thousands of
/// segments, and what comes after it.
pub(super) struct Rest<'a> {
    validator: Validator,
    left: Left<'a>,
}

/// Parts of a core module that the validator was not shown yet.
#[derive(Default)]
struct Left<'a> {
    data: Option<DataSectionReader<'a>>,
    end: Option<usize>,
}

/// The walk's state and what it gathers.
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    features: WasmFeatures,
    validator: Validator,
    /// Whether the validator sees the data section later.
    postpones: bool,
    left: Left<'a>,
    writer: TypeWriter,
    names: Names,
    depth: usize,
    nested: usize,
    types_size: usize,
    segments: usize,
    functions: usize,
    code_offset: usize,
    /// Declared uses of proposals.
    pub(super) notes: Notes,
    /// The facts so far.
    pub(super) module: Module,
    /// Where references to functions stand and go.
    pub(super) origins: Origins,
    /// Code sections in order.
    pub(super) codes: Vec<Code>,
    /// Data sections in order.
    pub(super) data: Vec<DataArea>,
    /// Custom sections in order, also those of nested modules.
    pub(super) customs: Vec<CustomArea<'a>>,
}

impl Rest<'_> {
    /// The first fault in what is left.
    pub(super) fn fault(mut self) -> Option<Malformed> {
        self.left.validate(&mut self.validator).err()
    }
}

impl Left<'_> {
    fn validate(&mut self, validator: &mut Validator) -> Result<(), Malformed> {
        if let Some(data) = self.data.take() {
            validator.payload(&Payload::DataSection(data))?;
        }
        if let Some(end) = self.end.take() {
            validator.payload(&Payload::End(end))?;
        }
        Ok(())
    }
}

impl<'a> Walk<'a> {
    /// Walks to the end or to the first fault.
    pub(super) fn over(bytes: &'a [u8]) -> Self {
        Self::new(bytes).walked()
    }

    /// The same, if these proposals were taken.
    pub(super) fn taking(bytes: &'a [u8], features: WasmFeatures) -> Self {
        let mut walk = Self::new(bytes);
        walk.features = features;
        walk.validator = Validator::new_with_features(features);
        walk.walked()
    }

    /// The same as [`Self::over`], but for the data section, which is not validated yet. After a fault in either the walk may have gone further
    /// than it should: it has to be done again by [`Self::over`].
    pub(super) fn over_all_but_data(bytes: &'a [u8]) -> (Self, Rest<'a>) {
        let mut walk = Self::new(bytes);
        walk.postpones = true;
        let mut walk = walk.walked();
        let rest = Rest {
            validator: std::mem::take(&mut walk.validator),
            left: std::mem::take(&mut walk.left),
        };
        (walk, rest)
    }

    fn walked(mut self) -> Self {
        self.module.malformed = self.run().err();
        self.module.names = std::mem::take(&mut self.names).finish();
        self
    }

    /// The state before the first section.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            features: features(),
            validator: Validator::new_with_features(features()),
            postpones: false,
            left: Left::default(),
            writer: TypeWriter::default(),
            names: Names::default(),
            depth: 0,
            nested: 0,
            types_size: 0,
            segments: 0,
            functions: 0,
            code_offset: 0,
            notes: Notes::default(),
            module: Module::empty(bytes.len()),
            origins: Origins::default(),
            codes: Vec::new(),
            data: Vec::new(),
            customs: Vec::new(),
        }
    }

    fn run(&mut self) -> Result<(), Malformed> {
        within(self.bytes.len(), super::limit::MAX_MODULE, "bytes", 0)?;
        if self.bytes.is_empty() {
            let reason = "the file is empty".to_owned();
            return Err(Malformed { offset: 0, reason });
        }
        let mut parser = Parser::new(0);
        parser.set_features(self.features);
        for payload in parser.parse_all(self.bytes) {
            self.payload(&payload?)?;
        }
        Ok(())
    }

    /// One part of the binary: bounded, validated, its facts taken.
    pub(super) fn payload(&mut self, payload: &Payload<'a>) -> Result<(), Malformed> {
        if let Payload::CodeSectionEntry(body) = payload {
            return self.body(body);
        }
        self.bound(payload)?;
        if self.depth == 0 {
            self.record(payload)?;
        }
        let data = self.data_area(payload)?;
        self.finish(payload);
        if !self.postpone(payload) {
            self.left.validate(&mut self.validator)?;
            self.validator.payload(payload)?;
        }
        self.data.extend(data);
        self.notes.section(payload)?;
        self.note_exports(payload)?;
        if self.depth == 0 {
            self.facts(payload)?;
            self.references(payload)?;
        }
        self.follow(payload);
        Ok(())
    }

    /// Leaves the data section, what comes after it and the end for later. Custom sections are always valid.
    fn postpone(&mut self, payload: &Payload<'a>) -> bool {
        if !self.postpones || self.depth > 0 || self.module.kind == Kind::Component {
            return false;
        }
        match payload {
            Payload::DataSection(section) if self.left.data.is_none() => {
                self.left.data = Some(section.clone());
                true
            }
            Payload::CustomSection(_) => self.left.data.is_some(),
            Payload::End(offset) if self.left.data.is_some() => {
                self.left.end = Some(*offset);
                true
            }
            _ => false,
        }
    }

    /// Our own bounds, before anything is allocated for what a section holds.
    pub(super) fn bound(&mut self, payload: &Payload<'_>) -> Result<(), Malformed> {
        match payload {
            Payload::ImportSection(section) => {
                let count = section.count() as usize;
                within(count, MAX_IMPORTS, "imports", section.range().start)
            }
            Payload::ExportSection(section) => {
                let count = section.count() as usize;
                within(count, MAX_EXPORTS, "exports", section.range().start)
            }
            Payload::GlobalSection(section) => {
                let count = section.count() as usize;
                within(count, MAX_GLOBALS, "globals", section.range().start)?;
                bound_initializers(&section.range())
            }
            Payload::ElementSection(section) => bound_initializers(&section.range()),
            Payload::TableSection(section) => bound_initializers(&section.range()),
            Payload::DataSection(section) => {
                self.segments = self.segments.saturating_add(section.count() as usize);
                let start = section.range().start;
                within(self.segments, MAX_DATA_SEGMENTS, "data segments", start)
            }
            Payload::CodeSectionStart { count, range, .. } => {
                self.functions = self.functions.saturating_add(*count as usize);
                within(self.functions, MAX_FUNCTIONS, "functions", range.start)
            }
            Payload::CustomSection(section) => {
                let count = self.customs.len() / 2 + 1;
                let start = section.range().start;
                within(count, MAX_CUSTOM_SECTIONS, "custom sections", start)
            }
            Payload::TypeSection(section) => self.bound_types(&section.range()),
            Payload::CoreTypeSection(section) => self.bound_types(&section.range()),
            Payload::ComponentTypeSection(section) => self.bound_types(&section.range()),
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => self.bound_nesting(unchecked_range.start),
            _ => Ok(()),
        }
    }

    fn bound_types(&mut self, range: &Range<usize>) -> Result<(), Malformed> {
        self.types_size += range.len();
        within(
            self.types_size,
            MAX_TYPES_SIZE,
            "bytes of types",
            range.start,
        )
    }

    fn bound_nesting(&mut self, offset: usize) -> Result<(), Malformed> {
        self.nested += 1;
        within(self.nested, MAX_NESTED, "nested modules", offset)?;
        within(self.depth + 1, MAX_NESTING, "levels of nesting", offset)
    }

    /// Lists a section of the outermost module.
    pub(super) fn record(&mut self, payload: &Payload<'a>) -> Result<(), Malformed> {
        let Some((id, range)) = payload.as_section() else {
            return Ok(());
        };
        let count = self.module.sections.len() + 1;
        within(count, MAX_SECTIONS, "sections", range.start)?;
        let custom = match payload {
            Payload::CustomSection(custom) => Some(custom),
            _ => None,
        };
        let name = custom.map(|custom| cut(custom.name(), MAX_NAME).to_owned());
        self.writer
            .name(name.as_deref().unwrap_or_default(), range.start)?;
        self.module.sections.push(Section {
            id: section::name(id, self.module.kind),
            name,
            offset: range.start,
            size: range.len(),
            content: custom.map_or(CustomContent::Plain, |custom| {
                custom::content(custom.name(), custom.data())
            }),
        });
        Ok(())
    }

    fn note_exports(&mut self, payload: &Payload<'_>) -> Result<(), Malformed> {
        let (Payload::ExportSection(section), Some(types)) = (payload, self.validator.types(0))
        else {
            return Ok(());
        };
        for item in section.clone().into_iter_with_offsets() {
            let (offset, export) = item?;
            if export.kind == ExternalKind::Global {
                self.notes.export(types.global_at(export.index), offset);
            }
        }
        Ok(())
    }

    fn facts(&mut self, payload: &Payload<'a>) -> Result<(), Malformed> {
        let (module, writer) = (&mut self.module, &mut self.writer);
        match (module.kind, self.validator.types(0)) {
            (Kind::Component, Some(types)) => Interfaces {
                module,
                writer,
                types,
            }
            .section(payload),
            (_, Some(types)) => Declarations {
                module,
                writer,
                types,
            }
            .section(payload),
            _ => Ok(()),
        }
    }

    /// Where references to functions stand in the outermost module.
    fn references(&mut self, payload: &Payload<'a>) -> Result<(), Malformed> {
        match self.module.kind {
            Kind::Component => Ok(()),
            Kind::Core | Kind::Wasip1 => self.origins.section(payload, &self.module),
        }
    }

    /// What has to be asked of the validator before the outermost module ends.
    fn finish(&mut self, payload: &Payload<'a>) {
        let ends = self.depth == 0 && matches!(payload, Payload::End(_));
        if let (true, Some(types)) = (ends, self.validator.types(0))
            && self.module.kind != Kind::Component
        {
            self.origins.finish(types, &self.module);
        }
    }

    /// What a payload changes in the walk itself.
    fn follow(&mut self, payload: &Payload<'a>) {
        match payload {
            Payload::Version { encoding, .. } => self.enter(*encoding),
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => self.depth += 1,
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::CodeSectionStart { range, .. } => self.code_offset = range.start,
            Payload::CustomSection(section) => self.custom(section),
            _ => {}
        }
    }

    fn enter(&mut self, encoding: Encoding) {
        self.notes.next_module();
        if self.depth == 0 && encoding == Encoding::Component {
            self.module.kind = Kind::Component;
        }
    }

    /// Sets a body aside; its offset says which code section it belongs to.
    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), Malformed> {
        let validate = self.validator.code_section_entry(body)?;
        if self.codes.last().map(|code| code.offset) != Some(self.code_offset) {
            self.codes.push(Code {
                resources: validate.resources,
                first: validate.index,
                bodies: Vec::new(),
                offset: self.code_offset,
                outer: self.depth == 0,
                widths: self.notes.widths(),
            });
        }
        if let Some(code) = self.codes.last_mut() {
            let small = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
            let range = body.range();
            code.bodies.push(small(range.start)..small(range.end));
        }
        Ok(())
    }

    /// Read before it is validated: long initializers are refused first.
    fn data_area(&mut self, payload: &Payload<'_>) -> Result<Option<DataArea>, Malformed> {
        let Payload::DataSection(section) = payload else {
            return Ok(None);
        };
        let range = section.range();
        let (usage, globals) = (&mut self.notes.usage, self.notes.imported_globals);
        let segments = segment::read(self.bytes, range.clone(), usage, globals)?;
        Ok(Some(DataArea {
            range,
            segments: Arc::new(segments),
            nested: (self.depth > 0).then_some(self.nested),
        }))
    }

    fn custom(&mut self, section: &CustomSectionReader<'a>) {
        // Its name is searched by itself: one text must not hide at the other's border.
        let content = section.data_offset()..section.range().end;
        let name = content.start - section.name().len()..content.start;
        for range in [name, content] {
            let name = section.name();
            self.customs.push(CustomArea { name, range });
        }
        if self.depth == 0 {
            self.names.read(section);
            let room = super::limit::MAX_PRODUCERS;
            let producers = &mut self.module.toolchain.producers;
            producers.extend(custom::producers(section));
            producers.truncate(room);
        }
    }
}

fn bound_initializers(range: &Range<usize>) -> Result<(), Malformed> {
    let what = "bytes of initializers in a section";
    within(range.len(), MAX_INITIALIZERS_SIZE, what, range.start)
}
