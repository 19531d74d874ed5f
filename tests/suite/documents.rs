//! What is generated is current, and the commands of the README do what it says. `BLESS=1` writes the generated parts.

use libtest_mimic::{Failed, Trial};

use super::program::{code, compare, ensure, root, run, stderr, stdout};

/// The trials.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("documents::rules", || rules().map_err(Failed::from)),
        Trial::test("documents::facts", || facts().map_err(Failed::from)),
        Trial::test("documents::the_map_names_every_rule", || {
            map().map_err(Failed::from)
        }),
        Trial::test("documents::enforcers_are_rules", || {
            enforcers().map_err(Failed::from)
        }),
        Trial::test("documents::policy_schema", || {
            schema().map_err(Failed::from)
        }),
        Trial::test("documents::rule_table_in_the_readme", || {
            rule_table().map_err(Failed::from)
        }),
        Trial::test("documents::readme_commands", || {
            readme_commands().map_err(Failed::from)
        }),
        Trial::test("documents::readme_screen", || {
            readme_screen().map_err(Failed::from)
        }),
        #[cfg(feature = "run")]
        Trial::test("documents::readme_run_screen", || {
            readme_run_screen().map_err(Failed::from)
        }),
        Trial::test("documents::readme_policy", || {
            readme_policy().map_err(Failed::from)
        }),
    ]
}

/// `docs/rules.md`: every rule's page.
fn rules() -> Result<(), String> {
    let list: serde_json::Value = json(&["rules", "list", "--format", "json"])?;
    let mut text = "# The rules\n\nGenerated from `rules/*.yaml`; `ringfence explain RULE` shows the same with its examples.\n".to_owned();
    for rule in list.as_array().into_iter().flatten() {
        let field = |name: &str| rule[name].as_str().unwrap_or_default().to_owned();
        let id = field("id");
        let file = std::fs::read_to_string(root().join("rules").join(format!("{id}.yaml")))
            .map_err(|error| error.to_string())?;
        text.push_str(&format!(
            "\n## {id}\n\n**{}** · {} · confidence {} · over `{}`\n\n",
            field("severity"),
            field("title"),
            field("confidence"),
            field("over")
        ));
        text.push_str(&explanation(&file));
    }
    compare(&root().join("docs/rules.md"), &text)
}

/// The `explanation: |` block of a rule file, without its indentation.
fn explanation(file: &str) -> String {
    let lines = file
        .lines()
        .skip_while(|line| !line.starts_with("explanation:"))
        .skip(1);
    let block = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let text: Vec<&str> = block
        .map(|line| line.strip_prefix("  ").unwrap_or(line))
        .collect();
    text.join("\n").trim_end().to_owned() + "\n"
}

/// `docs/facts.md`: what conditions can use.
fn facts() -> Result<(), String> {
    let list: serde_json::Value = json(&["rules", "list", "--facts", "--format", "json"])?;
    let mut text = "# The facts\n\nGenerated. What a rule can walk (`over`) and what its condition can name as `it.…`; `module` and `policy` are `module.…` and `policy.…` in every condition.\n".to_owned();
    for kind in list.as_array().into_iter().flatten() {
        text.push_str(&format!(
            "\n## {}\n\n{}\n\n| field | type | |\n|---|---|---|\n",
            kind["name"].as_str().unwrap_or_default(),
            kind["doc"].as_str().unwrap_or_default()
        ));
        for field in kind["fields"].as_array().into_iter().flatten() {
            let null = if field["nullable"].as_bool() == Some(true) {
                " or null"
            } else {
                ""
            };
            let doc = field["doc"]
                .as_str()
                .unwrap_or_default()
                .replace('|', "\\|");
            text.push_str(&format!(
                "| `{}` | {}{null} | {doc} |\n",
                field["name"].as_str().unwrap_or_default(),
                field["type"].as_str().unwrap_or_default()
            ));
        }
    }
    compare(&root().join("docs/facts.md"), &text)
}

/// `docs/anti-patterns.md` has each rule at an anti-pattern, at a point of the checklist, or beside them.
fn map() -> Result<(), String> {
    let text = std::fs::read_to_string(root().join("docs/anti-patterns.md"))
        .map_err(|error| error.to_string())?;
    for rule in json(&["rules", "list", "--format", "json"])?
        .as_array()
        .into_iter()
        .flatten()
    {
        let id = format!("`{}`", rule["id"].as_str().unwrap_or_default());
        ensure(text.contains(&id), || {
            format!("{id} is not in docs/anti-patterns.md")
        })?;
    }
    Ok(())
}

/// The rules that `docs/policy.md` says make a key true exist: the policy's layer cannot see the rules.
fn enforcers() -> Result<(), String> {
    let list = json(&["rules", "list", "--format", "json"])?;
    let known: Vec<&str> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|rule| rule["id"].as_str())
        .collect();
    let text = std::fs::read_to_string(root().join("docs/policy.md"))
        .map_err(|error| error.to_string())?;
    let mut named = 0;
    for row in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [_, _, _, _, enforcers, _] = cells.as_slice() else {
            continue; // A table of other things.
        };
        for id in enforcers.split('`').skip(1).step_by(2) {
            ensure(known.contains(&id), || format!("no rule `{id}`: {row}"))?;
            named += 1;
        }
    }
    ensure(named > 50, || {
        format!("only {named} enforcers in docs/policy.md")
    })
}

fn schema() -> Result<(), String> {
    let output = run(root(), &["policy", "schema"]);
    compare(&root().join("docs/policy.schema.json"), &stdout(&output))
}

fn json(arguments: &[&str]) -> Result<serde_json::Value, String> {
    let output = run(root(), arguments);
    serde_json::from_str(&stdout(&output)).map_err(|error| format!("{error}: {}", stderr(&output)))
}

const TABLE_START: &str = "<!-- rules: generated by BLESS=1 cargo test -->\n";
const TABLE_END: &str = "<!-- end of rules -->";

fn rule_table() -> Result<(), String> {
    let list: serde_json::Value = json(&["rules", "list", "--format", "json"])?;
    let mut table = "| rule | severity | |\n|---|---|---|\n".to_owned();
    for rule in list.as_array().into_iter().flatten() {
        let field = |name: &str| rule[name].as_str().unwrap_or_default();
        table.push_str(&format!(
            "| `{}` | {} | {} |\n",
            field("id"),
            field("severity"),
            field("title").replace('|', "\\|")
        ));
    }
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let (before, rest) = readme
        .split_once(TABLE_START)
        .ok_or("the README has no place for the rule table")?;
    let (_, after) = rest
        .split_once(TABLE_END)
        .ok_or("the README's rule table has no end")?;
    compare(
        &path,
        &format!("{before}{TABLE_START}{table}{TABLE_END}{after}"),
    )
}

/// The commands in the README's `sh` blocks that run this program, with the exit codes that the README's comments state.
fn readme_commands() -> Result<(), String> {
    let readme =
        std::fs::read_to_string(root().join("README.md")).map_err(|error| error.to_string())?;
    let mut seen = 0;
    let blocks = readme
        .split("```sh\n")
        .skip(1)
        .filter_map(|block| block.split("```").next());
    for line in blocks.flat_map(str::lines) {
        let command = line
            .strip_prefix("cargo run --release -- ")
            .or_else(|| line.strip_prefix("ringfence "));
        let Some((command, comment)) =
            command.map(|command| command.split_once('#').unwrap_or((command, "")))
        else {
            continue;
        };
        let expected = comment
            .split("exit ")
            .nth(1)
            .and_then(|rest| rest.chars().next()?.to_digit(10))
            .unwrap_or(0);
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let output = run(root(), &arguments);
        ensure(u32::try_from(code(&output)) == Ok(expected), || {
            format!("`{line}` ends with {}: {}", code(&output), stderr(&output))
        })?;
        seen += 1;
    }
    ensure(seen >= 2, || format!("only {seen} commands in the README"))
}

const SCREEN_START: &str = "<!-- screen: generated by BLESS=1 cargo test -->\n```text\n";
const SCREEN_END: &str = "```\n<!-- end of screen -->";

/// The screen in the README is what the program prints.
fn readme_screen() -> Result<(), String> {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let (before, rest) = readme
        .split_once(SCREEN_START)
        .ok_or("the README has no screen")?;
    let (screen, after) = rest
        .split_once(SCREEN_END)
        .ok_or("the README's screen has no end")?;
    let command = screen
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("$ ringfence "))
        .ok_or("the screen starts with no command")?;
    let arguments: Vec<&str> = command.split_whitespace().collect();
    let text = stdout(&run(root(), &arguments));
    compare(
        &path,
        &format!(
            "{before}{SCREEN_START}$ ringfence {command}\n{}\n{SCREEN_END}{after}",
            text.trim_end()
        ),
    )
}

#[cfg(feature = "run")]
const RUN_START: &str = "<!-- run screen: generated by BLESS=1 cargo test -->\n```text\n";
#[cfg(feature = "run")]
const RUN_END: &str = "```\n<!-- end of run screen -->";

/// The second screen: each command with what it prints, first on standard output, and how it ends.
#[cfg(feature = "run")]
fn readme_run_screen() -> Result<(), String> {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let (before, rest) = readme
        .split_once(RUN_START)
        .ok_or("the README has no run screen")?;
    let (screen, after) = rest
        .split_once(RUN_END)
        .ok_or("the README's run screen has no end")?;
    let mut text = String::new();
    for command in screen
        .lines()
        .filter_map(|line| line.strip_prefix("$ ringfence "))
    {
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let output = run(root(), &arguments);
        text.push_str(&format!("$ ringfence {command}\n"));
        for part in [stdout(&output), stderr(&output)] {
            if !part.trim_end().is_empty() {
                text.push_str(part.trim_end());
                text.push('\n');
            }
        }
        text.push_str(&format!("[exit {}]\n\n", code(&output)));
    }
    compare(
        &path,
        &format!("{before}{RUN_START}{}\n{RUN_END}{after}", text.trim_end()),
    )
}

/// The policy in the README is one that `policy lint` passes.
fn readme_policy() -> Result<(), String> {
    let readme =
        std::fs::read_to_string(root().join("README.md")).map_err(|error| error.to_string())?;
    let policy = readme
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .ok_or("the README has no policy")?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    std::fs::write(folder.path().join("policy.yaml"), policy).map_err(|error| error.to_string())?;
    let output = run(
        folder.path(),
        &["policy", "lint", "policy.yaml", "--fail-on", "warning"],
    );
    ensure(code(&output) == 0, || {
        format!("{}{}", stdout(&output), stderr(&output))
    })
}
