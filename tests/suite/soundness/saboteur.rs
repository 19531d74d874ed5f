//! Saboteurs falsify true claims. A check that lets them pass is none.

use ringfence::wasm::{Argument, ImportUse, Reach, Tier, Uses};

/// One way to falsify what is claimed of an import; `None` where there is nothing to falsify.
pub struct Saboteur {
    /// What it does.
    pub name: &'static str,
    falsify: fn(&ImportUse) -> Option<ImportUse>,
    /// In how many of a thousand modules it is caught at least, of those in which it finds something to falsify.
    pub floor: u64,
}

/// All of them.
pub const SABOTEURS: &[Saboteur] = &[
    Saboteur {
        name: "an import that is reached is unreachable",
        falsify: unreachable,
        floor: 300,
    },
    Saboteur {
        name: "a proved value is left out",
        falsify: shorter,
        floor: 300,
    },
    Saboteur {
        name: "a proved value is another one",
        falsify: other,
        floor: 300,
    },
    Saboteur {
        name: "an unknown argument is proved",
        falsify: surer,
        floor: 300,
    },
    Saboteur {
        name: "a way of calling is left out",
        falsify: fewer,
        floor: 300,
    },
    Saboteur {
        // Often they are: an import that is exported need not be called by that.
        name: "the known calls are all there are",
        falsify: closed,
        floor: 120,
    },
];

impl Saboteur {
    /// The uses of a module with every import falsified that can be, if one can.
    pub fn falsify(&self, uses: &Uses) -> Option<Uses> {
        let mut falsified = uses.clone();
        let mut any = false;
        for usage in &mut falsified.imports {
            if let Some(false_one) = (self.falsify)(usage) {
                *usage = false_one;
                any = true;
            }
        }
        any.then_some(falsified)
    }
}

fn unreachable(usage: &ImportUse) -> Option<ImportUse> {
    let reach = Reach::Unreachable;
    (usage.reach != reach).then(|| ImportUse {
        reach,
        ..usage.clone()
    })
}

/// The first value of the first argument that has only proved ones becomes its last one; with one value, another one.
fn shorter(usage: &ImportUse) -> Option<ImportUse> {
    replaced(usage, |values| match values {
        [first, .., last] => Some((*first, *last)),
        _ => None,
    })
}

fn other(usage: &ImportUse) -> Option<ImportUse> {
    replaced(usage, |values| match values {
        [only] => Some((*only, only.wrapping_add(1))),
        _ => None,
    })
}

fn replaced(usage: &ImportUse, replacement: fn(&[i64]) -> Option<(i64, i64)>) -> Option<ImportUse> {
    let width = usage.calls.first()?.arguments.len();
    (0..width).find_map(|at| {
        let values = usage.values(at);
        let known: Vec<i64> = values.constants.iter().map(|(value, _)| *value).collect();
        let (from, to) = replacement(&known).filter(|_| values.are_proved())?;
        let mut falsified = usage.clone();
        for call in &mut falsified.calls {
            if let Some(Argument::Constant { value, .. }) = call.arguments.get_mut(at)
                && *value == from
            {
                *value = to;
            }
        }
        Some(falsified)
    })
}

/// Takes what is unknown for a constant that it is not likely to be.
fn surer(usage: &ImportUse) -> Option<ImportUse> {
    let mut falsified = usage.clone();
    let mut any = false;
    for argument in falsified
        .calls
        .iter_mut()
        .flat_map(|call| &mut call.arguments)
    {
        if let Argument::Unknown(_) = argument {
            *argument = Argument::Constant {
                value: 0x0bad_f00d,
                tier: Tier::Proved,
            };
            any = true;
        }
    }
    (any && usage.others.is_none()).then_some(falsified)
}

fn fewer(usage: &ImportUse) -> Option<ImportUse> {
    let calls = usage.calls.split_first().map(|(_, rest)| rest.to_vec());
    calls
        .filter(|_| usage.others.is_none())
        .map(|calls| ImportUse {
            calls,
            ..usage.clone()
        })
}

fn closed(usage: &ImportUse) -> Option<ImportUse> {
    (usage.others.is_some() && usage.reach.is_reachable()).then(|| ImportUse {
        others: None,
        ..usage.clone()
    })
}
