//! The program: sets the allocator and hands over to the command line.

use std::process::ExitCode;

/// Small objects of many lifetimes on few threads: what mimalloc is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sluice::cli::main(std::env::args_os().skip(1))
}
