// Hands known texts and numbers to functions of the host, one export a way; ../README.md lists what each passes.

// @ts-ignore: decorator
@external("env", "read_file")
declare function read_file(path: string): i32;
// @ts-ignore: decorator
@external("env", "http_get")
declare function http_get(url: usize, length: i32): i32;
// @ts-ignore: decorator
@external("env", "write_file")
declare function write_file(path: string, text: string): i32;
// @ts-ignore: decorator
@external("env", "read_bytes")
declare function read_bytes(path: usize, length: i32): i32;
// @ts-ignore: decorator
@external("env", "set_mode")
declare function set_mode(mode: u32): i32;
// @ts-ignore: decorator
@external("env", "remove_file")
declare function remove_file(path: string): i32;
// @ts-ignore: decorator
@external("env", "send_text")
declare function send_text(text: usize, length: i32): i32;
// @ts-ignore: decorator
@external("env", "set_level")
declare function set_level(level: u32): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void;

// How often the host said no: something for wrappers to do, or the optimizer takes them apart.
let refusals: i32 = 0;

function said(answer: i32): i32 {
  if (answer >= 0) return 1;
  refusals += 1;
  return refusals > 1000 ? -1 : 0;
}

// Texts as strings.

function readInlined(path: string): i32 {
  return read_file(path);
}

function readInlinedTwice(path: string): i32 {
  return readInlined(path);
}

function read(path: string): i32 {
  let tries = 3;
  while (read_file(path) < 0) {
    if (--tries == 0) return said(-1);
    refusals += tries;
  }
  return said(tries);
}

function readTwice(path: string): i32 {
  let tries = 2;
  while (read(path) < 0) {
    if (--tries == 0) return said(-1);
    refusals -= tries;
  }
  return said(tries);
}

export function case_direct(): i32 {
  return read_file("/recall/direct");
}

export function case_inlined_wrapper(): i32 {
  return readInlined("/recall/inlined-wrapper");
}

export function case_inlined_wrappers(): i32 {
  return readInlinedTwice("/recall/inlined-wrappers");
}

export function case_one_wrapper(): i32 {
  return read("/recall/one-wrapper") + read("/recall/one-wrapper/again");
}

export function case_two_wrappers(): i32 {
  return readTwice("/recall/two-wrappers") + readTwice("/recall/two-wrappers/again");
}

const constantGlobal = "/recall/global";
let mutableGlobal = "/recall/mutable-global";

export function set_global(path: string): void {
  mutableGlobal = path;
}

export function case_global(): i32 {
  return read_file(constantGlobal);
}

export function case_mutable_global(): i32 {
  return read_file(mutableGlobal);
}

const constantTable: StaticArray<string> = [
  "/recall/constant-table/none",
  "/recall/constant-table/this",
  "/recall/constant-table/neither",
];
const unknownTable: StaticArray<string> = [
  "/recall/unknown-table/zero",
  "/recall/unknown-table/one",
  "/recall/unknown-table/two-and-last",
];

export function case_table_constant(): i32 {
  return read_file(constantTable[1]);
}

export function case_table_unknown(index: i32): i32 {
  return read_file(unknownTable[index]);
}

export function case_branch(chosen: bool): i32 {
  return read_file(chosen ? "/recall/branch/yes" : "/recall/branch/otherwise");
}

export function case_branch_wrapper(chosen: bool): i32 {
  return read(chosen ? "/recall/branch-wrapper/yes" : "/recall/branch-wrapper/otherwise");
}

let reader: (path: string) => i32 = read;

export function set_reader(twice: bool): void {
  reader = twice ? readTwice : read;
}

export function case_indirect(): i32 {
  return reader("/recall/indirect");
}

export function case_computed_path(path: string): i32 {
  return read_file(path);
}

// Strings by address and length.

function fetch(url: string): i32 {
  let tries = 3;
  while (http_get(changetype<usize>(url), url.length) < 0) {
    if (--tries == 0) return said(-1);
    refusals += tries;
  }
  return said(tries);
}

function fetchTwice(url: string): i32 {
  let tries = 2;
  while (fetch(url) < 0) {
    if (--tries == 0) return said(-1);
    refusals -= tries;
  }
  return said(tries);
}

export function case_url_direct(): i32 {
  const url = "https://recall.example/direct";
  return http_get(changetype<usize>(url), url.length);
}

export function case_url_one_wrapper(): i32 {
  return fetch("https://recall.example/one-wrapper") + fetch("https://recall.example/one-wrapper/again");
}

export function case_url_two_wrappers(): i32 {
  return fetchTwice("https://recall.example/two-wrappers") + fetchTwice("https://recall.example/two-wrappers/again");
}

// Two texts in one call.

function write(path: string, text: string): i32 {
  let tries = 3;
  while (write_file(path, text) < 0) {
    if (--tries == 0) return said(-1);
    refusals += tries;
  }
  return said(tries);
}

export function case_two_texts(): i32 {
  return write_file("/recall/two-texts", "two texts");
}

export function case_two_texts_wrapper(): i32 {
  return write("/recall/two-texts-wrapper", "two texts, wrapped") +
    write("/recall/two-texts-wrapper/again", "two texts, wrapped again");
}

// Static bytes: UTF-8 with its length. The letters spell /recall/bytes-direct and so on.

function readBytes(path: usize, length: i32): i32 {
  let tries = 3;
  while (read_bytes(path, length) < 0) {
    if (--tries == 0) return said(-1);
    refusals += tries;
  }
  return said(tries);
}

export function case_bytes_direct(): i32 {
  const path = memory.data<u8>([
    0x2f, 0x72, 0x65, 0x63, 0x61, 0x6c, 0x6c, 0x2f, 0x62, 0x79, 0x74, 0x65, 0x73, 0x2d, 0x64, 0x69, 0x72, 0x65, 0x63, 0x74,
  ]);
  return read_bytes(path, 20);
}

export function case_bytes_one_wrapper(): i32 {
  const path = memory.data<u8>([
    0x2f, 0x72, 0x65, 0x63, 0x61, 0x6c, 0x6c, 0x2f, 0x62, 0x79, 0x74, 0x65, 0x73, 0x2d, 0x6f, 0x6e, 0x65, 0x2d, 0x77, 0x72,
    0x61, 0x70, 0x70, 0x65, 0x72, 0x2f, 0x61, 0x67, 0x61, 0x69, 0x6e,
  ]);
  return readBytes(path, 25) + readBytes(path, 31);
}

// Numbers.

function changeMode(mode: u32): i32 {
  let tries = 3;
  while (set_mode(mode) < 0) {
    if (--tries == 0) return said(-1);
    refusals += tries;
  }
  return said(tries);
}

function changeModeTwice(mode: u32): i32 {
  let tries = 2;
  while (changeMode(mode) < 0) {
    if (--tries == 0) return said(-1);
    refusals -= tries;
  }
  return said(tries);
}

let mode: u32 = 1701;
const constantModes: StaticArray<u32> = [1800, 1801, 1802];
const unknownModes: StaticArray<u32> = [1901, 1911, 1921];

export function set_global_mode(next: u32): void {
  mode = next;
}

export function case_number_direct(): i32 {
  return set_mode(1101);
}

export function case_number_one_wrapper(): i32 {
  return changeMode(1201) + changeMode(1211);
}

export function case_number_two_wrappers(): i32 {
  return changeModeTwice(1301) + changeModeTwice(1311);
}

export function case_number_branch(chosen: bool): i32 {
  return set_mode(chosen ? 1401 : 1411);
}

export function case_number_mutable_global(): i32 {
  return set_mode(mode);
}

export function case_number_table_constant(): i32 {
  return set_mode(constantModes[1]);
}

export function case_number_table_unknown(index: i32): i32 {
  return set_mode(unknownModes[index]);
}

// What is known only when it runs.

const built = memory.data(32);

export function case_computed(path: string): i32 {
  return remove_file(path);
}

export function case_built(number: u32): i32 {
  for (let place: usize = 0; place < 32; place++) {
    store<u8>(built + place, 0x61 + ((number >> (<u32>place)) & 15));
  }
  return send_text(built, 32);
}

export function case_number_computed(level: u32): i32 {
  return set_level(level * 3);
}

// WASI.

export function case_wasi_exit(): void {
  proc_exit(41);
}
