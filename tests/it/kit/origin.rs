//! Scripted backends: a thread per connection reads requests strictly, records them, and lets a
//! closure answer with any bytes it likes.

use super::wire::{Broken, Head, Reader};
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A request that reached the backend whole.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub head: Head,
    pub body: Vec<u8>,
    /// Which connection it came on, from 0.
    pub connection: usize,
    /// Which request of its connection it is, from 0.
    pub index: usize,
}

impl Seen {
    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// What becomes of the connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Keep,
    Close,
    /// Close so that the peer gets a reset, and what is in flight is lost.
    Reset,
}

/// What the backends share with their threads.
struct State {
    seen: Mutex<Vec<Seen>>,
    /// Requests that did not come whole, or broke the grammar.
    broken: Mutex<Vec<Broken>>,
    connections: AtomicUsize,
    open: Mutex<Vec<TcpStream>>,
    stop: AtomicBool,
    /// The body is the script's to read.
    raw_body: bool,
}

/// A backend on a port of its own; stopped when dropped.
pub struct Origin {
    pub port: u16,
    state: Arc<State>,
}

/// A script: gets the request and the connection to write to.
pub trait Script: Fn(&Seen, &mut TcpStream) -> Then + Send + Sync + 'static {}
impl<F: Fn(&Seen, &mut TcpStream) -> Then + Send + Sync + 'static> Script for F {}

impl Origin {
    /// Starts a backend that reads whole requests.
    pub fn start(script: impl Script) -> Origin {
        Origin::launch(false, script)
    }

    /// Starts a backend that reads heads only: `Seen::body` is what came with the head, as it came,
    /// and the rest is left in the socket.
    pub fn start_raw(script: impl Script) -> Origin {
        Origin::launch(true, script)
    }

    fn launch(raw_body: bool, script: impl Script) -> Origin {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port for a backend");
        let port = listener.local_addr().expect("bound").port();
        let state = Arc::new(State {
            seen: Mutex::default(),
            broken: Mutex::default(),
            connections: AtomicUsize::new(0),
            open: Mutex::default(),
            stop: AtomicBool::new(false),
            raw_body,
        });
        let (shared, script) = (Arc::clone(&state), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let connection = shared.connections.fetch_add(1, Ordering::SeqCst);
                lock(&shared.open).extend(stream.try_clone());
                let (shared, script) = (Arc::clone(&shared), Arc::clone(&script));
                std::thread::spawn(move || serve(connection, stream, &shared, &*script));
            }
        });
        Origin { port, state }
    }

    /// Answers every request with this JSON text.
    pub fn json(text: &'static str) -> Origin {
        Origin::start(move |_, stream| answer(stream, 200, "application/json", text.as_bytes()))
    }

    pub fn host(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Requests so far; they stay recorded.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// Requests since the last call.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut lock(&self.state.seen))
    }

    /// Requests since the last call that broke the grammar (those that only ended early are not
    /// among them).
    pub fn take_malformed(&self) -> Vec<String> {
        let broken = std::mem::take(&mut *lock(&self.state.broken));
        broken
            .into_iter()
            .filter_map(|b| if let Broken::Malformed(text) = b { Some(text) } else { None })
            .collect()
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        for stream in lock(&self.state.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(connection: usize, mut stream: TcpStream, state: &State, script: &impl Script) {
    let _ = stream.set_nodelay(true);
    let Ok(clone) = stream.try_clone() else { return };
    let mut reader = Reader::new(clone);
    for index in 0.. {
        let request = read_request(&mut reader, &mut stream, state.raw_body);
        let (head, body) = match request {
            Ok(request) => request,
            Err(Broken::Closed) => return,
            Err(fault) => {
                lock(&state.broken).push(fault);
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
        };
        let mut words = head.line.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let seen =
            Seen { method: method.to_owned(), target: target.to_owned(), head, body, connection, index };
        lock(&state.seen).push(seen.clone());
        match script(&seen, &mut stream) {
            Then::Keep => {}
            Then::Close => {
                let _ = stream.shutdown(Shutdown::Both);
                return;
            }
            Then::Reset => {
                let _ = socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO));
                lock(&state.open).retain(|s| s.peer_addr().ok() != stream.peer_addr().ok());
                return;
            }
        }
    }
}

/// Reads a request; says `100 Continue` when it is waited for.
pub fn read_request(
    reader: &mut Reader,
    stream: &mut TcpStream,
    raw_body: bool,
) -> Result<(Head, Vec<u8>), Broken> {
    let head = reader.head()?;
    let words: Vec<&str> = head.line.split(' ').collect();
    if words.len() != 3 || words[2] != "HTTP/1.1" || words.iter().any(|w| w.is_empty()) {
        return Err(Broken::Malformed(format!("request line {:?}", head.line)));
    }
    if head.values("host").len() != 1 {
        return Err(Broken::Malformed(format!("Host fields {:?}", head.values("host"))));
    }
    if head.values("expect").iter().any(|v| v.eq_ignore_ascii_case("100-continue")) {
        let _ = stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
    }
    let body = if raw_body { reader.buffered() } else { reader.body(&head, false)? };
    Ok((head, body))
}

/// Writes an answer with a length.
pub fn answer(stream: &mut TcpStream, status: u16, content_type: &str, body: &[u8]) -> Then {
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    write(stream, &[head.as_bytes(), body].concat())
}

/// Writes bytes as they are; a peer that has gone away ends the connection.
pub fn write(stream: &mut TcpStream, bytes: &[u8]) -> Then {
    if stream.write_all(bytes).is_ok() {
        Then::Keep
    } else {
        Then::Close
    }
}
