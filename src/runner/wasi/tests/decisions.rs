//! Decisions on paths: recorded before anything is done, with what was asked and the policy's line.

use super::*;
use crate::runner::decision::{Decision, Decisions};

#[derive(Debug, Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    broken: bool,
}

impl Decisions for Log {
    fn record(&self, decision: &Decision<'_>) -> std::io::Result<()> {
        if self.broken {
            return Err(std::io::Error::other("the disk is full"));
        }
        let said: Vec<_> = decision
            .arguments
            .iter()
            .map(|(name, text)| format!("{name}={text}"))
            .collect();
        self.lines.lock().unwrap().push(format!(
            "{} {} {} {} {:?} {}",
            decision.function.rsplit('.').next().unwrap(),
            decision.capability,
            said.join(" "),
            if decision.allowed { "allow" } else { "deny" },
            decision.decided_by.map(|span| span.start),
            decision.reason
        ));
        Ok(())
    }
}

fn bench(broken: bool, here: &TempDir) -> (Arc<Log>, Bench) {
    let log = Arc::new(Log {
        broken,
        ..Log::default()
    });
    let grants = vec![
        Grant::read_write(here.path()),
        Grant::read_only(here.path()),
    ];
    let mut bench = Bench::new(generous(), grants);
    bench.guest.decisions = Some(Arc::clone(&log) as Arc<dyn Decisions>);
    (log, bench)
}

#[test]
fn each_call_by_path_is_one_decision_with_its_line() {
    let here = folder();
    std::fs::write(here.path().join("file"), "").unwrap();
    let (log, mut bench) = bench(false, &here);
    bench.open_to_read("file").unwrap();
    bench.open("fresh", Oflags::CREAT).unwrap();
    let _ = bench.open_to_read("absent");
    let _ = bench.open_to_read("../secret");
    let _ = bench.open_by(
        4,
        "file",
        true,
        Oflags::TRUNC,
        Rights::FD_READ,
        Fdflags::empty(),
    );
    let _ = bench.stat_at("/etc/passwd", true);
    let _ = bench.symlink("../secret", "link");
    let _ = bench.rename("file", "moved");
    let _ = bench.link_between((3, "moved"), (4, "same"));
    let lines = log.lines.lock().unwrap();
    let denied = "it leads out of the granted folder";
    assert_eq!(
        *lines,
        [
            "path_open fs.read path=file allow Some(10) ".to_owned(),
            "path_open fs.write path=fresh allow Some(10) ".to_owned(),
            "path_open fs.read path=absent allow Some(10) ".to_owned(),
            format!("path_open fs.read path=../secret deny Some(10) {denied}"),
            "path_open fs.write path=file deny Some(11) the grant is read-only".to_owned(),
            format!("path_filestat_get fs.metadata path=/etc/passwd deny Some(10) {denied}"),
            "path_symlink fs.write path=link target=../secret deny Some(10) it is no regular file or folder, or a link that could lead out".to_owned(),
            "path_rename fs.write path=file new=moved allow Some(10) ".to_owned(),
            "path_link fs.write path=moved new=same deny Some(11) the grant is read-only".to_owned(),
        ]
    );
}

#[test]
fn what_cannot_be_recorded_does_not_happen() {
    let here = folder();
    std::fs::write(here.path().join("file"), "content").unwrap();
    std::fs::create_dir(here.path().join("sub")).unwrap();
    let before = tree(here.path());
    let (_log, mut bench) = bench(true, &here);
    for (call, result) in [
        ("create", bench.open("fresh", Oflags::CREAT).map(drop)),
        ("truncate", bench.open("file", Oflags::TRUNC).map(drop)),
        ("mkdir", bench.make_folder("fresh")),
        ("rmdir", bench.remove_folder("sub")),
        ("unlink", bench.unlink("file")),
        ("link", bench.link("file", "fresh")),
        ("rename", bench.rename("file", "fresh")),
        ("symlink", bench.symlink("file", "fresh")),
        (
            "set times",
            bench.set_times_at("file", (1, 2), Fstflags::MTIM),
        ),
        ("stat", bench.stat_at("file", true).map(drop)),
    ] {
        assert!(
            matches!(result, Err(Bad::Stop(Stop::Failed(_)))),
            "{call}: {result:?}"
        );
    }
    assert_eq!(tree(here.path()), before);
    assert_eq!(bench.guest.meter.spent().open_files, 0);
}
