//! The facts rules walk, one file a kind or family of kinds, and the schema made of them.

mod abi;
mod address;
mod approval;
mod argument;
mod deputy;
mod engine;
mod env;
mod folder;
mod function;
mod grant;
mod guard;
mod hardening;
mod import;
mod limit;
mod literal;
mod memory;
mod module;
mod network;
mod policy;
mod preopen;
mod reach;
mod surface;
mod version;
mod version_number;
mod waiver;
mod workload;

use super::context::{Audit, Ground};
use super::fact::{Element, Fact};
use crate::rule::Schema;

pub use abi::abi_version;
pub use network::covers;
pub use version_number::VersionNumber;
pub use waiver::Waived;

/// Everything that rules can see.
pub static SCHEMA: Schema = Schema {
    kinds: &[
        abi::Abi::KIND,
        approval::Approval::KIND,
        deputy::Deputy::KIND,
        engine::Engine::KIND,
        engine::Advisory::KIND,
        function::Function::KIND,
        grant::Grant::KIND,
        grant::Need::KIND,
        guard::Guard::KIND,
        hardening::Hardening::KIND,
        import::Import::KIND,
        limit::Limit::KIND,
        limit::Stream::KIND,
        limit::Widening::KIND,
        literal::Literal::KIND,
        argument::LiteralArgument::KIND,
        memory::Memory::KIND,
        memory::Table::KIND,
        module::Module::KIND,
        module::Proposal::KIND,
        module::Section::KIND,
        module::Start::KIND,
        network::Network::KIND,
        policy::Policy::KIND,
        policy::Key::KIND,
        preopen::Preopen::KIND,
        env::Env::KIND,
        env::EnvValue::KIND,
        surface::Export::KIND,
        surface::RequiredExport::KIND,
        waiver::Waiver::KIND,
        waiver::Concession::KIND,
        workload::Want::KIND,
        workload::Generation::KIND,
    ],
    module: module::Module::KIND,
    policy: policy::Policy::KIND,
    without_module: &[
        "policy",
        "key",
        "engine",
        "advisory",
        "guard",
        "limit",
        "stream",
        "widening",
        "network",
        "preopen",
        "env",
        "env-value",
        "concession",
        "waiver",
    ],
};

/// The facts that depend on the policy alone.
pub fn of_policy(ground: &Ground<'_>) -> Vec<Element> {
    [
        policy::collect(ground),
        engine::own(ground),
        guard::collect(ground),
        limit::collect(ground),
        network::collect(ground),
        preopen::collect(ground),
        env::collect(ground),
        waiver::concessions(ground),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The facts of one module held against a policy.
pub fn of_module(audit: &Audit<'_>) -> Vec<Element> {
    [
        module::collect(audit),
        abi::collect(audit),
        approval::collect(audit),
        deputy::collect(audit),
        engine::recorded(audit),
        function::collect(audit),
        grant::collect(audit),
        hardening::collect(audit),
        import::collect(audit),
        literal::collect(audit),
        argument::collect(audit),
        memory::collect(audit),
        surface::collect(audit),
        workload::collect(audit),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub use module::record as module_record;
pub use policy::record as policy_record;
pub use waiver::{collect as of_waivers, day as waiver_day};
