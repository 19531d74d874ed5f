//! The engine of one policy: every setting that changes code or limits, derived from its terms in one place.

use std::num::NonZeroUsize;
use std::sync::Arc;

use wasmtime::{Config, Enabled, Engine, OptLevel, PoolingAllocationConfig, WasmFeatures};

use crate::audit::Approval;
use crate::policy::Policy;
use crate::wasm::{DEFAULT_PROPOSALS, PROPOSALS};

use super::cache::CodePages;
use super::terms::Terms;
use super::ticker::Ticker;

/// Stack beyond the guest's, for host functions, bytes.
const HOST_STACK: usize = 512 << 10;
/// Linear memory that a pooled slot keeps between uses instead of giving it back to the system, bytes.
const KEEP_MEMORY: usize = 2 << 20;
/// The same for tables, bytes.
const KEEP_TABLE: usize = 64 << 10;
/// The same for stacks, bytes.
const KEEP_STACK: usize = 32 << 10;
/// Linear memory from which on touched pages are asked for, bytes.
const SCANNED: u64 = 512 << 10;
/// The most frames of a backtrace.
const FRAMES: usize = 32;

/// Where instances take their memory from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Allocation {
    /// Mapped for each instance: for a process that runs one.
    #[default]
    OnDemand,
    /// Taken from slots that are made ready once and kept: for hosts with many invocations.
    Pooled {
        /// The most instances at once.
        instances: u32,
    },
}

/// What time is measured by while guest code runs; never both, as together they cost more than twice the time.
#[derive(Debug)]
pub enum Pace {
    /// Fuel is counted anyway: its yields carry the deadline.
    Fuel,
    /// A thread moves the engine's epoch on.
    Epochs(Arc<Ticker>),
}

/// Builds the engine for an approved module; one with a cache runs what it finds there from these pages.
///
/// # Errors
/// The engine does not take these settings, as where a proposal is not built into it.
pub fn engine(
    approval: &Approval,
    terms: &Terms,
    allocation: Allocation,
    pages: Option<&Arc<CodePages>>,
) -> wasmtime::Result<(Engine, Pace)> {
    let mut config = configuration(approval.policy(), terms);
    if let Allocation::Pooled { instances } = allocation {
        config.allocation_strategy(pool(approval, terms, instances));
    }
    if let Some(pages) = pages {
        let pages = Arc::clone(pages);
        config.with_custom_code_memory(Some(pages));
    }
    let engine = Engine::new(&config)?;
    let pace = if terms.fuel.is_some() {
        Pace::Fuel
    } else {
        Pace::Epochs(Ticker::start(&engine)?)
    };
    Ok((engine, pace))
}

/// Every setting that a policy makes.
pub(super) fn configuration(policy: &Policy, terms: &Terms) -> Config {
    let mut config = Config::new();
    let stack = usize::try_from(terms.stack).unwrap_or(usize::MAX).max(1);
    config
        .consume_fuel(terms.fuel.is_some())
        .epoch_interruption(terms.fuel.is_none())
        .max_wasm_stack(stack)
        .async_stack_size(stack.saturating_add(HOST_STACK))
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(terms.deterministic)
        .relaxed_simd_deterministic(terms.deterministic)
        .shared_memory(false)
        .concurrency_support(false)
        // Frames are told by their functions; these tables would make what is loaded at each start half as large again.
        .generate_address_map(false)
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(NonZeroUsize::new(FRAMES))
        .memory_init_cow(true);
    let allowed = proposals(policy);
    for name in PROPOSALS {
        let feature = WasmFeatures::from_name(&name.replace('-', "_").to_uppercase());
        if let Some(feature) = feature {
            let built = !NOT_BUILT.contains(name);
            config.wasm_features(feature, built && allowed.contains(name));
        }
    }
    config
}

/// What this build of the engine compiles and cannot run: without its collector, a test of a function's type by `gc`'s rules
/// aborts the process; without its threads, an atomic wait or notify does.
const NOT_BUILT: &[&str] = &["exceptions", "gc", "threads"];

/// The proposals that the policy allows; a policy that waives the finding about others has let them in.
fn proposals(policy: &Policy) -> Vec<&'static str> {
    let waived = |waiver: &crate::policy::Waiver| waiver.rule.value == "disallowed-proposal";
    if policy.waivers.iter().any(waived) {
        return PROPOSALS.to_vec();
    }
    let stated = policy.module.proposals.as_ref();
    let allowed = |name: &&&str| match stated {
        Some(stated) => stated.iter().any(|one| one.value == ***name),
        None => DEFAULT_PROPOSALS.contains(*name),
    };
    PROPOSALS.iter().filter(allowed).copied().collect()
}

/// From this many slots on, the engine gives each thread slots of its own, which stay in its core's cache; with fewer, threads
/// take turns with them. Slots that nobody uses are addresses and no memory.
const SHARED_OUT: u32 = 128;

fn pool(approval: &Approval, terms: &Terms, instances: u32) -> PoolingAllocationConfig {
    let module = approval.module();
    let (memories, tables) = (module.memories.len(), module.tables.len());
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    // Asking the system which pages were touched pays where zeroing them all takes longer than the question.
    let first: u64 = module
        .memories
        .iter()
        .map(|memory| memory.extent.min.saturating_mul(memory.page_size))
        .fold(0, u64::saturating_add);
    let scan = if first > SCANNED {
        Enabled::Auto
    } else {
        Enabled::No
    };
    let mut pool = PoolingAllocationConfig::new();
    let slots = instances.max(SHARED_OUT);
    pool.total_core_instances(instances)
        .total_memories(slots.saturating_mul(count(memories)))
        .total_tables(slots.saturating_mul(count(tables)))
        .total_stacks(slots)
        .max_memories_per_module(count(memories))
        .max_tables_per_module(count(tables))
        .max_memory_size(usize::try_from(terms.memory).unwrap_or(usize::MAX))
        .table_elements(usize::try_from(terms.table_elements).unwrap_or(usize::MAX))
        .max_core_instance_size(instance_size(approval))
        .linear_memory_keep_resident(KEEP_MEMORY)
        .table_keep_resident(KEEP_TABLE)
        .async_stack_keep_resident(KEEP_STACK)
        .pagemap_scan(scan);
    pool
}

/// Room for an instance's own record: functions and globals take a few words each.
fn instance_size(approval: &Approval) -> usize {
    let module = approval.module();
    let items = module.imports.len() + module.exports.len() + module.globals.len();
    (1 << 20_usize).max(items.saturating_mul(128))
}
