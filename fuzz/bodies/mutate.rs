//! Changes of an input that keep what gets it past the first check: a module's sections stay well framed, a text stays text, a
//! pair a pair. Only the numbers of a seed decide.

/// How an input is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As bytes.
    Bytes,
    /// Line by line, and word by word.
    Text,
    /// Section by section.
    Module,
    /// Two parts with the first one's length before them: a text or a module, then a module.
    Pair,
}

/// A stream of numbers that only its seed decides (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One below `most`; 0 if that is 0.
    pub fn below(&mut self, most: usize) -> usize {
        let most = (most as u64).max(1);
        usize::try_from(self.next() % most).unwrap_or(0)
    }
}

/// An input changed in one to four ways; `other` is one to take parts from.
pub fn mutate(kind: Kind, data: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut data = data.to_vec();
    for _ in 0..=dice.below(4) {
        data = match kind {
            Kind::Bytes => bytes(&data, dice),
            Kind::Text => text(&data, other, dice),
            Kind::Module => module(&data, other, dice),
            Kind::Pair => pair(&data, other, dice),
        };
    }
    data
}

/// Numbers at which readers of WebAssembly and of sizes decide something.
const EDGES: &[u8] = &[
    0, 1, 0x0b, 0x10, 0x40, 0x60, 0x6f, 0x70, 0x7f, 0x80, 0xfc, 0xfd, 0xff,
];

fn bytes(data: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut data = data.to_vec();
    let at = dice.below(data.len());
    let end = (at + 1 + dice.below(16)).min(data.len());
    match dice.below(6) {
        0 => data
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|byte| *byte ^= 1 << (at % 8)),
        1 => {
            let edge = EDGES.get(dice.below(EDGES.len())).copied().unwrap_or(0);
            data.iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte = edge);
        }
        2 => drop(data.drain(at.min(end)..end)),
        3 => {
            let again: Vec<u8> = data.get(at..end).unwrap_or_default().to_vec();
            data.splice(at..at, again);
        }
        4 => {
            // The longest number that is still one, or one too long.
            let number = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f];
            data.splice(
                at.min(end)..at,
                number.iter().take(5 + dice.below(2)).copied(),
            );
        }
        _ => {
            let value = dice.next().to_le_bytes();
            for (byte, new) in data.iter_mut().skip(at).zip(value) {
                *byte = new;
            }
        }
    }
    data
}

/// Words that mean something to one of the languages, or to what shows them.
const WORDS: &[&str] = &[
    "0",
    "-1",
    "99999999999999999999",
    "1e9",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "*",
    "**",
    "&a",
    "*a",
    "!!int",
    "|",
    ">",
    "---",
    "\u{202e}",
    "\u{1b}[31m",
    "::error::x",
    "<b>",
    "`",
    "version: 1",
    "extends: builtin:strict",
    "../../x",
    "~",
    "2026-02-30",
    "9GiB",
    "1h",
    "it.",
    "size(it.x) > 0",
    "{it.name}",
    "param.x",
    "wasmtime 47.0.1",
    "severity: off",
];

fn text(data: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let whole = String::from_utf8_lossy(data).into_owned();
    let mut lines: Vec<String> = whole.split('\n').map(str::to_owned).collect();
    let at = dice.below(lines.len());
    let to = dice.below(lines.len());
    let word = WORDS
        .get(dice.below(WORDS.len()))
        .copied()
        .unwrap_or_default();
    let line = lines.get(at).cloned().unwrap_or_default();
    match dice.below(9) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(to, line),
        2 => lines.swap(at, to),
        3 => replace(&mut lines, at, format!(" {line}")),
        4 => replace(&mut lines, at, line.trim_start().to_owned()),
        5 => {
            let head = line.split_once(": ").map_or("", |(head, _)| head);
            replace(&mut lines, at, format!("{head}: {word}"));
        }
        6 => replace(&mut lines, at, format!("{line}{word}")),
        7 => {
            let other = String::from_utf8_lossy(other).into_owned();
            let theirs: Vec<&str> = other.split('\n').collect();
            let taken = theirs.get(dice.below(theirs.len())).copied();
            lines.insert(to, taken.unwrap_or_default().to_owned());
        }
        _ => {
            let changed = bytes(line.as_bytes(), dice);
            replace(
                &mut lines,
                at,
                String::from_utf8_lossy(&changed).into_owned(),
            );
        }
    }
    lines.join("\n").into_bytes()
}

fn replace(lines: &mut [String], at: usize, with: String) {
    if let Some(line) = lines.get_mut(at) {
        *line = with;
    }
}

/// The header of a module, and its sections: an id and a content.
type Sections = (Vec<u8>, Vec<(u8, Vec<u8>)>);

fn module(data: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let Some((header, mut sections)) = sections(data) else {
        return bytes(data, dice);
    };
    let at = dice.below(sections.len());
    let to = dice.below(sections.len());
    if sections.is_empty() {
        return bytes(data, dice);
    }
    match dice.below(12) {
        0 => drop(sections.remove(at)),
        1 => sections.swap(at, to),
        2 => {
            let again = sections.get(at).cloned();
            sections.extend(again);
        }
        3 => {
            let theirs = self::sections(other)
                .map(|(_, theirs)| theirs)
                .unwrap_or_default();
            if let Some(taken) = theirs.get(dice.below(theirs.len())) {
                sections.insert(to, taken.clone());
            }
        }
        4 => return bytes(data, dice),
        _ => {
            if let Some((_, content)) = sections.get_mut(at) {
                *content = bytes(content, dice);
            }
        }
    }
    joined(&header, &sections)
}

fn sections(data: &[u8]) -> Option<Sections> {
    let (header, mut rest) = data.split_at_checked(8)?;
    let mut sections = Vec::new();
    while let Some((id, after)) = rest.split_first() {
        let (length, after) = leb(after)?;
        let (content, after) = after.split_at_checked(length)?;
        sections.push((*id, content.to_vec()));
        rest = after;
    }
    Some((header.to_vec(), sections))
}

fn leb(data: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (at, byte) in data.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, data.get(at + 1..)?));
        }
    }
    None
}

fn joined(header: &[u8], sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut data = header.to_vec();
    for (id, content) in sections {
        data.push(*id);
        let mut length = content.len();
        while length > 0x7f {
            data.push(u8::try_from(length & 0x7f).unwrap_or(0) | 0x80);
            length >>= 7;
        }
        data.push(u8::try_from(length).unwrap_or(0));
        data.extend(content);
    }
    data
}

fn pair(data: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let (first, second) = super::pair(data);
    let (their_first, their_second) = super::pair(other);
    let binary = first.starts_with(b"\0asm");
    let (mut first, mut second) = (first.to_vec(), second.to_vec());
    if dice.below(2) == 0 {
        first = if binary {
            module(&first, their_first, dice)
        } else {
            text(&first, their_first, dice)
        };
    } else {
        second = module(&second, their_second, dice);
    }
    first.truncate(usize::from(u16::MAX));
    let length = u16::try_from(first.len()).unwrap_or(u16::MAX);
    [&length.to_le_bytes()[..], &first, &second].concat()
}
