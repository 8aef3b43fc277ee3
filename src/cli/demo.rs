//! `sluice demo`: the gateway on embedded backends, for a first look; knows nothing of requests.

use super::load::load_text;
use super::serve;
use crate::demo::{addresses, backends, banner, CONFIG};

/// Starts the demo's backends, then the gateway on `configs/demo.json`. Returns the exit code.
#[must_use]
pub fn demo() -> u8 {
    let addresses = addresses();
    let running = match backends::start(addresses) {
        Ok(running) => running,
        Err(error) => {
            eprintln!("ERROR: cannot start the demo's backends: {error}");
            return 1;
        }
    };
    let mut start = match load_text("configs/demo.json", CONFIG) {
        Ok(start) => start,
        Err(code) => return code,
    };
    start.banner = Some(banner(start.plan.service.port));
    let code = serve::serve(start);
    drop(running);
    code
}
