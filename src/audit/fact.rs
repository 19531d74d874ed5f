//! How facts are declared: one typed struct a kind, whose fields and their docs are the schema that rules are checked against.

use crate::rule::{Kind, Record};
use crate::source::{Label, Span};

/// A typed fact that rules can walk.
pub trait Fact {
    /// Its kind and fields.
    const KIND: &'static Kind;

    /// Its values, in the order of the kind's fields.
    fn record(self) -> Record;
}

/// Declares a fact: `facts!{ "import" / "One import." struct Import { name: String = "Its second name.", … } }`.
macro_rules! fact {
    ($over:literal / $doc:literal struct $name:ident { $($field:ident : $ty:ty = $about:literal,)* }) => {
        #[doc = $doc]
        #[derive(Debug, Clone)]
        pub struct $name {
            $(#[doc = $about] pub $field: $ty,)*
        }

        impl $crate::audit::fact::Fact for $name {
            const KIND: &'static $crate::rule::Kind = &$crate::rule::Kind {
                name: $over,
                doc: $doc,
                fields: &[$($crate::rule::Field {
                    name: stringify!($field),
                    ty: <$ty as $crate::rule::FactType>::TYPE,
                    nullable: <$ty as $crate::rule::FactType>::NULLABLE,
                    doc: $about,
                },)*],
            };

            fn record(self) -> $crate::rule::Record {
                $crate::rule::Record::new(Self::KIND, vec![$(self.$field.into(),)*])
            }
        }
    };
}
pub(super) use fact;

/// One fact of one kind, with its stable name and its places. The location belongs to the fact, so no rule can get it wrong.
#[derive(Debug)]
pub struct Element {
    /// What waivers match: `import env.read_file`, `preopen /data`.
    pub subject: String,
    /// The values.
    pub record: Record,
    /// Where it stands.
    pub place: Place,
}

/// Where a fact stands.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// In the policy (or lock): the main place and further ones.
    pub labels: Vec<Label>,
    /// Whether `labels` point into a lock and not into a policy.
    pub in_lock: bool,
    /// In the module.
    pub module: Option<ModulePlace>,
}

/// Where a fact stands in a module.
#[derive(Debug, Clone, Default)]
pub struct ModulePlace {
    /// Byte offset; `None` for the module as a whole.
    pub offset: Option<usize>,
    /// Function index, if it is in code.
    pub function: Option<u32>,
    /// `env.read_file`.
    pub import: Option<String>,
    /// The export's name.
    pub export: Option<String>,
}

impl Element {
    /// A fact with its subject, at no place yet.
    pub fn new(subject: impl Into<String>, fact: impl Fact) -> Self {
        Self {
            subject: subject_of(subject.into()),
            record: fact.record(),
            place: Place::default(),
        }
    }

    /// The same at a place in the policy.
    #[must_use]
    pub fn at(mut self, span: Option<Span>, text: &str) -> Self {
        self.place.labels.extend(span.map(|span| Label {
            span,
            text: text.to_owned(),
        }));
        self
    }

    /// The same at a place in the module.
    #[must_use]
    pub fn in_module(mut self, place: ModulePlace) -> Self {
        self.place.module = Some(place);
        self
    }

    /// The same at an offset in the module, or about all of it.
    #[must_use]
    pub fn at_offset(self, offset: impl Into<Option<usize>>) -> Self {
        self.in_module(ModulePlace {
            offset: offset.into(),
            ..ModulePlace::default()
        })
    }
}

/// A subject that stays distinct however long the names in it are. What is cut comes out longer than what is not, so that
/// no name can be written that looks like another one cut.
fn subject_of(subject: String) -> String {
    use sha2::{Digest, Sha256};
    if subject.chars().count() <= 200 {
        return subject;
    }
    let digest = Sha256::digest(subject.as_bytes());
    let tail: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{}#{tail}", crate::rule::shorten(&subject, 180))
}
