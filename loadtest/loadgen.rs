//! `loadgen`: a load generator for servers on this machine. See docs/load-testing.md.

#![allow(clippy::disallowed_methods)] // a load tool reads the clock, and ends where it stands

#[cfg(test)]
mod backend;
mod framing;
mod generator;
mod loopback;

use generator::options::{self, Options};
use std::process::ExitCode;

/// Exit code of a wrong command line.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let options = match options::parse(std::env::args_os().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Err(text) => {
            eprintln!("loadgen: {text}");
            return ExitCode::from(USAGE);
        }
    };
    match measure(&options) {
        Ok(failed) if failed && options.fail_on_error => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("loadgen: {text}");
            ExitCode::FAILURE
        }
    }
}

/// Runs and prints; whether anything failed.
fn measure(options: &Options) -> Result<bool, String> {
    let report = generator::run(options)?;
    match &options.json {
        Some(file) if file.as_os_str() == "-" => println!("{}", report.json()),
        Some(file) => {
            print!("{}", report.text());
            std::fs::write(file, format!("{:#}\n", report.json()))
                .map_err(|e| format!("{}: {e}", file.display()))?;
        }
        None => print!("{}", report.text()),
    }
    Ok(report.failed())
}
