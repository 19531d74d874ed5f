// What differs between hosts, made the same: clocks that go on by a step a call, a counted sequence of bytes, and three
// streams of which nothing is known. With these no other descriptor has a state.

const STEP = 1_000_000n;
const BEGIN = 1_700_000_000_000_000_000n;
const [SUCCESS, BADF, FAULT, INVAL] = [0, 8, 21, 28];
/// To read and to write.
const RIGHTS = 0x42n;

/// These functions of WASI's, for a guest.
export function steady(guest) {
  let now = BEGIN;
  let state = 1;
  const view = (start, length) => {
    const { buffer } = guest.memory();
    return (start >>> 0) + length <= buffer.byteLength ? new DataView(buffer, start >>> 0, length) : null;
  };
  const number = (start, value) => {
    const at = view(start, 8);
    at?.setBigUint64(0, value, true);
    return at ? SUCCESS : FAULT;
  };
  return {
    clock_res_get: (id, start) => (id >>> 0 > 3 ? INVAL : number(start, STEP)),
    clock_time_get: (id, _, start) => {
      if (id >>> 0 > 3) return INVAL;
      now += STEP;
      return number(start, now);
    },
    fd_fdstat_get: (descriptor, start) => {
      if (descriptor >>> 0 > 2) return BADF;
      const at = view(start, 24);
      if (!at) return FAULT;
      for (const [offset, value] of [[0, 0n], [8, RIGHTS], [16, 0n]]) at.setBigUint64(offset, value, true);
      return SUCCESS;
    },
    fd_fdstat_set_flags: (descriptor) => (descriptor >>> 0 > 2 ? BADF : SUCCESS),
    random_get: (start, length) => {
      const at = view(start, length >>> 0);
      if (!at) return FAULT;
      for (let index = 0; index < at.byteLength; index += 1) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        at.setUint8(index, (state >>> 16) & 255);
      }
      return SUCCESS;
    },
  };
}
