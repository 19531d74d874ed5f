//! Bytes over many buffers, and bounds on what one call moves.

use super::*;

impl Bench {
    /// Lays out a list of buffers.
    fn buffers(&mut self, ranges: &[(u32, u32)]) -> (u32, u32) {
        let list: Vec<u8> = ranges
            .iter()
            .flat_map(|(start, length)| [start.to_le_bytes(), length.to_le_bytes()].concat())
            .collect();
        self.put(BUFFERS, &list);
        (BUFFERS, length(ranges.len()))
    }

    fn write_all_of(&mut self, fd: u32, ranges: &[(u32, u32)]) -> Result<u32, Bad> {
        let buffers = GuestPtr::new(self.buffers(ranges));
        self.call(async |guest, memory| guest.fd_write(memory, fd.into(), buffers).await)
    }

    fn read_into(&mut self, fd: u32, ranges: &[(u32, u32)]) -> Result<u32, Bad> {
        let buffers = GuestPtr::new(self.buffers(ranges));
        self.call(async |guest, memory| guest.fd_read(memory, fd.into(), buffers).await)
    }
}

#[test]
fn bytes_are_gathered_from_all_buffers_and_scattered_over_them() {
    let here = folder();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let fd = bench.open("file", Oflags::CREAT).unwrap();
    bench.put(BYTES, b"onetwothree");
    let ranges = [(BYTES, 3), (0, 0), (BYTES + 3, 3), (BYTES + 6, 5)];
    assert_eq!(bench.write_all_of(fd, &ranges), Ok(11));
    assert_eq!(
        std::fs::read(here.path().join("file")).unwrap(),
        b"onetwothree"
    );
    bench.seek(fd, 0, Whence::Set).unwrap();
    let (first, second) = (BYTES + 1000, BYTES + 2000);
    assert_eq!(
        bench.read_into(fd, &[(first, 4), (0, 0), (second, 100)]),
        Ok(11)
    );
    assert_eq!(&bench.memory[first as usize..][..5], b"onet\0");
    assert_eq!(&bench.memory[second as usize..][..8], b"wothree\0");
    assert_eq!(bench.read_into(fd, &[(first, 4)]), Ok(0));
    assert_eq!(bench.write_all_of(1, &ranges), Ok(11));
    assert_eq!(bench.kept.lock().unwrap().as_slice(), b"onetwothree");
}

#[test]
fn one_call_moves_a_bounded_part() {
    let here = folder();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let fd = bench.open("file", Oflags::CREAT).unwrap();
    let length = 2 << 20;
    let written = bench.write_all_of(fd, &[(BYTES, length)]).unwrap();
    assert_eq!(written, 256 << 10);
    assert_eq!(bench.stat(fd).unwrap().size, u64::from(written));
    bench.seek(fd, 0, Whence::Set).unwrap();
    bench.set_size(fd, 1 << 20).unwrap();
    assert_eq!(bench.read_into(fd, &[(BYTES, length)]), Ok(256 << 10));
}

/// Nothing read means the end of the file, so buffers beyond those that are looked at must not come to that.
#[test]
fn empty_buffers_without_end_are_no_end_of_the_file() {
    let here = folder();
    std::fs::write(here.path().join("file"), "content").unwrap();
    let mut bench = Bench::over(Grant::read_write(here.path()));
    let fd = bench.open("file", Oflags::empty()).unwrap();
    let mut ranges = vec![(BYTES, 0); 1024];
    assert_eq!(bench.read_into(fd, &ranges), Ok(0));
    ranges.push((BYTES, 7));
    assert_eq!(bench.read_into(fd, &ranges), errno(Errno::Inval));
    assert_eq!(bench.write_all_of(fd, &ranges), errno(Errno::Inval));
    ranges[0] = (BYTES, 3);
    assert_eq!(bench.read_into(fd, &ranges), Ok(3));
    assert_eq!(bench.read_into(0, &[]), Ok(0));
}
