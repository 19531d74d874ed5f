//! The table of telling texts, and the search for them: one pass that only stops at an anchor.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input, MatchKind, Span, packed};

use super::{Found, shape};

/// How what follows an anchor is judged.
#[derive(Clone, Copy)]
enum Check {
    /// A run of at least so many letters and digits follows, also `_` and `-` if `true`.
    Run(usize, bool),
    /// An AWS access key's id.
    AwsKey,
    /// The end of a PEM header.
    Pem,
    /// A JSON web token's start.
    Jwt,
    /// The middle of a URL's `://`.
    Url,
    /// Part of a variable's name.
    Assignment,
    /// The middle of an old `OpenAI` key.
    OpenAi,
}

/// A text that may be part of a credential of a kind.
struct Anchor {
    text: &'static str,
    pattern: &'static str,
    check: Check,
}

const fn anchor(text: &'static str, pattern: &'static str, check: Check) -> Anchor {
    Anchor {
        text,
        pattern,
        check,
    }
}

const fn assignment(text: &'static str) -> Anchor {
    anchor(text, "assigned-secret", Check::Assignment)
}

const ANCHORS: &[Anchor] = &[
    anchor("AKIA", "aws-access-key", Check::AwsKey),
    anchor("ASIA", "aws-access-key", Check::AwsKey),
    anchor("ghp_", "github-token", Check::Run(36, false)),
    anchor("gho_", "github-token", Check::Run(36, false)),
    anchor("ghu_", "github-token", Check::Run(36, false)),
    anchor("ghs_", "github-token", Check::Run(36, false)),
    anchor("ghr_", "github-token", Check::Run(36, false)),
    anchor("github_pat_", "github-token", Check::Run(60, true)),
    anchor("glpat-", "gitlab-token", Check::Run(20, true)),
    anchor("xoxb-", "slack-token", Check::Run(20, true)),
    anchor("xoxp-", "slack-token", Check::Run(20, true)),
    anchor("xoxa-", "slack-token", Check::Run(20, true)),
    anchor("xoxr-", "slack-token", Check::Run(20, true)),
    anchor("xoxs-", "slack-token", Check::Run(20, true)),
    anchor("xapp-", "slack-token", Check::Run(20, true)),
    anchor(
        "hooks.slack.com/services/T",
        "slack-webhook",
        Check::Run(8, false),
    ),
    anchor("sk_live_", "stripe-key", Check::Run(16, false)),
    anchor("rk_live_", "stripe-key", Check::Run(16, false)),
    anchor("sk_test_", "stripe-key", Check::Run(16, false)),
    anchor("rk_test_", "stripe-key", Check::Run(16, false)),
    anchor("whsec_", "stripe-key", Check::Run(24, false)),
    anchor("AIza", "google-api-key", Check::Run(35, true)),
    anchor("GOCSPX-", "google-client-secret", Check::Run(28, true)),
    anchor("ya29.", "google-token", Check::Run(40, true)),
    anchor("T3BlbkFJ", "openai-key", Check::OpenAi),
    anchor("sk-proj-", "openai-key", Check::Run(40, true)),
    anchor("sk-svcacct-", "openai-key", Check::Run(40, true)),
    anchor("sk-ant-", "anthropic-key", Check::Run(24, true)),
    anchor("npm_", "npm-token", Check::Run(36, false)),
    anchor("pypi-Ag", "pypi-token", Check::Run(50, true)),
    anchor("hf_", "huggingface-token", Check::Run(34, false)),
    anchor("shpat_", "shopify-token", Check::Run(32, false)),
    anchor("dop_v1_", "digitalocean-token", Check::Run(64, false)),
    anchor("dckr_pat_", "docker-token", Check::Run(27, true)),
    anchor("hvs.", "vault-token", Check::Run(24, true)),
    anchor("AGE-SECRET-KEY-1", "age-key", Check::Run(58, false)),
    anchor("PRIVATE KEY-----", "private-key", Check::Pem),
    anchor("PRIVATE KEY BLOCK-----", "private-key", Check::Pem),
    anchor("eyJ", "json-web-token", Check::Jwt),
    anchor("://", "url-password", Check::Url),
    assignment("assw"),
    assignment("ASSW"),
    assignment("assphrase"),
    assignment("ASSPHRASE"),
    assignment("ecret"),
    assignment("ECRET"),
    assignment("oken"),
    assignment("OKEN"),
    assignment("pi_key"),
    assignment("PI_KEY"),
    assignment("pikey"),
    assignment("PIKEY"),
    assignment("piKey"),
    assignment("pi-key"),
    assignment("ccess_key"),
    assignment("CCESS_KEY"),
    assignment("ccessKey"),
    assignment("ccountKey"),
];

/// A vector search where the processor has one, else an automaton.
enum Engine {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
    None,
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let texts = || ANCHORS.iter().map(|anchor| anchor.text);
    if let Some(searcher) = packed::Searcher::new(texts()) {
        return Engine::Packed(searcher);
    }
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(texts());
    automaton.map_or(Engine::None, Engine::Automaton)
});

impl Engine {
    fn find(&self, bytes: &[u8], span: Span) -> Option<(usize, Range<usize>)> {
        let found = match self {
            Self::Packed(searcher) => searcher.find_in(bytes, span),
            Self::Automaton(automaton) => automaton.find(Input::new(bytes).span(span)),
            Self::None => None,
        }?;
        Some((found.pattern().as_usize(), found.start()..found.end()))
    }
}

/// A search under way.
pub(super) struct Searcher<'a> {
    bytes: &'a [u8],
    range: Range<usize>,
    pending: Option<Found>,
    /// Up to here a run of token characters is known to start no web token.
    no_token: usize,
}

impl<'a> Searcher<'a> {
    pub(super) fn new(bytes: &'a [u8], range: Range<usize>) -> Self {
        Self {
            bytes,
            range,
            pending: None,
            no_token: 0,
        }
    }

    /// The next credential.
    pub(super) fn next_found(&mut self) -> Option<Found> {
        if let Some(found) = self.pending.take() {
            return Some(found);
        }
        while let Some((index, at)) = self.next_anchor() {
            self.range.start = at.end;
            let found = ANCHORS
                .get(index)
                .and_then(|anchor| self.judge(anchor, &at));
            if let Some(found) = found {
                self.range.start = at.end.max(found.range.end);
                self.follow(&found);
                return Some(found);
            }
        }
        None
    }

    fn next_anchor(&self) -> Option<(usize, Range<usize>)> {
        let longest = 32;
        let end = (self.range.end + longest).min(self.bytes.len());
        let span = Span {
            start: self.range.start.min(end),
            end,
        };
        let (index, at) = ENGINE.find(self.bytes, span)?;
        (at.start < self.range.end).then_some((index, at))
    }

    /// The secret half of an AWS key usually stands near the public one.
    fn follow(&mut self, found: &Found) {
        if found.pattern == "aws-access-key" {
            self.pending = shape::aws_secret(self.bytes, found.range.end);
        }
    }
}

impl Searcher<'_> {
    fn judge(&mut self, anchor: &Anchor, at: &Range<usize>) -> Option<Found> {
        let bytes = self.bytes;
        let (range, prefix) = match anchor.check {
            Check::Run(min, dashes) => (shape::run(bytes, at, min, dashes)?, at.len()),
            Check::AwsKey => (shape::aws_key(bytes, at)?, at.len()),
            Check::Pem => (shape::pem(bytes, at)?, 10),
            Check::Jwt => (self.web_token(at)?, at.len()),
            Check::Url => (shape::url_password(bytes, at)?, 0),
            Check::Assignment => (shape::assigned(bytes, at)?, 0),
            Check::OpenAi => (shape::openai(bytes, at)?, 3),
        };
        Some(Found {
            range,
            pattern: anchor.pattern,
            prefix,
        })
    }

    /// All starts in one run share its end, so that the run is followed once.
    fn web_token(&mut self, at: &Range<usize>) -> Option<Range<usize>> {
        if at.start < self.no_token {
            return None;
        }
        let header = shape::token_end(self.bytes, at);
        self.no_token = header;
        shape::jwt(self.bytes, at, header)
    }
}
