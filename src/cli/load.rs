//! From a configuration to something that can be started: load, check, compile; starts nothing.

use super::serve::{capacity, Start};
use super::{environment, EXIT_FAILED, EXIT_USAGE, NO_CONFIG};
use crate::config::{self, Config, Finding, Level, LoggingKeys, Severity, Source};
use crate::control::log::LogSettings;
use crate::filter::registry;
use crate::plan::compile::{compile, CompileEnv};
use crate::plan::Plan;
use crate::port::log;
use std::sync::Arc;

/// What the command line changes in a configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Overrides {
    pub port: Option<u16>,
    pub debug: bool,
}

/// Loads the file of `run`. Faults go to stderr; `Err` is the exit code.
///
/// # Errors
/// The configuration cannot be used.
pub fn load_file(run: &super::Run) -> Result<Start, u8> {
    let Some(file) = &run.config else {
        eprintln!("{NO_CONFIG}");
        return Err(EXIT_FAILED);
    };
    ready(config::load(file, &environment()), overrides(run))
}

/// Loads a built-in configuration. `Err` is the exit code.
///
/// # Errors
/// The configuration cannot be used.
pub fn load_text(name: &str, text: &str, run: &super::Run) -> Result<Start, u8> {
    ready(config::load_text(name, text, &[]), overrides(run))
}

fn overrides(run: &super::Run) -> Overrides {
    Overrides { port: run.port, debug: run.debug }
}

fn ready(loaded: config::Loaded, overrides: Overrides) -> Result<Start, u8> {
    let mut findings = loaded.findings;
    let source = loaded.source;
    let mut plan = None;
    let mut read = None;
    if let Some(mut config) = loaded.config {
        if let Some(port) = overrides.port {
            config.port = Some(port);
        }
        config.debug_endpoint |= overrides.debug;
        // A configuration with errors is not compiled: what it would say follows from them.
        let usable = !has_errors(&findings);
        findings.extend(config::check_namespaces(&config, &implemented(), config.runtime.strict));
        if usable {
            let (compiled, more) = compile_here(&config);
            findings.extend(more);
            plan = compiled;
        }
        read = Some(config);
    }
    let strict = read.as_ref().is_some_and(|c| c.runtime.strict);
    if strict {
        findings.iter_mut().for_each(|f| f.severity = Severity::Error);
    }
    source.sort(&mut findings);
    match (plan, read) {
        (Some(plan), Some(config)) if !has_errors(&findings) => Ok(start(plan, &config, &findings, &source)),
        _ => {
            refuse(&findings, &source);
            Err(EXIT_USAGE)
        }
    }
}

fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|f| f.severity == Severity::Error)
}

/// All faults at once, errors behind the words that scripts look for.
fn refuse(findings: &[Finding], source: &Source) {
    for finding in findings {
        let title = match finding.severity {
            Severity::Error => "ERROR parsing the configuration file:\t",
            Severity::Warning => "",
        };
        eprintln!("{title}{}", source.render(finding));
    }
}

/// Compiles as `run` does on this machine.
#[must_use]
pub fn compile_here(config: &Config) -> (Option<Plan>, Vec<Finding>) {
    let (shards, fd_limit) = capacity();
    compile(config, registry::all(), &CompileEnv { shards, fd_limit })
}

/// What the filter registry acts on, in the configuration's terms.
#[must_use]
pub fn implemented() -> Vec<(&'static str, Level)> {
    let level = |level| match level {
        crate::filter::Level::Service => Level::Service,
        crate::filter::Level::Endpoint => Level::Endpoint,
        crate::filter::Level::Backend => Level::Backend,
    };
    registry::implemented().into_iter().map(|(name, l)| (name, level(l))).collect()
}

fn start(plan: Plan, config: &Config, findings: &[Finding], source: &Source) -> Start {
    Start {
        log: log_settings(config.logging.as_ref(), plan.service.access_log),
        warnings: findings.iter().map(|f| source.render(f)).collect(),
        name_ttl: config.transport.dns_cache_ttl,
        plan: Arc::new(plan),
        banner: None,
    }
}

/// `telemetry/logging`, or KrakenD's plain logger at DEBUG without it.
fn log_settings(keys: Option<&LoggingKeys>, access: bool) -> LogSettings {
    let Some(keys) = keys else {
        return LogSettings {
            level: Some(log::Level::Debug),
            prefix: String::new(),
            stdout: true,
            improved: false,
            access,
        };
    };
    let level = match keys.level {
        config::LogLevel::Debug => log::Level::Debug,
        config::LogLevel::Info | config::LogLevel::Notice => log::Level::Info,
        config::LogLevel::Warning => log::Level::Warning,
        config::LogLevel::Error => log::Level::Error,
        config::LogLevel::Critical => log::Level::Critical,
    };
    LogSettings {
        level: Some(level),
        prefix: keys.prefix.clone(),
        stdout: keys.stdout,
        improved: true,
        access,
    }
}
