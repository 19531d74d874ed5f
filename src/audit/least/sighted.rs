//! What runs showed, all records taken together: what a draft is narrowed by, and never widened.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::observed::{Figures, FileUse, Mode, PathUse, RunRecord, Runs, ScratchUse};

/// The ways in which paths were used.
type Paths<'r> = BTreeMap<&'r str, BTreeSet<Mode>>;

/// The runs of the modules of a draft.
#[derive(Debug, Default)]
pub(super) struct Sighted {
    runs: Vec<Runs>,
    /// Whether what no run called goes into `stub`, as the user asked.
    pub(super) stub_unused: bool,
}

/// What was passed for one argument, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    pub(super) texts: BTreeSet<String>,
    pub(super) numbers: BTreeSet<i64>,
    pub(super) longest: u64,
    /// Whether there were others.
    pub(super) others: bool,
    /// Whether some calls tell nothing of it, not even how long it was.
    pub(super) partial: bool,
}

impl Sighted {
    pub(super) fn of(records: &[RunRecord], stub_unused: bool) -> Self {
        let runs = records.iter().flat_map(|record| &record.under);
        Self {
            runs: runs.cloned().collect(),
            stub_unused,
        }
    }

    /// How many runs there were.
    pub(super) fn count(&self) -> u64 {
        let counts = self.runs.iter().map(|runs| runs.runs);
        counts.fold(0, u64::saturating_add)
    }

    /// Whether any ended by itself: what others would have used is not known.
    pub(super) fn is_telling(&self) -> bool {
        self.runs.iter().any(|runs| runs.complete > 0)
    }

    /// `observed in 3 runs`.
    pub(super) fn words(&self) -> String {
        match self.count() {
            1 => "observed in 1 run".to_owned(),
            count => format!("observed in {count} runs"),
        }
    }

    /// How often an import was called; `None` where that is not known.
    pub(super) fn calls(&self, module: &str, name: &str) -> Option<u64> {
        self.runs.iter().try_fold(0_u64, |sum, runs| {
            let mut imports = runs.imports.iter();
            let found = imports.find(|one| one.module == module && one.name == name);
            match found {
                Some(import) => Some(sum.saturating_add(import.calls)),
                None if runs.others => None,
                None => Some(sum),
            }
        })
    }

    /// How often something was used, in words.
    pub(super) fn told(&self, calls: u64) -> String {
        let words = self.words();
        match calls {
            0 => format!("{words}: never"),
            1 => format!("{words}: 1 call"),
            calls => format!("{words}: {calls} calls"),
        }
    }

    /// Whether it is known that no run called an import.
    pub(super) fn is_unused(&self, module: &str, name: &str) -> bool {
        self.is_telling() && self.calls(module, name) == Some(0)
    }

    /// How many calls used a capability; `None` where that is not known.
    pub(super) fn uses(&self, capability: &str) -> Option<u64> {
        self.runs
            .iter()
            .try_fold(0_u64, |sum, runs| match runs.capabilities.get(capability) {
                Some(calls) => Some(sum.saturating_add(*calls)),
                None if runs.others => None,
                None => Some(sum),
            })
    }

    /// Every import that was called, by module and name.
    pub(super) fn called(&self) -> BTreeSet<(&str, &str)> {
        let imports = self.runs.iter().flat_map(|runs| &runs.imports);
        let called = imports.filter(|one| one.calls > 0);
        called
            .map(|one| (one.module.as_str(), one.name.as_str()))
            .collect()
    }

    /// What was passed for an argument of a host function, by its first parameter.
    pub(super) fn argument(&self, module: &str, name: &str, parameter: u32) -> Sightings {
        let mut all = Sightings::default();
        let imports = self.runs.iter().flat_map(|runs| &runs.imports);
        for import in imports.filter(|one| one.module == module && one.name == name) {
            let mut arguments = import.arguments.iter();
            let Some(argument) = arguments.find(|one| one.parameter == parameter) else {
                // The policy of those runs did not describe it.
                let told = import.calls == import.denied || import.stubbed;
                all.others |= !told;
                all.partial |= !told;
                continue;
            };
            let seen = &argument.seen;
            all.texts.extend(seen.texts.iter().cloned());
            all.numbers.extend(&seen.numbers);
            all.longest = all.longest.max(seen.longest);
            all.others |= seen.others;
        }
        let left_out = self.runs.iter().any(|runs| runs.others);
        all.others |= left_out;
        all.partial |= left_out;
        all
    }

    /// The use of folders, by the guest's path.
    pub(super) fn folders(&self) -> Vec<FileUse> {
        let mut folders: BTreeMap<&str, (Paths<'_>, FileUse)> = BTreeMap::new();
        for one in self.runs.iter().flat_map(|runs| &runs.files) {
            let (paths, folder) = folders
                .entry(&one.guest)
                .or_insert_with(|| (BTreeMap::new(), FileUse::new(&one.guest)));
            for path in &one.paths {
                paths.entry(&path.path).or_default().extend(&path.modes);
            }
            folder.others.extend(&one.others);
            folder.scratch = ScratchUse::most(folder.scratch, one.scratch);
        }
        let whole = |(paths, mut folder): (Paths<'_>, FileUse)| {
            let paths = paths.into_iter();
            let path = |(path, modes): (&str, BTreeSet<Mode>)| PathUse {
                path: path.to_owned(),
                modes,
            };
            folder.paths = paths.map(path).collect();
            folder
        };
        folders.into_values().map(whole).collect()
    }

    /// The most that any run used of a limit, if each policy's runs tell it.
    pub(super) fn peak(&self, of: impl Fn(&Figures) -> Option<u64>) -> Option<u64> {
        let mut most = 0;
        for runs in &self.runs {
            most = most.max(of(&runs.peaks)?);
        }
        (!self.runs.is_empty()).then_some(most)
    }

    /// What a limit can be by what was seen: the peak with head-room, and never more than the runs were held to. Where
    /// nothing tells the peak, what they were held to.
    pub(super) fn bound(
        &self,
        of: impl Fn(&Figures) -> Option<u64>,
        stream: Option<&str>,
        room: impl Fn(u64) -> u64,
    ) -> Option<u64> {
        let telling = self.is_telling();
        let one = |runs: &Runs| {
            let cut = stream.is_some_and(|stream| runs.truncated.contains(stream));
            let peak = of(&runs.peaks).filter(|_| telling && !cut).map(&room);
            match (peak, of(&runs.limits)) {
                (Some(peak), Some(limit)) => Some(peak.min(limit)),
                (peak, limit) => peak.or(limit),
            }
        };
        let bounds: Option<Vec<u64>> = self.runs.iter().map(one).collect();
        bounds?.into_iter().max()
    }
}

/// Twice a peak, in round numbers: at least `least`.
pub(super) fn twice(peak: u64, least: u64) -> u64 {
    round(peak.saturating_mul(2).max(least))
}

/// The next number with two digits that count.
pub(super) fn round(number: u64) -> u64 {
    let mut step = 1_u64;
    while number / step >= 100 {
        step = step.saturating_mul(10);
    }
    number.checked_next_multiple_of(step).unwrap_or(u64::MAX)
}

/// Twice a peak, in whole units: at least one.
pub(super) fn twice_in(peak: u64, unit: u64) -> u64 {
    let twice = peak.saturating_mul(2).max(1);
    twice.checked_next_multiple_of(unit).unwrap_or(u64::MAX)
}
