//! A name cut into the words that people read in it: `fs.readFile2` becomes `fs read file`.

/// The words of a name, in lower case, with one space between. A word ends at anything that is no letter, and where a
/// capital begins one.
pub(super) fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    let mut previous = ' ';
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let mut next_is_small = || characters.peek().is_some_and(|next| next.is_lowercase());
        let starts = character.is_uppercase() && (previous.is_lowercase() || next_is_small());
        if (starts || !character.is_alphabetic()) && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
        if character.is_alphabetic() {
            words.extend(character.to_lowercase());
        }
        previous = character;
    }
    words.truncate(words.trim_end().len());
    words
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_is_cut_where_people_read_a_boundary() {
        for (name, words) in [
            ("read_file", "read file"),
            ("readFile", "read file"),
            ("fs.readFile", "fs read file"),
            ("READ-FILE", "read file"),
            ("wasi:http/types", "wasi http types"),
            ("HTTPGet", "http get"),
            ("getHTTP", "get http"),
            ("open64_v2", "open v"),
            ("__host_call", "host call"),
            ("ÀrbreÉté", "àrbre été"),
            ("get_openness", "get openness"),
            ("", ""),
            ("_-.:/\u{0}", ""),
        ] {
            assert_eq!(super::words(name), words, "{name}");
        }
    }
}
