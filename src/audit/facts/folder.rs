//! Host directories as policies write them: how broad they are, and which place for secrets or control they touch. A text is
//! judged in every reading that some system or shell gives it, as it is on disk and without regard to case.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::audit::context::Ground;
use crate::audit::disk::lexical;
use crate::source::Spanned;

/// A directory of the host, in all its readings.
#[derive(Debug)]
pub struct Folder<'a> {
    ground: &'a Ground<'a>,
    written: &'a Spanned<String>,
    /// Absolute, links not followed.
    pub path: PathBuf,
    readings: Vec<PathBuf>,
}

/// Directories that hold far more than one plugin's data.
#[rustfmt::skip]
const SHARED: &[&str] = &[
    "/home", "/Users", "/root", "/var/home", "/export/home", "/tmp", "/var/tmp", "/private/tmp", "/opt", "/mnt",
    "/media", "/Volumes", "/usr", "/var", "/lib", "/lib64", "/var/lib", "/usr/share", "/usr/local",
];

/// Directories of which each child is somebody's home.
const HOMES: &[&str] = &["/home", "/Users", "/var/home", "/export/home"];

/// Places for secrets or control, absolute.
#[rustfmt::skip]
const SENSITIVE: &[&str] = &[
    "/etc", "/proc", "/sys", "/dev", "/boot", "/run", "/var/run", "/var/lib/docker", "/var/lib/containerd",
    "/var/lib/containers", "/var/lib/kubelet", "/var/lib/rancher", "/var/spool/cron", "/var/log", "/var/mail",
    "/var/lib/mysql", "/var/lib/postgresql", "/usr/lib/systemd", "/lib/systemd", "/private/etc", "/private/var/run",
    "/System", "/Library/Keychains", "/Library/LaunchDaemons", "/bin", "/sbin", "/usr/bin", "/usr/sbin",
    "/usr/local/bin", "/usr/local/etc", "/Windows", "/ProgramData", "/Program Files",
];

/// Names that hold secrets or control wherever they stand, also deep inside.
#[rustfmt::skip]
const TELLING: &[&str] = &[
    ".ssh", ".aws", ".azure", ".gnupg", ".kube", ".docker", ".git", ".hg", ".svn", ".npmrc", ".netrc", ".pypirc",
    ".pgpass", ".env", ".git-credentials", ".vault-token", ".password-store", "docker.sock", "containerd.sock",
    "id_rsa", "id_ed25519", "id_ecdsa", "keychains", "credentials.json",
];

/// Names that do so as a part of the granted path.
#[rustfmt::skip]
const TELLING_PARTS: &[&str] = &[
    ".config", ".cargo", ".local", ".mozilla", ".terraform.d", "secrets", "serviceaccount", "appdata",
];

/// Where this program keeps compiled modules below a home, unless a variable says otherwise.
const OWN_BELOW_HOME: &[&str] = &[".cache/ringfence", "Library/Caches/ringfence"];

/// Whether an entry of this name holds secrets or control.
pub fn is_telling(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    TELLING.contains(&name.as_str())
}

impl<'a> Folder<'a> {
    /// A directory as written in the policy; `real` is where it leads on disk.
    pub fn new(ground: &'a Ground<'a>, written: &'a Spanned<String>, real: Option<&Path>) -> Self {
        let path = lexical(&ground.host_path(&written.value, written.span));
        let mut readings = vec![path.clone()];
        readings.extend(real.map(Path::to_path_buf));
        readings.extend(elsewhere(ground, written));
        Self {
            ground,
            written,
            path,
            readings,
        }
    }

    /// Why it is broad; empty if it is not.
    pub fn breadth(&self) -> String {
        let spelt = spelt_breadth(&self.written.value).map(str::to_owned);
        let places = self.places();
        let mut readings = self.readings.iter();
        spelt
            .or_else(|| readings.find_map(|path| breadth(path, &places)))
            .unwrap_or_default()
    }

    /// The place for secrets or control that it contains or lies in; `holds` is what a look inside found.
    pub fn sensitive(&self, holds: Option<&str>) -> String {
        let home = self.ground.surroundings.home.as_deref();
        let mut readings = self.readings.iter();
        readings
            .find_map(|path| sensitive(path, home))
            .or_else(|| holds.map(|name| format!("{name} inside it")))
            .unwrap_or_default()
    }

    fn places(&self) -> Vec<(&'static str, PathBuf)> {
        let around = self.ground.surroundings;
        let span = self.written.span;
        let folder = self.ground.folder(span);
        let places = [
            ("the home directory", around.home.clone()),
            ("the working directory", around.working.clone()),
            (
                "the policy's own folder",
                folder.map(|_| self.ground.host_path("", span)),
            ),
        ];
        places
            .into_iter()
            .filter_map(|(name, place)| Some((name, place?)))
            .flat_map(|(name, place)| {
                let real = place.canonicalize().ok();
                std::iter::once(lexical(&place))
                    .chain(real)
                    .map(move |place| (name, place))
            })
            .collect()
    }
}

fn breadth(path: &Path, places: &[(&str, PathBuf)]) -> Option<String> {
    if path.parent().is_none() {
        return Some("the root directory".to_owned());
    }
    if let Some((name, _)) = places.iter().find(|(_, place)| place == path) {
        return Some((*name).to_owned());
    }
    if let Some((name, _)) = places.iter().find(|(_, place)| place.starts_with(path)) {
        return Some(format!("an ancestor of {name}"));
    }
    let repository = [".git", ".hg", ".jj", ".svn"]
        .iter()
        .any(|name| path.join(name).symlink_metadata().is_ok());
    if repository {
        return Some("a repository root".to_owned());
    }
    let is = |place: &&&str| same(path, Path::new(place));
    if HOMES.iter().any(|homes| {
        path.parent()
            .is_some_and(|parent| same(parent, Path::new(homes)))
    }) {
        return Some("a home directory".to_owned());
    }
    SHARED
        .iter()
        .find(is)
        .map(|place| format!("all of {place}"))
}

fn sensitive(path: &Path, home: Option<&Path>) -> Option<String> {
    let touches = |place: &&&str| below(path, Path::new(place)) || below(Path::new(place), path);
    if let Some(place) = SENSITIVE.iter().find(touches) {
        return Some((*place).to_owned());
    }
    let telling = path.components().find_map(|part| {
        let name = part.as_os_str().to_string_lossy().to_ascii_lowercase();
        let tells = [TELLING, TELLING_PARTS]
            .iter()
            .any(|names| names.contains(&name.as_str()));
        tells.then_some(name)
    });
    let around_home = || {
        let home = home.filter(|home| below(home, path))?;
        Some(home.join(".ssh").to_string_lossy().into_owned())
    };
    telling
        .or_else(around_home)
        .or_else(|| own(path, home).map(|place| format!("ringfence's own {}", place.display())))
}

/// A folder of this program's that it contains or lies in, as far as names tell; the runner looks at those that there are.
fn own(path: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let caches = OWN_BELOW_HOME.iter().zip(home.iter().cycle());
    let caches = caches.map(|(place, home)| home.join(place));
    let scratches = path.ancestors().filter(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_ascii_lowercase();
        let user = name.strip_prefix("ringfence-");
        user.is_some_and(|user| !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let scratches = scratches.map(Path::to_path_buf);
    caches
        .filter(|place| below(path, place) || below(place, path))
        .chain(scratches)
        .next()
}

/// What a text says by its spelling alone: drives, other machines, variables.
fn spelt_breadth(written: &str) -> Option<&'static str> {
    let text = unprefixed(written);
    if drive(&text)
        .is_some_and(|rest| lexical(Path::new(rest)).components().count() <= 1 && is_rootish(rest))
    {
        return Some("a drive");
    }
    if written.starts_with("\\\\") && drive(&text).is_none() {
        return Some("another machine's share");
    }
    let variable =
        written.starts_with(['$', '%']) || written.contains("${") || written.contains("$(");
    (variable && home_rest(&text).is_none()).then_some("whatever a variable names")
}

fn is_rootish(rest: &str) -> bool {
    lexical(Path::new(&format!("/{rest}"))) == Path::new("/")
}

/// With slashes one way, and without the prefixes that switch checks off: `\\?\C:\` is `C:/`.
fn unprefixed(written: &str) -> String {
    let text = written.replace('\\', "/");
    ["//?/", "//./", "/??/"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .map_or(text.clone(), str::to_owned)
}

/// What stands after `C:`.
fn drive(text: &str) -> Option<&str> {
    let (letter, rest) = text.split_once(':')?;
    let one = letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_alphabetic());
    one.then_some(rest)
}

/// What stands after a spelling of the home directory.
fn home_rest(text: &str) -> Option<&str> {
    [
        "~",
        "$HOME",
        "${HOME}",
        "$env:USERPROFILE",
        "$env:HOME",
        "%USERPROFILE%",
        "%HOME%",
        "%HOMEDRIVE%%HOMEPATH%",
    ]
    .iter()
    .find_map(|spelling| {
        let head = text.get(..spelling.len())?;
        let rest = text.get(spelling.len()..)?;
        let whole = rest.is_empty() || rest.starts_with('/');
        (whole && head.eq_ignore_ascii_case(spelling)).then_some(rest)
    })
}

/// What the text means to a shell or to another system.
fn elsewhere(ground: &Ground<'_>, written: &Spanned<String>) -> Vec<PathBuf> {
    let text = unprefixed(&written.value);
    let mut readings = Vec::new();
    let home = ground.surroundings.home.clone();
    let below = |base: PathBuf, rest: &str| lexical(&base.join(rest.trim_start_matches('/')));
    if let Some(rest) = home_rest(&text) {
        readings.push(below(home.unwrap_or_else(|| PathBuf::from("/root")), rest));
    } else if let Some(other) = text.strip_prefix('~') {
        readings.push(below(PathBuf::from("/home"), other));
    }
    if let Some(rest) = drive(&text) {
        readings.push(below(PathBuf::from("/"), rest));
    } else if text != written.value {
        readings.push(lexical(&ground.host_path(&text, written.span)));
    }
    readings
}

/// Equal without regard to case: some file systems have none.
fn same(one: &Path, other: &Path) -> bool {
    one.as_os_str().eq_ignore_ascii_case(other.as_os_str())
}

fn below(inner: &Path, outer: &Path) -> bool {
    let mut parts = inner.components();
    outer.components().all(|part| {
        parts
            .next()
            .is_some_and(|own| own.as_os_str().eq_ignore_ascii_case(part.as_os_str()))
    })
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
