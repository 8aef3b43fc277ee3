//! The origin's command line, checked and bounded; knows no socket.

use super::super::loopback;
use super::answer::Behaviour;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

const LISTENERS_MAX: usize = 64;
const CORES_MAX: usize = 64;
/// Longest time the program runs.
const RUN_MAX_S: u64 = 24 * 3600;

pub const HELP: &str = "\
origin: a backend for tests and load on this machine

    origin [OPTIONS]

Answers GET /user.json (306 bytes), /cart.json, /reco.json, /banner.json, or the files of --root.
Any method is answered; request bodies are read and thrown away. Unknown paths: 404.

    --listen ADDR      127.0.0.1:PORT; may be repeated; port 0 takes any (127.0.0.1:18080)
    --cores LIST       one thread on each of these cores: 1 or 1,3 (one thread, not pinned)
    --root DIR         serve the files of this folder instead of the built-in ones
    --delay MS         wait before each answer
    --status N         status of each answer (200)
    --chunked          send bodies in chunks
    --close            close the connection after each answer
    --size N           every path answers a JSON body of N bytes
    --for SECONDS      stop after this time (3600)
    --help

A query changes one answer: /user.json?delay=20&status=503&chunked&close&size=100
";

/// A checked command line.
#[derive(Clone, Debug)]
pub struct Options {
    pub listen: Vec<SocketAddr>,
    /// Empty: one thread, not pinned.
    pub cores: Vec<usize>,
    pub root: Option<PathBuf>,
    pub behaviour: Behaviour,
    pub run: Duration,
}

/// Reads a command line without the program's name. `Ok(None)`: help is asked for.
///
/// # Errors
/// A text for the user.
pub fn parse<I: IntoIterator<Item = OsString>>(args: I) -> Result<Option<Options>, String> {
    let mut parser = lexopt::Parser::from_args(args);
    let mut options = Options {
        listen: Vec::new(),
        cores: Vec::new(),
        root: None,
        behaviour: Behaviour::default(),
        run: Duration::from_secs(3600),
    };
    while let Some(arg) = parser.next().map_err(|e| e.to_string())? {
        match arg {
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => return Ok(None),
            lexopt::Arg::Long("chunked") => options.behaviour.chunked = true,
            lexopt::Arg::Long("close") => options.behaviour.close = true,
            lexopt::Arg::Long(name) => {
                let name = name.to_owned();
                let value = parser.value().map_err(|e| e.to_string())?;
                let value = value.into_string().map_err(|_| format!("--{name}: not UTF-8"))?;
                take(&mut options, &name, &value).map_err(|e| format!("--{name}: {e}"))?;
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    if options.listen.is_empty() {
        options.listen.push(SocketAddr::from(([127, 0, 0, 1], 18080)));
    }
    if options.listen.len() > LISTENERS_MAX || options.cores.len() > CORES_MAX {
        return Err(format!("at most {LISTENERS_MAX} listeners and {CORES_MAX} cores"));
    }
    Ok(Some(options))
}

fn take(options: &mut Options, name: &str, value: &str) -> Result<(), String> {
    match name {
        "listen" => options.listen.push(loopback::address(value, None)?),
        "cores" => {
            let cores: Option<Vec<usize>> = value.split(',').map(|core| core.trim().parse().ok()).collect();
            options.cores = cores.ok_or_else(|| format!("'{value}' is not a list of cores"))?;
        }
        "root" => options.root = Some(PathBuf::from(value)),
        "for" => match value.parse() {
            Ok(seconds) if (1..=RUN_MAX_S).contains(&seconds) => options.run = Duration::from_secs(seconds),
            _ => return Err(format!("'{value}' is not a number of seconds from 1 to {RUN_MAX_S}")),
        },
        "delay" | "status" | "size" => options.behaviour.set(name, value)?,
        _ => return Err("no such option; see --help".to_owned()),
    }
    Ok(())
}
