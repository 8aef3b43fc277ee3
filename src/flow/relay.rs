//! no-op endpoints: status, headers and body stream through in both directions.
//!
//! hot: a small answer leaves in one write, a large one chunk by chunk, as fast as the client
//! reads. A body that breaks is broken off visibly: never a clean end that the backend did not send.

use super::attempt::{Call, Place, Sent};
use super::blame::error_text;
use super::body::{self, Taken};
use super::ctx::Ctx;
use super::duplex::{drive, upload};
use super::fan::{At, Failed, Fresh};
use super::io::{Body, Client, Exchange, Io, Out, Rx, To};
use super::passage::Passage;
use super::redirect::{self, Heard, Hop, Moved};
use super::reply::{self, Head, HEAD_GAP};
use super::steps::{enter, Stop};
use super::{failure, Done};
use crate::base::chunk::{give_buffer, take_buffer, Chunk};
use crate::base::date::http_date;
use crate::encoding::compress::Codings;
use crate::filter::Outcome;
use crate::http::body::Framing;
use crate::http::fault::{Budget, Due, Fault, Kind, Whose};
use crate::http::h1::write;
use crate::http::head::{values, Known, Method, ResponseHead, Version};
use crate::plan::errors::Facts;
use std::cell::Cell;

/// How far the answer has come.
#[derive(Default)]
struct Progress {
    status: Cell<u16>,
    started: Cell<bool>,
    bytes: Cell<u64>,
    /// The end of the body is the end of the connection.
    until_close: Cell<bool>,
}

/// What an answer is passed on with.
#[derive(Clone, Copy)]
struct Way<'a, 'c> {
    ctx: &'a Ctx<'c>,
    progress: &'a Progress,
    /// gzip is the gateway's own wish, not the client's: the client gets the body unpacked.
    asks_gzip: bool,
}

impl<'a, 'c> Way<'a, 'c> {
    fn new(ctx: &'a Ctx<'c>, progress: &'a Progress, place: &Place<'_>) -> Way<'a, 'c> {
        Way { ctx, progress, asks_gzip: place.asks_gzip }
    }

    fn unpacks(&self, head: &ResponseHead, head_bytes: &[u8]) -> bool {
        let codings = || Codings::of(values(&head.fields, Known::ContentEncoding, head_bytes));
        self.asks_gzip
            && !matches!(head.framing, Framing::None | Framing::Length(0))
            && codings().is_ok_and(|codings| codings.is_some_and(|codings| codings.is_gzip()))
    }
}

/// How body data goes out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// With its length, or until the connection ends.
    Raw,
    Chunked,
    /// Not at all: the client asked with HEAD.
    Nothing,
}

/// Runs the one call of a no-op endpoint and passes its answer on.
pub async fn answer<I: Io, C: Client>(io: &I, ctx: &Ctx<'_>, index: usize, client: &mut C) -> Done {
    let endpoint = &ctx.built.plan.endpoints[index];
    let at = At { endpoint, backend: &endpoint.backends[0], built: &ctx.built.endpoints[index].backends[0] };
    let progress = Progress::default();
    let result = call(io, ctx, at, client, &progress).await;
    let mut done = Done::new(progress.status.get());
    done.bytes = progress.bytes.get();
    done.close = progress.until_close.get();
    let Err(Failed { fault, text, about, .. }) = result else { return done };
    done.fault = Some(fault);
    done.errors.push(error_text(text.as_deref().unwrap_or(reply::text(&fault)), &about));
    if progress.started.get() {
        done.abort = true;
        return done;
    }
    failed(ctx, at, done, fault, client).await
}

async fn failed<C: Client>(ctx: &Ctx<'_>, at: At<'_>, mut done: Done, fault: Fault, client: &mut C) -> Done {
    let mut out = take_buffer();
    out.resize(HEAD_GAP, 0);
    let errors = at.endpoint.errors.as_deref();
    done.status = reply::status_by(&fault, errors);
    let mut head = Head { status: done.status, completed: Some(false), gateway: true, ..Head::default() };
    let facts = Facts {
        status: done.status,
        message: reply::message(&fault),
        endpoint: &at.endpoint.route,
        backend: if fault.whose == Whose::Client { "" } else { &at.backend.pattern },
        ..Facts::default()
    };
    if failure::write_json(ctx, errors, &facts, &mut out) {
        head.content_type = reply::JSON;
    } else if ctx.built.plan.service.return_error_msg {
        head.content_type = reply::TEXT;
        out.extend_from_slice(reply::text(&fault).as_bytes());
    }
    let from = reply::seal(&mut out, ctx, &head);
    done.sent(out.len() - HEAD_GAP, client.halves().1.send(out, from).await)
}

async fn call<I: Io, C: Client>(
    io: &I,
    ctx: &Ctx<'_>,
    at: At<'_>,
    client: &mut C,
    progress: &Progress,
) -> Result<(), Failed> {
    let due = Due::new(ctx.start.after(at.endpoint.timeout), Budget::Endpoint);
    let mut entered = match enter(io, &at.built.filters, ctx, due.at).await {
        Ok(entered) => entered,
        Err(Stop::Fail(fault)) => return Err(fault.into()),
        Err(Stop::Reply(_)) => return Err(Fault::gateway(Kind::Internal("a backend filter replied")).into()),
    };
    let call = Call::new(io, at, &[], due);
    let taken = body::take(ctx, client).await?;
    let (body, out) = client.halves();
    let (place, bytes, heard) = match taken {
        Taken::Stream(length) => stream(io, ctx, call, (body, length), out, progress).await?,
        Taken::None => whole(io, ctx, call, None, out, progress).await?,
        Taken::Whole(bytes) => whole(io, ctx, call, Some(&bytes), out, progress).await?,
    };
    let result = match heard {
        Ok(Heard::Moved(moved)) => {
            let hop = Hop::new(To::Host(place.index), place.method, bytes, call.times);
            let way = Way::new(ctx, progress, &place);
            let read = async |rx: &mut <I::Exchange as Exchange>::Rx| download(rx, out, way, Fresh::No).await;
            // alloc: a backend that redirects
            Box::pin(redirect::follow(io, &ctx.built.plan, hop, moved, read)).await
        }
        other => {
            give_buffer(bytes);
            other.map(drop)
        }
    };
    entered.ended(if result.is_ok() { Outcome::Success } else { Outcome::Failure });
    result.map_err(|fault| Failed::of(fault, at, &place.host))
}

/// Where a request went, the request, and what was heard.
type Answered<'p> = (Place<'p>, Vec<u8>, Result<Heard<()>, Fault>);

/// Sends a request with all of its body and passes the answer on.
async fn whole<'p, I: Io, O: Out>(
    io: &I,
    ctx: &Ctx<'p>,
    call: Call<'_, '_>,
    body: Option<&[u8]>,
    out: &mut O,
    progress: &Progress,
) -> Result<Answered<'p>, Failed> {
    let Sent { place, bytes, exchange } = call.send(io, ctx, body).await?;
    let heard = match exchange {
        Ok(mut exchange) => {
            let way = Way::new(ctx, progress, &place);
            download(exchange.halves().1, out, way, Fresh::No).await.inspect(|_| exchange.release())
        }
        Err(fault) => Err(fault),
    };
    Ok((place, bytes, heard))
}

/// Sends a request whose body is still coming, of this length (`None`: unknown), and passes the
/// answer on meanwhile.
async fn stream<'p, I: Io, B: Body, O: Out>(
    io: &I,
    ctx: &Ctx<'p>,
    call: Call<'_, '_>,
    (body, length): (&mut B, Option<u64>),
    out: &mut O,
    progress: &Progress,
) -> Result<Answered<'p>, Failed> {
    let Sent { place, bytes, exchange } = call.open(io, ctx, length).await?;
    let heard = match exchange {
        Ok(mut exchange) => {
            let (tx, rx) = exchange.halves();
            let up = upload(tx, body, length.is_none(), call.times.due);
            let down = download(rx, out, Way::new(ctx, progress, &place), Fresh::Streamed);
            drive(up, down).await.inspect(|_| exchange.release())
        }
        Err(fault) => Err(fault),
    };
    Ok((place, bytes, heard))
}

/// Passes head and body on, unless the answer is a redirect that is to be followed.
async fn download<R: Rx, O: Out>(
    rx: &mut R,
    out: &mut O,
    way: Way<'_, '_>,
    fresh: Fresh,
) -> Result<Heard<()>, Fault> {
    if fresh == Fresh::Streamed {
        rx.read_head().await?;
    }
    let (head, head_bytes) = rx.head();
    if redirect::is_redirect(head.status) {
        if let Some(moved) = Moved::of(head, head_bytes, fresh == Fresh::No) {
            drop(rx.buffered()?);
            return Ok(Heard::Moved(moved));
        }
    }
    let mut bytes = take_buffer();
    let progress = way.progress;
    progress.status.set(head.status);
    let unpacks = way.unpacks(head, head_bytes);
    let mode = write_head(&mut bytes, way, head, head_bytes, unpacks);
    if mode == Mode::Nothing {
        progress.started.set(true);
        give_buffer(out.send(bytes, 0).await?);
        return Ok(Heard::Answer(()));
    }
    let mut passage = Passage::new(rx, unpacks);
    let mut first = passage.buffered()?;
    if let Some(piece) = first.take_if(|piece| bytes.len() + piece.len() + 32 <= bytes.capacity()) {
        progress.bytes.set(piece.len() as u64);
        frame(&mut bytes, &piece, mode);
    }
    let mut ended = passage.is_done() && first.is_none();
    if ended && mode == Mode::Chunked {
        bytes.extend_from_slice(write::LAST_CHUNK);
    }
    progress.started.set(true);
    give_buffer(out.send(bytes, 0).await?);
    while !ended {
        let piece = match first.take() {
            Some(piece) => Some(piece),
            None => passage.next().await?,
        };
        let Some(piece) = piece else { break };
        progress.bytes.set(progress.bytes.get() + piece.len() as u64);
        // The last piece and the last chunk leave together.
        ended = passage.is_done();
        send_piece(out, piece, mode, ended).await?;
        if ended {
            return Ok(Heard::Answer(()));
        }
    }
    if !ended && mode == Mode::Chunked {
        let mut last = take_buffer();
        last.extend_from_slice(write::LAST_CHUNK);
        give_buffer(out.send(last, 0).await?);
    }
    Ok(Heard::Answer(()))
}

async fn send_piece<O: Out>(out: &mut O, piece: Chunk, mode: Mode, last: bool) -> Result<(), Fault> {
    let bytes = if mode == Mode::Raw {
        let (buffer, start) = piece.into_parts();
        out.send(buffer, start).await?
    } else {
        let mut framed = take_buffer();
        frame(&mut framed, &piece, mode);
        if last {
            framed.extend_from_slice(write::LAST_CHUNK);
        }
        out.send(framed, 0).await?
    };
    give_buffer(bytes);
    Ok(())
}

fn frame(bytes: &mut Vec<u8>, piece: &[u8], mode: Mode) {
    if mode == Mode::Chunked {
        write::chunk_start(bytes, piece.len());
    }
    bytes.extend_from_slice(piece);
    if mode == Mode::Chunked {
        bytes.extend_from_slice(write::CHUNK_END);
    }
}

/// The backend's head, written anew: its fields but those of its connection, and ours.
fn write_head(
    bytes: &mut Vec<u8>,
    way: Way<'_, '_>,
    head: &ResponseHead,
    head_bytes: &[u8],
    unpacks: bool,
) -> Mode {
    let Way { ctx, progress, .. } = way;
    write::status_line(bytes, head.status);
    let mut dated = false;
    for field in head.fields.iter().filter(|f| !f.hop && f.known != Known::ContentLength) {
        if unpacks && field.known == Known::ContentEncoding {
            continue;
        }
        dated |= field.known == Known::Date;
        write::field(bytes, field.name.of(head_bytes), field.value.of(head_bytes));
    }
    if !dated {
        write::field(bytes, b"Date", &http_date(ctx.start));
    }
    let hidden = ctx.built.plan.service.hide_version;
    write::field(bytes, b"X-Krakend", if hidden { b"Version undefined" } else { reply::VERSION.as_bytes() });
    bytes.extend_from_slice(b"X-Krakend-Completed: false\r\n");
    let mode = write_framing(bytes, way, head, head_bytes, unpacks);
    if progress.until_close.get() {
        bytes.extend_from_slice(b"Connection: close\r\n");
    } else {
        bytes.extend_from_slice(reply::connection_line(ctx));
    }
    bytes.extend_from_slice(b"\r\n");
    mode
}

/// Says how the body goes out.
fn write_framing(
    bytes: &mut Vec<u8>,
    way: Way<'_, '_>,
    head: &ResponseHead,
    head_bytes: &[u8],
    unpacks: bool,
) -> Mode {
    let ctx = way.ctx;
    if ctx.head.method == Method::Head {
        if let Some(length) = announced(head, head_bytes).filter(|_| !unpacks) {
            write::content_length(bytes, length);
        }
        return Mode::Nothing;
    }
    match head.framing {
        Framing::Length(n) if !unpacks => {
            write::content_length(bytes, n);
            Mode::Raw
        }
        Framing::None => {
            // The backend was asked with HEAD, the client's answer ends with its head.
            if !matches!(head.status, 204 | 304) {
                write::content_length(bytes, 0);
            }
            Mode::Raw
        }
        _ if ctx.head.version == Version::Http10 => {
            way.progress.until_close.set(true);
            Mode::Raw
        }
        _ => {
            write::field(bytes, b"Transfer-Encoding", b"chunked");
            Mode::Chunked
        }
    }
}

/// The length that the answer to a GET would have.
fn announced(head: &ResponseHead, head_bytes: &[u8]) -> Option<u64> {
    match head.framing {
        Framing::Length(n) => Some(n),
        Framing::None if head.status != 204 => {
            let written = values(&head.fields, Known::ContentLength, head_bytes).next()?;
            std::str::from_utf8(written).ok()?.parse().ok()
        }
        _ => None,
    }
}
