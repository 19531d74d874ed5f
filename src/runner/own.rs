//! Folders of our own, which no grant may reach: who writes to the cache of compiled modules, or reads its key, has native code
//! in the next run, and who reads among scratches has another tenant's data. Read-only is no less.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::stat;

use super::cache;
use super::scratch;
use super::way::Way;
use crate::audit::Approval;

/// How much of the list of users is read, in bytes.
const MOST_OF_USERS: u64 = 16 << 20;

/// A folder's device and number: what it is, whatever its names are.
type Identity = (u64, u64);

/// Looks whether a granted folder of the host holds one of ours, or lies in one: those of `stated`, and those of this user by
/// default, also where this run keeps nothing there, as the next one may, with other variables. A grant that holds a link on the
/// way to one reaches it too.
///
/// # Errors
/// A sentence that names both.
pub(super) fn out_of_reach<'p>(
    approval: &Approval,
    stated: impl Iterator<Item = &'p Path>,
) -> Result<(), String> {
    let mut granted = approval.real_roots().peekable();
    if granted.peek().is_none() {
        return Ok(());
    }
    let ours: Vec<Ours> = stated
        .map(Path::to_owned)
        .chain(places(|name| std::env::var_os(name)))
        .map(|place| Ours::new(&place))
        .collect();
    for (granted, root) in granted {
        if let Some(ours) = ours.iter().find(|ours| ours.is_reached_from(root)) {
            return Err(format!(
                "{granted}, {}, reaches {}, where ringfence keeps what is its own: grant another folder, or have ringfence keep that elsewhere (XDG_CACHE_HOME, XDG_RUNTIME_DIR, TMPDIR)",
                root.display(),
                ours.way.end.display()
            ));
        }
    }
    Ok(())
}

fn places(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let scratches = scratch::default_places(&variable);
    let caches = cache::default_places(&variable);
    let homes = homes_of_record().into_iter();
    let at_home = homes.flat_map(|home| {
        cache::default_places(|name| (name == "HOME").then(|| home.clone().into_os_string()))
    });
    scratches.into_iter().chain(caches).chain(at_home).collect()
}

/// This user's homes by the system's own records: a job that runs without `HOME`, or with another, shares the machine with those
/// that have it. One user can have several names there.
fn homes_of_record() -> Vec<PathBuf> {
    let user = rustix::process::geteuid().as_raw().to_string();
    let mut users = Vec::new();
    // As much as can be read counts.
    let _ =
        File::open("/etc/passwd").and_then(|file| file.take(MOST_OF_USERS).read_to_end(&mut users));
    let mut homes = homes_in(&users, &user);
    // Asks the system where there is no `HOME`, so that a user is found who is not in the file.
    homes.extend(std::env::home_dir());
    homes
}

fn homes_in(users: &[u8], user: &str) -> Vec<PathBuf> {
    let homes = users.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut fields = line.split(|byte| *byte == b':').skip(2);
        let home = (fields.next() == Some(user.as_bytes())).then(|| fields.nth(2))??;
        Some(PathBuf::from(OsStr::from_bytes(home)))
    });
    homes.filter(|home| home.is_absolute()).collect()
}

/// One folder of ours, which need not be there yet.
struct Ours {
    /// Where it really lies, or will, and how one gets there.
    way: Way,
    /// Itself, if it is there.
    itself: Option<Identity>,
    /// Itself and every folder above it, as far as they are there: a grant of one of these reaches it, or where it will be.
    above: Vec<Identity>,
}

impl Ours {
    fn new(place: &Path) -> Self {
        let way = Way::to(place);
        Self {
            itself: identity(&way.end),
            above: way.end.ancestors().filter_map(identity).collect(),
            way,
        }
    }

    /// By their names as well, since neither need be there yet.
    fn is_reached_from(&self, root: &Path) -> bool {
        let mut from_root_up = root.ancestors().filter_map(identity);
        self.way.leads_through(root)
            || root.starts_with(&self.way.end)
            || identity(root).is_some_and(|root| self.above.contains(&root))
            || from_root_up.any(|folder| Some(folder) == self.itself)
    }
}

#[allow(
    clippy::unnecessary_cast,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    reason = "the widths differ between systems"
)]
fn identity(path: &Path) -> Option<Identity> {
    let stat = stat(path).ok()?;
    Some((stat.st_dev as u64, stat.st_ino as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_it_or_lies_in_it_reaches_it_and_a_neighbour_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["home/cache/ringfence/inside", "home/cache/other"] {
            std::fs::create_dir_all(at(path)).unwrap();
        }
        std::os::unix::fs::symlink("home", at("link")).unwrap();
        // One that is there, one behind a link, one that is not there yet.
        for (place, reached) in [
            ("home/cache/ringfence", true),
            ("link/cache/ringfence", true),
            ("home/cache/missing/ringfence", false),
        ] {
            let ours = Ours::new(&at(place));
            for (root, reaches) in [
                ("home", true),
                ("home/cache", true),
                ("home/cache/ringfence", reached),
                ("home/cache/ringfence/inside", reached),
                ("home/cache/other", false),
            ] {
                let root = at(root).canonicalize().unwrap();
                assert_eq!(
                    ours.is_reached_from(&root),
                    reaches,
                    "{place} {}",
                    root.display()
                );
            }
        }
    }

    #[test]
    fn a_folder_that_will_be_there_later_is_held_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        let ours = Ours::new(&at.join("later/ringfence"));
        for (root, reaches) in [
            ("later", true),
            ("later/ringfence", true),
            ("later/ringfence/scratch", true),
            ("later/other", false),
            ("latest", false),
        ] {
            assert_eq!(ours.is_reached_from(&at.join(root)), reaches, "{root}");
        }
        let working = std::env::current_dir().unwrap().canonicalize().unwrap();
        let relative = Ours::new(Path::new("no-such-folder/ringfence"));
        assert!(relative.is_reached_from(&working));
    }

    #[test]
    fn a_link_on_the_way_reaches_it_also_one_that_leads_to_nothing_yet() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        for path in ["granted", "elsewhere", "links"] {
            std::fs::create_dir(real.join(path)).unwrap();
        }
        let link = |to: &str, at: &str| {
            std::os::unix::fs::symlink(real.join(to), real.join(at)).unwrap();
        };
        link("elsewhere", "granted/link");
        link("granted/not-there-yet", "links/to-nothing");
        for (place, root, reaches) in [
            ("granted/link/ringfence", "granted", true),
            ("granted/link/ringfence", "elsewhere", true),
            ("granted/link/ringfence", "links", false),
            ("links/to-nothing/ringfence", "granted", true),
            ("links/to-nothing/ringfence", "links", true),
            ("links/to-nothing/ringfence", "elsewhere", false),
            // The folder's own name is not the guest's to replace.
            ("granted/../elsewhere/ringfence", "granted", false),
            ("granted/../granted/ringfence", "granted", true),
            ("granted/missing/../../elsewhere/ringfence", "granted", true),
        ] {
            let ours = Ours::new(&real.join(place));
            assert_eq!(
                ours.is_reached_from(&real.join(root)),
                reaches,
                "{place} {root}"
            );
        }
    }

    #[test]
    fn the_home_is_that_of_this_user_without_the_variable() {
        let users = b"toor:x:0:0::/nonexistent:\nM\xfcller:x:9:9:M\xfcller:/home/m\xfc:\nroot:x:0:0:root:/root:/bin/sh\nten:x:10:10::/home/ten:/bin/sh\n10:x:1000:1000::/home/other:\nshort:x:11\nno:x:12:12:::\n";
        let homes = |user| homes_in(users, user);
        let some = |home: &str| vec![PathBuf::from(home)];
        assert_eq!(homes("10"), some("/home/ten"));
        assert_eq!(homes("0"), [some("/nonexistent"), some("/root")].concat());
        assert_eq!(homes("1000"), some("/home/other"));
        assert_eq!(homes("9").len(), 1);
        assert!(["11", "12", "13"].iter().all(|user| homes(user).is_empty()));
        let of_record = homes_of_record();
        assert!(!of_record.is_empty());
        let without = places(|_| None);
        assert!(of_record.iter().all(|home| {
            let below = |place: &PathBuf| place.starts_with(home) && place.ends_with("ringfence");
            without.iter().any(below)
        }));
    }

    #[test]
    fn every_default_place_is_known() {
        let found = places(|name| Some(format!("/{}", name.to_lowercase()).into()));
        let user = rustix::process::geteuid().as_raw();
        let below_home = if cfg!(target_os = "macos") {
            "/home/Library/Caches/ringfence"
        } else {
            "/home/.cache/ringfence"
        };
        let expected = [
            "/xdg_runtime_dir/ringfence".into(),
            format!("/tmpdir/ringfence-{user}").into(),
            format!("/tmp/ringfence-{user}").into(),
            PathBuf::from("/xdg_cache_home/ringfence"),
            below_home.into(),
        ];
        assert_eq!(found.get(..expected.len()), Some(&expected[..]));
    }
}
