//! Names: nested, local, of templates, constructors, lambdas.

use super::ty::{self, Type};
use super::{Reader, operator, small};
use std::fmt::Write as _;

/// A name, and what its parameters depend on.
#[derive(Default)]
pub(super) struct Name {
    pub(super) text: String,
    /// Whether it ends with template arguments: a return type then stands before the parameters.
    pub(super) template: bool,
    /// A constructor, destructor or conversion, which has no return type.
    pub(super) special: bool,
    /// ` const`, ` &`.
    pub(super) qualifiers: String,
}

impl Reader<'_> {
    /// A name; `own` if it is the function's, whose template arguments its parameters go by.
    pub(super) fn name(&mut self, own: bool) -> Option<Name> {
        match self.peek()? {
            b'N' => self.qualified(own),
            b'Z' => self.local(own),
            b'S' if !self.rest.starts_with(b"St") => {
                let text = self.substitution()?.one()?;
                self.templated(text, own, false)
            }
            _ => {
                let scope = if self.eat("St") { "std::" } else { "" };
                let part = self.unqualified()?;
                let text = small(format!("{scope}{}", part.text))?;
                let name = self.templated(text, own, true)?;
                Some(Name {
                    special: part.special,
                    ..name
                })
            }
        }
    }

    /// The template arguments of an unscoped name, if there are any.
    fn templated(&mut self, text: String, own: bool, fresh: bool) -> Option<Name> {
        if self.peek() != Some(b'I') {
            return Some(Name {
                text,
                ..Name::default()
            });
        }
        if fresh {
            self.known.push(Type::plain(&text));
        }
        let arguments = self.template_arguments(own)?;
        Some(Name {
            text: small(text + &arguments)?,
            template: true,
            ..Name::default()
        })
    }

    fn qualified(&mut self, own: bool) -> Option<Name> {
        self.expect("N")?;
        let mut name = Name {
            qualifiers: self.qualifiers(),
            ..Name::default()
        };
        match self.peek()? {
            b'R' => name.qualifiers.push_str(" &"),
            b'O' => name.qualifiers.push_str(" &&"),
            _ => {}
        }
        let _ = self.eat("R") || self.eat("O");
        while !self.eat("E") {
            let before = name.text.is_empty();
            match self.peek()? {
                b'S' if before && self.eat("St") => {
                    name.text.push_str("std");
                    continue;
                }
                b'S' if before => {
                    name.text = self.substitution()?.one()?;
                    continue;
                }
                b'T' if before => name.text = self.parameter()?.one()?,
                b'I' if !before => {
                    name.text += &self.template_arguments(own)?;
                    name.template = true;
                }
                _ => self.component(&mut name)?,
            }
            name.text = small(std::mem::take(&mut name.text))?;
            if self.peek() != Some(b'E') {
                self.known.push(Type::plain(&name.text));
            }
        }
        (!name.text.is_empty()).then_some(name)
    }

    /// One more part of a qualified name.
    fn component(&mut self, name: &mut Name) -> Option<()> {
        let part = match self.rest {
            [b'C', b'1'..=b'5', ..] => Part::special(last(&name.text)?),
            [b'D', b'0'..=b'5', ..] => Part::special(&format!("~{}", last(&name.text)?)),
            _ => {
                let part = self.unqualified()?;
                Self::append(name, &part);
                return Some(());
            }
        };
        self.rest = self.rest.get(2..)?;
        Self::append(name, &part);
        Some(())
    }

    fn append(name: &mut Name, part: &Part) {
        if !name.text.is_empty() {
            name.text.push_str("::");
        }
        name.text.push_str(&part.text);
        name.special = part.special;
        name.template = false;
    }

    /// What is declared inside a function.
    fn local(&mut self, own: bool) -> Option<Name> {
        self.expect("Z")?;
        let function = self.nested(Self::encoding)?;
        self.expect("E")?;
        let inner = if self.eat("s") {
            Name {
                text: "string literal".to_owned(),
                ..Name::default()
            }
        } else {
            self.nested(|reader| reader.name(own))?
        };
        self.discriminator()?;
        Some(Name {
            text: small(format!("{function}::{}", inner.text))?,
            ..inner
        })
    }

    /// What tells two local names of one function apart.
    fn discriminator(&mut self) -> Option<()> {
        if self.eat("__") {
            self.number()?;
            return self.expect("_");
        }
        if self.eat("_") {
            self.next()?.is_ascii_digit().then_some(())?;
        }
        Some(())
    }

    /// One part of a name: what stands between two `::`.
    fn unqualified(&mut self) -> Option<Part> {
        let mut part = match self.rest {
            [b'L', ..] => {
                self.expect("L")?;
                Part::plain(self.source_name()?)
            }
            [b'0'..=b'9', ..] => Part::plain(self.source_name()?),
            [b'U', b'l', ..] => Part::plain(self.lambda()?),
            [b'U', b't', ..] => {
                self.expect("Ut")?;
                Part::plain(format!("{{unnamed type #{}}}", self.ordinal(10)? + 1))
            }
            [b'c', b'v', ..] => {
                self.expect("cv")?;
                let target = self.ty()?.one()?;
                Part::special(&format!("operator {target}"))
            }
            [b'l', b'i', ..] => {
                self.expect("li")?;
                Part::plain(format!("operator\"\" {}", self.source_name()?))
            }
            [first, second, ..] => {
                let sign = operator::sign([*first, *second])?;
                self.rest = self.rest.get(2..)?;
                Part::plain(format!("operator{sign}"))
            }
            _ => return None,
        };
        while self.eat("B") {
            let tag = self.source_name()?;
            let _ = write!(part.text, "[abi:{tag}]");
        }
        part.text = small(part.text)?;
        Some(part)
    }

    fn lambda(&mut self) -> Option<String> {
        self.expect("Ul")?;
        let parameters = self.parameters()?;
        self.expect("E")?;
        let ordinal = self.ordinal(10)? + 1;
        small(format!("{{lambda{parameters}#{ordinal}}}"))
    }

    /// A length and as many bytes.
    pub(super) fn source_name(&mut self) -> Option<String> {
        let length = self.number().filter(|length| *length > 0)?;
        let (name, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        let name = std::str::from_utf8(name).ok()?;
        Some(if name.starts_with("_GLOBAL__N") {
            "(anonymous namespace)".to_owned()
        } else {
            name.to_owned()
        })
    }

    /// `<int, 5>`.
    pub(super) fn template_arguments(&mut self, own: bool) -> Option<String> {
        self.expect("I")?;
        let mut arguments = Vec::new();
        while !self.eat("E") {
            arguments.push(self.nested(Self::template_argument)?);
        }
        let text = small(format!("<{}>", ty::join(&arguments)?))?;
        if own {
            self.arguments = arguments;
        }
        Some(text)
    }

    fn template_argument(&mut self) -> Option<Type> {
        match self.peek()? {
            b'L' => self.literal(),
            b'J' => {
                self.expect("J")?;
                let mut pack = Type::default();
                while !self.eat("E") {
                    pack.append(self.nested(Self::template_argument)?)?;
                }
                Some(pack)
            }
            _ => self.ty(),
        }
    }

    /// A number, a truth value or the name of a function.
    fn literal(&mut self) -> Option<Type> {
        self.expect("L")?;
        if self.eat("_Z") {
            let name = self.nested(Self::encoding)?;
            self.expect("E")?;
            return Some(Type::plain(&name));
        }
        let ty = self.ty()?.one()?;
        let sign = if self.eat("n") { "-" } else { "" };
        let number = self.number();
        self.expect("E")?;
        let text = match (ty.as_str(), number) {
            ("bool", Some(0)) => "false".to_owned(),
            ("bool", Some(1)) => "true".to_owned(),
            ("std::nullptr_t", _) => "nullptr".to_owned(),
            (name, Some(number)) => match suffix(name) {
                Some(suffix) => format!("{sign}{number}{suffix}"),
                None => format!("({ty}){sign}{number}"),
            },
            _ => return None,
        };
        Some(Type::plain(&small(text)?))
    }
}

/// What a number of this type ends with; none if the type has to stand before it.
fn suffix(ty: &str) -> Option<&'static str> {
    Some(match ty {
        "int" => "",
        "unsigned int" => "u",
        "long" => "l",
        "unsigned long" => "ul",
        "long long" => "ll",
        "unsigned long long" => "ull",
        _ => return None,
    })
}

/// What stands between two `::`.
struct Part {
    text: String,
    special: bool,
}

impl Part {
    fn plain(text: String) -> Self {
        Self {
            text,
            special: false,
        }
    }

    fn special(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            special: true,
        }
    }
}

/// The last part of a qualified name, without template arguments: what its constructor is called.
fn last(name: &str) -> Option<&str> {
    let mut depth = 0usize;
    let mut start = 0;
    let mut end = name.len();
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'<' | b'(' | b'{' => {
                if depth == 0 && byte == b'<' {
                    end = at;
                }
                depth += 1;
            }
            b'>' | b')' | b'}' => depth = depth.checked_sub(1)?,
            b':' if depth == 0 => {
                start = at + 1;
                end = name.len();
            }
            _ => {}
        }
    }
    name.get(start..end).filter(|last| !last.is_empty())
}
