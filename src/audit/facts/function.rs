//! The functions with the most branches.

use crate::audit::context::Audit;
use crate::audit::fact::{Element, ModulePlace, fact};

/// How many functions are looked at, the most complex first.
const MOST: usize = 50;

fact! { "function" / "One of the 50 functions with the most branches." struct Function {
    name: String = "Its name, or `func[N]`.",
    complexity: u64 = "Cyclomatic complexity: one and a branch each.",
    limit: u64 = "`module.max_complexity`, 500 if not stated.",
} }

/// The most complex functions by index.
pub fn collect(audit: &Audit<'_>) -> Vec<Element> {
    let functions = &audit.module.functions;
    let stated = audit.ground.policy.module.max_complexity;
    let mut ranked: Vec<(u32, usize)> = functions.complexity.iter().copied().zip(0..).collect();
    let most = MOST.min(ranked.len());
    if most < ranked.len() {
        ranked.select_nth_unstable_by(most, |one, other| other.cmp(one));
    }
    ranked.truncate(most);
    ranked.sort_by_key(|(_, at)| *at);
    ranked
        .into_iter()
        .filter_map(|(complexity, at)| {
            let index = functions.imported.checked_add(u32::try_from(at).ok()?)?;
            let fact = Function {
                name: audit.function_label(index),
                complexity: u64::from(complexity),
                limit: stated.map_or(500, |limit| limit.value),
            };
            let place = ModulePlace {
                offset: functions.offsets.get(at).map(|offset| *offset as usize),
                function: Some(index),
                ..ModulePlace::default()
            };
            let name = audit.module.function_name(index);
            let subject = name.map_or_else(
                || format!("function {index}"),
                |name| format!("function {name}"),
            );
            let element = Element::new(subject, fact);
            Some(
                element
                    .at(stated.map(|limit| limit.span), "")
                    .in_module(place),
            )
        })
        .collect()
}
