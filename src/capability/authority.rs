//! What the name of an unknown host import tells of the authority behind it. A hint, not proof: who names an import
//! `helper_7` hides from it, so the rules that use it come on top of "every host import must be declared".

/// A kind of authority that a name can speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthorityClass {
    /// Takes a path.
    Path,
    /// Takes a URL, a host or an address.
    Url,
    /// Takes a command, code, a query or a template.
    Command,
    /// Takes the name of a variable, key, secret or config entry.
    Secret,
    /// Lets the guest choose the root, user, tenant or credential.
    Root,
    /// Does anything, by opcode or name.
    Dispatch,
    /// Is the whole host.
    Ambient,
    /// Writes a buffer into the guest.
    Output,
}

impl AuthorityClass {
    /// Every class under its name in the file, sorted.
    pub const NAMES: &[(&str, Self)] = &[
        ("ambient", Self::Ambient),
        ("command", Self::Command),
        ("dispatch", Self::Dispatch),
        ("output", Self::Output),
        ("path", Self::Path),
        ("root", Self::Root),
        ("secret", Self::Secret),
        ("url", Self::Url),
    ];
}

/// The classes that a name speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Authority(u8);

impl Authority {
    /// The one class.
    pub(super) fn of(class: AuthorityClass) -> Self {
        Self(1 << class as u8)
    }

    /// Whether the name speaks of this class.
    pub fn has(self, class: AuthorityClass) -> bool {
        self.0 & Self::of(class).0 != 0
    }

    /// Whether it speaks of none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of its classes, sorted.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let named = AuthorityClass::NAMES.iter();
        named
            .filter(move |(_, class)| self.has(*class))
            .map(|(name, _)| *name)
    }

    /// What either speaks of.
    #[must_use]
    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
