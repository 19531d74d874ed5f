//! The inputs, each of a size that is asked for, written byte by byte: no tool writes modules like these.

/// A family of inputs.
#[derive(Debug)]
pub struct Worst {
    /// What it is called.
    pub name: &'static str,
    /// One of a size.
    pub module: fn(usize) -> Vec<u8>,
    /// The size in an unoptimised build.
    pub short: usize,
    /// The size by hand.
    pub long: usize,
    /// A policy that has to do with it.
    pub policy: &'static str,
    /// What its report says.
    pub says: &'static [&'static str],
}

const PLAIN: &str = "version: 1\n";
const GUARDED: &str = "version: 1
imports:
  host:
    - module: env
      name: open
      signature: \"(i32, i32) -> ()\"
      args: [{name: path, role: path, ptr: 0, len: 1, max: 4MiB, allow: [\"/data/**\", \"**/a/**/b/**/c\"], deny: [\"**/.*\"]}]
";

/// All of them. A function of more than 7.6 MB is not valid for the engine, so the long ones stay below, but for the one that
/// is as long as a whole plugin.
pub const ALL: &[Worst] = &[
    Worst {
        name: "many_functions",
        module: many_functions,
        short: 20_000,
        long: 1_000_000,
        policy: PLAIN,
        says: &["\"verdict\""],
    },
    Worst {
        name: "many_locals_in_many_functions",
        module: many_locals,
        short: 500,
        long: 1_000_000,
        policy: PLAIN,
        says: &["\"verdict\""],
    },
    Worst {
        name: "one_long_function",
        module: one_long_function,
        short: 300_000,
        long: 60 << 20,
        policy: PLAIN,
        says: &["\"verdict\""],
    },
    Worst {
        name: "one_function_of_branches",
        module: one_function_of_branches,
        short: 20_000,
        long: 1_000_000,
        policy: PLAIN,
        says: &["complex-function"],
    },
    Worst {
        name: "one_function_of_calls",
        module: one_function_of_calls,
        short: 20_000,
        long: 1_200_000,
        policy: PLAIN,
        says: &["env.f"],
    },
    Worst {
        name: "giant_branch_tables",
        module: giant_branch_tables,
        short: 200_000,
        long: 7_500_000,
        policy: PLAIN,
        says: &["\"verdict\""],
    },
    Worst {
        name: "one_giant_branch_table",
        module: |targets| branch_tables(&[targets]),
        short: 200_000,
        long: 7_000_000,
        policy: PLAIN,
        says: &["complex-function"],
    },
    Worst {
        name: "giant_element_segments",
        module: giant_element_segments,
        short: 100_000,
        long: 4_000_000,
        policy: PLAIN,
        says: &["\"verdict\""],
    },
    Worst {
        name: "deep_component_nesting",
        module: deep_component_nesting,
        short: 200,
        long: 100_000,
        policy: PLAIN,
        says: &["malformed-module"],
    },
    Worst {
        name: "long_names_that_share_their_starts",
        module: long_names,
        short: 2_000,
        long: 20_000,
        policy: PLAIN,
        says: &["\"verdict\""],
    },
    Worst {
        name: "function_names_that_unfold",
        module: unfolding_names,
        short: 200,
        long: 20_000,
        policy: PLAIN,
        says: &["\"verdict\""],
    },
    Worst {
        name: "many_imports_of_one_name",
        module: many_imports,
        short: 2_000,
        long: 20_000,
        policy: GUARDED,
        says: &["env.open"],
    },
    Worst {
        name: "a_path_of_a_mebibyte",
        module: long_path,
        short: 64 << 10,
        long: 1 << 20,
        policy: GUARDED,
        says: &["env.open"],
    },
    Worst {
        name: "paths_in_paths",
        module: paths_in_paths,
        short: 32 << 10,
        long: 1 << 20,
        policy: GUARDED,
        says: &["\"verdict\""],
    },
];

fn leb(mut number: usize, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0);
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// A signed number, as constants are.
fn sleb(mut number: i64, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0);
        number >>= 7;
        if (number == 0 && low & 0x40 == 0) || (number == -1 && low & 0x40 != 0) {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn text(text: &[u8], out: &mut Vec<u8>) {
    leb(text.len(), out);
    out.extend(text);
}

/// A module of its sections: an id and a content.
fn module(sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\0asm\x01\0\0\0".to_vec();
    for (id, content) in sections {
        out.push(*id);
        leb(content.len(), &mut out);
        out.extend(content);
    }
    out
}

fn counted(count: usize, items: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(items.len() + 5);
    leb(count, &mut out);
    out.extend(items);
    out
}

fn body(code: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(code.len() + 8);
    leb(code.len() + 2, &mut out);
    out.push(0);
    out.extend(code);
    out.push(0x0b);
    out
}

/// `() -> ()`, `(i32) -> ()`, `(i32, i32) -> ()`.
fn types() -> (u8, Vec<u8>) {
    (
        1,
        vec![3, 0x60, 0, 0, 0x60, 1, 0x7f, 0, 0x60, 2, 0x7f, 0x7f, 0],
    )
}

/// Functions that the module imports as `env.<name>` of a type.
fn imports(functions: &[(&str, u8)]) -> (u8, Vec<u8>) {
    let mut out = Vec::new();
    for (name, ty) in functions {
        text(b"env", &mut out);
        text(name.as_bytes(), &mut out);
        out.extend([0, *ty]);
    }
    (2, counted(functions.len(), &out))
}

/// Functions of the first type with these bodies, the first of them exported as `run`.
fn functions(imported: usize, bodies: &[Vec<u8>]) -> [(u8, Vec<u8>); 3] {
    let mut export = Vec::new();
    text(b"run", &mut export);
    export.push(0);
    leb(imported, &mut export);
    [
        (3, counted(bodies.len(), &vec![0; bodies.len()])),
        (7, counted(1, &export)),
        (10, counted(bodies.len(), &bodies.concat())),
    ]
}

/// An empty module with a custom section of about this size.
pub fn empty_with_custom(size: usize) -> Vec<u8> {
    let mut content = Vec::new();
    text(b"x", &mut content);
    content.resize(size, 0);
    module(&[(0, content)])
}

fn many_functions(count: usize) -> Vec<u8> {
    let [declared, exported, code] = functions(0, &vec![body(&[]); count]);
    module(&[types(), declared, exported, code])
}

fn many_locals(count: usize) -> Vec<u8> {
    let mut one = Vec::new();
    // One group of 50,000 locals, the most that are valid.
    one.push(1);
    leb(50_000, &mut one);
    one.extend([0x7f, 0x0b]);
    let mut sized = Vec::new();
    leb(one.len(), &mut sized);
    sized.extend(one);
    let [declared, exported, code] = functions(0, &vec![sized; count]);
    module(&[types(), declared, exported, code])
}

/// A body of about this many bytes that computes and forgets.
fn one_long_function(size: usize) -> Vec<u8> {
    let step = [0x41, 1, 0x41, 2, 0x6a, 0x1a];
    let code = step.repeat(size / step.len());
    let [declared, exported, code] = functions(0, &[body(&code)]);
    module(&[types(), declared, exported, code])
}

fn one_function_of_branches(count: usize) -> Vec<u8> {
    // block; br_if 0; end
    let step = [0x02, 0x40, 0x41, 1, 0x0d, 0, 0x0b];
    let [declared, exported, code] = functions(0, &[body(&step.repeat(count))]);
    module(&[types(), declared, exported, code])
}

fn one_function_of_calls(count: usize) -> Vec<u8> {
    let mut code = Vec::new();
    for number in 0..count {
        code.push(0x41);
        sleb(i64::try_from(number % 1_000_000).unwrap_or(0), &mut code);
        code.extend([0x10, 0]);
    }
    let [declared, exported, code] = functions(1, &[body(&code)]);
    module(&[types(), imports(&[("f", 1)]), declared, exported, code])
}

/// This many calls of `env.f`, each with a number of its own.
pub fn ways_of_calling(count: usize) -> Vec<u8> {
    one_function_of_calls(count)
}

/// Tables of as many targets as are valid, this many targets together.
fn giant_branch_tables(targets: usize) -> Vec<u8> {
    const MOST: usize = 65_000;
    branch_tables(&vec![MOST; (targets / MOST).max(1)])
}

fn branch_tables(sizes: &[usize]) -> Vec<u8> {
    let mut code = Vec::new();
    for size in sizes {
        code.extend([0x02, 0x40, 0x41, 0, 0x0e]);
        leb(*size, &mut code);
        code.resize(code.len() + size + 1, 0);
        code.push(0x0b);
    }
    let [declared, exported, code] = functions(0, &[body(&code)]);
    module(&[types(), declared, exported, code])
}

fn giant_element_segments(count: usize) -> Vec<u8> {
    let mut table = vec![1, 0x70, 0];
    leb(count, &mut table);
    let mut segment = vec![1, 0, 0x41, 0, 0x0b];
    leb(count, &mut segment);
    segment.resize(segment.len() + count, 0);
    let [declared, exported, code] = functions(0, &[body(&[])]);
    module(&[types(), declared, (4, table), exported, (9, segment), code])
}

fn deep_component_nesting(depth: usize) -> Vec<u8> {
    let head = b"\0asm\x0d\0\x01\0";
    // Written from the inside out, backwards, so that no level is copied.
    let mut reversed: Vec<u8> = head.iter().rev().copied().collect();
    for _ in 0..depth {
        let mut front = head.to_vec();
        front.push(4);
        leb(reversed.len(), &mut front);
        reversed.extend(front.iter().rev());
    }
    reversed.reverse();
    reversed
}

/// Exports whose names are alike but for their ends, of two hundred bytes each.
fn long_names(count: usize) -> Vec<u8> {
    let mut exports = Vec::new();
    for number in 0..count {
        text(
            format!("{}{number:08}", "a".repeat(190)).as_bytes(),
            &mut exports,
        );
        exports.extend([0, 0]);
    }
    let [declared, _, code] = functions(0, &[body(&[])]);
    module(&[types(), declared, (7, counted(count, &exports)), code])
}

/// Names that say much in few bytes, in the ways of C++ and Rust: each part refers to the ones before it.
fn unfolding_names(count: usize) -> Vec<u8> {
    let mut names = Vec::new();
    for number in 0..count {
        let depth = 40 + number % 60;
        let name = if number % 2 == 0 {
            let pairs: String = (0..depth).map(|_| "S_S_").collect();
            format!("_Z1fI1a{pairs}EvT_")
        } else {
            let back: String = (0..depth).map(|_| "TB_B_".to_owned()).collect();
            format!("_RINvC1a1b{back}E")
        };
        leb(number, &mut names);
        text(name.as_bytes(), &mut names);
    }
    let listed = counted(count, &names);
    let mut content = Vec::new();
    text(b"name", &mut content);
    content.push(1);
    leb(listed.len(), &mut content);
    content.extend(listed);
    let [declared, exported, code] = functions(0, &vec![body(&[]); count]);
    module(&[types(), declared, exported, code, (0, content)])
}

pub fn many_imports(count: usize) -> Vec<u8> {
    let all = vec![("open", 1); count];
    let [declared, exported, code] = functions(count, &[body(&[])]);
    module(&[types(), imports(&all), declared, exported, code])
}

/// Imports one function of this name.
pub fn one_import(name: &str) -> Vec<u8> {
    let [declared, exported, code] = functions(1, &[body(&[])]);
    module(&[types(), imports(&[(name, 1)]), declared, exported, code])
}

fn data(content: &[u8]) -> [(u8, Vec<u8>); 2] {
    let mut segment = vec![1, 0, 0x41, 0, 0x0b];
    text(content, &mut segment);
    let mut memory = vec![1, 0];
    leb(content.len() / 65_536 + 1, &mut memory);
    [(5, memory), (11, segment)]
}

/// Passes one path of this many bytes, all of it separators and dots.
pub fn long_path(size: usize) -> Vec<u8> {
    let path: Vec<u8> = b"/data/a/../.".iter().cycle().take(size).copied().collect();
    let mut code = vec![0x41, 0, 0x41];
    sleb(i64::try_from(size).unwrap_or(0), &mut code);
    code.extend([0x10, 0]);
    passed(&path, &code)
}

/// Passes each end of one long text: the texts together are as long as their number squared.
fn paths_in_paths(size: usize) -> Vec<u8> {
    let path: Vec<u8> = b"/data/a/b/c/".iter().cycle().take(size).copied().collect();
    let mut code = Vec::new();
    for start in (0..size).step_by((size / 250).max(1)) {
        code.push(0x41);
        sleb(i64::try_from(start).unwrap_or(0), &mut code);
        code.push(0x41);
        sleb(i64::try_from(size - start).unwrap_or(0), &mut code);
        code.extend([0x10, 0]);
    }
    passed(&path, &code)
}

fn passed(content: &[u8], code: &[u8]) -> Vec<u8> {
    let [declared, exported, code] = functions(1, &[body(code)]);
    let [memory, data] = data(content);
    module(&[
        types(),
        imports(&[("open", 2)]),
        declared,
        memory,
        exported,
        code,
        data,
    ])
}

/// A policy whose one argument has this many patterns.
/// `N` in `pattern` is the number of each.
pub fn policy_of_guards(count: usize, pattern: &str) -> String {
    let patterns: Vec<String> = (0..count)
        .map(|at| format!("\"{}\"", pattern.replace('N', &at.to_string())))
        .collect();
    GUARDED.replace("\"/data/**\", \"**/a/**/b/**/c\"", &patterns.join(", "))
}
