//! What a policy grants to each invocation: arguments, environment, and folders by handle.

use crate::audit::Approval;
use crate::policy::{Layers, Pattern, PatternError};

use super::terms::ceiling;

/// The granted arguments and variables, with their patterns compiled once.
#[derive(Debug)]
pub struct Grants {
    most_arguments: u64,
    arguments: Patterns,
    variables: Patterns,
    set: Vec<(String, String)>,
}

/// Lists of patterns of which each must have a match.
#[derive(Debug)]
struct Patterns(Vec<Vec<Pattern>>);

impl Grants {
    /// Those of an approved policy.
    ///
    /// # Errors
    /// A pattern does not compile, which the reader of policies should have refused.
    pub fn of(approval: &Approval) -> Result<Self, PatternError> {
        let grants = &approval.policy().grants;
        let most = grants.args_max.as_ref();
        let set = grants.env_set.iter();
        Ok(Self {
            most_arguments: most.map_or(ceiling::ARGUMENTS, |most| most.value),
            arguments: Patterns::of(&grants.args_allow)?,
            variables: Patterns::of(&grants.env_pass)?,
            set: set
                .map(|(name, value)| (name.clone(), value.value.clone()))
                .collect(),
        })
    }

    /// Judges the arguments that somebody gives the guest, its own name not among them.
    ///
    /// # Errors
    /// Why they are refused, in a sentence.
    pub fn arguments(&self, given: &[String]) -> Result<(), String> {
        if given.len() as u64 > self.most_arguments {
            return Err(format!(
                "{} arguments, and `grants.args.max` is {}",
                given.len(),
                self.most_arguments
            ));
        }
        let bytes: u64 = given.iter().map(|one| one.len() as u64 + 1).sum();
        if bytes > ceiling::ARGUMENT_BYTES {
            return Err(format!(
                "arguments of {bytes} bytes; {} is the most",
                ceiling::ARGUMENT_BYTES
            ));
        }
        if given.iter().any(|one| one.contains('\0')) {
            return Err("an argument with a NUL byte".to_owned());
        }
        match given.iter().find(|one| !self.arguments.match_all(one)) {
            Some(one) => Err(format!(
                "`grants.args.allow` does not match the argument `{one}`"
            )),
            None => Ok(()),
        }
    }

    /// The guest's environment: of what the host offers, what is passed; then what the policy sets. Sorted by name.
    pub fn environment<'o>(
        &self,
        offered: impl IntoIterator<Item = &'o (String, String)>,
    ) -> Vec<(String, String)> {
        let fits = |(name, value): &&(String, String)| {
            !name.is_empty()
                && !name.contains(['=', '\0'])
                && !value.contains('\0')
                && self.variables.match_all(name)
        };
        let mut variables: std::collections::BTreeMap<String, String> =
            offered.into_iter().filter(fits).cloned().collect();
        variables.extend(self.set.iter().cloned());
        variables.into_iter().collect()
    }
}

impl Patterns {
    fn of(layers: &Layers<String>) -> Result<Self, PatternError> {
        let layer = |layer: &Vec<crate::source::Spanned<String>>| {
            layer.iter().map(|one| Pattern::name(&one.value)).collect()
        };
        layers
            .0
            .iter()
            .map(layer)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Without a list nothing matches.
    fn match_all(&self, text: &str) -> bool {
        let layers = &self.0;
        !layers.is_empty()
            && layers
                .iter()
                .all(|layer| layer.iter().any(|pattern| pattern.matches(text)))
    }
}
