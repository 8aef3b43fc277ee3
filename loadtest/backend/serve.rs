//! The origin's sockets: threads with a runtime each, all on the same listeners; knows nothing of
//! what is answered.

use super::super::framing::{Body, Fields, Malformed};
use super::answer::{Answer, Answers, Behaviour, BAD_REQUEST};
use super::options::Options;
use monoio::buf::IoBufMut;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};
use socket2::{Domain, Protocol, Socket, Type};
use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

/// Read buffer; a request's head must fit into it.
const BUFFER_BYTES: usize = 16 << 10;
const FIELDS: usize = 128;
/// Open connections of one thread; more are closed at once.
const CONNECTIONS_MAX: usize = 20_000;
const BACKLOG: i32 = 4096;
/// Pause after a failed accept, milliseconds.
const ACCEPT_PAUSE_MS: u64 = 20;

/// Starts all threads; returns where they listen.
///
/// # Errors
/// A text: a port is taken, or there are no threads.
pub fn start(options: &Options, answers: &Arc<Answers>) -> Result<Vec<SocketAddr>, String> {
    let mut bound = options.listen.clone();
    let shared = options.cores.len() > 1;
    let cores: Vec<Option<usize>> = match options.cores.as_slice() {
        [] => vec![None],
        cores => cores.iter().copied().map(Some).collect(),
    };
    for (index, core) in cores.into_iter().enumerate() {
        let mut listeners = Vec::new();
        for addr in &mut bound {
            let listener = listen(*addr, shared).map_err(|e| format!("cannot listen on {addr}: {e}"))?;
            *addr = listener.local_addr().map_err(|e| e.to_string())?;
            listeners.push(listener);
        }
        let answers = answers.clone();
        std::thread::Builder::new()
            .name(format!("origin-{index}"))
            .spawn(move || {
                if let Err(e) = thread(core, listeners, answers) {
                    eprintln!("origin: {e}");
                    std::process::exit(1);
                }
            })
            .map_err(|e| e.to_string())?;
    }
    Ok(bound)
}

/// `shared`: several threads listen on this port, and the kernel spreads the connections.
fn listen(addr: SocketAddr, shared: bool) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn thread(
    core: Option<usize>,
    listeners: Vec<std::net::TcpListener>,
    answers: Arc<Answers>,
) -> Result<(), String> {
    if let Some(id) = core {
        if !core_affinity::set_for_current(core_affinity::CoreId { id }) {
            return Err(format!("cannot run on core {id}"));
        }
    }
    let mut runtime = monoio::RuntimeBuilder::<monoio::LegacyDriver>::new()
        .enable_timer()
        .build()
        .map_err(|e| format!("no runtime: {e}"))?;
    runtime.block_on(async {
        let open = Rc::new(Cell::new(0));
        let mut accepting = Vec::new();
        for listener in listeners {
            let listener = TcpListener::from_std(listener).map_err(|e| e.to_string())?;
            accepting.push(monoio::spawn(accept(listener, answers.clone(), open.clone())));
        }
        for task in accepting {
            task.await;
        }
        Ok(())
    })
}

/// Counts one open connection for as long as it lives.
struct Seat(Rc<Cell<usize>>);

impl Seat {
    fn take(open: &Rc<Cell<usize>>) -> Option<Seat> {
        if open.get() >= CONNECTIONS_MAX {
            return None;
        }
        open.set(open.get() + 1);
        Some(Seat(open.clone()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

async fn accept(listener: TcpListener, answers: Arc<Answers>, open: Rc<Cell<usize>>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            monoio::time::sleep(std::time::Duration::from_millis(ACCEPT_PAUSE_MS)).await;
            continue;
        };
        if let Some(seat) = Seat::take(&open) {
            let answers = answers.clone();
            monoio::spawn(async move {
                // An error is a client that has gone: nobody is left to be told.
                let _ = serve(stream, &answers).await;
                drop(seat);
            });
        }
    }
}

/// A request's head, as far as the origin cares.
struct Request {
    /// Bytes of the head.
    taken: usize,
    target: String,
    /// HEAD: the answer's body is left out.
    head_only: bool,
    keep: bool,
    expects: bool,
    body: Option<Body>,
}

async fn serve(mut stream: TcpStream, answers: &Answers) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut input = Input { buffer: Vec::with_capacity(BUFFER_BYTES), start: 0 };
    loop {
        let request = match parse(input.unread()) {
            Ok(Some(request)) => request,
            Ok(None) => {
                if input.unread().len() == BUFFER_BYTES {
                    return stream.write_all(BAD_REQUEST).await.0.map(|_| ());
                }
                if input.fill(&mut stream).await? == 0 {
                    return Ok(());
                }
                continue;
            }
            Err(Malformed) => return stream.write_all(BAD_REQUEST).await.0.map(|_| ()),
        };
        input.start += request.taken;
        if request.expects {
            stream.write_all(&b"HTTP/1.1 100 Continue\r\n\r\n"[..]).await.0?;
        }
        if let Some(mut body) = request.body {
            loop {
                let Ok(skipped) = body.skip(input.unread()) else {
                    return stream.write_all(BAD_REQUEST).await.0.map(|_| ());
                };
                input.start += skipped.taken;
                if skipped.done {
                    break;
                }
                if input.fill(&mut stream).await? == 0 {
                    return Ok(());
                }
            }
        }
        let behaviour = send(&mut stream, answers, &request).await?;
        if behaviour.close || !request.keep {
            return Ok(());
        }
    }
}

async fn send(stream: &mut TcpStream, answers: &Answers, request: &Request) -> io::Result<Behaviour> {
    let (answer, behaviour) = answers.to(&request.target);
    if !behaviour.delay.is_zero() {
        monoio::time::sleep(behaviour.delay).await;
    }
    let mut bytes = match answer {
        Answer::Ready(bytes) => bytes.to_vec(),
        Answer::Made(bytes) => bytes,
    };
    if request.head_only {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
        bytes.truncate(end);
    }
    stream.write_all(bytes).await.0?;
    Ok(behaviour)
}

/// What came from the client and is not used yet.
struct Input {
    buffer: Vec<u8>,
    start: usize,
}

impl Input {
    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or(&[])
    }

    /// Reads more; 0 at the end of the connection.
    async fn fill(&mut self, stream: &mut TcpStream) -> io::Result<usize> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let filled = self.buffer.len();
        let buffer = std::mem::take(&mut self.buffer);
        let (read, slice) = stream.read(buffer.slice_mut(filled..BUFFER_BYTES)).await;
        self.buffer = slice.into_inner();
        read
    }
}

/// Reads a request's head; `None`: it has not come whole.
fn parse(input: &[u8]) -> Result<Option<Request>, Malformed> {
    let mut headers = [httparse::EMPTY_HEADER; FIELDS];
    let mut head = httparse::Request::new(&mut headers);
    let taken = match head.parse(input).map_err(|_| Malformed)? {
        httparse::Status::Complete(taken) => taken,
        httparse::Status::Partial => return Ok(None),
    };
    let fields = Fields::of(head.headers)?;
    let expects = head
        .headers
        .iter()
        .any(|h| h.name.eq_ignore_ascii_case("expect") && h.value.eq_ignore_ascii_case(b"100-continue"));
    Ok(Some(Request {
        taken,
        target: head.path.unwrap_or("/").to_owned(),
        head_only: head.method == Some("HEAD"),
        keep: fields.keeps(head.version.unwrap_or(0)),
        expects,
        body: fields.body(),
    }))
}
