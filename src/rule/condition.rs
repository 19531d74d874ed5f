//! A CEL condition: read and checked once, compiled when first needed, evaluated over one fact at a time.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, OnceLock};

use cel::common::ast::IdedExpr;
use cel::common::types::{CelBool, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, Program};

use crate::source::{Mistake, Spanned};

use super::ast;
use super::reading::Reading;
use super::schema::{Kind, Schema};
use super::types;
use super::value::Value;
use super::weight::{Steps, Weight, bulk};

/// The longest condition, in bytes: CEL's parser recurses natively.
const MAX_SOURCE: usize = 1024;
/// The deepest nesting of brackets.
const MAX_BRACKETS: usize = 16;
/// The longest run of `!` or `-`, each of which nests.
const MAX_PREFIXES: usize = 16;
/// Stack for the thread that parses a user's condition.
const STACK: usize = 64 << 20;

/// A condition that was checked against the facts' schema.
#[derive(Debug)]
pub struct Condition {
    source: String,
    parsed: OnceLock<Option<Parsed>>,
}

/// An expression and what it costs.
#[derive(Debug)]
struct Parsed {
    expression: IdedExpr,
    weight: Weight,
}

impl Parsed {
    fn new(expression: IdedExpr) -> Self {
        let weight = Weight::of(&expression);
        Self { expression, weight }
    }
}

/// The values of one kind of thing, ready for conditions and templates.
#[derive(Debug)]
pub struct Record {
    kind: &'static Kind,
    values: Vec<Value>,
    /// How much there is in each to go through, in steps.
    bulks: Vec<u64>,
    cel: Box<dyn Val>,
}

impl Record {
    /// The values of `kind`'s fields, in their order.
    pub fn new(kind: &'static Kind, values: Vec<Value>) -> Self {
        let fields = kind.fields.iter().zip(&values);
        let cel = record(fields.map(|(field, value)| (field.name.into(), to_cel(value))));
        let bulks = values.iter().map(bulk).collect();
        Self {
            kind,
            values,
            bulks,
            cel,
        }
    }

    /// How much there is in a field's value to go through, in steps.
    pub(super) fn bulk(&self, field: &str) -> u64 {
        let at = self.kind.field(field).map(|(at, _)| at);
        at.and_then(|at| self.bulks.get(at)).copied().unwrap_or(0)
    }

    /// The value of a field; null if there is none.
    pub fn get(&self, field: &str) -> &Value {
        self.kind
            .field(field)
            .and_then(|(at, _)| self.values.get(at))
            .unwrap_or(&Value::Null)
    }

    /// The kind of thing.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }
}

/// What a condition and its templates see: one fact, the scalars of module and policy, the rule's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// `it`.
    pub it: &'a Record,
    /// `module`.
    pub module: &'a Record,
    /// `policy`.
    pub policy: &'a Record,
    /// `param`.
    pub params: &'a Params,
    /// What evaluations may still cost.
    pub steps: &'a Steps,
}

/// A rule's parameters after the policy's tuning.
#[derive(Debug)]
pub struct Params {
    values: BTreeMap<String, i64>,
    cel: Box<dyn Val>,
}

impl Params {
    /// Parameters by name.
    pub fn new(values: BTreeMap<String, i64>) -> Self {
        let numbers = values.iter();
        let cel = record(
            numbers.map(|(name, number)| (name.clone().into(), to_cel(&Value::Int(*number)))),
        );
        Self { values, cel }
    }

    /// A parameter.
    pub fn get(&self, name: &str) -> Option<i64> {
        self.values.get(name).copied()
    }
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let value: &'b dyn Val = match variable {
            "it" => &*self.it.cel,
            "module" => &*self.module.cel,
            "policy" => &*self.policy.cel,
            "param" => &*self.params.cel,
            _ => return None,
        };
        Some(CowVal::Borrowed(value))
    }
}

fn record(fields: impl Iterator<Item = (CelMapKey<'static>, Box<dyn Val>)>) -> Box<dyn Val> {
    Box::new(CelMap::from(fields.collect::<HashMap<_, _>>()))
}

impl Condition {
    /// A condition of a built-in rule, which a test has checked.
    pub(super) fn trusted(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            parsed: OnceLock::new(),
        }
    }

    /// Reads and checks the condition of a rule over `kind`, on a thread with a large stack.
    pub(super) fn read(
        text: &Spanned<String>,
        kind: &Kind,
        params: &[&str],
        reading: &mut Reading<'_>,
    ) -> Self {
        if let Some((message, at)) = too_much(&text.value) {
            reading.fault("condition-size", message, None, text, at..at + 1);
            return Self::trusted("false");
        }
        let schema = reading.schema;
        let outcome = std::thread::scope(|scope| {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || compile_checked(&text.value, kind, schema, params))
                .ok()
                .and_then(|thread| thread.join().ok())
        });
        match outcome {
            Some(Ok(program)) => Self {
                source: text.value.clone(),
                parsed: OnceLock::from(Some(Parsed::new(program.expression().clone()))),
            },
            Some(Err(faults)) => {
                for (message, help, start, end) in faults {
                    reading.fault("condition", message, help, text, start..end);
                }
                Self::trusted("false")
            }
            None => {
                let mistake =
                    Mistake::new("condition", "the condition cannot be parsed", text.span);
                reading.mistakes.push(mistake.help("write it more simply"));
                Self::trusted("false")
            }
        }
    }

    /// The CEL source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the condition holds.
    ///
    /// # Errors
    /// A sentence, if it does not yield a bool: a null that it does not expect, an overflow. Or if the scope has fewer steps left
    /// than it takes: it is not evaluated then.
    pub fn holds(&self, scope: &Scope<'_>) -> Result<bool, String> {
        let parse = || parsed(&self.source).map(Parsed::new);
        let Some(parsed) = self.parsed.get_or_init(parse) else {
            return Err("it does not parse".to_owned());
        };
        if !scope.steps.take(parsed.weight.steps(scope)) {
            return Err("there are no steps left for it".to_owned());
        }
        let mut context = Context::with_env(environment().clone());
        context.set_variable_resolver(scope);
        match cel::Value::resolve(&parsed.expression, &context) {
            Ok(cel::Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(format!("it yields {other:?} and not a bool")),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The expression of a trusted source: as it was embedded, or parsed now.
fn parsed(source: &str) -> Option<IdedExpr> {
    static EMBEDDED: LazyLock<HashMap<&str, &[u8]>> = LazyLock::new(|| {
        let mut rest: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/conditions.bin"));
        std::iter::from_fn(|| Some((part(&mut rest)?, part(&mut rest)?)))
            .filter_map(|(source, packed)| Some((std::str::from_utf8(source).ok()?, packed)))
            .collect()
    });
    match EMBEDDED.get(source) {
        Some(packed) => ast::unpack(&mut &**packed),
        None => environment()
            .compile(source)
            .ok()
            .map(|program| program.expression().clone()),
    }
}

/// The next part of the embedded conditions, which its length stands before.
fn part<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (part, after) =
        after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *rest = after;
    Some(part)
}

fn environment() -> &'static Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| Arc::new(Env::stdlib()))
}

type Faults = Vec<(String, Option<String>, usize, usize)>;

fn compile_checked(
    source: &str,
    kind: &Kind,
    schema: &Schema,
    params: &[&str],
) -> Result<Program, Faults> {
    let bytes = |characters: usize| {
        source
            .char_indices()
            .nth(characters)
            .map_or(source.len(), |(offset, _)| offset)
    };
    let program = environment().compile(source).map_err(|errors| -> Faults {
        errors
            .errors
            .iter()
            .map(|error| {
                let (line, column) = (error.pos.0.max(1), error.pos.1.max(1));
                let before: usize = source
                    .split_inclusive('\n')
                    .take(usize::try_from(line - 1).unwrap_or(0))
                    .map(str::len)
                    .sum();
                let at = before + usize::try_from(column - 1).unwrap_or(0);
                (
                    error.msg.clone(),
                    None,
                    at.min(source.len().saturating_sub(1)),
                    at + 1,
                )
            })
            .collect()
    })?;
    let faults: Faults = types::check(program.expression(), kind, schema, params)
        .into_iter()
        .map(|fault| {
            let (start, stop) = program.source_info().offset_for(fault.id).unwrap_or((0, 0));
            (
                fault.message,
                fault.help,
                bytes(start as usize),
                bytes(stop as usize + 1),
            )
        })
        .collect();
    if faults.is_empty() {
        Ok(program)
    } else {
        Err(faults)
    }
}

/// Why a source is too much for a recursive parser, and where.
fn too_much(source: &str) -> Option<(String, usize)> {
    if source.len() > MAX_SOURCE {
        return Some((
            format!("a condition has at most {MAX_SOURCE} bytes"),
            MAX_SOURCE,
        ));
    }
    let (mut depth, mut prefixes) = (0_usize, 0_usize);
    for (at, byte) in source.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        prefixes = if matches!(byte, b'!' | b'-') {
            prefixes + 1
        } else if byte == b' ' {
            prefixes
        } else {
            0
        };
        if depth > MAX_BRACKETS || prefixes > MAX_PREFIXES {
            return Some((format!("brackets nest at most {MAX_BRACKETS} deep"), at));
        }
    }
    None
}

fn to_cel(value: &Value) -> Box<dyn Val> {
    let text = |text: &String| -> Box<dyn Val> { Box::new(CelString::from(text.clone())) };
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(flag) => Box::new(CelBool::from(*flag)),
        Value::Int(number) => Box::new(CelInt::from(*number)),
        Value::Text(one) => text(one),
        Value::List(items) => Box::new(CelList::from(items.iter().map(text).collect::<Vec<_>>())),
    }
}
