//! One connection of the load generator: send a request, read its answer, again; knows neither
//! when requests are due nor what is made of the figures.

use super::super::framing::{Body, Fields, Malformed, Skipped};
use super::report::{Kind, Tally};
use super::{Pace, Times};
use monoio::buf::IoBufMut;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::TcpStream;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Read buffer; an answer's head must fit into it.
const BUFFER_BYTES: usize = 64 << 10;
/// Header fields of an answer.
const FIELDS: usize = 128;
/// Interim answers (1xx) before the final one.
const INTERIM: usize = 16;
/// Pause of a closed loop after an error, so that a dead server is not hammered.
const PAUSE: Duration = Duration::from_millis(10);

/// What all connections of a thread share.
pub struct Work {
    pub addr: SocketAddr,
    /// The request's bytes; the process ends with them, so they are never freed.
    pub request: &'static [u8],
    pub head_only: bool,
    pub new_connections: bool,
    pub timeout: Duration,
    pub open_loop: bool,
    pub times: Times,
    pub pace: Rc<Pace>,
    pub tally: RefCell<Tally>,
}

/// An answer, read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Head and body as they came, framing included.
    pub bytes: u64,
    keep: bool,
}

/// An open connection with its buffer.
struct Link {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Answers read so far.
    used: u64,
}

/// Why an exchange failed.
struct Failure {
    kind: Kind,
    /// The connection was kept, and closed before it said anything: try a new one.
    stale: bool,
}

impl From<Kind> for Failure {
    fn from(kind: Kind) -> Failure {
        Failure { kind, stale: false }
    }
}

/// Makes requests until there are no more of them.
pub async fn run(work: Rc<Work>) {
    let mut link = None;
    while let Some(due) = work.pace.next().await {
        let sent = Instant::now();
        let outcome = match monoio::time::timeout(work.timeout, answer(&work, link.take())).await {
            Ok(Ok((answer, kept))) => {
                link = kept;
                Ok(answer)
            }
            Ok(Err(kind)) => Err(kind),
            Err(_) => Err(Kind::Timeout),
        };
        let done = Instant::now();
        let failed = outcome.is_err();
        if counts(&work, due, done) || (failed && due >= work.times.measured) {
            work.tally.borrow_mut().record(due, sent, done, outcome);
        }
        if failed && !work.open_loop {
            monoio::time::sleep(PAUSE).await;
        }
    }
}

/// Open loop: what was due in the measured time. Closed loop: what ended in it.
fn counts(work: &Work, due: Instant, done: Instant) -> bool {
    due >= work.times.measured && (work.open_loop || done <= work.times.end)
}

/// Gets one answer, on `link` if there is one. A kept connection that the server closed meanwhile
/// is replaced once, which is what any client must do (RFC 9112 section 9.3.1).
async fn answer(work: &Work, link: Option<Link>) -> Result<(Answer, Option<Link>), Kind> {
    let reused = match link {
        Some(link) => match exchange(work, link).await {
            Err(failure) if failure.stale => None,
            other => Some(other),
        },
        None => None,
    };
    let outcome = match reused {
        Some(outcome) => outcome,
        None => {
            work.tally.borrow_mut().connections += 1;
            let stream = TcpStream::connect_addr(work.addr).await.map_err(|_| Kind::Connect)?;
            stream.set_nodelay(true).map_err(|_| Kind::Connect)?;
            exchange(work, Link { stream, buffer: Vec::with_capacity(BUFFER_BYTES), used: 0 }).await
        }
    };
    let (answer, link) = outcome.map_err(|failure| failure.kind)?;
    Ok((answer, (answer.keep && !work.new_connections).then_some(link)))
}

async fn exchange(work: &Work, mut link: Link) -> Result<(Answer, Link), Failure> {
    let stale = link.used > 0;
    let (written, _) = link.stream.write_all(work.request).await;
    written.map_err(|_| Failure { kind: Kind::Write, stale })?;
    link.buffer.clear();
    let mut reply = Reply::default();
    loop {
        let filled = link.buffer.len();
        if filled == BUFFER_BYTES {
            return Err(Kind::Malformed.into());
        }
        let (read, slice) = link.stream.read(link.buffer.slice_mut(filled..BUFFER_BYTES)).await;
        link.buffer = slice.into_inner();
        let silent = filled == 0 && reply.taken == 0;
        let read = read.map_err(|_| Failure { kind: Kind::Read, stale: stale && silent })?;
        if read == 0 {
            if !reply.ends_with_connection() {
                return Err(Failure { kind: Kind::Closed, stale: stale && silent });
            }
            let answer = reply.answer(false);
            return Ok((answer, link));
        }
        let step = reply.take(&link.buffer, work.head_only).map_err(|_| Kind::Malformed)?;
        if step.done {
            // Bytes after the answer belong to no request.
            if step.taken != link.buffer.len() {
                return Err(Kind::Malformed.into());
            }
            link.used += 1;
            let answer = reply.answer(true);
            return Ok((answer, link));
        }
        if step.taken > 0 {
            link.buffer.drain(..step.taken);
        }
    }
}

/// An answer being read.
#[derive(Default)]
pub struct Reply {
    state: State,
    status: u16,
    keep: bool,
    interim: usize,
    taken: u64,
}

#[derive(Default)]
enum State {
    #[default]
    Head,
    Body(Body),
    UntilClose,
}

impl Reply {
    /// Takes what it can from the front of `input`; what it leaves must come again with more.
    pub fn take(&mut self, input: &[u8], head_only: bool) -> Result<Skipped, Malformed> {
        let mut at = 0;
        let mut done = false;
        while !done {
            match &mut self.state {
                State::Head => match self.head(&input[at..], head_only)? {
                    None => break,
                    Some(head) => {
                        at += head.taken;
                        done = head.done;
                    }
                },
                State::Body(body) => {
                    let skipped = body.skip(&input[at..])?;
                    at += skipped.taken;
                    done = skipped.done;
                    if !done {
                        break;
                    }
                }
                State::UntilClose => {
                    at = input.len();
                    break;
                }
            }
        }
        self.taken += at as u64;
        Ok(Skipped { taken: at, done })
    }

    /// Reads a head; `None`: it has not come whole.
    fn head(&mut self, input: &[u8], head_only: bool) -> Result<Option<Skipped>, Malformed> {
        let mut headers = [httparse::EMPTY_HEADER; FIELDS];
        let mut head = httparse::Response::new(&mut headers);
        let taken = match head.parse(input).map_err(|_| Malformed)? {
            httparse::Status::Complete(taken) => taken,
            httparse::Status::Partial => return Ok(None),
        };
        let fields = Fields::of(head.headers)?;
        self.status = head.code.unwrap_or(0);
        if (100..200).contains(&self.status) {
            self.interim += 1;
            if self.interim > INTERIM || self.status == 101 {
                return Err(Malformed);
            }
            return Ok(Some(Skipped { taken, done: false }));
        }
        self.keep = fields.keeps(head.version.unwrap_or(0));
        let bodiless = head_only || self.status == 204 || self.status == 304 || fields.length == Some(0);
        self.state = match fields.body() {
            _ if bodiless => return Ok(Some(Skipped { taken, done: true })),
            Some(body) => State::Body(body),
            None => State::UntilClose,
        };
        Ok(Some(Skipped { taken, done: false }))
    }

    /// The end of the connection is the end of this answer.
    pub fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::UntilClose)
    }

    /// The answer, once it is done; `open`: the connection is.
    pub fn answer(&self, open: bool) -> Answer {
        Answer { status: self.status, bytes: self.taken, keep: self.keep && open }
    }
}
