//! Made-up programs that end: loops count down, calls go to functions before, and now and then something traps.

use std::fmt::Write as _;

use crate::suite::soundness::stream::Stream;

/// How many functions a program has.
const FUNCTIONS: usize = 5;

/// Texts that lie in a program's memory, with where they are.
pub const TEXTS: &[(usize, &str)] = &[
    (1024, "/data/a"),
    (1040, "/data/b/c"),
    (1056, "/etc/passwd"),
    (1072, "allowed"),
    (1088, "allowance"),
    (1104, "denied"),
    (1120, "/data/.key"),
];

/// A policy for all of them.
pub const POLICY: &str = r#"version: 1
name: a
module: {start_section: allow}
imports:
  wasi: {stub: [path_filestat_get, args_sizes_get, proc_exit]}
  host:
    - module: env
      name: note
      signature: "(i32) -> i32"
      args: [{name: n, role: number, index: 0, min: -100, max: 5000}]
      on_deny: {return: -7}
    - module: env
      name: word
      signature: "(i32, i64) -> i64"
      args: [{name: n, role: opcode, index: 0, values: [0, 1, 2, 3, 5, 8, 13]}]
      on_deny: trap
    - module: env
      name: text
      signature: "(i32, i32) -> i32"
      args: [{name: t, role: text, ptr: 0, len: 1, max: 64, allow: ["allow*", denied], deny: [allowance]}]
      on_deny: {return: -1}
    - module: env
      name: path
      signature: "(i32, i32) -> i32"
      args: [{name: t, role: path, ptr: 0, len: 1, max: 64, allow: ["/data/**"], deny: ["**/.*", "**/.*/**"]}]
      on_deny: {return: -2}
limits: {fuel: 2000000, deadline: 1m, memory: 256KiB, table_elements: 100, stack: 256KiB, host_calls: 1000000}
"#;

/// The text of a seed's program. Its exports `f0`, `f1`, … take two `i32` and return one.
pub fn program(seed: u64) -> String {
    let mut stream = Stream::new(seed, "program");
    let mut text = String::from(
        r#"(module
  (import "env" "note" (func $note (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "word" (func $word (param i32 i64) (result i64)))
  (import "env" "text" (func $text (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (import "env" "path" (func $path (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1 3)
  (table 8 funcref)
  (elem (i32.const 0) $note $leaf $leaf2)
  (global $g (mut i32) (i32.const 3))
  (global $h (mut i64) (i64.const 9))
  (type $one (func (param i32) (result i32)))
  (func $leaf (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func $leaf2 (param i32) (result i32) (if (result i32) (i32.gt_s (local.get 0) (i32.const 4)) (then (return (i32.const 4))) (else (local.get 0))))
"#,
    );
    for (at, data) in TEXTS {
        let _ = writeln!(text, "  (data (i32.const {at}) \"{data}\")");
    }
    for function in 0..FUNCTIONS {
        let mut body = Body {
            stream: &mut stream,
            function,
            text: String::new(),
            labels: 0,
            counters: 0,
        };
        body.statements(3);
        let result = body.number(2);
        let code = std::mem::take(&mut body.text);
        let _ = writeln!(
            text,
            "  (func $f{function} (export \"f{function}\") (param i32 i32) (result i32) (local i32 i64) (local $c0 i32) (local $c1 i32) (local $c2 i32) (local $c3 i32)\n{code}    {result})"
        );
    }
    if stream.once_in(3) {
        text += "  (func $begin (global.set $g (call $leaf (i32.const 5)))) (start $begin)\n";
    }
    text + ")\n"
}

struct Body<'s> {
    stream: &'s mut Stream,
    function: usize,
    text: String,
    /// Blocks that are open, beside the function's own.
    labels: usize,
    /// Loops that are open: each counts in a local of its own.
    counters: usize,
}

impl Body<'_> {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "    {line}");
    }

    fn statements(&mut self, depth: usize) {
        for _ in 0..self.stream.between(1, 4) {
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: usize) {
        let choice = self.stream.below(if depth == 0 { 9 } else { 15 });
        let (number, operand) = (self.number(2), self.number(1));
        match choice {
            0 => {
                let local = self.stream.below(3);
                self.line(&format!("(local.set {local} {number})"));
            }
            1 => self.line(&format!("(global.set $g {number})")),
            2 => self.line(&format!(
                "(local.set 3 (i64.add (local.get 3) (i64.extend_i32_s {number})))"
            )),
            3 => self.line(&format!(
                "(i32.store (i32.and {number} (i32.const 1020)) {operand})"
            )),
            4 if self.stream.once_in(3) => {
                self.line(&format!("(memory.fill (i32.and {number} (i32.const 511)) (i32.const 7) (i32.and {operand} (i32.const 255)))"));
            }
            4 => self.line(&format!("(drop {number})")),
            5 if self.stream.once_in(6) => self.line("(drop (memory.grow (i32.const 1)))"),
            5 => self.line("(nop)"),
            6 if self.stream.once_in(4) => self.line(&format!("(return {number})")),
            6 | 7 if self.labels > 0 => {
                let label = self.stream.below(self.labels);
                self.line(&format!("(br_if {label} {number})"));
            }
            8 if self.stream.once_in(30) => self.line("(unreachable)"),
            8 if self.stream.once_in(20) => self.line("(call $exit (i32.const 3))"),
            9 | 10 if self.counters < 4 => self.repeat(depth),
            11 | 12 => {
                self.line(&format!("(if {number} (then"));
                self.inside(depth);
                if self.stream.once_in(2) {
                    self.line(") (else");
                    self.inside(depth);
                }
                self.line("))");
            }
            13 => {
                self.line("(block");
                self.inside(depth);
                self.line(")");
            }
            14 => {
                self.line("(block (block");
                self.labels += 2;
                self.statement(depth - 1);
                let last = self.labels;
                let labels: Vec<String> = (0..3).map(|_| self.forward(last).to_string()).collect();
                self.line(&format!("(br_table {} {number})", labels.join(" ")));
                self.labels -= 1;
                self.line(")");
                self.statement(depth - 1);
                self.labels -= 1;
                self.line(")");
            }
            _ => self.line(&format!("(drop {number})")),
        }
    }

    /// One of the two blocks that were opened last: never a loop.
    fn forward(&mut self, _labels: usize) -> usize {
        self.stream.below(2)
    }

    fn inside(&mut self, depth: usize) {
        self.labels += 1;
        self.statements(depth - 1);
        self.labels -= 1;
    }

    /// A loop whose own counter ends it, whatever jumps: out of the block around it only.
    fn repeat(&mut self, depth: usize) {
        let (counter, times) = (self.counters, self.stream.between(1, 6));
        self.line(&format!("(local.set $c{counter} (i32.const {times}))"));
        self.line("(block (loop");
        self.line(&format!(
            "(br_if 1 (i32.eqz (local.get $c{counter}))) (local.set $c{counter} (i32.sub (local.get $c{counter}) (i32.const 1)))"
        ));
        self.counters += 1;
        self.labels += 2;
        self.statements(depth - 1);
        self.labels -= 2;
        self.counters -= 1;
        self.line("(br 0)))");
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.stream.below(5) {
                0 => "(local.get 0)".to_owned(),
                1 => "(local.get 1)".to_owned(),
                2 => "(local.get 2)".to_owned(),
                3 => "(global.get $g)".to_owned(),
                _ => format!("(i32.const {})", self.stream.integer() & 0xffff_ffff),
            };
        }
        let (one, other) = (self.number(depth - 1), self.number(depth - 1));
        match self.stream.below(16) {
            0 => format!("(i32.add {one} {other})"),
            1 => format!("(i32.sub {one} {other})"),
            2 => format!("(i32.xor {one} {other})"),
            3 => format!("(i32.lt_s {one} {other})"),
            4 if self.stream.once_in(3) => format!("(i32.div_s {one} {other})"),
            4 => format!("(i32.mul {one} {other})"),
            5 => format!("(i32.load (i32.and {one} (i32.const 1020)))"),
            6 if self.stream.once_in(6) => format!("(i32.load {one})"),
            6 => format!("(select {one} {other} (local.get 1))"),
            7 | 8 => format!("(call $note {one})"),
            9 => {
                format!("(i32.wrap_i64 (call $word (i32.and {one} (i32.const 15)) (local.get 3)))")
            }
            10 => self.text_call("text"),
            11 => self.text_call("path"),
            12 => {
                "(call $stat (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))"
                    .to_owned()
            }
            13 => format!("(call_indirect (type $one) {one} (i32.and {other} (i32.const 3)))"),
            14 if self.function > 0 => {
                let function = self.stream.below(self.function);
                format!("(call $f{function} {one} {other})")
            }
            _ => format!("(call $args (i32.and {one} (i32.const 1020)) (i32.const 8))"),
        }
    }

    fn text_call(&mut self, function: &str) -> String {
        let (at, text) = *self.stream.pick(TEXTS);
        let length = text.len() - usize::from(self.stream.once_in(4) && function == "text");
        format!("(call ${function} (i32.const {at}) (i32.const {length}))")
    }
}
