//! Memory that compiled code is read into and run from: large pages where the system has them, since to be given seven
//! megabytes of small ones takes longer than to read them. Only there it is ours to make executable, so this needs unsafe code.

use std::ffi::c_void;
use std::fmt;
use std::ptr::{NonNull, null_mut, slice_from_raw_parts_mut};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags};
use wasmtime::CustomCodeMemory;

/// The size of a large page, and what a small one's is a part of.
const LARGE: usize = 2 << 20;
/// What the engine aligns code to.
const SMALL: usize = 4 << 10;

/// All regions that code of one engine runs from. The engine and each module of it hold this, so that no region goes before
/// the last of them.
#[derive(Debug, Default)]
pub struct CodePages(Mutex<Vec<Region>>);

/// A range of memory of this process alone, with its place in a larger mapping.
pub(super) struct Region {
    mapping: NonNull<c_void>,
    mapped: usize,
    bytes: NonNull<u8>,
    length: usize,
}

// SAFETY: a region is memory that nothing else refers to; it is used through `&` and `&mut` as any other.
#[allow(unsafe_code, reason = "see SAFETY")]
unsafe impl Send for Region {}

impl CodePages {
    /// One for an engine, where we know how code is made executable: elsewhere the engine keeps its own copy.
    pub fn new() -> Option<Arc<Self>> {
        let known = cfg!(all(target_os = "linux", target_arch = "x86_64"));
        (known && rustix::param::page_size() == SMALL).then(Arc::default)
    }

    /// Keeps a region for as long as this is held, and lets nobody write to it any more.
    ///
    /// # Errors
    /// The system refused.
    pub(super) fn keep(&self, region: Region) -> rustix::io::Result<NonNull<[u8]>> {
        region.protect(MprotectFlags::READ)?;
        let bytes = NonNull::slice_from_raw_parts(region.bytes, region.length);
        let mut regions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        regions.push(region);
        Ok(bytes)
    }
}

impl Region {
    /// Fresh memory, all zeros, for `length` bytes; they begin at a page.
    #[allow(unsafe_code, reason = "see SAFETY")]
    pub fn new(length: usize) -> rustix::io::Result<Self> {
        let space = length.max(1).next_multiple_of(LARGE);
        let mapped = space.checked_add(LARGE).ok_or(rustix::io::Errno::NOMEM)?;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at a place that the system chooses; nothing refers to it yet.
        let mapping =
            unsafe { rustix::mm::mmap_anonymous(null_mut(), mapped, access, MapFlags::PRIVATE)? };
        let mapping = NonNull::new(mapping).ok_or(rustix::io::Errno::NOMEM)?;
        let skipped = mapping.cast::<u8>().align_offset(LARGE).min(LARGE);
        // SAFETY: `skipped` is at most `LARGE`, and `space` beyond that is still mapped.
        let bytes = unsafe { mapping.cast::<u8>().add(skipped) };
        // A large page is zeroed whole, so the end is not given one that it would mostly leave empty. A system without large
        // pages gives small ones.
        let large = match length % LARGE {
            rest if rest < LARGE / 2 => length - rest,
            _ => space,
        };
        #[cfg(target_os = "linux")]
        // SAFETY: advice on memory of ours; it changes nothing of what it holds.
        let _ = unsafe { rustix::mm::madvise(bytes.as_ptr().cast(), large, Advice::LinuxHugepage) };
        Ok(Self {
            mapping,
            mapped,
            bytes,
            length,
        })
    }

    /// Its bytes.
    #[allow(unsafe_code, reason = "see SAFETY")]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: mapped and initialised to zeros, or written through `bytes_mut` since; borrowed like `self`.
        unsafe { &*slice_from_raw_parts_mut(self.bytes.as_ptr(), self.length) }
    }

    /// Its bytes, to be written.
    #[allow(unsafe_code, reason = "see SAFETY")]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and a region that can be written to is not shared yet: `keep` takes it.
        unsafe { &mut *slice_from_raw_parts_mut(self.bytes.as_ptr(), self.length) }
    }

    #[allow(unsafe_code, reason = "see SAFETY")]
    fn protect(&self, access: MprotectFlags) -> rustix::io::Result<()> {
        let length = self.length.next_multiple_of(SMALL);
        // SAFETY: memory of ours, and whoever holds a region by value is the only one who uses it.
        unsafe { rustix::mm::mprotect(self.bytes.as_ptr().cast(), length, access) }
    }
}

impl Drop for Region {
    #[allow(unsafe_code, reason = "see SAFETY")]
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this length, and nothing refers to it any more: `bytes` borrows, and what `keep` hands
        // out is used by modules that hold the `CodePages`, which holds this.
        let _ = unsafe { rustix::mm::munmap(self.mapping.as_ptr(), self.mapped) };
    }
}

impl CustomCodeMemory for CodePages {
    fn required_alignment(&self) -> usize {
        SMALL
    }

    #[allow(unsafe_code, reason = "see SAFETY")]
    fn publish_executable(&self, code: *const u8, length: usize) -> wasmtime::Result<()> {
        let access = MprotectFlags::READ | MprotectFlags::EXEC;
        // SAFETY: the engine's own range of whole pages with code that it is about to run, and writes to no more. On this
        // processor what is written as data is seen as code.
        unsafe { rustix::mm::mprotect(code.cast_mut().cast(), length, access)? };
        Ok(())
    }

    #[allow(unsafe_code, reason = "see SAFETY")]
    fn unpublish_executable(&self, code: *const u8, length: usize) -> wasmtime::Result<()> {
        // Not to be written again: what comes is the end of the memory.
        // SAFETY: the engine's own range, of which nothing runs any more.
        unsafe { rustix::mm::mprotect(code.cast_mut().cast(), length, MprotectFlags::READ)? };
        Ok(())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Region")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_zeros_then_what_is_written() {
        for length in [0, 1, SMALL, LARGE - 1, LARGE, LARGE + 1, 3 * LARGE + 5] {
            let mut region = Region::new(length).unwrap();
            assert_eq!(region.bytes().len(), length);
            assert_eq!(region.bytes().as_ptr().addr() % SMALL, 0);
            assert!(region.bytes().iter().all(|byte| *byte == 0));
            region.bytes_mut().fill(7);
            assert!(region.bytes().iter().all(|byte| *byte == 7));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_kept_cannot_be_written_and_goes_with_its_pages() {
        let access = |at: usize| {
            let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
            maps.lines().find_map(|line| {
                let (range, rest) = line.split_once(' ')?;
                let (from, to) = range.split_once('-')?;
                let number = |text| usize::from_str_radix(text, 16).unwrap();
                (number(from)..number(to))
                    .contains(&at)
                    .then(|| rest[..4].to_owned())
            })
        };
        let pages = CodePages::default();
        let mut region = Region::new(5).unwrap();
        region.bytes_mut().copy_from_slice(b"12345");
        let at = region.bytes().as_ptr().addr();
        assert_eq!(access(at).unwrap(), "rw-p");
        let kept = pages.keep(region).unwrap();
        assert_eq!(kept.len(), 5);
        assert_eq!(access(at).unwrap(), "r--p");
        pages.publish_executable(at as *const u8, SMALL).unwrap();
        assert_eq!(access(at).unwrap(), "r-xp");
        pages.unpublish_executable(at as *const u8, SMALL).unwrap();
        assert_eq!(access(at).unwrap(), "r--p");
    }
}
