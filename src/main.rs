//! The program: sets the allocator and hands over to the command line.

use std::process::ExitCode;

/// Small objects of many lifetimes on few threads: what mimalloc is made for. Without huge pages:
/// they cost some 2 MiB a thread before the first request, and no figure got better with them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sluice::cli::main(std::env::args_os().skip(1))
}
