//! `module`: what the artifact may be.

use super::Enforcer::Rules;
use super::Merge::{Added, Narrower, Same, Smaller, Subset, Union};
use super::{Key, Names, Record, Shape};

const WHOLE: &str = "no bound of the policy's";
const NAMES: Shape = Shape::List(&Shape::TEXT);

/// The names of sections that `max_section_size` may bound.
pub const SECTIONS: &[&str] = &[
    "type",
    "import",
    "function",
    "table",
    "memory",
    "tag",
    "global",
    "export",
    "start",
    "element",
    "data_count",
    "code",
    "data",
    "custom",
];

static SECTION: Key = Key::new(
    "<section>",
    Shape::Size,
    Smaller,
    Rules(&["section-too-large"]),
    WHOLE,
    "The largest section of this kind, in bytes; `custom` is each custom section.",
);

static PROPOSALS: Record = Record::of(
    "`proposals`",
    &[Key::new(
        "allow",
        Shape::List(&Shape::Proposal),
        Subset,
        Rules(&["disallowed-proposal"]),
        "WebAssembly 2.0",
        "The proposals beyond WebAssembly 1.0 that the module may use; the list replaces the default.",
    )],
);

static MEMORY: Record = Record::of(
    "`memory`",
    &[
        Key::new(
            "max",
            Shape::Size,
            Smaller,
            Rules(&["memory-over-limit"]),
            WHOLE,
            "The most that a memory may declare, minimum or maximum.",
        ),
        Key::new(
            "require_maximum",
            Shape::Flag,
            Narrower(&["true", "false"], None),
            Rules(&["missing-memory-maximum"]),
            "a memory without a maximum is a warning",
            "Whether a memory must declare its maximum.",
        ),
        Key::new(
            "allow_shared",
            Shape::Flag,
            Narrower(Shape::FLAG_WORDS, None),
            Rules(&["shared-memory"]),
            "false",
            "Whether memories may be shared between threads.",
        ),
        Key::new(
            "allow_memory64",
            Shape::Flag,
            Narrower(Shape::FLAG_WORDS, None),
            Rules(&["memory64"]),
            "false",
            "Whether memories may be indexed by 64 bits.",
        ),
    ],
);

static TABLE: Record = Record::of(
    "`table`",
    &[Key::new(
        "max_elements",
        Shape::COUNT,
        Smaller,
        Rules(&["table-over-limit"]),
        WHOLE,
        "The most elements that a table may declare.",
    )],
);

static REQUIRED_EXPORT: Record = Record::of(
    "a required export",
    &[
        Key::new(
            "name",
            Shape::TEXT,
            Same,
            Rules(&["missing-export"]),
            "",
            "The export's name.",
        )
        .required(),
        Key::new(
            "signature",
            Shape::Signature,
            Same,
            Rules(&["export-signature"]),
            "any type",
            "The function's parameters and results.",
        ),
    ],
);

static EXPORTS: Record = Record::of(
    "`exports`",
    &[
        Key::new(
            "require",
            Shape::List(&Shape::Either(&Shape::TEXT, &REQUIRED_EXPORT)),
            Union,
            Rules(&["missing-export", "export-signature"]),
            "none is needed",
            "Exports that must be there: a name, or a name with a signature.",
        ),
        Key::new(
            "allow",
            NAMES,
            Subset,
            Rules(&["unexpected-export"]),
            "any export",
            "The only exports there may be, by exact name.",
        ),
        Key::new(
            "max",
            Shape::COUNT,
            Smaller,
            Rules(&["too-many-exports"]),
            WHOLE,
            "The most exports there may be.",
        ),
    ],
);

static CUSTOM: Record = Record::of(
    "`custom_sections`",
    &[Key::new(
        "allow",
        NAMES,
        Subset,
        Rules(&["custom-section"]),
        "any section",
        "The only custom sections there may be, by exact name.",
    )],
);

pub static MODULE: Record = Record::of(
    "`module`",
    &[
        Key::new(
            "kind",
            Shape::Choice(&["wasip1", "component", "core"]),
            Same,
            super::Enforcer::Both(&["module-kind", "policy-unused-key"]),
            "any kind",
            "What the artifact is: a core module with WASI preview 1, a component, or a core module without WASI.",
        ),
        Key::new(
            "max_size",
            Shape::Size,
            Smaller,
            Rules(&["module-too-large"]),
            WHOLE,
            "The largest binary, in bytes.",
        ),
        Key::new(
            "max_section_size",
            Shape::MapOf(Names::Section, &SECTION),
            Added,
            super::Enforcer::Parts,
            WHOLE,
            "The largest section, by its kind.",
        ),
        Key::new(
            "max_functions",
            Shape::COUNT,
            Smaller,
            Rules(&["too-many-functions"]),
            WHOLE,
            "The most functions that the module may define.",
        ),
        Key::new(
            "max_complexity",
            Shape::COUNT,
            Smaller,
            Rules(&["complex-function"]),
            "500",
            "The largest cyclomatic complexity of one function.",
        ),
        Key::parts(
            "proposals",
            &PROPOSALS,
            "WebAssembly 2.0",
            "The language itself.",
        ),
        Key::parts("memory", &MEMORY, WHOLE, "What memories may declare."),
        Key::parts("table", &TABLE, WHOLE, "What tables may declare."),
        Key::parts(
            "exports",
            &EXPORTS,
            "any export",
            "What the module must and may export.",
        ),
        Key::parts(
            "custom_sections",
            &CUSTOM,
            "any section",
            "What else the file may carry.",
        ),
        Key::new(
            "start_section",
            Shape::Choice(&["deny", "allow"]),
            Narrower(&["deny", "allow"], None),
            Rules(&["start-section"]),
            "deny, as a warning",
            "Whether code may run at instantiation; a stated `deny` makes the finding an error.",
        ),
    ],
);
