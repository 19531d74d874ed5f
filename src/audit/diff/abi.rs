//! Whether the ABI's version says of a break what it is.

use crate::audit::facts::abi_version;

use super::{Both, Change, Direction};

impl Both<'_> {
    /// The change of the version, or what it should have been.
    pub(super) fn version(&self, changes: &[Change]) -> Option<Change> {
        let (old, new) = (abi_version(&self.old), abi_version(&self.new));
        let broken = changes.iter().any(|change| change.breaks);
        let major = |version: &Option<String>| {
            let version = version.as_deref()?;
            Some(version.split('.').next().unwrap_or(version).to_owned())
        };
        let change = |direction| Change::new("abi", "version", direction);
        if broken && (major(&old).is_none() || major(&old) == major(&new)) {
            let said = match &new {
                Some(new) => format!("{new}: abi major must change, as something broke"),
                None => "none: nothing tells hosts that something broke".to_owned(),
            };
            let change = change(Direction::Changed).breaking();
            return Some(change.between(old, Some(said)));
        }
        let direction = match (&old, &new) {
            (None, Some(_)) => Direction::Gained,
            (Some(_), None) => Direction::Lost,
            (old, new) if old == new => return None,
            _ => Direction::Changed,
        };
        let change = change(direction).between(old.clone(), new.clone());
        // Hosts look at the major version before they call.
        let other = old.is_some() && major(&old) != major(&new);
        Some(if other { change.breaking() } else { change })
    }
}
