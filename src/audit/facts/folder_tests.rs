//! Host directories in every spelling that somebody has tried.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a path to the method has one lifetime too many"
)]

use super::*;
use crate::audit::context::Surroundings;
use crate::policy::{Date, Policy};
use crate::source::Sources;

fn with<T>(written: &str, ask: impl Fn(&Folder<'_>) -> T) -> T {
    let mut sources = Sources::default();
    let source = sources.add("/srv/example/policy.yaml", "version: 1");
    let surroundings = Surroundings {
        working: Some(PathBuf::from("/srv/example/work")),
        home: Some(PathBuf::from("/home/user")),
        today: Date {
            year: 2026,
            month: 6,
            day: 1,
        },
    };
    let policy = Policy::default();
    let ground = Ground {
        policy: &policy,
        judged: true,
        rules: None,
        sources: &sources,
        surroundings: &surroundings,
    };
    let span = crate::source::Span {
        source,
        ..crate::source::Span::default()
    };
    let written = Spanned::new(written.to_owned(), span);
    ask(&Folder::new(&ground, &written, None))
}

#[test]
fn broad_directories_are_broad_in_every_spelling() {
    for written in [
        "/",
        "/.",
        "//",
        "/a/..",
        "..",
        "../..",
        ".",
        "./",
        "data/..",
        "work",
        "work/",
        "~",
        "~/",
        "~user",
        "$HOME",
        "${HOME}/",
        "%USERPROFILE%",
        "%userprofile%\\",
        "/home/user",
        "/home/other",
        "/home",
        "/Users",
        "/USERS/x",
        "C:",
        "C:\\",
        "c:/",
        "\\\\?\\C:",
        "\\\\?\\C:\\",
        "//./c:/.",
        "C:/data/..",
        "C:\\Users\\me",
        "\\\\host\\share",
        "$DATA/x",
        "%APPDATA%",
        "/tmp",
        "/var/lib",
        "/srv",
        "./../example",
    ] {
        assert_ne!(with(written, |folder| folder.breadth()), "", "{written}");
    }
    for written in [
        "data",
        "./data",
        "../other/data",
        "/srv/data",
        "/opt/app/data",
        "~/plugin/data",
        "$HOME/plugin/data",
        "/tmp/x",
        "C:\\plugin\\data",
        "/home/user/plugin",
        "work/data",
        "/data",
    ] {
        assert_eq!(with(written, |folder| folder.breadth()), "", "{written}");
    }
}

#[test]
fn places_for_secrets_are_seen_in_every_spelling() {
    for written in [
        "/etc",
        "/ETC",
        "/etc/postfix",
        "/srv/../etc",
        "../../etc",
        "/var",
        "/proc/self",
        "~/.ssh",
        "~/.SSH/keys",
        "$HOME/.aws",
        "%USERPROFILE%\\.kube",
        "C:\\Windows\\System32",
        "\\\\?\\C:\\ProgramData",
        "data/.git",
        "/run/secrets/x",
        "/home/user",
        "/home",
        "/",
        "/dev/fd",
        "secrets",
        "~/.cache",
        "~/.cache/ringfence",
        "~/.CACHE/ringfence/x",
        "~/Library/Caches",
        "/tmp/ringfence-1000",
        "/srv/ringfence-0/scratch-1",
    ] {
        assert_ne!(
            with(written, |folder| folder.sensitive(None)),
            "",
            "{written}"
        );
    }
    for written in [
        "data",
        "/srv/data",
        "/developer",
        "/etcetera",
        "/system2",
        "/opt/app",
        "~/plugin",
        "/runner",
        "~/.cache/plugin",
        "/opt/ringfence",
        "/opt/ringfence-plugins",
        "/opt/ringfence-",
    ] {
        assert_eq!(
            with(written, |folder| folder.sensitive(None)),
            "",
            "{written}"
        );
    }
    assert_eq!(
        with("data", |folder| folder.sensitive(Some("a/.env"))),
        "a/.env inside it"
    );
}

proptest::proptest! {
    #[test]
    fn no_text_panics(written in "[~$%{}()A-Za-z:./\\\\? é]{0,24}") {
        with(&written, |folder| (folder.breadth(), folder.sensitive(None)));
    }

    #[test]
    fn a_detour_changes_nothing(name in "[a-z]{1,8}") {
        for place in ["/etc", "..", "~/.ssh", "/home"] {
            let detour = format!("{place}/{name}/../");
            proptest::prop_assert_eq!(
                with(place, |folder| folder.sensitive(None).is_empty()),
                with(&detour, |folder| folder.sensitive(None).is_empty())
            );
        }
    }
}
