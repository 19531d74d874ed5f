//! What people wire into their CI: the action's steps run as scripts with the values that GitHub would put in, the GitLab
//! example's script too, and what packagers install.

mod action;
mod shipped;
mod workflow_file;

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, root, run, stderr, stdout};
use action::{Action, Event};

/// The trials.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn() -> Result<(), String>| {
        Trial::test(format!("wiring::{name}"), move || {
            test().map_err(Failed::from)
        })
    };
    vec![
        trial("a_pull_request_is_judged_by_its_base", judged_by_its_base),
        trial("what_decides_must_be_in_the_base", decided_by_the_base),
        trial("a_push_is_judged_by_itself", push),
        trial("no_path_leads_out_of_the_base", inside_the_base),
        trial("no_input_of_the_action_is_code", inputs_are_data),
        trial("no_report_goes_through_a_link", links),
        trial("no_proposal_chooses_the_compiler", compiler),
        trial("gitlab_reads_its_policy_from_the_target", gitlab),
        trial("pre_commit_hooks_run", hooks),
        trial("the_image_is_static_and_not_root", shipped::image),
        trial("completions_and_man_pages", shipped::completions),
        trial("published_schemas_hold", shipped::schemas),
    ]
}

const HONEST: &str = "(module (memory (export \"memory\") 1 1))";
const GREEDY: &str =
    "(module (import \"env\" \"exec\" (func (param i32 i32))) (memory (export \"memory\") 1 1))";
const STRICT: &str = "version: 1\nname: strict\nimports: {wasi: {allow: []}}\nlimits: {deadline: 1s, memory: 1MiB, table_elements: 10, host_calls: 10}\n";
const LOOSE: &str = "version: 1\nname: loose\nimports: {host: [{module: env, name: exec}]}\nrules: {ambient-host-import: {severity: \"off\"}, confused-deputy-command: {severity: \"off\"}, missing-abi-version: {severity: \"off\"}, unguarded-pointer: {severity: \"off\"}}\nlimits: {deadline: 1s, memory: 1MiB, table_elements: 10, host_calls: 10}\n";

/// A repository whose last commit is what somebody proposes.
pub struct Proposal {
    folder: tempfile::TempDir,
    base: String,
}

impl Proposal {
    fn new(base: &[(&str, &str)], head: &[(&str, &str)]) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let place = folder.path();
        git(place, &["init", "--quiet", "--initial-branch", "main"])?;
        write(place, base)?;
        git(place, &["add", "--all"])?;
        git(place, &["commit", "--quiet", "--message", "base"])?;
        let base = git(place, &["rev-parse", "HEAD"])?.trim().to_owned();
        git(place, &["checkout", "--quiet", "-b", "proposal"])?;
        write(place, head)?;
        git(place, &["add", "--all"])?;
        git(
            place,
            &["commit", "--quiet", "--allow-empty", "--message", "head"],
        )?;
        Ok(Self { folder, base })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn write(folder: &Path, files: &[(&str, &str)]) -> Result<(), String> {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=Test",
            "-c",
            "user.email=test@example.invalid",
        ])
        .args(["-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("git: {error}"))?;
    ensure(output.status.success(), || {
        format!("git: {}", stderr(&output))
    })?;
    Ok(stdout(&output))
}

fn judged_by_its_base() -> Result<(), String> {
    let proposal = Proposal::new(
        &[("plugin.wat", HONEST), ("policy.yaml", STRICT)],
        &[
            ("plugin.wat", GREEDY),
            ("policy.yaml", LOOSE),
            ("plugin.policy.yaml", LOOSE),
        ],
    )?;
    let queued = Action::read()?.run(&proposal, Event::MergeGroup, &[])?;
    ensure(queued.code == 1, || {
        format!("in a queue: exit {}: {}", queued.code, queued.log)
    })?;
    let done = Action::read()?.run(&proposal, Event::PullRequest, &[])?;
    ensure(done.code == 1, || {
        format!("exit {}: {}", done.code, done.log)
    })?;
    ensure(done.output("verdict") == Some("fail"), || {
        format!("{:?}", done.outputs)
    })?;
    let sarif = std::fs::read_to_string(proposal.path().join("ringfence.sarif"));
    let sarif: serde_json::Value = serde_json::from_str(&sarif.map_err(|error| error.to_string())?)
        .map_err(|error| error.to_string())?;
    let rules = sarif["runs"][0]["results"].to_string();
    ensure(rules.contains("undeclared-host-import"), || rules.clone())?;
    ensure(done.summary.contains("undeclared-host-import"), || {
        done.summary.clone()
    })?;
    // Shown by names in the repository, and by none that is gone after the job.
    ensure(rules.contains("\"uri\":\"policy.yaml\""), || rules.clone())?;
    ensure(done.log.contains("file=policy.yaml,"), || done.log.clone())?;
    for text in [&rules, &done.summary, &done.log] {
        ensure(!text.contains("ringfence-base."), || text.clone())?;
    }
    ensure(done.log.contains("::error"), || done.log.clone())?;
    // The same proposal under its own policy would pass: the base is what refused it.
    let own = run(
        proposal.path(),
        &["check", "plugin.wat", "--policy", "policy.yaml"],
    );
    ensure(code(&own) == 0, || {
        format!("{}{}", stdout(&own), stderr(&own))
    })
}

fn decided_by_the_base() -> Result<(), String> {
    let proposal = Proposal::new(
        &[("plugin.wat", HONEST)],
        &[("policy.yaml", LOOSE), ("plugin.wat", GREEDY)],
    )?;
    let done = Action::read()?.run(&proposal, Event::PullRequest, &[])?;
    ensure(done.code == 2, || {
        format!("exit {}: {}", done.code, done.log)
    })?;
    ensure(done.log.contains("is not in the base branch"), || {
        done.log.clone()
    })?;
    ensure(done.output("verdict") == Some("error"), || {
        format!("{:?}", done.outputs)
    })?;
    let lock = Proposal::new(
        &[("plugin.wat", HONEST), ("policy.yaml", STRICT)],
        &[("ringfence.lock", "version: 1\nmodules: []\n")],
    )?;
    let done = Action::read()?.run(&lock, Event::PullRequest, &[("lock", "ringfence.lock")])?;
    ensure(done.code == 2, || {
        format!("exit {}: {}", done.code, done.log)
    })
}

fn push() -> Result<(), String> {
    let proposal = Proposal::new(&[("plugin.wat", HONEST), ("policy.yaml", STRICT)], &[])?;
    let done = Action::read()?.run(&proposal, Event::Push, &[])?;
    ensure(done.code == 0, || {
        format!("exit {}: {}", done.code, done.log)
    })?;
    ensure(done.output("verdict") == Some("pass"), || {
        format!("{:?}", done.outputs)
    })
}

fn inside_the_base() -> Result<(), String> {
    let proposal = Proposal::new(&[("plugin.wat", HONEST), ("policy.yaml", STRICT)], &[])?;
    for path in ["../policy.yaml", "a/../../policy.yaml", ".."] {
        let done = Action::read()?.run(&proposal, Event::PullRequest, &[("policy", path)])?;
        ensure(done.code == 2, || {
            format!("{path}: exit {}: {}", done.code, done.log)
        })?;
    }
    Ok(())
}

/// Expressions stand in `env` alone, never in a script: there they would be code that a title or a branch name writes.
fn inputs_are_data() -> Result<(), String> {
    for step in Action::read()?.steps() {
        ensure(!step.run.contains("${{"), || {
            format!("an expression in a script: {}", step.run)
        })?;
    }
    let proposal = Proposal::new(&[("plugin.wat", HONEST), ("policy.yaml", STRICT)], &[])?;
    let evil = "plugin.wat\n$(touch stolen)\n; touch stolen\n--policy=loose.yaml";
    let done = Action::read()?.run(&proposal, Event::PullRequest, &[("modules", evil)])?;
    ensure(done.code == 2, || {
        format!("exit {}: {}", done.code, done.log)
    })?;
    ensure(!proposal.path().join("stolen").exists(), || {
        "an input was run".to_owned()
    })
}

fn links() -> Result<(), String> {
    let proposal = Proposal::new(&[("plugin.wat", HONEST), ("policy.yaml", STRICT)], &[])?;
    let elsewhere = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    let link = proposal.path().join("ringfence.sarif");
    std::os::unix::fs::symlink(elsewhere.path(), link).map_err(|error| error.to_string())?;
    let done = Action::read()?.run(&proposal, Event::PullRequest, &[])?;
    ensure(done.code == 2, || {
        format!("exit {}: {}", done.code, done.log)
    })?;
    let written = std::fs::read(elsewhere.path()).map_err(|error| error.to_string())?;
    ensure(written.is_empty(), || {
        "the report went through a link".to_owned()
    })
}

/// rustup takes a toolchain from the folder in which cargo is started, and that can be any program.
fn compiler() -> Result<(), String> {
    let proposal = Proposal::new(
        &[("policy.yaml", STRICT)],
        &[("rust-toolchain.toml", "[toolchain]\npath = \"/evil\"\n")],
    )?;
    let tools = tempfile::tempdir().map_err(|error| error.to_string())?;
    let cargo = tools.path().join("cargo");
    write(tools.path(), &[("cargo", "#!/bin/sh\npwd >\"$SEEN\"\n")])?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(cargo, mode).map_err(|error| error.to_string())?;
    let seen = tools.path().join("seen");
    let path = format!("{}:/usr/bin:/bin", tools.path().display());
    let output = bash(
        proposal.path(),
        &root().join("action/install").to_string_lossy(),
    )
    .env("PATH", path)
    .env("SEEN", &seen)
    .env("ACTION", root())
    .env("BINARY", "")
    .env("RUNNER_TEMP", tools.path())
    .env("GITHUB_OUTPUT", tools.path().join("output"))
    .output()
    .map_err(|error| error.to_string())?;
    ensure(code(&output) == 0, || stderr(&output))?;
    let seen = std::fs::read_to_string(seen).map_err(|error| error.to_string())?;
    let seen = Path::new(seen.trim());
    ensure(!seen.starts_with(proposal.path()), || {
        format!("cargo was started in {}", seen.display())
    })
}

fn gitlab() -> Result<(), String> {
    let script = workflow_file::gitlab_script()?;
    let proposal = Proposal::new(
        &[
            ("plugin.wat", HONEST),
            ("policy.yaml", STRICT),
            ("ringfence.lock", "version: 1\nmodules: []\n"),
        ],
        &[("plugin.wat", GREEDY), ("policy.yaml", LOOSE)],
    )?;
    let place = proposal.path();
    git(
        place,
        &["remote", "add", "origin", &place.to_string_lossy()],
    )?;
    let output = bash(place, &script)
        .env("CI_PROJECT_DIR", place)
        .env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")
        .envs([
            ("MODULES", "plugin.wat"),
            ("POLICY", "policy.yaml"),
            ("LOCK", "ringfence.lock"),
        ])
        .output();
    let output = output.map_err(|error| error.to_string())?;
    ensure(code(&output) == 1, || {
        format!("exit {}: {}", code(&output), stderr(&output))
    })?;
    let report = std::fs::read_to_string(place.join("gl-code-quality-report.json"));
    let report: serde_json::Value =
        serde_json::from_str(&report.map_err(|error| error.to_string())?)
            .map_err(|error| error.to_string())?;
    let entries = report.as_array().ok_or("the report is no list")?;
    for rule in ["undeclared-host-import", "unapproved-module"] {
        let found = entries.iter().any(|entry| entry["check_name"] == rule);
        ensure(found, || format!("no {rule}: {report}"))?;
    }
    let elsewhere = |entry: &&serde_json::Value| {
        let path = entry["location"]["path"].as_str().unwrap_or("/");
        path.starts_with('/')
    };
    ensure(entries.iter().find(elsewhere).is_none(), || {
        format!("a place that is not in the repository: {report}")
    })?;
    Ok(())
}

/// A script with this ringfence on its path.
fn bash(folder: &Path, script: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_ringfence"));
    let programs = program.parent().unwrap_or(root());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        std::iter::once(programs.to_owned()).chain(std::env::split_paths(&path)),
    );
    let mut command = Command::new("bash");
    command
        .args(["-e", "-o", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", path.unwrap_or_default())
        .env("HOME", "/home/user");
    command
}

fn hooks() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    write(
        folder.path(),
        &[("plugin.wat", GREEDY), ("plugin.policy.yaml", STRICT)],
    )?;
    let hooks = workflow_file::hooks()?;
    ensure(hooks.len() == 2, || format!("{hooks:?}"))?;
    for (entry, files) in hooks {
        let file = if files.contains("wasm") {
            "plugin.wat"
        } else {
            "plugin.policy.yaml"
        };
        let output = bash(folder.path(), &format!("{entry} {file}")).output();
        let output = output.map_err(|error| error.to_string())?;
        let expected = i32::from(file == "plugin.wat");
        ensure(code(&output) == expected, || {
            format!(
                "{entry} {file}: exit {}: {}{}",
                code(&output),
                stdout(&output),
                stderr(&output)
            )
        })?;
        // A proposal names its files as it likes, and this one would be an option by which everything passes.
        let option = "--write-baseline=known.wat";
        write(folder.path(), &[(option, GREEDY)])?;
        let output = bash(folder.path(), &format!("{entry} {option} {file}")).output();
        let output = output.map_err(|error| error.to_string())?;
        ensure(code(&output) != 0, || {
            format!("{entry} {option}: {}", stdout(&output))
        })?;
    }
    Ok(())
}
