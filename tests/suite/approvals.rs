//! Signed approvals against OpenSSH's own tools, in both directions, and what a lock survives.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use libtest_mimic::{Failed, Trial};

use super::program::{code, ensure, run, stderr, stdout};

const MODULE: &str = "(module (memory (export \"memory\") 1 1) (func (export \"_start\")))";

const POLICY: &str = "version: 1
name: sample
module: {kind: wasip1, exports: {allow: [_start, memory]}}
limits: {fuel: 9000000, deadline: 5s, memory: 64KiB, table_elements: 10, host_calls: 10}
rules: {missing-abi-version: {severity: warning}}
";

/// The trials.
pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn() -> Result<(), String>| {
        let test = move || test().map_err(Failed::from);
        Trial::test(format!("approvals::{name}"), test)
    };
    let with_openssh = |name: &str, test: fn() -> Result<(), String>| {
        let known = openssh();
        if !known {
            eprintln!("approvals::{name} is skipped: there is no ssh-keygen (openssh-client)");
        }
        trial(name, test).with_ignored_flag(!known)
    };
    vec![
        with_openssh("ssh_keygen_verifies_what_we_sign", we_sign),
        with_openssh("we_verify_what_ssh_keygen_signs", they_sign),
        with_openssh("who_may_sign_is_asked_for", who_may_sign),
        with_openssh("keys_that_do_not_sign_are_said", no_key),
        with_openssh("what_an_approval_takes_back_is_said", taken_back),
        trial("an_update_writes_nothing", update),
        trial("a_full_disk_loses_nothing", full_disk),
        trial("many_who_approve_at_once_lose_nothing", at_once),
        #[cfg(all(feature = "run", unix))]
        with_openssh("signers_are_not_where_the_guest_may_write", signers_reached),
        #[cfg(all(feature = "run", unix))]
        trial("a_module_that_vanished_is_an_error", vanished),
    ]
}

fn openssh() -> bool {
    let version = Command::new("ssh-keygen")
        .arg("-?")
        .stdin(Stdio::null())
        .output();
    version.is_ok()
}

/// A folder with a module and its policy.
fn bench() -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text) in [("a.wat", MODULE), ("a.policy.yaml", POLICY)] {
        write(folder.path(), name, text)?;
    }
    Ok(folder)
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    std::fs::write(folder.join(name), text).map_err(|error| error.to_string())
}

fn read(folder: &Path, name: &str) -> Result<String, String> {
    std::fs::read_to_string(folder.join(name)).map_err(|error| error.to_string())
}

fn keygen(folder: &Path, arguments: &[&str], input: &str) -> Result<Output, String> {
    write(folder, "input", input)?;
    let input = std::fs::File::open(folder.join("input")).map_err(|error| error.to_string())?;
    let mut command = Command::new("ssh-keygen");
    command.args(arguments).current_dir(folder).stdin(input);
    command.output().map_err(|error| error.to_string())
}

fn key(folder: &Path, name: &str, kind: &[&str]) -> Result<(), String> {
    let arguments = [&["-q", "-N", "", "-C", name, "-f", name, "-t"], kind].concat();
    let made = keygen(folder, &arguments, "")?;
    ensure(made.status.success(), || stderr(&made))
}

/// A line of allowed signers.
fn line(folder: &Path, principal: &str, options: &str, key: &str) -> Result<String, String> {
    let public = read(folder, &format!("{key}.pub"))?;
    Ok(format!("{principal} {options} {public}"))
}

fn expect(output: &Output, expected: i32, said: &str) -> Result<(), String> {
    let text = stdout(output) + &stderr(output);
    let fits = code(output) == expected && text.contains(said);
    ensure(fits, || {
        format!("{} and not {expected} with `{said}`: {text}", code(output))
    })
}

/// The record's digest, the bytes of its signature and the signature itself.
fn taken_out(folder: &Path) -> Result<(String, String), String> {
    let lock = read(folder, "ringfence.lock")?;
    let digest = lock
        .split("sha256: \"")
        .nth(1)
        .and_then(|rest| rest.get(..12));
    let digest = digest.ok_or("the lock has no record")?.to_owned();
    let message = run(
        folder,
        &["lock", "message", &digest, "--lock", "ringfence.lock"],
    );
    ensure(code(&message) == 0, || stderr(&message))?;
    Ok((digest, stdout(&message)))
}

fn verify(folder: &Path, by: &str, message: &str) -> Result<bool, String> {
    let arguments = [
        "-Y",
        "verify",
        "-n",
        "ringfence",
        "-f",
        "signers",
        "-s",
        "signature",
        "-I",
        by,
    ];
    Ok(keygen(folder, &arguments, message)?.status.success())
}

fn we_sign() -> Result<(), String> {
    for kind in [
        &["ed25519"][..],
        &["ecdsa", "-b", "256"],
        &["ecdsa", "-b", "384"],
    ] {
        let folder = bench()?;
        let at = folder.path();
        key(at, "ana", kind)?;
        let approved = [
            "approve",
            "a.wat",
            "--by",
            "ana@example.com",
            "--reason",
            "reviewed: né",
            "--sign",
            "ana",
            "--until",
            "2999-12-31",
        ];
        expect(
            &run(at, &approved),
            0,
            "is approved until 2999-12-31 and signed",
        )?;
        write(
            at,
            "signers",
            &line(at, "ana@*", "namespaces=\"ringfence\"", "ana")?,
        )?;
        let (digest, message) = taken_out(at)?;
        let signature = run(
            at,
            &["lock", "signature", &digest, "--lock", "ringfence.lock"],
        );
        write(at, "signature", &stdout(&signature))?;
        ensure(verify(at, "ana@example.com", &message)?, || {
            format!("{kind:?}: not verified")
        })?;
        ensure(!verify(at, "eve@example.com", &message)?, || {
            "for another name".to_owned()
        })?;
        let later = message.replace("2999", "3999");
        ensure(!verify(at, "ana@example.com", &later)?, || {
            "for another record".to_owned()
        })?;
        let secret = read(at, "ana")?;
        let secret = secret.lines().nth(2).ok_or("no key")?;
        ensure(!read(at, "ringfence.lock")?.contains(secret), || {
            "a key in a lock".to_owned()
        })?;
    }
    Ok(())
}

fn they_sign() -> Result<(), String> {
    for kind in [
        &["ed25519"][..],
        &["ecdsa", "-b", "256"],
        &["rsa", "-b", "2048"],
        &["rsa", "-b", "3072"],
    ] {
        let folder = bench()?;
        let at = folder.path();
        key(at, "ana", kind)?;
        expect(
            &run(at, &["approve", "a.wat", "--by", "ana"]),
            0,
            "is approved",
        )?;
        let (digest, message) = taken_out(at)?;
        write(at, "message", &message)?;
        let signed = keygen(
            at,
            &["-Y", "sign", "-n", "ringfence", "-f", "ana", "message"],
            "",
        )?;
        ensure(signed.status.success(), || stderr(&signed))?;
        let attach = [
            "lock",
            "attach",
            &digest,
            "message.sig",
            "--lock",
            "ringfence.lock",
        ];
        expect(&run(at, &attach), 0, "the record is signed")?;
        write(at, "signers", &line(at, "ana", "", "ana")?)?;
        let check = [
            "check",
            "a.wat",
            "--lock",
            "ringfence.lock",
            "--allowed-signers",
            "signers",
        ];
        expect(&run(at, &check), 0, "PASS")?;
        let other = keygen(at, &["-Y", "sign", "-n", "file", "-f", "ana", "a.wat"], "")?;
        ensure(other.status.success(), || stderr(&other))?;
        let attach = [
            "lock",
            "attach",
            &digest,
            "a.wat.sig",
            "--lock",
            "ringfence.lock",
        ];
        expect(&run(at, &attach), 2, "was made for `file`")?;
    }
    Ok(())
}

fn who_may_sign() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    key(at, "ana", &["ed25519"])?;
    key(at, "eve", &["ed25519"])?;
    let lock = ["--lock", "ringfence.lock", "--allowed-signers", "signers"];
    let both = |more: &[&str], check: i32, start: i32, said: &str| {
        let checked = run(at, &[&["check", "a.wat"][..], &lock, more].concat());
        expect(&checked, check, said)?;
        if cfg!(all(feature = "run", unix)) {
            let started = run(at, &[&["run"][..], &lock, more, &["a.wat"]].concat());
            expect(&started, start, if start == 0 { "" } else { said })?;
        }
        Ok::<(), String>(())
    };
    write(at, "signers", &line(at, "ana", "", "ana")?)?;
    expect(&run(at, &["approve", "a.wat"]), 0, "is approved")?;
    both(&[], 1, 120, "it is not signed")?;
    expect(&run(at, &["approve", "a.wat", "--sign", "ana"]), 2, "--by")?;
    expect(
        &run(at, &["approve", "a.wat", "--by", "eve", "--sign", "eve"]),
        0,
        "and signed",
    )?;
    both(&[], 1, 120, "`eve` is no allowed signer")?;
    expect(
        &run(at, &["approve", "a.wat", "--by", "ana", "--sign", "eve"]),
        0,
        "and signed",
    )?;
    both(&[], 1, 120, "`ana` is no allowed signer")?;
    expect(
        &run(at, &["approve", "a.wat", "--by", "ana", "--sign", "ana"]),
        0,
        "and signed",
    )?;
    both(&[], 0, 0, "PASS")?;
    write(at, "revoked", &read(at, "eve.pub")?)?;
    both(&["--revoked-keys", "revoked"], 0, 0, "PASS")?;
    write(at, "revoked", &read(at, "ana.pub")?)?;
    both(
        &["--revoked-keys", "revoked"],
        1,
        120,
        "a key that is revoked",
    )?;
    let list = keygen(at, &["-q", "-k", "-f", "krl", "eve.pub"], "")?;
    ensure(list.status.success(), || stderr(&list))?;
    both(&["--revoked-keys", "krl"], 2, 127, "binary list")?;
    for (options, check, start, said) in [
        ("valid-before=\"20200101Z\"", 1, 120, "is no longer valid"),
        ("valid-after=\"29990101Z\"", 1, 120, "is not valid yet"),
        ("namespaces=\"git\"", 1, 120, "is allowed for other"),
        ("cert-authority", 2, 127, "cert-authority"),
        ("no-touch-required", 2, 127, "no option"),
    ] {
        write(at, "signers", &line(at, "ana", options, "ana")?)?;
        both(&[], check, start, said)?;
    }
    write(at, "signers", &line(at, "ana", "", "ana")?)?;
    let signed = read(at, "ringfence.lock")?;
    write(
        at,
        "ringfence.lock",
        &signed.replace("memory: \"64KiB\"", "memory: \"64MiB\""),
    )?;
    both(&[], 1, 120, "was changed after it was signed")?;
    let tampered = run(at, &["check", "a.wat", "--lock", "ringfence.lock"]);
    expect(&tampered, 1, "approval-signature")
}

/// Who could write to them would sign the next module.
#[cfg(all(feature = "run", unix))]
fn signers_reached() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    for name in ["data", "safe"] {
        std::fs::create_dir(at.join(name)).map_err(|error| error.to_string())?;
    }
    super::outputs::granted(at, "./data", "rw")?;
    for name in ["ana", "eve"] {
        key(at, name, &["ed25519"])?;
    }
    for place in ["data", "safe"] {
        write(
            at,
            &format!("{place}/signers"),
            &line(at, "ana", "", "ana")?,
        )?;
        write(at, &format!("{place}/revoked"), &read(at, "eve.pub")?)?;
    }
    // A way through the folder, to a place that is not in it.
    let fail = |error: std::io::Error| error.to_string();
    std::os::unix::fs::symlink("../safe", at.join("data/way")).map_err(fail)?;
    std::os::unix::fs::symlink("data/way/signers", at.join("link")).map_err(fail)?;
    let approved = ["approve", "a.wat", "--by", "ana", "--sign", "ana"];
    expect(&run(at, &approved), 0, "and signed")?;
    for (signers, revoked, code) in [
        ("safe/signers", "safe/revoked", 0),
        ("data/signers", "safe/revoked", 120),
        ("safe/signers", "data/revoked", 120),
        ("data/way/signers", "safe/revoked", 120),
        ("link", "safe/revoked", 120),
    ] {
        let words = [
            "run",
            "--allowed-signers",
            signers,
            "--revoked-keys",
            revoked,
            "a.wat",
        ];
        let said = if code == 0 {
            ""
        } else {
            "which the plugin may write to"
        };
        expect(&run(at, &words), code, said)?;
    }
    Ok(())
}

fn no_key() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    key(at, "ruth", &["rsa", "-b", "2048"])?;
    key(at, "ana", &["ed25519"])?;
    let sign = |key: &str, said: &str| {
        let output = run(at, &["approve", "a.wat", "--by", "x", "--sign", key]);
        expect(&output, 2, said)
    };
    sign("ruth", "ssh-keygen -Y sign")?;
    sign("ana.pub", "can be read by others")?;
    sign("a.wat", "can be read by others")?;
    sign("absent", "cannot read the key")?;
    sign(".", "not a regular file")?;
    let locked = ["-q", "-N", "open sesame", "-t", "ed25519", "-f", "locked"];
    let made = keygen(at, &locked, "")?;
    ensure(made.status.success(), || stderr(&made))?;
    let alone = Command::new("setsid")
        .args([
            "-w",
            env!("CARGO_BIN_EXE_ringfence"),
            "approve",
            "a.wat",
            "--by",
            "x",
            "--sign",
            "locked",
        ])
        .current_dir(at)
        .stdin(Stdio::null())
        .output();
    if let Ok(output) = alone {
        expect(&output, 2, "is encrypted")?;
    }
    ensure(!at.join("ringfence.lock").exists(), || {
        "a lock was written".to_owned()
    })
}

/// A second approval of the same bytes replaces the first, its last day and its signature too.
fn taken_back() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    key(at, "key", &["ed25519"])?;
    let signed = [
        "approve",
        "a.wat",
        "--by",
        "ana",
        "--until",
        "2999-12-31",
        "--sign",
        "key",
    ];
    expect(
        &run(at, &signed),
        0,
        "is approved until 2999-12-31 and signed",
    )?;
    let same = run(at, &signed);
    ensure(!stdout(&same).contains("against the approval"), || {
        stdout(&same)
    })?;
    let again = run(at, &["approve", "a.wat", "--by", "bob"]);
    for line in [
        "~ by: bob (before: ana)",
        "~ until: none (before: 2999-12-31)",
        "~ signature: none (before: signed)",
    ] {
        expect(&again, 0, line)?;
    }
    Ok(())
}

fn update() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    expect(&run(at, &["approve", "a.wat"]), 0, "is approved")?;
    let before = read(at, "ringfence.lock")?;
    let check = ["check", "a.wat", "--lock", "ringfence.lock", "--update"];
    expect(&run(at, &check), 0, "nothing changed against its record")?;
    write(
        at,
        "a.policy.yaml",
        &POLICY.replace("memory: 64KiB", "memory: 1MiB"),
    )?;
    let output = run(at, &check);
    expect(&output, 1, "+ limit memory: 1MiB (approved: 64KiB)")?;
    expect(
        &output,
        1,
        "`ringfence approve a.wat --policy a.policy.yaml --lock ringfence.lock`",
    )?;
    ensure(read(at, "ringfence.lock")? == before, || {
        "the lock was written".to_owned()
    })
}

/// The system ends a writer that meets its bound; the lock is that of before.
fn full_disk() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    expect(&run(at, &["approve", "a.wat"]), 0, "is approved")?;
    let before = read(at, "ringfence.lock")?;
    let script = format!(
        "ulimit -f 0; exec {} approve a.wat --by ana --until 2999-12-31",
        env!("CARGO_BIN_EXE_ringfence")
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(at)
        .output();
    let Ok(output) = output else {
        return Ok(());
    };
    ensure(code(&output) != 0, || {
        "it was written all the same".to_owned()
    })?;
    ensure(read(at, "ringfence.lock")? == before, || {
        "the lock was changed".to_owned()
    })
}

fn at_once() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    let count = 8;
    for number in 0..count {
        let policy = POLICY.replace("sample", &format!("sample-{number}"));
        write(at, &format!("{number}.yaml"), &policy)?;
    }
    let outputs: Vec<Output> = std::thread::scope(|scope| {
        let one = |number| {
            scope.spawn(move || {
                run(
                    at,
                    &["approve", "a.wat", "--policy", &format!("{number}.yaml")],
                )
            })
        };
        let running: Vec<_> = (0..count).map(one).collect();
        running
            .into_iter()
            .filter_map(|one| one.join().ok())
            .collect()
    });
    for output in &outputs {
        expect(output, 0, "is approved")?;
    }
    let records = read(at, "ringfence.lock")?.matches("sha256:").count();
    ensure(records == count, || format!("{records} records"))
}

#[cfg(all(feature = "run", unix))]
fn vanished() -> Result<(), String> {
    let folder = bench()?;
    let at = folder.path();
    expect(&run(at, &["approve", "a.wat"]), 0, "is approved")?;
    let check = ["check", "a.wat", "--lock", "ringfence.lock"];
    expect(&run(at, &check), 0, "PASS")?;
    std::fs::remove_file(at.join("a.wat")).map_err(|error| error.to_string())?;
    expect(
        &run(at, &["run", "a.wat", "--policy", "a.policy.yaml"]),
        127,
        "does not exist",
    )?;
    expect(&run(at, &check), 2, "does not exist")
}
