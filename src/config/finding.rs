//! Findings: everything that is wrong or doubtful in a configuration, each with its place.

/// Whether a finding stops the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The gateway starts, and says so.
    Warning,
    /// The gateway refuses to start.
    Error,
}

/// One finding. The file, line and column are added by whoever holds the source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// JSON path, `endpoints[0].backend[1].timeout`; empty = the whole document.
    pub at: String,
    /// What was found, what is allowed, the nearest valid key: one line of text.
    pub text: String,
}

impl Finding {
    #[must_use]
    pub fn error(at: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding { severity: Severity::Error, at: at.into(), text: text.into() }
    }

    #[must_use]
    pub fn warning(at: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, at: at.into(), text: text.into() }
    }

    /// The place as a JSON pointer, `/endpoints/0/backend/1/timeout`.
    #[must_use]
    pub fn pointer(&self) -> String {
        crate::config::path::pointer(&self.at)
    }
}
