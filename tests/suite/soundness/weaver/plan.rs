//! The declarations of a woven module: what there is, before there is any code.

use std::fmt;

use super::super::stream::Stream;

/// A value type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    I32,
    I64,
    /// Any function, or none.
    Func,
    /// A function of a type, or none.
    Typed(usize),
    /// Anything of the host's.
    Extern,
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32 => out.write_str("i32"),
            Self::I64 => out.write_str("i64"),
            Self::Func => out.write_str("funcref"),
            Self::Typed(ty) => write!(out, "(ref null $t{ty})"),
            Self::Extern => out.write_str("externref"),
        }
    }
}

/// How a function type is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// By itself.
    Plain,
    /// With the next one in a group.
    Pair,
    /// The second of a group.
    PairEnd,
    /// Open to subtypes.
    Open,
    /// A subtype of an open one with the same parameters and results.
    Child(usize),
}

/// A function type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    pub params: Vec<Value>,
    pub results: Vec<Value>,
    pub form: Form,
}

/// Who calls a function, and what it is called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// By direct calls with constants alone, mostly.
    Tidy,
    /// In any way.
    Loose,
    /// By functions alone that nothing else calls.
    Quiet,
}

/// A function, imported or not.
#[derive(Debug, Clone)]
pub struct Function {
    pub ty: usize,
    pub manner: Manner,
    /// Whether references to it are made.
    pub referenced: bool,
    /// The two names of an import.
    pub import: Option<(&'static str, String)>,
    pub exported: bool,
}

/// A table of functions.
#[derive(Debug, Clone)]
pub struct Table {
    pub element: Value,
    pub size: usize,
    pub imported: bool,
    pub exported: bool,
    /// What it is filled with at first, if it has an initializer.
    pub first: Option<usize>,
}

/// A global.
#[derive(Debug, Clone)]
pub struct Global {
    pub ty: Value,
    pub mutable: bool,
    pub imported: bool,
    pub exported: bool,
}

/// An element segment.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The table and offset if it is active.
    pub active: Option<(usize, usize)>,
    pub element: Value,
    pub items: Vec<Option<usize>>,
}

/// What a module has.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a thing that a module has or has not"
)]
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whether exceptions and references to more than functions are used.
    pub collected: bool,
    /// Whether calls go through tables and references.
    pub indirect: bool,
    /// Whether tables change.
    pub changing: bool,
    /// Whether it says that it comes from Go's compiler.
    pub go: bool,
    pub types: Vec<Type>,
    /// The imported ones first.
    pub functions: Vec<Function>,
    pub imported: usize,
    pub tables: Vec<Table>,
    pub globals: Vec<Global>,
    pub segments: Vec<Segment>,
    pub start: Option<usize>,
    pub memory_exported: bool,
    pub memory_imported: bool,
    /// The constants that this module likes.
    pub constants: Vec<i64>,
}

impl Plan {
    /// The type of a function.
    pub fn ty(&self, function: usize) -> &Type {
        &self.types[self.functions[function].ty]
    }

    /// Whether a function of type `have` is one of type `want` by declaration.
    pub fn fits(&self, have: usize, want: usize) -> bool {
        let plain = |ty: usize| self.types[ty].form == Form::Plain;
        match self.types[have].form {
            _ if have == want => true,
            Form::Child(parent) => self.fits(parent, want),
            _ => plain(have) && plain(want) && self.types[have] == self.types[want],
        }
    }

    /// Functions that may be referenced as a value of a type.
    pub fn referable(&self, value: Value) -> Vec<usize> {
        let fits = |function: &Function| match value {
            Value::Func => true,
            Value::Typed(ty) => self.fits(function.ty, ty),
            _ => false,
        };
        (0..self.functions.len())
            .filter(|at| self.functions[*at].referenced && fits(&self.functions[*at]))
            .collect()
    }

    /// A plan.
    pub fn new(stream: &mut Stream, collected: bool) -> Self {
        let mut plan = Self {
            collected: collected && stream.percent(70),
            indirect: stream.percent(65),
            changing: stream.percent(55),
            go: stream.once_in(8),
            types: Vec::new(),
            functions: Vec::new(),
            imported: 0,
            tables: Vec::new(),
            globals: Vec::new(),
            segments: Vec::new(),
            start: None,
            memory_exported: stream.percent(30),
            memory_imported: stream.once_in(8),
            constants: (0..stream.between(3, 6))
                .map(|_| stream.integer())
                .collect(),
        };
        let mixed = stream.percent(45);
        plan.add_types(stream, mixed);
        plan.add_functions(stream);
        plan.add_tables(stream);
        plan.add_globals(stream);
        plan.add_segments(stream);
        plan.choose_entries(stream);
        plan
    }

    fn value(&self, stream: &mut Stream, mixed: bool) -> Value {
        match stream.below(if mixed { 14 } else { 9 }) {
            0..=6 => Value::I32,
            7 | 8 => Value::I64,
            9 | 10 => Value::Func,
            13 if self.collected => Value::Extern,
            _ if self.types.is_empty() => Value::I32,
            _ => Value::Typed(stream.below(self.types.len())),
        }
    }

    fn add_types(&mut self, stream: &mut Stream, mixed: bool) {
        self.types.push(Type {
            params: Vec::new(),
            results: Vec::new(),
            form: Form::Plain,
        });
        for _ in 0..stream.between(3, 6) {
            let again = stream.pick(&self.types).clone();
            let (params, results) = if stream.percent(35) {
                (again.params, again.results)
            } else {
                let (params, results) = (stream.below(4), [0, 0, 1, 1, 1, 2][stream.below(6)]);
                let params = (0..params).map(|_| self.value(stream, mixed)).collect();
                (
                    params,
                    (0..results).map(|_| self.value(stream, mixed)).collect(),
                )
            };
            let ty = |form| Type {
                params: params.clone(),
                results: results.clone(),
                form,
            };
            // Without a collector the engine knows no groups and no subtypes.
            match stream.below(if self.collected { 10 } else { 7 }) {
                0..=6 => self.types.push(ty(Form::Plain)),
                7 => self.types.extend([ty(Form::Pair), ty(Form::PairEnd)]),
                _ => {
                    let parent = self.types.len();
                    self.types.extend([ty(Form::Open), ty(Form::Child(parent))]);
                    if stream.percent(50) {
                        self.types.push(ty(Form::Child(parent + 1)));
                    }
                }
            }
        }
    }

    fn add_functions(&mut self, stream: &mut Stream) {
        self.imported = stream.between(2, 6);
        for at in 0..self.imported {
            let (ty, names) = self.import(stream, at);
            let manner = match stream.below(10) {
                0..=4 => Manner::Tidy,
                5 | 6 => Manner::Loose,
                _ => Manner::Quiet,
            };
            self.functions.push(Function {
                ty,
                manner,
                referenced: stream.percent(if manner == Manner::Loose { 50 } else { 8 }),
                import: Some(names),
                exported: stream.percent(3),
            });
        }
        for _ in 0..stream.between(4, 9) {
            let manner = *stream.pick(&[Manner::Tidy, Manner::Loose, Manner::Loose, Manner::Quiet]);
            let referenced = stream.percent([5, 60, 40][manner as usize]);
            let exported = manner == Manner::Loose && stream.percent(45);
            self.functions.push(Function {
                ty: stream.below(self.types.len()),
                manner,
                referenced,
                import: None,
                exported,
            });
        }
    }

    /// A function of WASI, or of a host.
    fn import(&mut self, stream: &mut Stream, at: usize) -> (usize, (&'static str, String)) {
        use Value::{I32, I64};
        const WASI: [(&str, &[Value], &[Value]); 5] = [
            ("fd_close", &[I32], &[I32]),
            ("random_get", &[I32, I32], &[I32]),
            ("clock_time_get", &[I32, I64, I32], &[I32]),
            ("proc_exit", &[I32], &[]),
            ("fd_write", &[I32, I32, I32, I32], &[I32]),
        ];
        if stream.percent(30) {
            let (name, params, results) = *stream.pick(&WASI);
            let ty = Type {
                params: params.to_vec(),
                results: results.to_vec(),
                form: Form::Plain,
            };
            let known = self.types.iter().position(|known| *known == ty);
            let index = known.unwrap_or_else(|| {
                self.types.push(ty);
                self.types.len() - 1
            });
            return (index, ("wasi_snapshot_preview1", name.to_owned()));
        }
        // Functions that take something say more about arguments.
        let wide: Vec<usize> = (0..self.types.len())
            .filter(|ty| self.types[*ty].params.contains(&I32))
            .collect();
        let any = stream.below(self.types.len());
        let ty = stream
            .pick_any(&wide)
            .copied()
            .filter(|_| stream.clone().percent(70));
        (ty.unwrap_or(any), ("env", format!("host{at}")))
    }

    fn add_tables(&mut self, stream: &mut Stream) {
        let shared = stream.percent(35);
        for _ in 0..stream.between(usize::from(self.indirect), 3) {
            let element = if stream.percent(75) {
                Value::Func
            } else {
                Value::Typed(stream.below(self.types.len()))
            };
            let imported = shared && stream.percent(35);
            let first = self.referable(element);
            let first = stream.pick_any(&first).copied();
            self.tables.push(Table {
                element,
                size: stream.between(2, 7),
                imported,
                exported: shared && stream.percent(45),
                first: first.filter(|_| !imported && stream.percent(20)),
            });
        }
        // Imports come first in the index space.
        self.tables.sort_by_key(|table| !table.imported);
    }

    fn add_globals(&mut self, stream: &mut Stream) {
        for _ in 0..stream.between(2, 6) {
            let imported = stream.percent(20);
            let ty = match stream.below(10) {
                0..=5 => Value::I32,
                6 => Value::I64,
                7 | 8 => Value::Func,
                _ => Value::Typed(stream.below(self.types.len())),
            };
            self.globals.push(Global {
                ty,
                mutable: stream.percent(45),
                imported,
                exported: stream.percent(15),
            });
        }
        self.globals.sort_by_key(|global| !global.imported);
    }

    fn add_segments(&mut self, stream: &mut Stream) {
        for _ in 0..stream.between(1, 4) {
            let table = stream.below(self.tables.len());
            let active = !self.tables.is_empty() && stream.percent(55);
            let element = if active {
                self.tables[table].element
            } else {
                *stream.pick(&[Value::Func, Value::Func, Value::Typed(0)])
            };
            let referable = self.referable(element);
            let items: Vec<Option<usize>> = (0..stream.between(1, 4))
                .map(|_| stream.pick_any(&referable).copied())
                .collect();
            let offset = active.then(|| {
                let room = self.tables[table].size.saturating_sub(items.len());
                (table, stream.between(0, room))
            });
            let fits =
                |(table, offset): (usize, usize)| offset + items.len() <= self.tables[table].size;
            if offset.is_none_or(fits) {
                self.segments.push(Segment {
                    active: offset,
                    element,
                    items,
                });
            }
        }
    }

    fn choose_entries(&mut self, stream: &mut Stream) {
        let plain: Vec<usize> = (0..self.functions.len())
            .filter(|at| {
                let ty = self.ty(*at);
                ty.params.is_empty() && ty.results.is_empty()
            })
            .filter(|at| self.functions[*at].manner == Manner::Loose)
            .collect();
        self.start = stream
            .pick_any(&plain)
            .copied()
            .filter(|_| stream.clone().percent(25));
        // The first function is where the host starts; it may call all others.
        let first = &mut self.functions[self.imported];
        first.exported = true;
        first.manner = Manner::Loose;
    }
}
