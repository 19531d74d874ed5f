//! `grants`: what each invocation gets. What it does not list is denied.

use super::Enforcer::{Both, Parts, Rules, Runner};
use super::Merge::{Below, Intersect, Known, Narrower, Replace, Same, Smaller};
use super::{Constraint, Cover, Enforcer, Key, Names, Record, Shape};

const PATHS: Enforcer = Both(&[
    "broad-preopen",
    "sensitive-preopen",
    "overlapping-preopens",
    "preopen-escape",
]);
const MODES: &[&str] = &["ro", "rw"];

static SCRATCH: Record = Record::of(
    "`scratch`",
    &[
        Key::new(
            "bytes",
            Shape::Size,
            Smaller,
            Both(&["unbounded-scratch"]),
            "`limits.written_bytes`",
            "The most bytes that it holds.",
        ),
        Key::new(
            "entries",
            Shape::COUNT,
            Smaller,
            Both(&["unbounded-scratch"]),
            "the built-in ceiling",
            "The most files and folders that it holds.",
        ),
    ],
);

static PREOPEN: Record = Record::of(
    "a preopen",
    &[
        Key::new(
            "guest",
            Shape::GuestPath,
            Same,
            Both(&["overlapping-preopens"]),
            "",
            "Where the guest sees it.",
        )
        .required(),
        Key::new(
            "host",
            Shape::HostPath,
            Below,
            PATHS,
            "a scratch directory",
            "The folder of the host.",
        ),
        Key::new(
            "mode",
            Shape::Choice(MODES),
            Narrower(MODES, Some("ro")),
            Both(&["shared-writable-preopen", "overlapping-preopens"]),
            "ro",
            "Whether the guest may write.",
        ),
        Key::parts(
            "scratch",
            &SCRATCH,
            "a folder of the host",
            "A fresh directory for each invocation, removed after it.",
        ),
    ],
)
.holding(&[
    Constraint::OneOf(&["host", "scratch"]),
    Constraint::Exclusive(&["scratch"], &["mode"]),
])
.closed();

static SET: Key = Key::new(
    "<name>",
    Shape::ANY_TEXT,
    Same,
    Both(&["inline-secret", "env-not-read"]),
    "denied",
    "The variable's value.",
);

static ENV: Record = Record::of(
    "`env`",
    &[
        Key::new(
            "pass",
            Shape::List(&Shape::Pattern),
            Intersect(Cover::Name),
            Both(&[
                "env-forwarding",
                "env-wildcard",
                "secret-env",
                "env-not-read",
            ]),
            "denied",
            "Names of the host's variables that the guest sees, as patterns.",
        ),
        Key::new(
            "set",
            Shape::MapOf(Names::Variable, &SET),
            Known,
            Parts,
            "denied",
            "Variables that the guest sees with these values.",
        ),
    ],
)
.closed();

static ARGS: Record = Record::of(
    "`args`",
    &[
        Key::new(
            "max",
            Shape::COUNT,
            Smaller,
            Runner,
            "the built-in ceiling",
            "The most arguments of one invocation.",
        ),
        Key::new(
            "allow",
            Shape::List(&Shape::Pattern),
            Intersect(Cover::Name),
            Both(&["unused-grant"]),
            "denied",
            "Patterns of which one must match each argument; `*` crosses `/`.",
        ),
    ],
);

static STDIN: Record = Record::of(
    "`stdin`",
    &[stream_max(Enforcer::Runner, "the built-in ceiling")],
);

static OUTPUT: Record = Record::of(
    "an output stream",
    &[
        stream_max(
            Both(&["no-output-limit"]),
            "an error; where that is waived, the built-in ceiling",
        ),
        Key::new(
            "on_limit",
            Shape::Choice(&["truncate", "trap"]),
            Narrower(&["trap", "truncate"], None),
            Runner,
            "truncate",
            "What happens at `max`: the rest is dropped, or the guest is stopped.",
        ),
    ],
);

const fn stream_max(enforcer: Enforcer, absent: &'static str) -> Key {
    Key::new(
        "max",
        Shape::Size,
        Smaller,
        enforcer,
        absent,
        "The most bytes of one invocation.",
    )
}

const TIME: Enforcer = Both(&["nondeterministic-clock", "unmet-need", "unused-grant"]);

static CLOCK: Record = Record::of(
    "`clock`",
    &[
        Key::new(
            "wall",
            Shape::Choice(&["real", "fixed", "deny"]),
            Narrower(&["deny", "fixed", "real"], Some("deny")),
            TIME,
            "denied",
            "The time of day: the host's, one time for ever, or none.",
        ),
        Key::new(
            "at",
            Shape::Time,
            Replace,
            Runner,
            "1970-01-01T00:00:00Z",
            "The time that a fixed clock shows.",
        ),
        Key::new(
            "monotonic",
            Shape::Choice(&["real", "step", "deny"]),
            Narrower(&["deny", "step", "real"], Some("deny")),
            TIME,
            "denied",
            "The clock that only goes forward: the host's, one step a reading, or none.",
        ),
        Key::new(
            "step",
            Shape::Duration,
            Replace,
            Runner,
            "1ms",
            "How far a stepping clock goes with each reading.",
        ),
    ],
)
.holding(&[
    Constraint::Only {
        keys: &["at"],
        when: "wall",
        is: &["fixed"],
    },
    Constraint::Only {
        keys: &["step"],
        when: "monotonic",
        is: &["step"],
    },
])
.closed();

static RANDOM: Record = Record::of(
    "`random`",
    &[
        Key::new(
            "source",
            Shape::Choice(&["os", "seeded", "deny"]),
            Narrower(&["deny", "seeded", "os"], Some("deny")),
            Both(&["nondeterministic-random", "unmet-need", "unused-grant"]),
            "denied",
            "Where random bytes come from: the system, a seed, or nowhere.",
        ),
        Key::new("seed", Shape::COUNT, Replace, Runner, "0", "The seed."),
    ],
)
.holding(&[Constraint::Only {
    keys: &["seed"],
    when: "source",
    is: &["seeded"],
}])
.closed();

static NETWORK: Record = Record::of(
    "`network`",
    &[
        Key::new(
            "connect",
            Shape::List(&Shape::Endpoint),
            Intersect(Cover::Endpoint),
            Rules(&[
                "broad-network",
                "network-on-wasip1",
                "exfiltration-pair",
                "embedded-url",
            ]),
            "denied",
            "Where the guest may connect to: `host:port`; `*` stands for any part of the host, or any port; the runner opens no connections.",
        ),
        Key::new(
            "listen",
            Shape::List(&Shape::Endpoint),
            Intersect(Cover::Endpoint),
            Rules(&["broad-network", "network-on-wasip1", "exfiltration-pair"]),
            "denied",
            "Where the guest may listen; the runner opens no sockets.",
        ),
    ],
)
.closed();

pub static GRANTS: Record = Record::of(
    "`grants`",
    &[
        Key::new(
            "preopens",
            Shape::Entries(&PREOPEN, &["guest"]),
            Known,
            Parts,
            "denied",
            "Directories that the guest may open.",
        ),
        Key::parts("env", &ENV, "denied", "Environment variables."),
        Key::parts("args", &ARGS, "denied", "Command-line arguments."),
        stream("stdin", &STDIN, "Standard input."),
        stream("stdout", &OUTPUT, "Standard output."),
        stream("stderr", &OUTPUT, "Standard error."),
        Key::parts("clock", &CLOCK, "denied", "Time."),
        Key::parts("random", &RANDOM, "denied", "Random bytes."),
        Key::parts("network", &NETWORK, "denied", "Other machines."),
    ],
);

/// Stating a stream grants it, even with nothing in it.
const fn stream(name: &'static str, record: &'static Record, doc: &'static str) -> Key {
    Key::new(
        name,
        Shape::Map(record),
        super::Merge::Parts,
        Both(&["unmet-need", "unused-grant"]),
        "denied",
        doc,
    )
}
