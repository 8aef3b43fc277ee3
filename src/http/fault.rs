//! A run-time fault as a small value: whose it is, what it is, and whether a retry is safe.
//!
//! Faults are made anywhere; only `flow::reply` turns one into a status and a body.

use crate::base::clock::Time;

/// Who is to blame, in the access log and in the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Client,
    Upstream,
    Gateway,
}

/// Whether the same call may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    No,
    /// Only when the connection had been kept from an earlier call and no byte came back.
    IfReused,
}

/// Which of the times that a call is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// The endpoint's `timeout`, or the share of it that several calls have.
    Endpoint,
    /// All of one call, `sluice/timeout`.
    Total,
    /// Until a connection is there.
    Connect,
    /// From there until the head of the answer is.
    Head,
    /// Between two pieces of the answer's body.
    Idle,
}

/// A deadline and the budget that it is the end of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub at: Time,
    pub budget: Budget,
}

impl Due {
    #[must_use]
    pub const fn new(at: Time, budget: Budget) -> Due {
        Due { at, budget }
    }

    /// The earlier of two; of equal ones the first.
    #[must_use]
    pub fn min(self, other: Due) -> Due {
        if other.at < self.at {
            other
        } else {
            self
        }
    }

    /// The fault of having waited until then.
    #[must_use]
    pub const fn fault(self) -> Fault {
        Fault::upstream(Kind::Deadline(self.budget))
    }
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    // client
    BadRequest(&'static str),
    HeadTooLarge,
    TooManyFields,
    UnsupportedTransferEncoding,
    UnsupportedVersion,
    /// An `Expect` other than a single `100-continue` (RFC 9110 section 10.1.1).
    ExpectationFailed,
    BodyTooLarge,
    ClientTimeout,
    ClientGone,
    /// A filter refused the request (bot, limit, token).
    Refused,
    // upstream
    NoHosts,
    /// Nothing is known yet of a service that is discovered; its index in the plan.
    NotDiscovered(u32),
    Resolve,
    Connect,
    /// The connection broke before or while the answer came.
    Broken,
    /// The answer's head or framing breaks RFC 9112; the text names the rule.
    BadAnswer(&'static str),
    /// The answer ended before its framing said so.
    Truncated,
    AnswerTooLarge,
    /// A status other than 200 and 201 where data was expected.
    Status(u16),
    /// The body could not be decoded; the text is the decoder's.
    Decode(&'static str),
    /// Time is up.
    Deadline(Budget),
    CircuitOpen,
    CircuitBusy,
    /// A backend limit refused the call.
    RateLimited,
    // gateway
    Panic,
    Overload,
    ShuttingDown,
    Internal(&'static str),
}

/// One fault; `Copy`, so that it travels by value through every layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub whose: Whose,
    pub kind: Kind,
    pub retry: Retry,
}

impl Fault {
    #[must_use]
    pub const fn client(kind: Kind) -> Fault {
        Fault { whose: Whose::Client, kind, retry: Retry::No }
    }

    #[must_use]
    pub const fn upstream(kind: Kind) -> Fault {
        Fault { whose: Whose::Upstream, kind, retry: Retry::No }
    }

    #[must_use]
    pub const fn gateway(kind: Kind) -> Fault {
        Fault { whose: Whose::Gateway, kind, retry: Retry::No }
    }

    /// A message breaks the grammar or a framing rule; the text names the rule.
    #[must_use]
    pub const fn malformed(whose: Whose, rule: &'static str) -> Fault {
        match whose {
            Whose::Client => Fault::client(Kind::BadRequest(rule)),
            Whose::Upstream | Whose::Gateway => Fault::upstream(Kind::BadAnswer(rule)),
        }
    }

    /// A head or a trailer section is longer than its bound.
    #[must_use]
    pub const fn head_too_large(whose: Whose) -> Fault {
        match whose {
            Whose::Client => Fault::client(Kind::HeadTooLarge),
            Whose::Upstream | Whose::Gateway => Fault::upstream(Kind::AnswerTooLarge),
        }
    }

    /// A head or a trailer section has more than `HEADER_FIELDS` lines.
    #[must_use]
    pub const fn too_many_fields(whose: Whose) -> Fault {
        match whose {
            Whose::Client => Fault::client(Kind::TooManyFields),
            Whose::Upstream | Whose::Gateway => Fault::upstream(Kind::BadAnswer("too many header fields")),
        }
    }

    /// The same fault, marked as safe to repeat on a fresh connection.
    #[must_use]
    pub const fn if_reused(mut self) -> Fault {
        self.retry = Retry::IfReused;
        self
    }
}
