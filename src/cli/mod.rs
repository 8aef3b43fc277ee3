//! The command line: arguments to a `Command`, and the commands that need no gateway; the only
//! layer that writes to the standard streams and decides exit codes.

pub mod args;
pub mod check;
mod demo;
pub mod dump;
pub mod help;
mod load;
mod serve;

#[cfg(test)]
mod tests;

pub use args::{parse, Check, Command, Run, UsageError};

use std::ffi::OsString;
use std::process::ExitCode;

/// Everything went well.
pub const EXIT_OK: u8 = 0;
/// A check failed, or the command could not do its work.
pub const EXIT_FAILED: u8 = 1;
/// Wrong usage, and `run` with a configuration that cannot be used.
pub const EXIT_USAGE: u8 = 255;

/// The line of `version`.
#[must_use]
pub fn version() -> String {
    format!("Sluice Version: {}", env!("CARGO_PKG_VERSION"))
}

/// What `run` and `check` say when no file is named.
pub const NO_CONFIG: &str = "Please, provide the path to the configuration file with --config FILE, or see all the options with --help";

/// The environment as pairs, for `config::load`; names and values that are not UTF-8 are left out,
/// because no key or value of a configuration could be meant.
#[must_use]
pub fn environment() -> Vec<(String, String)> {
    let text = |os: std::ffi::OsString| os.into_string().ok();
    std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

/// The program: runs what the arguments say and gives the exit code.
#[must_use]
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    ExitCode::from(match parse(args) {
        Ok(command) => execute(&command),
        Err(UsageError(text)) => {
            eprintln!("{text}");
            EXIT_USAGE
        }
    })
}

fn execute(command: &Command) -> u8 {
    match command {
        Command::Run(run) => match load::load_file(run) {
            Ok(start) => serve::serve(start),
            Err(code) => code,
        },
        Command::Check(check) => run_check(check),
        Command::Version => {
            eprintln!("{}", version());
            EXIT_OK
        }
        Command::Help(topic) => {
            println!("{}", help::text(topic));
            EXIT_OK
        }
        Command::Demo(run) => demo::demo(run),
        Command::NotBuilt(name) => {
            eprintln!("the command '{name}' is not built yet");
            EXIT_FAILED
        }
    }
}

fn run_check(check: &Check) -> u8 {
    let environment = environment();
    let implemented = load::implemented();
    let around = check::Surroundings {
        environment: &environment,
        implemented: &implemented,
        compile: &|config, _routes| load::compile_here(config).1,
    };
    check::run(check, &around, &mut std::io::stderr().lock()).unwrap_or(EXIT_FAILED)
}
