//! The keys of `telemetry/logging` (root `extra_config`); knows nothing of how lines are written.

use crate::config::component::{quote, Component};
use crate::config::finding::{Finding, Severity};
use crate::config::{near, Raw};

/// Lowest severity that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Debug,
    /// Also where `level` is absent.
    #[default]
    Info,
    Notice,
    Warning,
    Error,
    Critical,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Default,
    Logstash,
    Custom,
}

/// `telemetry/logging`, as written.
#[derive(Clone, Debug, Default)]
pub struct LoggingKeys {
    pub level: LogLevel,
    pub stdout: bool,
    pub syslog: bool,
    /// `local0` to `local7`; empty = `local3`.
    pub syslog_facility: String,
    pub prefix: String,
    pub format: LogFormat,
    pub custom_format: String,
}

const LEVELS: [(&str, LogLevel); 6] = [
    ("DEBUG", LogLevel::Debug),
    ("INFO", LogLevel::Info),
    ("NOTICE", LogLevel::Notice),
    ("WARNING", LogLevel::Warning),
    ("ERROR", LogLevel::Error),
    ("CRITICAL", LogLevel::Critical),
];

const FORMATS: [(&str, LogFormat); 3] =
    [("default", LogFormat::Default), ("logstash", LogFormat::Logstash), ("custom", LogFormat::Custom)];

impl LoggingKeys {
    /// Reads the block. Wrong types end KrakenD's process too; an unknown level refuses, because
    /// the alternative is a log that nobody asked for.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> LoggingKeys {
        let mut keys = Component::new(raw, Severity::Error);
        let level = keys.word("level", &LEVELS.map(|(word, _)| word));
        let logging = LoggingKeys {
            level: LEVELS.iter().find(|(w, _)| Some(*w) == level).map_or(LogLevel::Info, |(_, l)| *l),
            stdout: keys.bool("stdout").unwrap_or(false),
            syslog: keys.bool("syslog").unwrap_or(false),
            syslog_facility: keys.text("syslog_facility").unwrap_or("").to_string(),
            prefix: keys.text("prefix").unwrap_or("").to_string(),
            format: format(&mut keys),
            custom_format: keys.text("custom_format").unwrap_or("").to_string(),
        };
        if logging.syslog {
            keys.warn("syslog", "syslog is not built yet: nothing is written there");
        }
        if logging.format != LogFormat::Default {
            keys.warn("format", "this format is not built yet: lines have the default format");
        }
        if keys.value("access_log_format").is_some() {
            keys.warn("access_log_format", "'access_log_format' is not built yet and has no effect");
        }
        keys.finish("telemetry/logging", Severity::Warning, findings);
        logging
    }
}

/// Any other word is the default format, as for KrakenD; that is worth a warning.
fn format(keys: &mut Component<'_>) -> LogFormat {
    let Some(text) = keys.text("format") else { return LogFormat::Default };
    if let Some((_, format)) = FORMATS.iter().find(|(word, _)| *word == text) {
        return *format;
    }
    let words = FORMATS.map(|(word, _)| word);
    let hint = near::hint(text, words);
    keys.warn(
        "format",
        format!("found {}, which counts as \"default\"; known are {}{hint}", quote(text), words.join(", ")),
    );
    LogFormat::Default
}
