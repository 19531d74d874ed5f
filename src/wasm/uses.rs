//! What the code does with the functions that it imports: whether it reaches them, by which way, and with which arguments.

/// How sure it is that code runs. Ordered: a later one is more of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Proved: no execution gets there, whatever the host calls and the guest computes.
    Unreachable,
    /// It cannot be ruled out; why is what the analysis had to allow for.
    May(Why),
    /// By direct calls from a root, or by function values that stand as constants in code that is reached. For the reader
    /// alone: a hostile module can imitate it or hide from it, so whoever decides treats it like [`Reach::May`].
    Likely,
}

impl Reach {
    /// Whether it may run at all: the only question that a decision asks.
    pub fn is_reachable(self) -> bool {
        self != Self::Unreachable
    }

    /// `unreachable`, `may` or `likely`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::May(_) => "may",
            Self::Likely => "likely",
        }
    }
}

/// Why an answer is no more than a "may", or an argument no constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A call through a table or a reference, which may meet any function of its type that can be there.
    IndirectCall,
    /// A table that is imported or exported, so that the host or another module can put functions in and call them.
    SharedTable,
    /// A reference to the function goes to the host, by an argument, a result, a global or a table.
    HostReference,
    /// The import itself is exported, or stands in a table: it is called by others, with whatever arguments they like.
    Exported,
    /// The value is computed, or comes from the host.
    Computed,
    /// It comes from a place in memory that the code may have written.
    Memory,
    /// More callers, contexts or values than are followed.
    Bounded,
    /// The module was not analysed.
    NotAnalysed,
}

impl Why {
    /// In words, to follow "because": `it is called indirectly`.
    pub fn words(self) -> &'static str {
        match self {
            Self::IndirectCall => "it is called indirectly",
            Self::SharedTable => "a table is shared with the host",
            Self::HostReference => "the host is given a reference to it",
            Self::Exported => "it is exported or stands in a table",
            Self::Computed => "the value is computed",
            Self::Memory => "the value comes from memory",
            Self::Bounded => "there are more ways than are followed",
            Self::NotAnalysed => "the module was not analysed",
        }
    }
}

/// How a value is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Through constants, locals, parameters of direct calls and immutable globals alone: it holds for every execution.
    Proved,
    /// Something on the way was read from memory as compiled (a data segment, a stack in memory) or from a mutable global.
    /// The guest could have written there first: evidence for a finding, never a reason to drop one.
    Recovered,
}

/// One argument in one way of calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Argument {
    /// An integer; an `i32` is sign-extended, so pointers and lengths are its low 32 bits.
    Constant {
        /// The value.
        value: i64,
        /// How it is known.
        tier: Tier,
    },
    /// Anything.
    Unknown(Why),
}

impl Argument {
    /// The value with its tier, if it is known.
    pub fn constant(self) -> Option<(i64, Tier)> {
        match self {
            Self::Constant { value, tier } => Some((value, tier)),
            Self::Unknown(_) => None,
        }
    }
}

/// A place in code from which something is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallSite {
    /// The function that calls, by index.
    pub caller: u32,
    /// The operator's byte offset in the binary.
    pub offset: usize,
}

/// One way of calling an import, its arguments belonging together: a call through two wrappers from three places is three.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// From where the arguments are fixed, through wrappers, to the import's own call site, which is the last.
    pub sites: Vec<CallSite>,
    /// One a parameter.
    pub arguments: Vec<Argument>,
}

/// What makes a function run: the start of a witness path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The export with this index in [`super::Module::exports`].
    Export(usize),
    /// The start section.
    Start,
    /// The host, through a table or a reference that it can get at.
    Host(Why),
}

/// One step of a witness path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// The function that is reached, by index.
    pub function: u32,
    /// The byte offset in the binary of the call in the function before; `None` for the first.
    pub offset: Option<usize>,
    /// Why the call may not go there; `None` if it is direct.
    pub may: Option<Why>,
}

/// How an import is reached: from a root to the import, which is the last step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// Where it starts.
    pub root: Root,
    /// The functions on the way, the import last. Never empty.
    pub steps: Vec<Step>,
}

/// The use of one imported function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportUse {
    /// Its index, which is also its place among imported functions.
    pub function: u32,
    /// Whether code gets there.
    pub reach: Reach,
    /// How many call sites in reachable code call it directly.
    pub sites: u32,
    /// Shortest witness paths, one for each function that calls it, the likely ones first; at most [`MAX_PATHS`].
    pub paths: Vec<Path>,
    /// The ways of calling it that are known, in order, each once; at most [`MAX_CALLS`].
    pub calls: Vec<Call>,
    /// Why there may be calls that `calls` does not list, with any arguments; `None` if it lists all there can be.
    pub others: Option<Why>,
}

/// The most witness paths that are kept for one import.
pub const MAX_PATHS: usize = 32;
/// The most ways of calling that are kept for one import.
pub const MAX_CALLS: usize = 256;

/// What is known of one argument over all calls of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    /// Its constants, in order, each with its weakest tier.
    pub constants: Vec<(i64, Tier)>,
    /// Why there may be others; `None` if the constants are all.
    pub others: Option<Why>,
}

impl Values {
    /// Whether no execution passes anything else: every value is proved, and there are no others.
    pub fn are_proved(&self) -> bool {
        self.others.is_none() && self.constants.iter().all(|(_, tier)| *tier == Tier::Proved)
    }
}

impl ImportUse {
    /// The use of an import of which nothing is known.
    pub fn unknown(function: u32) -> Self {
        Self {
            function,
            reach: Reach::May(Why::NotAnalysed),
            sites: 0,
            paths: Vec::new(),
            calls: Vec::new(),
            others: Some(Why::NotAnalysed),
        }
    }

    /// What is known of the argument at `index`.
    pub fn values(&self, index: usize) -> Values {
        let mut values = Values {
            constants: Vec::new(),
            others: self.others,
        };
        for call in &self.calls {
            match call.arguments.get(index) {
                Some(Argument::Constant { value, tier }) => values.constants.push((*value, *tier)),
                Some(Argument::Unknown(why)) => values.others = values.others.or(Some(*why)),
                None => values.others = values.others.or(Some(Why::NotAnalysed)),
            }
        }
        values.constants.sort_unstable();
        // The same value by two ways holds only as firmly as the weaker: whether it is all there is depends on both.
        values.constants.reverse();
        values.constants.dedup_by_key(|(value, _)| *value);
        values.constants.reverse();
        values
    }
}

/// The use of every imported function of a core module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// One an imported function, by function index.
    pub imports: Vec<ImportUse>,
    /// Why answers are coarser than they could be, if a bound of the analysis was reached.
    pub bounded: Option<&'static str>,
}

impl Uses {
    /// The use of an imported function by its index.
    pub fn of(&self, function: u32) -> Option<&ImportUse> {
        self.imports.get(function as usize)
    }

    /// Whether so much would have to be followed that nothing was.
    pub fn is_given_up(&self) -> bool {
        let mut imports = self.imports.iter();
        imports.any(|import| import.reach == Reach::May(Why::Bounded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(arguments: &[Argument]) -> ImportUse {
        let call = |argument: &Argument| Call {
            sites: Vec::new(),
            arguments: vec![*argument],
        };
        ImportUse {
            calls: arguments.iter().map(call).collect(),
            others: None,
            ..ImportUse::unknown(0)
        }
    }

    #[test]
    fn values_are_proved_only_if_every_way_is() {
        let known = |value, tier| Argument::Constant { value, tier };
        let both = calls(&[known(7, Tier::Proved), known(3, Tier::Proved)]);
        assert_eq!(
            both.values(0).constants,
            [(3, Tier::Proved), (7, Tier::Proved)]
        );
        assert!(both.values(0).are_proved());
        let weak = calls(&[known(7, Tier::Proved), known(7, Tier::Recovered)]);
        assert_eq!(weak.values(0).constants, [(7, Tier::Recovered)]);
        assert!(!weak.values(0).are_proved());
        let open = calls(&[known(7, Tier::Proved), Argument::Unknown(Why::Computed)]);
        assert_eq!(open.values(0).others, Some(Why::Computed));
        assert!(!open.values(0).are_proved());
        assert!(!both.values(1).are_proved(), "there is no such argument");
    }
}
