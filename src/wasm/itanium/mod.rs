//! C++ names as the Itanium ABI mangles them, read in one pass. The crates for it go back and try again at each level of an
//! expression, so that a hostile name of eighty bytes takes minutes; what this reader does not know stays as it is.

mod operator;
mod qualified;
mod ty;

use self::ty::Type;
use super::MAX_NAME;

/// How deep names and types nest.
const MAX_DEPTH: usize = 48;

/// A function's name in C++'s own words, without its return type.
pub(super) fn demangle(mangled: &str) -> Option<String> {
    let rest = mangled.strip_prefix("_Z")?;
    let mut reader = Reader {
        rest: rest.as_bytes().get(..rest.len().min(MAX_NAME))?,
        known: Vec::new(),
        arguments: Vec::new(),
        depth: 0,
    };
    let text = reader.encoding()?;
    // What a compiler appends to a copy: `.llvm.123`, `.isra.0`.
    let suffix = std::str::from_utf8(reader.rest).ok()?;
    (suffix.is_empty() || suffix.starts_with('.')).then_some(())?;
    small(text + suffix)
}

struct Reader<'m> {
    rest: &'m [u8],
    /// What `S_`, `S0_` … stand for.
    known: Vec<Type>,
    /// What `T_`, `T0_` … stand for.
    arguments: Vec<Type>,
    depth: usize,
}

/// A text, unless it outgrew what is shown: substitutions double with each few bytes.
fn small(text: String) -> Option<String> {
    (text.len() <= MAX_NAME).then_some(text)
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn eat(&mut self, expected: &str) -> bool {
        let rest = self.rest.strip_prefix(expected.as_bytes());
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, expected: &str) -> Option<()> {
        self.eat(expected).then_some(())
    }

    /// A decimal number; none if there is no digit.
    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit());
        let (digits, rest) = self.rest.split_at_checked(digits.count())?;
        self.rest = rest;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// The number before `_` that is left out for the first, 0 for the second, and so on.
    fn ordinal(&mut self, base: u32) -> Option<usize> {
        let end = self.rest.iter().position(|byte| *byte == b'_')?;
        let digits = std::str::from_utf8(self.rest.get(..end)?).ok()?;
        self.rest = self.rest.get(end + 1..)?;
        if digits.is_empty() {
            return Some(0);
        }
        let known = |byte: u8| byte.is_ascii_digit() || (base == 36 && byte.is_ascii_uppercase());
        digits.bytes().all(known).then_some(())?;
        usize::from_str_radix(digits, base).ok()?.checked_add(1)
    }

    /// Reads one level deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// A name with its parameters, if it is a function's.
    fn encoding(&mut self) -> Option<String> {
        let name = self.nested(|reader| reader.name(true))?;
        if matches!(self.peek(), None | Some(b'E' | b'.')) {
            return small(name.text);
        }
        if name.template && !name.special {
            self.ty()?;
        }
        let parameters = self.parameters()?;
        small(format!("{}{parameters}{}", name.text, name.qualifiers))
    }

    /// Types up to the end, in parentheses.
    fn parameters(&mut self) -> Option<String> {
        if self.eat("v") {
            return Some("()".to_owned());
        }
        let mut types = Vec::new();
        while !matches!(self.peek(), None | Some(b'E' | b'.')) {
            types.push(self.ty()?);
        }
        (!types.is_empty()).then_some(())?;
        small(format!("({})", ty::join(&types)?))
    }
}

#[cfg(test)]
mod tests;
