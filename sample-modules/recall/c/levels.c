/* Hands known texts and numbers to functions of the host, one export a way; ../README.md lists what each passes. */

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#define HOST(name) __attribute__((import_module("env"), import_name(#name))) extern int name
#define EXPORT(name) __attribute__((export_name(#name)))
#define WRAPPER __attribute__((noinline)) static int
#define LITERAL(text) text, sizeof text - 1

HOST(read_file)(const char *path, size_t length);
HOST(http_get)(const char *url, size_t length);
HOST(write_file)(const char *path, size_t path_length, const char *text, size_t text_length);
HOST(open_path)(const char *path);
HOST(print_line)(const char *line, size_t length);
HOST(set_mode)(unsigned mode);
HOST(remove_file)(const char *path, size_t length);
HOST(send_text)(const char *text, size_t length);
HOST(set_level)(unsigned level);

struct text {
    const char *start;
    size_t length;
};

/* Texts with their length. */

static int read_inlined(const char *path, size_t length) { return read_file(path, length) >= 0; }
static int read_inlined_twice(const char *path, size_t length) { return 1 - read_inlined(path, length); }
WRAPPER read_path(const char *path, size_t length) { return read_file(path, length) >= 0; }
WRAPPER read_twice(const char *path, size_t length) { return 1 - read_path(path, length); }

EXPORT(case_direct) int case_direct(void) { return read_file(LITERAL("/recall/direct")); }

EXPORT(case_inlined_wrapper) int case_inlined_wrapper(void) {
    return read_inlined(LITERAL("/recall/inlined-wrapper"));
}

EXPORT(case_inlined_wrappers) int case_inlined_wrappers(void) {
    return read_inlined_twice(LITERAL("/recall/inlined-wrappers"));
}

EXPORT(case_one_wrapper) int case_one_wrapper(void) {
    return read_path(LITERAL("/recall/one-wrapper")) + read_path(LITERAL("/recall/one-wrapper/again"));
}

EXPORT(case_two_wrappers) int case_two_wrappers(void) {
    return read_twice(LITERAL("/recall/two-wrappers")) + read_twice(LITERAL("/recall/two-wrappers/again"));
}

static const struct text global = {LITERAL("/recall/global")};
static struct text mutable_global = {LITERAL("/recall/mutable-global")};

EXPORT(set_global) void set_global(const char *path, size_t length) {
    mutable_global = (struct text){path, length};
}

EXPORT(case_global) int case_global(void) { return read_file(global.start, global.length); }

EXPORT(case_mutable_global) int case_mutable_global(void) {
    return read_file(mutable_global.start, mutable_global.length);
}

static const struct text constant_table[] = {
    {LITERAL("/recall/constant-table/none")},
    {LITERAL("/recall/constant-table/this")},
    {LITERAL("/recall/constant-table/neither")},
};
static const struct text unknown_table[] = {
    {LITERAL("/recall/unknown-table/zero")},
    {LITERAL("/recall/unknown-table/one")},
    {LITERAL("/recall/unknown-table/two-and-last")},
};

EXPORT(case_table_constant) int case_table_constant(void) {
    return read_file(constant_table[1].start, constant_table[1].length);
}

EXPORT(case_table_unknown) int case_table_unknown(unsigned index) {
    return read_file(unknown_table[index].start, unknown_table[index].length);
}

EXPORT(case_branch) int case_branch(int chosen) {
    if (chosen) return read_file(LITERAL("/recall/branch/yes"));
    return read_file(LITERAL("/recall/branch/otherwise"));
}

EXPORT(case_branch_wrapper) int case_branch_wrapper(int chosen) {
    struct text path = {LITERAL("/recall/branch-wrapper/yes")};
    if (!chosen) path = (struct text){LITERAL("/recall/branch-wrapper/otherwise")};
    return read_path(path.start, path.length);
}

EXPORT(case_slice) int case_slice(void) {
    const char *url = "file:///recall/slice";
    return read_file(url + 7, strlen(url) - 7);
}

static int (*reader)(const char *, size_t) = read_path;

EXPORT(set_reader) void set_reader(int twice) { reader = twice ? read_twice : read_path; }

EXPORT(case_indirect) int case_indirect(void) { return reader(LITERAL("/recall/indirect")); }

EXPORT(case_computed_path) int case_computed_path(const char *path, size_t length) {
    return read_file(path, length);
}

/* A second function of the same form, with wrappers of its own. */

WRAPPER fetch(const char *url, size_t length) { return http_get(url, length) >= 0; }
WRAPPER fetch_twice(const char *url, size_t length) { return 1 - fetch(url, length); }

EXPORT(case_url_direct) int case_url_direct(void) { return http_get(LITERAL("https://recall.example/direct")); }

EXPORT(case_url_one_wrapper) int case_url_one_wrapper(void) {
    return fetch(LITERAL("https://recall.example/one-wrapper")) +
           fetch(LITERAL("https://recall.example/one-wrapper/again"));
}

EXPORT(case_url_two_wrappers) int case_url_two_wrappers(void) {
    return fetch_twice(LITERAL("https://recall.example/two-wrappers")) +
           fetch_twice(LITERAL("https://recall.example/two-wrappers/again"));
}

/* Two texts in one call. */

WRAPPER write_text(struct text path, struct text text) {
    return write_file(path.start, path.length, text.start, text.length) >= 0;
}

EXPORT(case_two_texts) int case_two_texts(void) {
    return write_file(LITERAL("/recall/two-texts"), LITERAL("two texts"));
}

EXPORT(case_two_texts_wrapper) int case_two_texts_wrapper(void) {
    return write_text((struct text){LITERAL("/recall/two-texts-wrapper")},
                      (struct text){LITERAL("two texts, wrapped")}) +
           write_text((struct text){LITERAL("/recall/two-texts-wrapper/again")},
                      (struct text){LITERAL("two texts, wrapped again")});
}

/* Texts up to a NUL. */

WRAPPER open_once(const char *path) { return open_path(path) >= 0; }
WRAPPER open_twice(const char *path) { return 1 - open_once(path); }

EXPORT(case_terminated_direct) int case_terminated_direct(void) { return open_path("/recall/terminated-direct"); }

EXPORT(case_terminated_one_wrapper) int case_terminated_one_wrapper(void) {
    return open_once("/recall/terminated-one-wrapper") + open_once("/recall/terminated-one-wrapper/again");
}

EXPORT(case_terminated_two_wrappers) int case_terminated_two_wrappers(void) {
    return open_twice("/recall/terminated-two-wrappers") + open_twice("/recall/terminated-two-wrappers/again");
}

static const char *const terminated_global = "/recall/terminated-global";
static const char *terminated_mutable_global = "/recall/terminated-mutable-global";

EXPORT(set_terminated_global) void set_terminated_global(const char *path) { terminated_mutable_global = path; }

EXPORT(case_terminated_global) int case_terminated_global(void) { return open_path(terminated_global); }

EXPORT(case_terminated_mutable_global) int case_terminated_mutable_global(void) {
    return open_path(terminated_mutable_global);
}

static const char *const terminated_constant_table[] = {
    "/recall/terminated-constant-table/none",
    "/recall/terminated-constant-table/this",
    "/recall/terminated-constant-table/neither",
};
static const char *const terminated_unknown_table[] = {
    "/recall/terminated-unknown-table/zero",
    "/recall/terminated-unknown-table/one",
    "/recall/terminated-unknown-table/two-and-last",
};

EXPORT(case_terminated_table_constant) int case_terminated_table_constant(void) {
    return open_path(terminated_constant_table[1]);
}

EXPORT(case_terminated_table_unknown) int case_terminated_table_unknown(unsigned index) {
    return open_path(terminated_unknown_table[index]);
}

EXPORT(case_terminated_branch) int case_terminated_branch(int chosen) {
    return open_path(chosen ? "/recall/terminated-branch/yes" : "/recall/terminated-branch/otherwise");
}

/* Texts whose length is counted. */

WRAPPER print(const char *line) { return print_line(line, strlen(line)) >= 0; }
WRAPPER print_twice(const char *line) { return 1 - print(line); }

EXPORT(case_measured_direct) int case_measured_direct(void) {
    const char *line = "recall: measured-direct";
    return print_line(line, strlen(line));
}

EXPORT(case_measured_one_wrapper) int case_measured_one_wrapper(void) {
    return print("recall: measured-one-wrapper") + print("recall: measured-one-wrapper again");
}

EXPORT(case_measured_two_wrappers) int case_measured_two_wrappers(void) {
    return print_twice("recall: measured-two-wrappers") + print_twice("recall: measured-two-wrappers again");
}

/* Numbers. */

WRAPPER change_mode(unsigned mode) { return set_mode(mode) >= 0; }
WRAPPER change_mode_twice(unsigned mode) { return 1 - change_mode(mode); }

static unsigned global_mode = 1701;
static const unsigned constant_modes[] = {1800, 1801, 1802};
static const unsigned unknown_modes[] = {1901, 1911, 1921};

EXPORT(set_global_mode) void set_global_mode(unsigned mode) { global_mode = mode; }

EXPORT(case_number_direct) int case_number_direct(void) { return set_mode(1101); }
EXPORT(case_number_one_wrapper) int case_number_one_wrapper(void) { return change_mode(1201) + change_mode(1211); }

EXPORT(case_number_two_wrappers) int case_number_two_wrappers(void) {
    return change_mode_twice(1301) + change_mode_twice(1311);
}

EXPORT(case_number_branch) int case_number_branch(int chosen) { return set_mode(chosen ? 1401 : 1411); }
EXPORT(case_number_mutable_global) int case_number_mutable_global(void) { return set_mode(global_mode); }
EXPORT(case_number_table_constant) int case_number_table_constant(void) { return set_mode(constant_modes[1]); }

EXPORT(case_number_table_unknown) int case_number_table_unknown(unsigned index) {
    return set_mode(unknown_modes[index]);
}

/* What is known only when it runs. */

static char built[32];

EXPORT(case_computed) int case_computed(const char *path, size_t length) { return remove_file(path, length); }

EXPORT(case_built) int case_built(unsigned number) {
    for (unsigned place = 0; place < sizeof built; place++) built[place] = (char)('a' + (number >> place & 15));
    return send_text(built, sizeof built);
}

EXPORT(case_number_computed) int case_number_computed(unsigned level) { return set_level(level * 3); }

/* WASI, and the standard library before it. */

EXPORT(case_wasi_path) int case_wasi_path(void) {
    __wasi_fd_t opened = 0;
    return __wasi_path_open(3, 1, "recall/wasi-path", 9, 64, 0, 0, &opened) + (int)opened;
}

EXPORT(case_wasi_exit) void case_wasi_exit(void) { __wasi_proc_exit(41); }

EXPORT(case_library_path) int case_library_path(void) { return open("/recall/library-path", O_RDONLY); }
EXPORT(case_library_exit) void case_library_exit(void) { _Exit(43); }
