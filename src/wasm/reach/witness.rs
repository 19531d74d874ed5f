//! Witness paths: how an import is reached, by the shortest way that was found to each function that calls it.

use super::flow::{Before, Reached, way};
use super::ground::Ground;
use super::target::Site;
use crate::wasm::{ImportUse, MAX_PATHS, Path, Reach, Root, Step, Why};

/// The most steps of one path.
const MAX_STEPS: usize = 1 << 10;
/// The most steps of all paths together.
const MAX_ALL_STEPS: usize = 1 << 20;

/// Tells the uses of imports from what is reached.
pub(super) struct Witness<'r> {
    reached: &'r Reached,
    uses: Vec<ImportUse>,
    steps: usize,
    /// Whether paths were left out because they are too long.
    pub(super) is_cut: bool,
}

impl<'r> Witness<'r> {
    /// The uses of all imported functions, and whether paths were left out because they are too long.
    pub(super) fn uses(ground: &Ground<'_>, reached: &'r Reached) -> (Vec<ImportUse>, bool) {
        let mut witness = Self {
            reached,
            uses: (0..ground.imported).map(unreachable).collect(),
            steps: 0,
            is_cut: false,
        };
        let is_likely = (0..reached.order.len()).map(|at| at < reached.likely);
        for (function, is_likely) in reached.order.iter().zip(is_likely) {
            let body = ground.body(*function);
            for call in body.map(|body| body.imports).unwrap_or_default() {
                let site = Site {
                    function: *function,
                    offset: call.offset,
                };
                witness.direct(call.import, site, call.sites, is_likely);
            }
        }
        for import in 0..ground.imported {
            witness.others(import);
        }
        for known in &mut witness.uses {
            known.others = known.reach.is_reachable().then_some(Why::NotAnalysed);
        }
        (witness.uses, witness.is_cut)
    }

    /// A direct call in a reached function.
    fn direct(&mut self, import: u32, site: Site, sites: u32, is_likely: bool) {
        let before = Before::Call { site, direct: true };
        let room = self.room(import);
        let path = room.then(|| self.path(import, before)).flatten();
        let Some(known) = self.uses.get_mut(import as usize) else {
            return;
        };
        known.sites = known.sites.saturating_add(sites);
        let reach = if is_likely {
            Reach::Likely
        } else {
            Reach::May(path.as_ref().map_or(Why::Bounded, why))
        };
        if !known.reach.is_reachable() || is_likely {
            known.reach = reach;
        }
        known.paths.extend(path);
    }

    /// Ways to the import that are no direct calls.
    fn others(&mut self, import: u32) {
        let ways = self.reached.ways.get(import as usize).copied();
        let Some(entered) = ways.and_then(entered) else {
            return;
        };
        let path = self.path(import, self.reached.before(import));
        if let Some(known) = self.uses.get_mut(import as usize) {
            if !known.reach.is_reachable() {
                known.reach = Reach::May(entered);
            }
            known.paths.truncate(MAX_PATHS - 1);
            known.paths.extend(path);
        }
    }

    fn room(&self, import: u32) -> bool {
        let known = self.uses.get(import as usize);
        known.is_some_and(|known| known.paths.len() < MAX_PATHS)
    }

    /// The path that ends with an import, by what comes before it.
    fn path(&mut self, import: u32, before: Before) -> Option<Path> {
        let mut steps = Vec::new();
        let (mut function, mut before) = (import, before);
        let root = loop {
            if steps.len() >= MAX_STEPS || self.steps >= MAX_ALL_STEPS {
                self.is_cut = true;
                return None;
            }
            self.steps += 1;
            match before {
                Before::Nothing => return None,
                Before::Root(root) => break root,
                Before::Call { site, direct } => {
                    steps.push(Step {
                        function,
                        offset: Some(site.offset as usize),
                        may: (!direct).then_some(Why::IndirectCall),
                    });
                    function = site.function;
                    before = self.reached.before(function);
                }
            }
        };
        steps.push(Step {
            function,
            offset: None,
            may: None,
        });
        steps.reverse();
        Some(Path { root, steps })
    }
}

fn unreachable(import: u32) -> ImportUse {
    ImportUse {
        reach: Reach::Unreachable,
        ..ImportUse::unknown(import)
    }
}

/// Why a path is no more than a possibility.
fn why(path: &Path) -> Why {
    match path.root {
        Root::Host(why) => why,
        _ => path
            .steps
            .iter()
            .find_map(|step| step.may)
            .unwrap_or(Why::IndirectCall),
    }
}

/// Why something is entered by other ways than direct calls.
pub(super) fn entered(ways: u8) -> Option<Why> {
    let reasons = [
        (way::EXPORTED, Why::Exported),
        (way::SHARED, Why::SharedTable),
        (way::REFERENCE, Why::HostReference),
        (way::INDIRECT, Why::IndirectCall),
    ];
    let mut reasons = reasons.into_iter();
    reasons.find_map(|(way, why)| (ways & way != 0).then_some(why))
}
