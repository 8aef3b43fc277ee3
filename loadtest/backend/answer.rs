//! What the origin answers: files made into whole messages once, and variants made on demand;
//! knows no socket.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// Largest body made for `size`, bytes.
const SIZE_MAX: usize = 64 << 20;
const DELAY_MAX_MS: u64 = 600_000;
/// Data of one chunk, bytes.
const CHUNK_BYTES: usize = 4 << 10;
/// Files taken from a folder, and their bytes together.
const FILES_MAX: usize = 1000;
const FILES_BYTES: u64 = 256 << 20;

const BUILT_IN: [(&str, &str); 4] = [
    ("/user.json", include_str!("../www/user.json")),
    ("/cart.json", include_str!("../www/cart.json")),
    ("/reco.json", include_str!("../www/reco.json")),
    ("/banner.json", include_str!("../www/banner.json")),
];

/// How answers are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    pub delay: Duration,
    pub status: u16,
    pub chunked: bool,
    pub close: bool,
    /// A made body of this many bytes instead of a file.
    pub size: Option<usize>,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour { delay: Duration::ZERO, status: 200, chunked: false, close: false, size: None }
    }
}

impl Behaviour {
    /// Sets one property by name; an empty value is for the flags.
    ///
    /// # Errors
    /// A text for the user: no such property, or a value out of bounds.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let bad = || format!("'{value}' is not a {name}");
        match name {
            "delay" => {
                let ms = value.parse().ok().filter(|ms| *ms <= DELAY_MAX_MS).ok_or_else(bad)?;
                self.delay = Duration::from_millis(ms);
            }
            "status" => {
                let known = value.parse().ok().filter(|status| (200..=599).contains(status));
                self.status = known.ok_or_else(bad)?;
            }
            "size" => {
                self.size = Some(value.parse().ok().filter(|size| *size <= SIZE_MAX).ok_or_else(bad)?);
            }
            "chunked" => self.chunked = value != "0",
            "close" => self.close = value != "0",
            _ => return Err(format!("no such property: {name}")),
        }
        Ok(())
    }

    /// This behaviour as a request's query changes it; what it does not know is not for it.
    #[must_use]
    pub fn with_query(mut self, query: &str) -> Behaviour {
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // A gateway may add parameters of its own: those are no error.
            let _ = self.set(name, value);
        }
        self
    }
}

/// Files by path, with the message that the usual behaviour makes of each.
pub struct Answers {
    usual: Behaviour,
    files: HashMap<String, Vec<u8>>,
    ready: HashMap<String, Vec<u8>>,
    not_found: Vec<u8>,
}

/// One answer to send.
pub enum Answer<'a> {
    /// Made beforehand.
    Ready(&'a [u8]),
    Made(Vec<u8>),
}

impl Answers {
    /// Takes the built-in files, or those of `root`.
    ///
    /// # Errors
    /// A text for the user: the folder cannot be read, or holds too much.
    pub fn load(root: Option<&Path>, usual: Behaviour) -> Result<Answers, String> {
        let files = match root {
            Some(root) => read_folder(root)?,
            None => {
                BUILT_IN.iter().map(|(path, body)| ((*path).to_owned(), body.as_bytes().to_vec())).collect()
            }
        };
        let ready = files
            .iter()
            .map(|(path, body)| {
                let made = usual.size.map(made_body);
                (path.clone(), message(usual, made.as_deref().unwrap_or(body)))
            })
            .collect();
        let missing = Behaviour { status: 404, ..usual };
        Ok(Answers { usual, files, ready, not_found: message(missing, b"{\"error\": \"not found\"}") })
    }

    /// The answer to a target, with how long it waits and whether the connection then closes.
    pub fn to(&self, target: &str) -> (Answer<'_>, Behaviour) {
        let Some((path, query)) = target.split_once('?') else {
            return (self.usual_to(target), self.usual);
        };
        let behaviour = self.usual.with_query(query);
        if behaviour == self.usual {
            return (self.usual_to(path), behaviour);
        }
        let answer = match (behaviour.size, self.files.get(path)) {
            (Some(size), _) => Answer::Made(message(behaviour, &made_body(size))),
            (None, Some(body)) => Answer::Made(message(behaviour, body)),
            (None, None) => Answer::Ready(&self.not_found),
        };
        (answer, behaviour)
    }

    fn usual_to(&self, path: &str) -> Answer<'_> {
        match (self.ready.get(path), self.usual.size) {
            (Some(message), _) => Answer::Ready(message),
            (None, Some(size)) => Answer::Made(message(self.usual, &made_body(size))),
            (None, None) => Answer::Ready(&self.not_found),
        }
    }
}

/// Files of `root` and the folders below it; links are not followed.
fn read_folder(root: &Path) -> Result<HashMap<String, Vec<u8>>, String> {
    let mut files = HashMap::new();
    let mut folders = vec![root.to_path_buf()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        let name = |e: std::io::Error| format!("{}: {e}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(name)? {
            let entry = entry.map_err(name)?;
            let kind = entry.file_type().map_err(name)?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                bytes += entry.metadata().map_err(name)?.len();
                if bytes > FILES_BYTES || files.len() == FILES_MAX {
                    return Err(format!(
                        "{}: more than {FILES_MAX} files or {FILES_BYTES} bytes",
                        root.display()
                    ));
                }
                let path = entry.path();
                let below = path.strip_prefix(root).unwrap_or(&path);
                files.insert(format!("/{}", below.display()), std::fs::read(&path).map_err(name)?);
            }
        }
    }
    Ok(files)
}

/// A JSON value of exactly `size` bytes; of none if `size` is 0.
fn made_body(size: usize) -> Vec<u8> {
    const BEFORE: &[u8] = b"{\"data\":\"";
    const AFTER: &[u8] = b"\"}";
    match size.checked_sub(BEFORE.len() + AFTER.len()) {
        Some(filling) => [BEFORE, &vec![b'x'; filling], AFTER].concat(),
        None => vec![b'1'; size],
    }
}

fn message(behaviour: Behaviour, body: &[u8]) -> Vec<u8> {
    let close = if behaviour.close { "Connection: close\r\n" } else { "" };
    let mut message = format!(
        "HTTP/1.1 {} {}\r\nServer: origin\r\nContent-Type: application/json\r\n{close}",
        behaviour.status,
        reason(behaviour.status),
    )
    .into_bytes();
    if behaviour.status == 204 || behaviour.status == 304 {
        message.extend_from_slice(b"\r\n");
    } else if behaviour.chunked {
        message.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        for chunk in body.chunks(CHUNK_BYTES) {
            message.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            message.extend_from_slice(chunk);
            message.extend_from_slice(b"\r\n");
        }
        message.extend_from_slice(b"0\r\n\r\n");
    } else {
        message.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        message.extend_from_slice(body);
    }
    message
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

/// The refusal of a request that cannot be understood.
pub const BAD_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
