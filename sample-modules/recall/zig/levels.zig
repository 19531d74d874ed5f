//! Hands known texts and numbers to functions of the host, one export a way; `../README.md` lists what each passes.

const std = @import("std");
const wasi = std.os.wasi;

extern "env" fn read_file(path: [*]const u8, length: usize) i32;
extern "env" fn http_get(url: [*]const u8, length: usize) i32;
extern "env" fn write_file(path: [*]const u8, path_length: usize, text: [*]const u8, text_length: usize) i32;
extern "env" fn open_path(path: [*:0]const u8) i32;
extern "env" fn print_line(line: [*]const u8, length: usize) i32;
extern "env" fn set_mode(mode: u32) i32;
extern "env" fn remove_file(path: [*]const u8, length: usize) i32;
extern "env" fn send_text(text: [*]const u8, length: usize) i32;
extern "env" fn set_level(level: u32) i32;

/// A trap without a message: the texts of the standard library's panics are none of ours.
pub const panic = std.debug.no_panic;

fn said(answer: i32) i32 {
    return @intFromBool(answer >= 0);
}

// Texts with their length.

fn readInlined(path: []const u8) i32 {
    return said(read_file(path.ptr, path.len));
}

fn readInlinedTwice(path: []const u8) i32 {
    return 1 - readInlined(path);
}

noinline fn read(path: []const u8) i32 {
    return said(read_file(path.ptr, path.len));
}

noinline fn readTwice(path: []const u8) i32 {
    return 1 - read(path);
}

export fn case_direct() i32 {
    const path = "/recall/direct";
    return read_file(path.ptr, path.len);
}

export fn case_inlined_wrapper() i32 {
    return readInlined("/recall/inlined-wrapper");
}

export fn case_inlined_wrappers() i32 {
    return readInlinedTwice("/recall/inlined-wrappers");
}

export fn case_one_wrapper() i32 {
    return read("/recall/one-wrapper") + read("/recall/one-wrapper/again");
}

export fn case_two_wrappers() i32 {
    return readTwice("/recall/two-wrappers") + readTwice("/recall/two-wrappers/again");
}

const constant_global: []const u8 = "/recall/global";
var mutable_global: []const u8 = "/recall/mutable-global";

export fn set_global(path: [*]const u8, length: usize) void {
    mutable_global = path[0..length];
}

export fn case_global() i32 {
    return read_file(constant_global.ptr, constant_global.len);
}

export fn case_mutable_global() i32 {
    return read_file(mutable_global.ptr, mutable_global.len);
}

const constant_table = [_][]const u8{
    "/recall/constant-table/none",
    "/recall/constant-table/this",
    "/recall/constant-table/neither",
};
const unknown_table = [_][]const u8{
    "/recall/unknown-table/zero",
    "/recall/unknown-table/one",
    "/recall/unknown-table/two-and-last",
};

export fn case_table_constant() i32 {
    var index: usize = 1;
    _ = &index;
    const path = constant_table[index];
    return read_file(path.ptr, path.len);
}

export fn case_table_unknown(index: usize) i32 {
    const path = unknown_table[index];
    return read_file(path.ptr, path.len);
}

export fn case_branch(chosen: bool) i32 {
    const path: []const u8 = if (chosen) "/recall/branch/yes" else "/recall/branch/otherwise";
    return read_file(path.ptr, path.len);
}

export fn case_branch_wrapper(chosen: bool) i32 {
    return read(if (chosen) "/recall/branch-wrapper/yes" else "/recall/branch-wrapper/otherwise");
}

export fn case_slice() i32 {
    const url: []const u8 = "file:///recall/slice";
    const path = url["file://".len..];
    return read_file(path.ptr, path.len);
}

var reader: *const fn ([]const u8) i32 = read;

export fn set_reader(twice: bool) void {
    reader = if (twice) readTwice else read;
}

export fn case_indirect() i32 {
    return reader("/recall/indirect");
}

export fn case_computed_path(path: [*]const u8, length: usize) i32 {
    return read_file(path, length);
}

// A second function of the same form, with wrappers of its own.

noinline fn fetch(url: []const u8) i32 {
    return said(http_get(url.ptr, url.len));
}

noinline fn fetchTwice(url: []const u8) i32 {
    return 1 - fetch(url);
}

export fn case_url_direct() i32 {
    const url = "https://recall.example/direct";
    return http_get(url, url.len);
}

export fn case_url_one_wrapper() i32 {
    return fetch("https://recall.example/one-wrapper") + fetch("https://recall.example/one-wrapper/again");
}

export fn case_url_two_wrappers() i32 {
    return fetchTwice("https://recall.example/two-wrappers") +
        fetchTwice("https://recall.example/two-wrappers/again");
}

// Two texts in one call.

noinline fn write(path: []const u8, text: []const u8) i32 {
    return said(write_file(path.ptr, path.len, text.ptr, text.len));
}

export fn case_two_texts() i32 {
    const path = "/recall/two-texts";
    const text = "two texts";
    return write_file(path, path.len, text, text.len);
}

export fn case_two_texts_wrapper() i32 {
    return write("/recall/two-texts-wrapper", "two texts, wrapped") +
        write("/recall/two-texts-wrapper/again", "two texts, wrapped again");
}

// Texts up to a NUL.

noinline fn open(path: [*:0]const u8) i32 {
    return said(open_path(path));
}

noinline fn openTwice(path: [*:0]const u8) i32 {
    return 1 - open(path);
}

export fn case_terminated_direct() i32 {
    return open_path("/recall/terminated-direct");
}

export fn case_terminated_one_wrapper() i32 {
    return open("/recall/terminated-one-wrapper") + open("/recall/terminated-one-wrapper/again");
}

export fn case_terminated_two_wrappers() i32 {
    return openTwice("/recall/terminated-two-wrappers") + openTwice("/recall/terminated-two-wrappers/again");
}

const terminated_unknown_table = [_][*:0]const u8{
    "/recall/terminated-unknown-table/zero",
    "/recall/terminated-unknown-table/one",
    "/recall/terminated-unknown-table/two-and-last",
};

export fn case_terminated_table_unknown(index: usize) i32 {
    return open_path(terminated_unknown_table[index]);
}

export fn case_terminated_branch(chosen: bool) i32 {
    return open_path(if (chosen) "/recall/terminated-branch/yes" else "/recall/terminated-branch/otherwise");
}

// Texts whose length is counted.

noinline fn print(line: [*:0]const u8) i32 {
    return said(print_line(line, std.mem.len(line)));
}

noinline fn printTwice(line: [*:0]const u8) i32 {
    return 1 - print(line);
}

export fn case_measured_one_wrapper() i32 {
    return print("recall: measured-one-wrapper") + print("recall: measured-one-wrapper again");
}

export fn case_measured_two_wrappers() i32 {
    return printTwice("recall: measured-two-wrappers") + printTwice("recall: measured-two-wrappers again");
}

// Numbers.

noinline fn changeMode(mode: u32) i32 {
    return said(set_mode(mode));
}

noinline fn changeModeTwice(mode: u32) i32 {
    return 1 - changeMode(mode);
}

var global_mode: u32 = 1701;
const constant_modes = [_]u32{ 1800, 1801, 1802 };
const unknown_modes = [_]u32{ 1901, 1911, 1921 };

export fn set_global_mode(mode: u32) void {
    global_mode = mode;
}

export fn case_number_direct() i32 {
    return set_mode(1101);
}

export fn case_number_one_wrapper() i32 {
    return changeMode(1201) + changeMode(1211);
}

export fn case_number_two_wrappers() i32 {
    return changeModeTwice(1301) + changeModeTwice(1311);
}

export fn case_number_branch(chosen: bool) i32 {
    return set_mode(if (chosen) 1401 else 1411);
}

export fn case_number_mutable_global() i32 {
    return set_mode(global_mode);
}

export fn case_number_table_constant() i32 {
    var index: usize = 1;
    _ = &index;
    return set_mode(constant_modes[index]);
}

export fn case_number_table_unknown(index: usize) i32 {
    return set_mode(unknown_modes[index]);
}

// What is known only when it runs.

var built: [32]u8 = undefined;

export fn case_computed(path: [*]const u8, length: usize) i32 {
    return remove_file(path, length);
}

export fn case_built(number: u32) i32 {
    for (&built, 0..) |*letter, place| {
        letter.* = 'a' + @as(u8, @truncate((number >> @truncate(place)) & 15));
    }
    return send_text(&built, built.len);
}

export fn case_number_computed(level: u32) i32 {
    return set_level(level *% 3);
}

// WASI.

export fn case_wasi_path() i32 {
    var opened: wasi.fd_t = 0;
    const path = "recall/wasi-path";
    const creation: wasi.oflags_t = .{ .CREAT = true, .TRUNC = true };
    const rights: wasi.rights_t = .{ .FD_WRITE = true };
    const answer = wasi.path_open(3, .{ .SYMLINK_FOLLOW = true }, path, path.len, creation, rights, .{}, .{}, &opened);
    return @intFromEnum(answer) + opened;
}

export fn case_wasi_exit() void {
    wasi.proc_exit(41);
}
