//! Checks the digit at the end of an order number (Luhn). No imports: the host writes the digits into a buffer that
//! this module owns, and asks.

const capacity = 64;

var digits: [capacity]u8 = undefined;

/// The ABI this plugin speaks: major in the upper half, minor in the lower.
export fn abi_version() u32 {
    return 1 << 16;
}

/// Where the host writes the order number.
export fn buffer() [*]u8 {
    return &digits;
}

/// 1 where the first `length` bytes of the buffer are digits that end in the right one, 0 otherwise.
export fn check(length: u32) u32 {
    if (length < 2 or length > capacity) return 0;
    var sum: u32 = 0;
    var doubled = false;
    var at: u32 = length;
    while (at > 0) {
        at -= 1;
        const digit = digits[at] -% '0';
        if (digit > 9) return 0;
        sum += weight(digit, doubled);
        doubled = !doubled;
    }
    return @intFromBool(sum % 10 == 0);
}

fn weight(digit: u32, doubled: bool) u32 {
    const value = if (doubled) digit * 2 else digit;
    return if (value > 9) value - 9 else value;
}
