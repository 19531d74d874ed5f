//! Types: what stands before a declared name and what behind it, as `void (*` and `)(int)`.

use super::{MAX_NAME, Reader, small};
use std::fmt::Write as _;

/// A type, or several that a parameter pack stands for.
#[derive(Debug, Clone, Default)]
pub(super) struct Type(Vec<Sides>);

#[derive(Debug, Clone)]
struct Sides {
    left: String,
    right: String,
}

impl Type {
    /// One that is a name.
    pub(super) fn plain(name: &str) -> Self {
        Self::of(name.to_owned(), String::new())
    }

    fn of(left: String, right: String) -> Self {
        Self(vec![Sides { left, right }])
    }

    /// Its text, if it is no pack.
    pub(super) fn one(&self) -> Option<String> {
        match self.0.as_slice() {
            [sides] => small(format!("{}{}", sides.left, sides.right)),
            _ => None,
        }
    }

    fn single(mut self) -> Option<Sides> {
        let sides = self.0.pop()?;
        self.0.is_empty().then_some(sides)
    }

    /// Adds the types of another pack.
    pub(super) fn append(&mut self, other: Self) -> Option<()> {
        self.0.extend(other.0);
        self.bounded().map(|_| ())
    }

    fn bounded(&self) -> Option<&Self> {
        let size = |sides: &Sides| sides.left.len() + sides.right.len();
        (self.0.iter().map(size).sum::<usize>() <= MAX_NAME).then_some(self)
    }

    fn each(mut self, change: impl Fn(&mut Sides)) -> Option<Self> {
        self.0.iter_mut().for_each(change);
        self.bounded()?;
        Some(self)
    }

    /// A pointer or reference to it; a reference to a reference is one.
    fn pointed(self, sign: &str) -> Option<Self> {
        self.each(|sides| {
            match sides.right.chars().next() {
                Some('(') => sides.wrap(")"),
                Some('[') => sides.wrap(") "),
                _ => {}
            }
            let reference = sides.left.ends_with('&');
            match sign {
                "&&" if reference => {}
                "&" if reference => {
                    let bare = sides.left.trim_end_matches('&').len();
                    sides.left.truncate(bare + 1);
                }
                sign => sides.left.push_str(sign),
            }
        })
    }
}

impl Sides {
    fn qualify(&mut self, qualifiers: &str) {
        match self.right.chars().next() {
            Some('(') => self.right.push_str(qualifiers),
            Some('[') => {
                let end = self.left.trim_end().len();
                self.left.insert_str(end, qualifiers);
            }
            _ => self.left.push_str(qualifiers),
        }
    }

    /// Parts the sides by parentheses, for what is written between them.
    fn wrap(&mut self, end: &str) {
        self.left.push('(');
        self.right.insert_str(0, end);
    }
}

/// Types with commas between.
pub(super) fn join(types: &[Type]) -> Option<String> {
    let texts: Vec<String> = types
        .iter()
        .flat_map(|ty| &ty.0)
        .map(|sides| format!("{}{}", sides.left, sides.right))
        .collect();
    small(texts.join(", "))
}

impl Reader<'_> {
    /// A type.
    pub(super) fn ty(&mut self) -> Option<Type> {
        self.nested(Self::any_type)
    }

    fn any_type(&mut self) -> Option<Type> {
        let qualifiers = self.qualifiers();
        if !qualifiers.is_empty() {
            // A function type's own qualifiers are a part of it.
            let ty = if self.peek() == Some(b'F') {
                self.function()?
            } else {
                self.ty()?
            };
            let ty = ty.each(|sides| sides.qualify(&qualifiers))?;
            return Some(self.learn(ty));
        }
        let ty = match self.peek()? {
            b'P' => self.to("P", "*")?,
            b'R' => self.to("R", "&")?,
            b'O' => self.to("O", "&&")?,
            b'F' => self.function()?,
            b'A' => self.array()?,
            b'M' => self.member()?,
            b'T' => self.parameter_type()?,
            b'D' => return self.extended(),
            b'S' if !self.rest.starts_with(b"St") => {
                let known = self.substitution()?;
                if self.peek() != Some(b'I') {
                    return Some(known);
                }
                let arguments = self.template_arguments(false)?;
                Type::plain(&small(known.one()? + &arguments)?)
            }
            b'N' | b'Z' | b'S' | b'0'..=b'9' => {
                Type::plain(&self.nested(|reader| reader.name(false))?.text)
            }
            b'u' => {
                self.next()?;
                Type::plain(&self.source_name()?)
            }
            byte => {
                self.next()?;
                return Some(Type::plain(builtin(byte)?));
            }
        };
        Some(self.learn(ty))
    }

    /// Keeps a type for `S_` and returns it.
    fn learn(&mut self, ty: Type) -> Type {
        self.known.push(ty.clone());
        ty
    }

    /// ` const volatile`.
    pub(super) fn qualifiers(&mut self) -> String {
        let mut text = String::new();
        let (restrict, volatile, constant) = (self.eat("r"), self.eat("V"), self.eat("K"));
        for (present, word) in [
            (constant, " const"),
            (volatile, " volatile"),
            (restrict, " restrict"),
        ] {
            text.push_str(if present { word } else { "" });
        }
        text
    }

    fn to(&mut self, letter: &str, sign: &str) -> Option<Type> {
        self.expect(letter)?;
        self.ty()?.pointed(sign)
    }

    fn function(&mut self) -> Option<Type> {
        self.expect("F")?;
        let _ = self.eat("Y");
        let result = self.ty()?.single()?;
        let mut parameters = if self.eat("v") {
            "()".to_owned()
        } else {
            let mut types = Vec::new();
            while !matches!(self.rest, [b'E', ..] | [b'R' | b'O', b'E', ..]) {
                types.push(self.ty()?);
            }
            format!("({})", join(&types)?)
        };
        match self.next()? {
            b'E' => {}
            sign => {
                self.expect("E")?;
                parameters.push_str(if sign == b'R' { " &" } else { " &&" });
            }
        }
        let left = small(result.left + " ")?;
        Some(Type::of(left, small(parameters + &result.right)?))
    }

    fn array(&mut self) -> Option<Type> {
        self.expect("A")?;
        let length = self.number().map(|length| length.to_string());
        self.expect("_")?;
        let length = length.unwrap_or_default();
        self.ty()?.each(|sides| {
            if !sides.right.starts_with('[') {
                sides.left.push(' ');
            }
            sides.right.insert_str(0, &format!("[{length}]"));
        })
    }

    fn member(&mut self) -> Option<Type> {
        self.expect("M")?;
        let class = self.ty()?.one()?;
        self.ty()?.each(|sides| {
            if sides.right.starts_with('(') {
                sides.wrap(")");
            } else {
                sides.left.push(' ');
            }
            let _ = write!(sides.left, "{class}::*");
        })
    }

    /// Types whose code starts with `D`.
    fn extended(&mut self) -> Option<Type> {
        self.expect("D")?;
        let name = match self.next()? {
            b'p' => {
                let ty = self.ty()?;
                return Some(self.learn(ty));
            }
            b'o' => {
                let mut ty = self.function()?;
                ty = ty.each(|sides| sides.right.push_str(" noexcept"))?;
                return Some(self.learn(ty));
            }
            b'n' => "std::nullptr_t",
            b'a' => "auto",
            b'c' => "decltype(auto)",
            b'i' => "char32_t",
            b's' => "char16_t",
            b'u' => "char8_t",
            _ => return None,
        };
        Some(Type::plain(name))
    }

    fn parameter_type(&mut self) -> Option<Type> {
        let known = self.parameter()?;
        if self.peek() != Some(b'I') {
            return Some(known);
        }
        self.known.push(known.clone());
        let arguments = self.template_arguments(false)?;
        Some(Type::plain(&small(known.one()? + &arguments)?))
    }

    /// What `T_` stands for.
    pub(super) fn parameter(&mut self) -> Option<Type> {
        self.expect("T")?;
        let at = self.ordinal(10)?;
        self.arguments.get(at).cloned()
    }

    /// What `S_` or an abbreviation stands for.
    pub(super) fn substitution(&mut self) -> Option<Type> {
        self.expect("S")?;
        let name = match self.peek()? {
            b'a' => "std::allocator",
            b'b' => "std::basic_string",
            b's' => "std::string",
            b'i' => "std::istream",
            b'o' => "std::ostream",
            b'd' => "std::iostream",
            _ => {
                let at = self.ordinal(36)?;
                return self.known.get(at).cloned();
            }
        };
        self.next()?;
        Some(Type::plain(name))
    }
}

fn builtin(code: u8) -> Option<&'static str> {
    Some(match code {
        b'v' => "void",
        b'w' => "wchar_t",
        b'b' => "bool",
        b'c' => "char",
        b'a' => "signed char",
        b'h' => "unsigned char",
        b's' => "short",
        b't' => "unsigned short",
        b'i' => "int",
        b'j' => "unsigned int",
        b'l' => "long",
        b'm' => "unsigned long",
        b'x' => "long long",
        b'y' => "unsigned long long",
        b'n' => "__int128",
        b'o' => "unsigned __int128",
        b'f' => "float",
        b'd' => "double",
        b'e' => "long double",
        b'g' => "__float128",
        b'z' => "...",
        _ => return None,
    })
}
