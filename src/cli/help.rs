//! The text of `help`; knows the commands and their flags by name only.

use crate::config::runtime::RUNTIME_KEYS;
use std::fmt::Write;

/// The general help, or that of one command; for stdout.
#[must_use]
pub fn text(command: &str) -> String {
    match command {
        "run" => run(),
        "check" => CHECK.to_string(),
        "audit" => not_built("audit", "compares a configuration with recommendations"),
        "test-plugin" => not_built("test-plugin", "loads plugins and reports what they register"),
        "check-plugin" => {
            not_built("check-plugin", "compares the versions of Go modules, which has no meaning here")
        }
        "version" => "Prints the version to standard error.\n\nUsage: sluice version\n".to_string(),
        "demo" => DEMO.to_string(),
        _ => GENERAL.to_string(),
    }
}

/// What a command says that is known and not built yet; for stderr, with exit code 1.
#[must_use]
pub fn refusal(command: &str) -> String {
    format!("\"{command}\" is not built yet")
}

fn not_built(command: &str, about: &str) -> String {
    format!("{command}: {about}. {}.\n", refusal(command))
}

const GENERAL: &str = "\
Sluice is an API gateway for Linux that serves KrakenD configurations.

Usage: sluice COMMAND [flags]

Commands:
  run           run the gateway with a configuration file
  check         check a configuration file (also: validate)
  audit         compare a configuration with recommendations (not built yet)
  test-plugin   load plugins and report what they register (not built yet)
  version       print the version
  demo          run the gateway with demo backends behind it
  help          print this text, or that of one command: help run

Flags of the commands: sluice help COMMAND, or sluice COMMAND --help.
";

const CHECK: &str = "\
Checks a configuration file: reads it as run does, with the environment, and reports every fault
with its file, line and column on standard error. Exit code 0 when run would start with it, else 1.

Usage: sluice check -c FILE [flags]

  -c, --config FILE          the configuration file
  -d, --debug                print what the file configures; repeat for more (-dd, -ddd)
  -t, --test-gin-routes      build the routing table too
  -i, --indent TEXT          one step of indentation for -d (default: a tab)
  -l, --lint                 compare with the JSON schema (not built yet)
  -n, --lint-no-network      the same as -l (not built yet)
  -s, --lint-schema PATH     compare with this schema (not built yet)
";

const DEMO: &str = "\
Runs four small backends on loopback ports 18081 to 18084 and the gateway before them: with a
built-in configuration, or with one of the examples under configs/.

Usage: sluice demo [flags]

  -c, --config FILE   the configuration file (default: the built-in one, configs/demo.json)
  -d, --debug         turn the debug endpoint on (/__debug/)
  -p, --port PORT     listen on this port, whatever the file says
";

const RUN: &str = "\
Runs the gateway with a configuration file.

Usage: sluice run -c FILE [flags]

  -c, --config FILE   the configuration file
  -d, --debug         turn the debug endpoint on (/__debug/)
  -p, --port PORT     listen on this port, whatever the file and the environment say

Environment: KRAKEND_ and the name of a key of the root replace that key (KRAKEND_PORT=9000); a dot
reaches inside objects (KRAKEND_TLS.DISABLED=true).

Settings of Sluice itself, in the root's extra_config under \"sluice/runtime\":
";

fn run() -> String {
    let mut text = RUN.to_string();
    for key in RUNTIME_KEYS {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {:<16} {} (default: {})", key.name, key.meaning, key.default);
    }
    text
}
