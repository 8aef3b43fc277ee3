//! `origin`: a backend for tests and load on this machine. See docs/load-testing.md.

#![allow(clippy::disallowed_methods)] // a load tool reads the clock, and ends where it stands

mod backend;
mod framing;
mod loopback;

use backend::answer::Answers;
use backend::options::{self, Options};
use backend::serve;
use std::process::ExitCode;
use std::sync::Arc;

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
            eprintln!("origin: {text}");
            return ExitCode::from(USAGE);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("origin: {text}");
            ExitCode::FAILURE
        }
    }
}

/// Serves for the time that the options give.
fn run(options: &Options) -> Result<(), String> {
    let answers = Arc::new(Answers::load(options.root.as_deref(), options.behaviour)?);
    let bound = serve::start(options, &answers)?;
    let places: Vec<String> = bound.iter().map(ToString::to_string).collect();
    println!("origin listens on {}", places.join(" "));
    std::thread::sleep(options.run);
    Ok(())
}
