//! Folders of rules that find too much, take too long or hold too much: an error, never a report that passes for the whole.

use tempfile::TempDir;

use super::super::program::{code, ensure, stderr, stdout};
use super::{bounded, is_long, worst};

/// A folder for a check with `rules` in it, and `m.wasm`.
fn folder(module: &[u8], rules: usize, rule: impl Fn(usize) -> String) -> Result<TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).map_err(|error| error.to_string())
    };
    std::fs::create_dir(folder.path().join("rules")).map_err(|error| error.to_string())?;
    for at in 0..rules {
        write(&format!("rules/r{at}.yaml"), rule(at).as_bytes())?;
    }
    write("m.wasm", module)?;
    Ok(folder)
}

fn over_imports(id: usize, when: &str, text: &str) -> String {
    format!(
        "id: r{id}\ntitle: A rule\nseverity: note\nover: import\nwhen: \"{when}\"\nmessage: {text}\nhelp: {text}\nexplanation: {text}\nexamples:\n  - {{name: one, fires: true, subject: import a.b, module: '(module (import \"a\" \"b\" (func)))'}}\n  - {{name: none, fires: false, module: '(module)'}}\n"
    )
}

/// The check ends with 2 and says all of this.
fn refused(folder: &TempDir, says: &[&str]) -> Result<(), String> {
    let command = ["check", "m.wasm", "--rules", "rules", "--format", "short"];
    let (output, peak) = bounded(folder.path(), &command)?;
    let talk = stderr(&output);
    if is_long() {
        eprintln!("{says:?}: {} bytes, {peak}", output.stdout.len());
    }
    let said = says.iter().all(|says| talk.contains(says));
    ensure(code(&output) == 2 && said, || {
        let start: String = talk.chars().take(2000).collect();
        format!("exit {}, {} bytes: {start}", code(&output), talk.len())
    })
}

/// Rules that fire on everything.
pub fn of_many_findings() -> Result<(), String> {
    let copies = if is_long() { 2_000 } else { 6 };
    let text = "said of each import ".repeat(20);
    let rule = |at| over_imports(at, "true", &text);
    let folder = folder(&worst::many_imports(19_000), copies, rule)?;
    let says = ["`r", "KiB of text here", "the rest was not judged"];
    refused(&folder, &says)?;
    let long = "said at length ".repeat(130);
    let rule = |at| over_imports(at, "true", &long);
    refused(&self::folder(&worst::many_imports(19_000), 3, rule)?, &says)
}

/// Modules that each stay below the bound.
pub fn of_many_findings_in_many_modules() -> Result<(), String> {
    // Half of them fail, which counts as well.
    let when = |at: usize| ["true", "it.host ? 1 : true"][at % 2];
    let rule = |at| over_imports(at, when(at), "none");
    let folder = folder(&worst::many_imports(19_000), 4, rule)?;
    let mut command = vec!["check", "--rules", "rules", "--format", "short"];
    let modules: Vec<String> = (0..5).map(|at| format!("m{at}.wasm")).collect();
    for module in &modules {
        let at = |name: &str| folder.path().join(name);
        std::fs::hard_link(at("m.wasm"), at(module)).map_err(|error| error.to_string())?;
        command.push(module);
    }
    let (output, peak) = bounded(folder.path(), &command)?;
    let text = stdout(&output);
    let start: String = text.chars().take(2000).collect();
    let each = text.matches("policies together have more than").count();
    ensure(code(&output) == 2 && each == 5, || {
        format!("{peak}: {start}")
    })
}

/// Policies that each stay below it, in `policy lint`.
pub fn of_many_findings_in_many_policies() -> Result<(), String> {
    let rule = |at| {
        let rule = over_imports(at, "true", "none").replace("over: import", "over: env");
        let start = rule.find("examples:").unwrap_or(rule.len());
        let examples = "examples:\n  - name: one\n    fires: true\n    policy: |\n      version: 1\n      grants: {env: {pass: [A]}}\n  - {name: none, fires: false, module: '(module)'}\n";
        format!("{}{examples}", rule.get(..start).unwrap_or_default())
    };
    let folder = folder(&worst::one_import("b"), 30, rule)?;
    let names: Vec<String> = (0..3_000).map(|at| format!("N{at}")).collect();
    let policy = format!(
        "version: 1\ngrants: {{env: {{pass: [{}]}}}}\n",
        names.join(",")
    );
    let mut command = vec!["policy", "lint", "--rules", "rules", "--format", "short"];
    let policies = ["p0.yaml", "p1.yaml", "p2.yaml", "p3.yaml"];
    for name in policies {
        std::fs::write(folder.path().join(name), &policy).map_err(|error| error.to_string())?;
        command.push(name);
    }
    let (output, peak) = bounded(folder.path(), &command)?;
    let text = stdout(&output);
    let each = text.matches("policies together have more than").count();
    ensure(code(&output) == 2 && each == policies.len(), || {
        let start: String = text.chars().take(2000).collect();
        format!("exit {}, {peak}: {start}{}", code(&output), stderr(&output))
    })
}

/// Texts that name a list as long as the policy over and over show its start, and do not copy it.
pub fn of_long_lists() -> Result<(), String> {
    let list = "{policy.secret_sources}".repeat(40);
    let rule = |at| {
        let rule = over_imports(at, "true", "none");
        rule.replace("message: none", &format!("message: \"{list}\""))
    };
    let folder = folder(&worst::many_imports(19_000), 1, rule)?;
    let names: Vec<String> = (0..8_000).map(|at| format!("PASSWORD_{at}")).collect();
    let policy = format!(
        "version: 1\ngrants: {{env: {{pass: [{}]}}}}\n",
        names.join(",")
    );
    std::fs::write(folder.path().join("p.yaml"), policy).map_err(|error| error.to_string())?;
    let command = [
        "check", "m.wasm", "--policy", "p.yaml", "--rules", "rules", "--format", "short",
    ];
    let (output, peak) = bounded(folder.path(), &command)?;
    let shown = stdout(&output).matches("and 7988 more").count();
    ensure(code(&output) == 1 && shown >= 19_000, || {
        format!(
            "exit {}, {peak}, {shown} shown: {}",
            code(&output),
            stderr(&output)
        )
    })
}

/// Rules that fire on nothing, and look at everything; and one that goes through a long name over and over.
pub fn of_many_steps() -> Result<(), String> {
    let says = ["`r", "steps here", "the rest was not judged"];
    if is_long() {
        let silent = |at| over_imports(at, "it.name == 'x'", "none");
        refused(&folder(&worst::many_imports(19_000), 2_000, silent)?, &says)?;
    }
    let list = vec!["'a'"; 120].join(",");
    let looks = vec!["a == it.name"; 30].join(" || ");
    let when = format!("[{list}].exists(a, {looks})");
    let rule = |at| over_imports(at, &when, "none");
    let module = worst::one_import(&"n".repeat(90_000));
    refused(&folder(&module, 50, rule)?, &says)
}

/// More text than 2000 rules need, and more mistakes than anybody reads.
pub fn of_many_bytes_or_mistakes() -> Result<(), String> {
    let module = worst::one_import("b");
    let long = "said at length ".repeat(200_000);
    let rule = |at| over_imports(at, "true", &long);
    refused(&folder(&module, 3, rule)?, &["bytes of rules"])?;
    let wrong = |at| over_imports(at, "true", "none") + &"- a\n".repeat(40);
    let unknown = |at| {
        let keys = (0..40).map(|key| format!("key{key}: 1\n"));
        over_imports(at, "true", "none") + &keys.collect::<String>()
    };
    refused(&folder(&module, 2_000, wrong)?, &["do not read"])?;
    refused(
        &folder(&module, 2_000, unknown)?,
        &["do not read", "951 more mistakes"],
    )
}
