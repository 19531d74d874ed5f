//! A name cut into the words that people read in it: `fs.readFile2` is `fs`, `read`, `file`.

/// The words of a name, in lower case. A word ends at anything that is no letter, and where a capital begins one.
pub(super) fn tokens(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous = ' ';
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let starts = character.is_uppercase()
            && (previous.is_lowercase()
                || characters.peek().is_some_and(|next| next.is_lowercase()));
        if (starts || !character.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphabetic() {
            word.extend(character.to_lowercase());
        }
        previous = character;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(tokens(name).join(" "), words, "{name}");
        }
    }
}
