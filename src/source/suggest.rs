//! The nearest known name, for "did you mean".

/// The known name that is nearest to `written`, if one is near enough to be meant.
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if written.len() > 128 {
        return None;
    }
    let folded = written.to_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|name| {
            let distance =
                strsim::damerau_levenshtein(&folded, &name.to_lowercase().replace('_', "-"));
            (distance, name)
        })
        .filter(|(distance, name)| *distance * 3 <= name.len().max(written.len()))
        .min()
        .map(|(_, name)| name)
}

/// A help sentence: the nearest known name, or all of them where they are few.
pub fn did_you_mean<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(name) = nearest(written, known.iter().copied()) {
        return Some(format!("did you mean `{name}`?"));
    }
    (!known.is_empty() && known.len() <= 24).then(|| format!("known here: {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_near_and_lists_the_few() {
        assert_eq!(nearest("deadlin", ["deadline", "fuel"]), Some("deadline"));
        assert_eq!(nearest("max_memory", ["fuel", "stack"]), None);
        assert_eq!(
            did_you_mean("zzz", ["fuel", "stack"]).as_deref(),
            Some("known here: fuel, stack")
        );
        assert_eq!(nearest(&"a".repeat(10_000), ["a"]), None);
    }
}
