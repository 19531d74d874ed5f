//! A runner: one approved module, compiled and linked once, for any number of invocations.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{Engine, InstancePre, Linker, Module};

use crate::audit::Approval;

use super::cache::{Cache, CacheUse, CodePages};
use super::compiler;
use super::decision::Decision;
use super::engine::{Allocation, Pace, engine};
use super::grants::Grants;
use super::guest::Guest;
use super::host::{HostFunctions, Registry};
use super::instance::Instance;
use super::invocation::{Entry, Invocation};
use super::outcome::{Ending, Outcome, Usage};
use super::own;
use super::plan::{Action, Planned, plan};
use super::scratch::Scratches;
use super::stop::Stop;
use super::terms::Terms;
use super::wasi;

/// How a runner is built.
#[derive(Debug, Default)]
pub struct Options {
    /// Where instances take their memory from.
    pub allocation: Allocation,
    /// Where compiled modules are kept; nowhere by default.
    pub cache: Option<Cache>,
    /// The parent of scratch folders; this user's own by default.
    pub scratch_parent: Option<PathBuf>,
    /// Log denials of arguments and functions instead of enforcing them; limits stay on.
    pub report_only: bool,
    /// Host functions of the embedder.
    pub functions: Registry,
}

/// Why a module has no runner.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// It may not start; each reason a sentence.
    #[error("it may not start: {}", .0.join("; "))]
    Refused(Vec<String>),
    /// The machine failed.
    #[error("{0}")]
    Failed(String),
}

/// An approved module, ready to be run.
pub struct Runner {
    pub(super) approval: Approval,
    pub(super) terms: Arc<Terms>,
    pub(super) engine: Engine,
    pub(super) pace: Pace,
    pub(super) linked: InstancePre<Guest>,
    pub(super) grants: Grants,
    pub(super) functions: HostFunctions,
    pub(super) scratches: Option<Scratches>,
    pub(super) report_only: bool,
    pub(super) is_reactor: bool,
    would_deny: Vec<(String, String)>,
    compile: Duration,
    cached: Option<CacheUse>,
}

impl Runner {
    /// Compiles and links an approved module.
    ///
    /// # Errors
    /// It may not start under its policy, or the machine failed.
    pub fn new(approval: Approval, options: Options) -> Result<Self, RunnerError> {
        let terms = Arc::new(Terms::of(approval.policy(), options.report_only));
        let offered = options.functions;
        let functions = HostFunctions::new(&approval, &offered)
            .map_err(|error| RunnerError::Refused(vec![error.to_string()]))?;
        let planned = plan(
            &approval,
            &terms,
            |module, name| functions.provides(module, name),
            options.report_only,
        )
        .map_err(RunnerError::Refused)?;
        let stated = [
            options.cache.as_ref().map(Cache::place),
            options.scratch_parent.as_deref(),
        ];
        own::out_of_reach(&approval, stated.into_iter().flatten())
            .map_err(|reason| RunnerError::Refused(vec![reason]))?;
        let begun = Instant::now();
        let pages = options.cache.as_ref().and_then(|_| CodePages::new());
        let built = engine(&approval, &terms, options.allocation, pages.as_ref());
        let (engine, pace) = built.map_err(refused)?;
        let (module, cached) = compile(&engine, pages.as_ref(), &approval, options.cache.as_ref())?;
        let compile = begun.elapsed();
        let linked = link(&engine, &module, &planned, &functions)?;
        let scratches = scratches(&approval, options.scratch_parent.as_deref())?;
        let would_deny = planned
            .into_iter()
            .filter_map(|one| Some((format!("{}.{}", one.module, one.name), one.would_deny?)))
            .collect();
        let exports = |name| module.get_export(name).is_some();
        let is_reactor = exports("_initialize") && !exports("_start");
        Ok(Self {
            grants: Grants::of(&approval).map_err(|error| failed(&error))?,
            approval,
            terms,
            engine,
            pace,
            linked,
            functions,
            scratches,
            report_only: options.report_only,
            is_reactor,
            would_deny,
            compile,
            cached,
        })
    }

    /// The approval that it runs by.
    pub fn approval(&self) -> &Approval {
        &self.approval
    }

    /// The numbers that each invocation is held to.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What the guest sees as its own name: the policy's, as a path would tell of the host.
    pub(super) fn program(&self) -> String {
        let name = self.approval.policy().name.as_ref();
        name.map_or_else(|| "plugin".to_owned(), |name| name.value.clone())
    }

    /// How long compiling took, or loading what was compiled.
    pub fn compile_time(&self) -> Duration {
        self.compile
    }

    /// What the cache did; nothing without one.
    pub fn cache_use(&self) -> Option<&CacheUse> {
        self.cached.as_ref()
    }

    /// Imports that the policy denies and `report_only` let in, with the reasons.
    pub fn would_deny(&self) -> &[(String, String)] {
        &self.would_deny
    }

    /// Starts an instance and leaves it ready for a call. Needs a tokio runtime with its timer.
    ///
    /// # Errors
    /// What came of it, if it did not start.
    pub async fn start(&self, invocation: Invocation) -> Result<Instance<'_>, Outcome> {
        if let Some(decisions) = &invocation.decisions {
            for (function, reason) in &self.would_deny {
                let decision = Decision {
                    function,
                    capability: "",
                    arguments: &[],
                    allowed: false,
                    enforced: false,
                    reason,
                    decided_by: Some(self.approval.key("imports.wasi")),
                };
                if let Err(error) = decisions.record(&decision) {
                    let reason = format!("the audit log cannot be written: {error}");
                    return Err(Outcome {
                        ending: Ending::Stopped(Stop::Failed(reason)),
                        usage: Usage::default(),
                    });
                }
            }
        }
        Instance::start(self, invocation).await
    }

    /// Runs one invocation from start to end. Needs a tokio runtime with its timer.
    pub async fn run(&self, invocation: Invocation, entry: &Entry) -> Outcome {
        match self.start(invocation).await {
            Ok(mut instance) => {
                let ending = instance.call_at_once(entry).await;
                instance.finish(ending)
            }
            Err(outcome) => outcome,
        }
    }
}

/// An invocation that did not start.
pub(super) fn refused_outcome(reason: String) -> Outcome {
    Outcome {
        ending: Ending::Refused(reason),
        usage: Usage::default(),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn refused(error: wasmtime::Error) -> RunnerError {
    RunnerError::Refused(vec![format!("the engine does not take it: {error:#}")])
}

fn failed(error: &dyn std::error::Error) -> RunnerError {
    RunnerError::Failed(error.to_string())
}

fn compile(
    engine: &Engine,
    pages: Option<&Arc<CodePages>>,
    approval: &Approval,
    cache: Option<&Cache>,
) -> Result<(Module, Option<CacheUse>), RunnerError> {
    let (digest, bytes) = (&approval.module().sha256, approval.bytes());
    match cache {
        Some(cache) => {
            let (module, used) = cache
                .module_in(engine, pages, digest, bytes)
                .map_err(refused)?;
            Ok((module, Some(used)))
        }
        None => Ok((compiler::compile(engine, bytes).map_err(refused)?, None)),
    }
}

/// Links exactly what was planned; an import that nobody planned has nothing behind it and ends the start.
fn link(
    engine: &Engine,
    module: &Module,
    planned: &[Planned],
    functions: &HostFunctions,
) -> Result<InstancePre<Guest>, RunnerError> {
    let mut linker: Linker<Guest> = Linker::new(engine);
    if planned.iter().any(|one| one.action == Action::Act) {
        wasi::link(&mut linker).map_err(refused)?;
    }
    linker.allow_shadowing(true);
    for import in module.imports() {
        let (space, name) = (import.module(), import.name());
        let planned = planned
            .iter()
            .find(|one| one.module == space && one.name == name);
        let action = planned.map(|one| one.action);
        let ty = import.ty();
        match (action, ty.func()) {
            (Some(Action::Act), Some(_)) => {}
            (Some(Action::Stub), Some(ty)) => {
                let line = planned.and_then(|one| one.decided_by);
                wasi::stub::link(&mut linker, space, name, ty.clone(), line).map_err(refused)?;
            }
            (Some(Action::Host), Some(ty)) => functions
                .link(&mut linker, space, name, ty.clone())
                .map_err(|error| RunnerError::Refused(vec![error.to_string()]))?,
            _ => {
                let reason = format!("{space}.{name}: nothing was approved for this import");
                return Err(RunnerError::Refused(vec![reason]));
            }
        }
    }
    linker.instantiate_pre(module).map_err(refused)
}

fn scratches(
    approval: &Approval,
    parent: Option<&std::path::Path>,
) -> Result<Option<Scratches>, RunnerError> {
    let mut preopens = approval.policy().grants.preopens.iter();
    if !preopens.any(|preopen| preopen.scratch.is_some()) {
        return Ok(None);
    }
    let scratches = Scratches::open(parent).map_err(|error| failed(&error))?;
    let _ = scratches.sweep();
    Ok(Some(scratches))
}
