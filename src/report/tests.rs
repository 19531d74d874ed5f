//! Snapshots of every format, and what must hold for all of them.

use std::io;

use super::*;
use crate::report::sample;

const PLAIN: Style = Style {
    color: false,
    width: 90,
    quiet: false,
    summary: true,
};

fn written(report: &Report, format: Format, style: &Style) -> String {
    let mut out = Vec::new();
    write(report, format, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn snapshots() {
    for (name, format) in Format::ALL {
        insta::assert_snapshot!(name, written(&sample::with_checklist(), format, &PLAIN));
        insta::assert_snapshot!(
            format!("{name}-hostile"),
            written(&sample::hostile(), format, &PLAIN)
        );
    }
    let colored = Style {
        color: true,
        ..PLAIN
    };
    insta::assert_snapshot!(
        "text-color",
        written(&sample::report(), Format::Text, &colored)
    );
}

#[test]
fn no_format_prints_what_deceives() {
    for (name, format) in Format::ALL {
        let shown = written(&sample::hostile(), format, &PLAIN);
        let bad = shown
            .chars()
            .find(|char| *char != '\n' && escape::deceives(*char));
        assert_eq!(bad, None, "{name}");
        assert!(!shown.contains("##["), "{name}");
    }
}

#[test]
fn every_format_is_the_same_from_run_to_run() {
    for (_, format) in Format::ALL {
        assert_eq!(
            written(&sample::hostile(), format, &PLAIN),
            written(&sample::hostile(), format, &PLAIN)
        );
    }
}

#[test]
fn a_closed_pipe_is_an_error_in_every_format() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    for (name, format) in Format::ALL {
        let error = write(&sample::report(), format, &PLAIN, &mut Closed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{name}");
    }
}

#[test]
fn quiet_says_nothing_of_what_passes() {
    let quiet = Style {
        quiet: true,
        ..PLAIN
    };
    for format in [Format::Text, Format::Short] {
        assert_eq!(
            written(&sample::report(), format, &quiet),
            "3 errors, 1 warning, 1 note (1 waived) in 2 modules: ERROR\n"
        );
        assert_eq!(written(&Report::default(), format, &quiet), "");
    }
}
