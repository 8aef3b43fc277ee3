//! `check`: reports every fault of a configuration; listens on nothing, connects to nothing.

use super::args::Check;
use super::{dump, EXIT_FAILED, EXIT_OK, NO_CONFIG};
use crate::config::{self, Config, Finding, Level, Severity, Source};
use std::io::Write;

/// What `check` needs from the layers that it must not know.
pub struct Surroundings<'a> {
    /// The environment as pairs.
    pub environment: &'a [(String, String)],
    /// Namespaces that filters implement.
    pub implemented: &'a [(&'a str, Level)],
    /// Compiles the configuration as `run` does, and gives what that finds. The second argument
    /// says whether the routes are to be built too (`-t`).
    pub compile: &'a dyn Fn(&Config, bool) -> Vec<Finding>,
}

/// Runs `check`; everything goes to `out` (standard error). Gives the exit code.
///
/// # Errors
/// When `out` cannot be written.
pub fn run(check: &Check, around: &Surroundings<'_>, out: &mut dyn Write) -> std::io::Result<u8> {
    let Some(file) = &check.config else {
        writeln!(out, "{NO_CONFIG}")?;
        return Ok(EXIT_FAILED);
    };
    writeln!(out, "Parsing configuration file: {}", file.display())?;
    let loaded = config::load(file, around.environment);
    let failed = loaded.has_errors();
    let config::Loaded { config, mut findings, source } = loaded;
    let strict = config.as_ref().is_some_and(|config| config.runtime.strict);
    if let Some(config) = &config {
        findings.extend(config::check_namespaces(config, around.implemented, strict));
        source.sort(&mut findings);
    }
    if report(&findings, &source, "ERROR parsing the configuration file:", out)? {
        return Ok(EXIT_FAILED);
    }
    // Without errors there is a configuration; the second half says so to the compiler.
    let Some(config) = config.filter(|_| !failed) else { return Ok(EXIT_FAILED) };
    if check.lint.is_some() {
        writeln!(out, "ERROR linting the configuration file:\tlint is not built yet; allowed is check without -l, -n and -s")?;
        return Ok(EXIT_FAILED);
    }
    if check.debug > 0 {
        dump::write(&config, check.debug, check.indent.as_deref().unwrap_or("\t"), out)?;
    }
    let mut findings = (around.compile)(&config, check.routes);
    source.sort(&mut findings);
    if report(&findings, &source, "ERROR testing the configuration file:", out)? {
        return Ok(EXIT_FAILED);
    }
    writeln!(out, "Syntax OK!")?;
    Ok(EXIT_OK)
}

/// Writes warnings, then errors under a title; tells whether there was an error.
fn report(findings: &[Finding], source: &Source, title: &str, out: &mut dyn Write) -> std::io::Result<bool> {
    for finding in findings.iter().filter(|f| f.severity == Severity::Warning) {
        writeln!(out, "{}", source.render(finding))?;
    }
    let mut errors = findings.iter().filter(|f| f.severity == Severity::Error);
    let Some(first) = errors.next() else { return Ok(false) };
    writeln!(out, "{title}\t{}", source.render(first))?;
    for finding in errors {
        writeln!(out, "{}", source.render(finding))?;
    }
    Ok(true)
}
