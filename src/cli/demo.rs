//! `sluice demo`: the gateway on embedded backends, for a first look; knows nothing of requests.

use super::load::{load_file, load_text};
use super::{serve, Run};
use crate::demo::{addresses, backends, backends_line, banner, CONFIG};

/// Starts the demo's backends, then the gateway on the file of `run`, else on
/// `configs/demo.json`. Returns the exit code.
#[must_use]
pub fn demo(run: &Run) -> u8 {
    let running = match backends::start(addresses()) {
        Ok(running) => running,
        Err(error) => {
            eprintln!("ERROR: cannot start the demo's backends: {error}");
            return 1;
        }
    };
    let loaded = match &run.config {
        Some(_) => load_file(run),
        None => load_text("configs/demo.json", CONFIG, run),
    };
    let mut start = match loaded {
        Ok(start) => start,
        Err(code) => return code,
    };
    let port = start.plan.service.port;
    start.banner = Some(match &run.config {
        Some(file) => format!("Sluice serves {} on port {port}. {}", file.display(), backends_line()),
        None => banner(port),
    });
    let code = serve::serve(start);
    drop(running);
    code
}
