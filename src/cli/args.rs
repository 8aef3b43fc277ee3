//! Arguments to a `Command`; reads nothing but its arguments.

use crate::config::near;
use lexopt::prelude::*;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Run(Run),
    Check(Check),
    /// Print the version to stderr.
    Version,
    /// Print help to stdout; the name of a command, or empty.
    Help(&'static str),
    /// Run the demo's backends and the gateway before them; without a file the built-in one.
    Demo(Run),
    /// A command of KrakenD's that is known and not built yet.
    NotBuilt(&'static str),
}

/// `run`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// `None`: say `NO_CONFIG` and fail.
    pub config: Option<PathBuf>,
    /// Turns the debug endpoint on.
    pub debug: bool,
    /// Beats the file and the environment.
    pub port: Option<u16>,
}

/// `check`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    pub config: Option<PathBuf>,
    /// How often `-d` was given.
    pub debug: u8,
    /// `-t`: build the routes too.
    pub routes: bool,
    /// `-i`; `None` = a tab.
    pub indent: Option<String>,
    /// `-l`, `-n` or `-s`.
    pub lint: Option<Lint>,
}

/// Which schema `check` is to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lint {
    BuiltIn,
    Schema(String),
}

/// Arguments that make no command: the text for stderr; the exit code is `EXIT_USAGE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError(pub String);

/// Commands with the words that stand for them.
const COMMANDS: [(&str, &str); 9] = [
    ("run", "run"),
    ("check", "check"),
    ("validate", "check"),
    ("audit", "audit"),
    ("version", "version"),
    ("test-plugin", "test-plugin"),
    ("check-plugin", "check-plugin"),
    ("help", "help"),
    ("demo", "demo"),
];

/// Commands of KrakenD's that are known and not built yet.
const NOT_BUILT: [&str; 3] = ["audit", "test-plugin", "check-plugin"];

/// The flags of all commands: they may stand before the command that they belong to.
#[derive(Default)]
struct Flags {
    config: Option<PathBuf>,
    debug: u8,
    port: Option<String>,
    routes: bool,
    indent: Option<String>,
    lint: bool,
    lint_no_network: bool,
    lint_schema: Option<String>,
    help: bool,
    /// Spellings in the order given, each with whether `run` (and `demo`) and `check` take it.
    given: Vec<(&'static str, bool, bool)>,
}

/// Reads the arguments after the program's name.
///
/// # Errors
/// Unknown commands and flags, missing values, flags of another command, flags that exclude each
/// other, arguments too many.
pub fn parse<I>(arguments: I) -> Result<Command, UsageError>
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut flags = Flags::default();
    let mut command: Option<&'static str> = None;
    let mut topic: Option<&'static str> = None;
    while let Some(argument) = parser.next().map_err(usage)? {
        let spelling = match argument {
            Short(letter) => format!("-{letter}"),
            Long(name) => format!("--{name}"),
            Value(word) if command.is_none() => {
                let found = find_command(&word)?;
                if NOT_BUILT.contains(&found) {
                    // Whatever follows has no meaning yet; the answer is the same.
                    return Ok(Command::NotBuilt(found));
                }
                command = Some(found);
                continue;
            }
            Value(word) if command == Some("help") && topic.is_none() => {
                topic = Some(find_command(&word)?);
                continue;
            }
            Value(word) => {
                return Err(UsageError(format!("unexpected argument \"{}\"", word.to_string_lossy())))
            }
        };
        flag(&mut flags, &spelling, &mut parser)?;
    }
    finish(flags, command, topic)
}

fn finish(
    flags: Flags,
    command: Option<&'static str>,
    topic: Option<&'static str>,
) -> Result<Command, UsageError> {
    let Some(command) = command else {
        return match flags.given.first() {
            Some((flag, ..)) if !flags.help => Err(UsageError(format!("flag {flag} without a command"))),
            _ => Ok(Command::Help("")),
        };
    };
    if flags.help {
        return Ok(Command::Help(command));
    }
    let foreign = flags.given.iter().find(|(_, run, check)| match command {
        "run" | "demo" => !run,
        "check" => !check,
        _ => true,
    });
    if let Some((flag, ..)) = foreign {
        return Err(UsageError(format!("unknown flag {flag} for \"{command}\"")));
    }
    match command {
        "run" => run(flags).map(Command::Run),
        "demo" => run(flags).map(Command::Demo),
        "check" => check(flags),
        "version" => Ok(Command::Version),
        _ => Ok(Command::Help(topic.unwrap_or(""))),
    }
}

fn run(flags: Flags) -> Result<Run, UsageError> {
    let port = match flags.port {
        None => None,
        Some(text) => Some(text.parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(|| {
            UsageError(format!("invalid port \"{text}\" for -p, --port: allowed is 1 to 65535"))
        })?),
    };
    Ok(Run { config: flags.config, debug: flags.debug > 0, port })
}

fn check(flags: Flags) -> Result<Command, UsageError> {
    let asked = usize::from(flags.lint)
        + usize::from(flags.lint_no_network)
        + usize::from(flags.lint_schema.is_some());
    if asked > 1 {
        return Err(UsageError("-l, -n and -s exclude each other: allowed is one of them".to_string()));
    }
    let lint = match flags.lint_schema {
        Some(schema) => Some(Lint::Schema(schema)),
        None => (asked > 0).then_some(Lint::BuiltIn),
    };
    let Flags { config, debug, routes, indent, .. } = flags;
    Ok(Command::Check(Check { config, debug, routes, indent, lint }))
}

fn find_command(word: &OsStr) -> Result<&'static str, UsageError> {
    let word = word.to_string_lossy();
    if let Some((_, command)) = COMMANDS.iter().find(|(name, _)| *name == word) {
        return Ok(command);
    }
    let hint = near::hint(&word, COMMANDS.iter().map(|(name, _)| *name));
    Err(UsageError(format!("unknown command \"{word}\" for \"sluice\"{hint}")))
}

/// Reads one flag with its value.
fn flag(flags: &mut Flags, spelling: &str, parser: &mut lexopt::Parser) -> Result<(), UsageError> {
    let (name, run, check) = match spelling {
        "-c" | "--config" => {
            flags.config = Some(PathBuf::from(parser.value().map_err(usage)?));
            ("--config", true, true)
        }
        "-d" | "--debug" => {
            flags.debug = flags.debug.saturating_add(1);
            ("--debug", true, true)
        }
        "-p" | "--port" => {
            flags.port = Some(text(parser)?);
            ("--port", true, false)
        }
        "-t" | "--test-gin-routes" => {
            flags.routes = true;
            ("--test-gin-routes", false, true)
        }
        "-i" | "--indent" => {
            flags.indent = Some(text(parser)?);
            ("--indent", false, true)
        }
        "-l" | "--lint" => {
            flags.lint = true;
            ("--lint", false, true)
        }
        "-n" | "--lint-no-network" => {
            flags.lint_no_network = true;
            ("--lint-no-network", false, true)
        }
        "-s" | "--lint-schema" => {
            flags.lint_schema = Some(text(parser)?);
            ("--lint-schema", false, true)
        }
        "-h" | "--help" => {
            flags.help = true;
            return Ok(());
        }
        other => return Err(UsageError(format!("unknown flag {other}"))),
    };
    flags.given.push((name, run, check));
    Ok(())
}

fn text(parser: &mut lexopt::Parser) -> Result<String, UsageError> {
    parser.value().and_then(|value| value.string()).map_err(usage)
}

fn usage(error: lexopt::Error) -> UsageError {
    UsageError(error.to_string())
}
