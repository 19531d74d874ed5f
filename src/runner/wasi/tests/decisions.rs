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
fn a_path_that_cannot_be_read_is_a_decision_too() {
    let here = folder();
    std::fs::write(here.path().join("file"), "").unwrap();
    let (log, mut bench) = bench(false, &here);
    let endless = "a".repeat(4097);
    let unreadable: [(&[u8], Errno); 3] = [
        (b"f\xffle", Errno::Ilseq),
        (endless.as_bytes(), Errno::Nametoolong),
        (b"fi\0le", Errno::Inval),
    ];
    for (path, expected) in unreadable {
        let bad = GuestPtr::<str>::new(bench.put(SECOND, path));
        let good = bench.text(FIRST, "file");
        let stat = bench.call(async |guest, memory| {
            let follow = lookup(true);
            guest.path_filestat_get(memory, 3.into(), follow, bad).await
        });
        assert_eq!(stat.map(drop), errno(expected));
        let renamed = bench.call(async |guest, memory| {
            let fd = Fd::from(3);
            guest.path_rename(memory, fd, good, 4.into(), bad).await
        });
        assert_eq!(renamed, errno(expected));
        let linked =
            bench.call(async |guest, memory| guest.path_symlink(memory, bad, 3.into(), good).await);
        assert_eq!(linked, errno(expected));
    }
    let lines = log.lines.lock().unwrap();
    assert_eq!(lines.len(), 9);
    let utf8 = "deny Some(10) its path is not UTF-8";
    assert_eq!(
        lines[..3],
        [
            format!("path_filestat_get fs.metadata path=f\u{fffd}le {utf8}"),
            "path_rename fs.write new=f\u{fffd}le deny Some(11) its path is not UTF-8".to_owned(),
            format!("path_symlink fs.write target=f\u{fffd}le {utf8}"),
        ]
    );
    assert!(lines[3].ends_with("its path is longer than any may be"));
    assert!(lines[6].ends_with("its path holds a NUL"));
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
