//! The built gateway as a child process: started on a free port, ended when dropped.

use super::{free_port, wait_until};
use serde_json::{json, Value};
use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// The gateway under test: `SLUICE_BIN`, or the one that cargo built for these tests.
pub fn binary() -> OsString {
    std::env::var_os("SLUICE_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_sluice").into())
}

/// A folder of its own, removed when dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("sluice-it-{}-{n}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&self.0)).expect("folders of a test file");
        fs::write(&path, content).expect("a test file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a start needs; the files are in the folder already.
pub struct Launch<'a> {
    pub folder: &'a Folder,
    pub config: &'a Path,
    pub args: &'a [String],
    pub env: &'a [(String, String)],
    pub port: u16,
}

/// A gateway that ended without listening.
#[derive(Debug)]
pub struct Refused {
    /// `None`: it had to be killed, because it neither listened nor ended.
    pub status: Option<ExitStatus>,
    pub output: String,
}

/// A process, with its output in a file.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    pub fn spawn(launch: &Launch<'_>) -> Process {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let log = launch.folder.path().join(format!("gateway-{n}.log"));
        let out = File::create(&log).expect("a log file");
        let child = Command::new(binary())
            .args([OsString::from("run"), "-c".into(), launch.config.into()])
            .args(launch.args)
            .current_dir(launch.folder.path())
            .env("USAGE_DISABLE", "1")
            .envs(launch.env.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .stdout(out.try_clone().expect("a descriptor"))
            .stderr(out)
            .spawn()
            .expect("the gateway's binary");
        Process { child, log }
    }

    /// Everything written to stdout and stderr so far.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// How it ended, when it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Waits for the end; `None` when it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let mut status = None;
        wait_until(limit, || {
            status = self.ended();
            status.is_some()
        });
        status
    }

    /// Sends a signal by name. Through the shell, because the standard library sends none but KILL.
    pub fn signal(&mut self, name: &str) {
        if self.ended().is_none() {
            let command = format!("kill -s {name} {}", self.child.id());
            let done = Command::new("sh").args(["-c", &command]).status().expect("a shell");
            assert!(done.success(), "{command}");
        }
    }

    /// Bytes of memory in use now.
    pub fn rss(&self) -> u64 {
        self.proc_status("VmRSS:") * 1024
    }

    pub fn threads(&self) -> u64 {
        self.proc_status("Threads:")
    }

    /// A number in `/proc/PID/status`.
    fn proc_status(&self, key: &str) -> u64 {
        let text =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a running process");
        let line = text.lines().find(|l| l.starts_with(key)).unwrap_or_else(|| panic!("{key} in {text}"));
        let number = line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok());
        number.unwrap_or_else(|| panic!("number in {line}"))
    }

    /// Waits until it listens on `port` or ends.
    fn listens(&mut self, port: u16) -> Result<(), Refused> {
        let end = Instant::now() + START_LIMIT;
        loop {
            if let Some(status) = self.ended() {
                return Err(Refused { status: Some(status), output: self.output() });
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                // Something listens: it is this process unless it ends at once (a taken port).
                return match self.wait(Duration::from_millis(50)) {
                    None => Ok(()),
                    status => Err(Refused { status, output: self.output() }),
                };
            }
            if Instant::now() > end {
                return Err(Refused { status: None, output: format!("does not listen: {}", self.output()) });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal("TERM");
        if self.wait(STOP_LIMIT).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Starts and waits until it listens.
pub fn start(launch: &Launch<'_>) -> Result<Process, Refused> {
    let mut process = Process::spawn(launch);
    process.listens(launch.port).map(|()| process)
}

/// A gateway that listens, with its folder.
pub struct Gateway {
    pub process: Process,
    pub port: u16,
    _folder: Folder,
}

impl Gateway {
    /// Starts with this configuration (`port` and `listen_ip` are added). A refusal fails the test.
    pub fn start(config: &Value) -> Gateway {
        match Gateway::try_start(config) {
            Ok(gateway) => gateway,
            Err(refused) => panic!("the gateway refused to start ({:?}): {}", refused.status, refused.output),
        }
    }

    pub fn try_start(config: &Value) -> Result<Gateway, Refused> {
        let folder = Folder::new();
        let mut refused = None;
        for _ in 0..3 {
            let port = free_port();
            let path = folder.write("sluice.json", listening(config, port).to_string().as_bytes());
            match start(&Launch { folder: &folder, config: &path, args: &[], env: &[], port }) {
                Ok(process) => return Ok(Gateway { process, port, _folder: folder }),
                Err(r) if r.output.to_lowercase().contains("in use") => refused = Some(r),
                Err(r) => return Err(r),
            }
        }
        Err(refused.expect("three starts on taken ports"))
    }

    /// Bytes of memory that it uses now.
    pub fn rss(&self) -> u64 {
        self.process.rss()
    }
}

/// The configuration with the keys that every test needs.
pub fn listening(config: &Value, port: u16) -> Value {
    let mut config = config.clone();
    config["port"] = json!(port);
    if config.get("listen_ip").is_none() {
        config["listen_ip"] = json!("127.0.0.1");
    }
    config
}
