//! Masks the digits of a text and hands it to the host. Nothing says which version of the host's functions this was
//! written for: a host that changes the arguments of `emit` finds out from its users.

const capacity = 4096;

var text: [capacity]u8 = undefined;

extern "env" fn emit(pointer: [*]const u8, length: u32) void;

/// Where the host writes the text.
export fn buffer() [*]u8 {
    return &text;
}

/// Masks the first `length` bytes of the buffer.
export fn transform(length: u32) void {
    if (length > capacity) return;
    for (text[0..length]) |*letter| {
        if (letter.* -% '0' <= 9) letter.* = '#';
    }
    emit(&text, length);
}
