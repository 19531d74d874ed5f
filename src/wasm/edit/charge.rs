//! The instructions that count: what is left is in a local while a function runs, and in the global for other code.

use super::body::{Meter, Writer};
use super::bytes::signed;
use super::cost;
use super::layout::count;

impl Writer<'_> {
    /// `fuel = fuel - pending`, in the local alone.
    pub(super) fn charge_at(&mut self, at: usize) {
        if self.due_at(at) {
            self.local(0x21, self.fuel);
        }
    }

    /// The same in the global, before code runs that is not this function's; in the local too, if the function `goes_on` with it.
    pub(super) fn settle_at(&mut self, meter: &Meter, at: usize, goes_on: bool) {
        if !self.due_at(at) {
            self.local(0x20, self.fuel);
        } else if goes_on {
            self.local(0x22, self.fuel);
        }
        self.local(0x24, meter.fuel);
    }

    /// Stores what is left, if the number on the stack is the place of a target of a `br_table` that leaves the function: where
    /// it stays, a loop goes on, and nothing may be left in the global.
    pub(super) fn settle_if(&mut self, meter: &Meter, leaving: &[bool]) {
        self.scratched = true;
        self.out.push(0xad);
        self.local(0x22, self.scratch);
        self.out.extend([0xa7, 0x02, 0x40, 0x02, 0x40]);
        self.local(0x20, self.scratch);
        self.out.extend([0xa7, 0x0e]);
        self.index(count(leaving.len()) - 1);
        for leaves in leaving {
            self.index(u32::from(!leaves));
        }
        self.out.push(0x0b);
        self.local(0x20, self.fuel);
        self.local(0x24, meter.fuel);
        self.out.push(0x0b);
    }

    /// Puts what is left after what is pending on the stack; not if nothing is.
    fn due_at(&mut self, at: usize) -> bool {
        self.copy_to(at);
        let pending = std::mem::take(&mut self.pending);
        if self.opening.is_none() {
            self.opening = Some(pending);
            return false;
        }
        if pending == 0 {
            return false;
        }
        self.local(0x20, self.fuel);
        self.less(pending);
        true
    }

    fn less(&mut self, cost: u64) {
        self.out.push(0x42);
        signed(&mut self.out, i64::try_from(cost).unwrap_or(i64::MAX));
        self.out.push(0x7d);
    }

    /// What other code left: it came back, and may have gone below zero since its last check. Each function on the way back
    /// would go on for a stretch of its own otherwise.
    pub(super) fn load(&mut self, meter: &Meter) {
        self.local(0x23, meter.fuel);
        self.local(0x22, self.fuel);
        self.check_that(self.frames.way_out());
        if self.frames.repeats() {
            self.take(meter);
        }
    }

    /// Leaves nothing in the global while a loop counts in the local alone: a trap in it must not give the loop's fuel back.
    pub(super) fn take(&mut self, meter: &Meter) {
        self.out.extend([0x42, 0x7f]);
        self.local(0x24, meter.fuel);
    }

    /// Goes `out` if the fuel is below zero.
    pub(super) fn check(&mut self, out: u32) {
        self.local(0x20, self.fuel);
        self.check_that(out);
    }

    /// The same of a number on the stack.
    fn check_that(&mut self, out: u32) {
        self.out.extend([0x42, 0x00, 0x53]);
        self.local(0x0d, out);
    }

    /// Charges by the size that lies on the stack, before the work is done.
    pub(super) fn bulk(&mut self, bulk: cost::Bulk, at: usize) {
        self.charge_at(at);
        self.scratched = true;
        if !bulk.wide {
            self.out.push(0xad);
        }
        self.local(0x22, self.scratch);
        if !bulk.wide {
            self.out.push(0xa7);
        }
        self.local(0x20, self.fuel);
        self.local(0x20, self.scratch);
        if bulk.wide && bulk.shift == 0 {
            self.at_most(cost::MOST);
        }
        self.out.push(0x42);
        signed(&mut self.out, bulk.shift);
        self.out.extend([0x88, 0x7d]);
        self.local(0x21, self.fuel);
        self.check(self.frames.way_out());
    }

    /// A size of 64 bits on the stack and in the scratch local, or less if it is more: taken from the fuel, the largest would
    /// come out as fuel that was added.
    fn at_most(&mut self, most: i64) {
        let out = |writer: &mut Self| {
            writer.out.push(0x42);
            signed(&mut writer.out, most);
        };
        out(self);
        self.local(0x20, self.scratch);
        out(self);
        self.out.extend([0x54, 0x1b]);
    }

    /// What a function begins with: a block whose end is the way out without fuel. The fuel goes into the local, and has to
    /// suffice for the first stretch.
    pub(super) fn open(&mut self, meter: &Meter) {
        self.out.extend([0x02, 0x40]);
        self.local(0x23, meter.fuel);
        self.less(self.opening.unwrap_or_default());
        self.local(0x22, self.fuel);
        self.check_that(0);
    }

    /// What it ends with, before its own `end`: it returns, and behind that is the way out.
    pub(super) fn close(&mut self, meter: &Meter, at: usize) {
        self.settle_at(meter, at, false);
        self.out.extend([0x0f, 0x0b]);
        self.local(0x20, self.fuel);
        self.local(0x24, meter.fuel);
        self.out.extend([0x41, 0x01]);
        self.local(0x24, meter.exhausted);
        self.out.push(0x00);
    }
}
