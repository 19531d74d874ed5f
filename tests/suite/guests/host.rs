//! The host's side of a hostile guest: a folder with what the policy names, a secret, traps, and a look at it afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::row::{Row, folder};
use crate::suite::program::{ensure, entries};

/// What a file is: a folder, a link's target, a file's content, or something else.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    Folder,
    Link(PathBuf),
    File(Vec<u8>),
    Other,
}

/// A folder of one trial, with the guest in it.
pub struct Host {
    folder: tempfile::TempDir,
    ways_out: Vec<PathBuf>,
    swapped: bool,
    wide: bool,
}

/// Somebody who swaps a folder for a link until this is dropped.
pub struct Swapping(Arc<AtomicBool>, Option<JoinHandle<()>>);

impl Host {
    /// Lays out what a line of the table names.
    pub fn around(row: &Row) -> io::Result<Self> {
        Self::with_width(row, 100_000)
    }

    /// The same with so many files in a folder that is too wide.
    pub fn with_width(row: &Row, width: usize) -> io::Result<Self> {
        let host = tempfile::tempdir()?;
        let at = |name: &str| host.path().join(name);
        let module = folder().join(&row.guest).join("plugin.wasm");
        fs::copy(module, at("plugin.wasm"))?;
        fs::write(at("policy.yaml"), row.policy_text()?)?;
        fs::DirBuilder::new().mode(0o700).create(at("runtime"))?;
        files(host.path())?;
        for word in row.host.split_whitespace() {
            match word {
                "links" => links(host.path())?,
                "bridge" => symlink("../data", at("out/to-data"))?,
                "special" => {
                    special(&at("data"))?;
                    special(&at("out"))?;
                }
                "wide" => wide(&at("data"), width)?,
                "swap" => door(host.path())?,
                "silent" | "bytes" => {}
                other => return Err(io::Error::other(format!("no such host: {other}"))),
            }
        }
        let mut own = Self {
            folder: host,
            ways_out: Vec::new(),
            swapped: row.host == "swap",
            wide: row.host == "wide",
        };
        own.ways_out = own.ways_out();
        Ok(own)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where scratches are made.
    pub fn runtime(&self) -> PathBuf {
        self.path().join("runtime")
    }

    /// Everything that no guest may change: all but what is new in the folders that it may write.
    pub fn untouchable(&self) -> Result<BTreeMap<PathBuf, Kind>, String> {
        let mut found = BTreeMap::new();
        let runtime = self.runtime();
        let data = self.path().join("data");
        walk(self.path(), &mut |path, kind| {
            let own = path.starts_with(&runtime);
            let moving = (self.swapped || self.wide) && path.starts_with(&data);
            let relative = path.strip_prefix(self.path()).unwrap_or(path);
            let writable = relative.starts_with("out") || relative.starts_with("other");
            let known = relative.ends_with("inside.txt") && relative.components().count() == 2;
            if !own && !moving && (!writable || known) {
                found.insert(relative.to_owned(), kind);
            }
        })
        .map_err(|error| error.to_string())?;
        ensure(found.len() >= 5, || {
            format!("too little to look at: {found:?}")
        })?;
        Ok(found)
    }

    /// No link that was not there before leads out of a folder that may be written; nor is there more in it than may be.
    pub fn no_new_way_out(&self) -> Result<(), String> {
        let new: Vec<PathBuf> = self
            .ways_out()
            .into_iter()
            .filter(|link| !self.ways_out.contains(link))
            .collect();
        ensure(new.is_empty(), || {
            format!("links that lead out of their folder were left: {new:?}")
        })?;
        let mut bytes = 0;
        for folder in ["out", "other"] {
            walk(&self.path().join(folder), &mut |_, kind| {
                if let Kind::File(content) = kind {
                    bytes += content.len();
                }
            })
            .map_err(|error| error.to_string())?;
        }
        ensure(bytes <= (1 << 20) + 1024, || {
            format!("{bytes} bytes were left")
        })
    }

    /// The folder for scratches is empty; it is there if the policy grants one, or else nothing was tried.
    pub fn no_scratch_left(&self, row: &Row) -> Result<(), String> {
        let parent = self.runtime().join("ringfence");
        let text = row.policy_text().map_err(|error| error.to_string())?;
        ensure(parent.exists() || !text.contains("scratch: {"), || {
            "no scratch was made where this test looks".to_owned()
        })?;
        let left = entries(&parent);
        ensure(left.is_empty(), || format!("a scratch was left: {left:?}"))
    }

    /// Starts swapping, if that is asked for.
    pub fn swap(&self) -> Option<Swapping> {
        let stop = Arc::new(AtomicBool::new(false));
        let data = self.path().join("data");
        let thread = self.swapped.then(|| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let at = |name: &str| data.join(name);
                while !stop.load(Ordering::Relaxed) {
                    let _ = fs::rename(at("door"), at("folder-aside"));
                    let _ = fs::rename(at("link-aside"), at("door"));
                    let _ = fs::rename(at("door"), at("link-aside"));
                    let _ = fs::rename(at("folder-aside"), at("door"));
                }
            })
        });
        self.swapped.then_some(Swapping(stop, thread))
    }

    /// The links below the writable folders that lead out of them, as text: what they lead to may not be there yet.
    fn ways_out(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for name in ["out", "other"] {
            let root = self.path().join(name);
            let _ = walk(&root, &mut |path, kind| {
                if let Kind::Link(target) = kind
                    && leaves(path.strip_prefix(&root).unwrap_or(path), &target)
                {
                    found.push(path.to_owned());
                }
            });
        }
        found
    }
}

impl Drop for Swapping {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        if let Some(thread) = self.1.take() {
            let _ = thread.join();
        }
    }
}

/// Whether a link at this place below a folder leads out of it.
fn leaves(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count() - 1;
    for part in target.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return true,
        }
    }
    false
}

/// Every entry below a folder; links are not followed.
fn walk(folder: &Path, see: &mut dyn FnMut(&Path, Kind)) -> io::Result<()> {
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let kind = if kind.is_dir() {
                open.push(path.clone());
                Kind::Folder
            } else if kind.is_symlink() {
                Kind::Link(fs::read_link(&path)?)
            } else if kind.is_file() {
                Kind::File(fs::read(&path)?)
            } else {
                Kind::Other
            };
            see(&path, kind);
        }
    }
    Ok(())
}

fn files(at: &Path) -> io::Result<()> {
    fs::write(at.join("outside.txt"), "secret\n")?;
    for name in ["data", "data/folder", "out", "other"] {
        let folder = at.join(name);
        for inner in ["", "folder", "empty"] {
            fs::create_dir_all(folder.join(inner))?;
        }
        fs::write(folder.join("inside.txt"), "inside\n")?;
    }
    fs::write(at.join("data/.hidden"), "hidden\n")?;
    fs::write(at.join("data/folder/.hidden"), "hidden\n")
}

fn links(at: &Path) -> io::Result<()> {
    for name in ["data", "out"] {
        let folder = at.join(name);
        let targets = [
            ("to-file", Path::new("../outside.txt")),
            ("to-folder", Path::new("..")),
            ("to-root", Path::new("/")),
            ("to-absolute", &at.join("outside.txt")),
            ("to-link", Path::new("to-folder")),
            ("to-new", Path::new("../new")),
            ("to-inside", Path::new("inside.txt")),
            ("loop", Path::new("loop")),
        ];
        for (link, target) in targets {
            symlink(target, folder.join(link))?;
        }
    }
    Ok(())
}

fn special(at: &Path) -> io::Result<()> {
    let made = Command::new("mkfifo").arg(at.join("a-queue")).status()?;
    if !made.success() {
        return Err(io::Error::other("no FIFO could be made"));
    }
    drop(UnixListener::bind(at.join("a-socket"))?);
    symlink("a-queue", at.join("a-link"))
}

fn wide(at: &Path, width: usize) -> io::Result<()> {
    fs::remove_dir_all(at)?;
    fs::create_dir(at)?;
    for number in 0..width {
        fs::File::create(at.join(format!("file-{number:06}")))?;
    }
    Ok(())
}

fn door(at: &Path) -> io::Result<()> {
    fs::create_dir(at.join("vault"))?;
    fs::write(at.join("vault/inside.txt"), "secret\n")?;
    fs::create_dir(at.join("data/door"))?;
    fs::write(at.join("data/door/inside.txt"), "inside\n")?;
    symlink("../vault", at.join("data/link-aside"))
}
