//! no-op endpoints: status, headers and body stream through in both directions.
//!
//! hot: a small answer leaves in one write, a large one chunk by chunk, as fast as the client
//! reads. A body that breaks is broken off visibly: never a clean end that the backend did not send.

use super::body::{self, Taken};
use super::ctx::Ctx;
use super::duplex::{drive, upload};
use super::fan::{At, Fresh};
use super::hosts;
use super::io::{Body, Client, Exchange, Io, Out, Outgoing, Rx, To};
use super::passage::Passage;
use super::redirect::{self, Heard, Hop, Moved};
use super::reply::{self, Head, HEAD_GAP};
use super::request::{self, write_request, Draft, OutBody};
use super::steps::{enter, Stop};
use super::{failure, Done};
use crate::base::chunk::{give_buffer, take_buffer, Chunk};
use crate::base::date::http_date;
use crate::encoding::compress::Codings;
use crate::filter::Outcome;
use crate::http::body::Framing;
use crate::http::fault::{Fault, Kind, Whose};
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

impl Way<'_, '_> {
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
    let Err(fault) = result else { return done };
    done.fault = Some(fault);
    let text = hosts::explain(&ctx.built.plan, &fault);
    done.errors.push(text.unwrap_or_else(|| reply::text(&fault).to_owned()));
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
) -> Result<(), Fault> {
    let deadline = ctx.start.after(at.endpoint.timeout);
    let mut entered = match enter(io, &at.built.filters, ctx, deadline).await {
        Ok(entered) => entered,
        Err(Stop::Fail(fault)) => return Err(fault),
        Err(Stop::Reply(_)) => return Err(Fault::gateway(Kind::Internal("a backend filter replied"))),
    };
    let plan = &*ctx.built.plan;
    let candidates = hosts::candidates(io, &at.backend.hosts, deadline).await?;
    let host = at.built.pick(&candidates).ok_or(Fault::upstream(Kind::NoHosts))?;
    let to = hosts::at(io, plan, host).ok_or(Fault::gateway(Kind::Internal("host index out of range")))?;
    let taken = body::take(ctx, client).await?;
    let framing = match &taken {
        Taken::None => OutBody::None,
        Taken::Whole(whole) => OutBody::Length(whole.len() as u64),
        Taken::Stream(Some(length)) => OutBody::Length(*length),
        Taken::Stream(None) => OutBody::Chunked,
    };
    let mut bytes = take_buffer();
    let draft = Draft { endpoint: at.endpoint, backend: at.backend, host: &to, earlier: &[], body: framing };
    let Ok(written) = write_request(&mut bytes, ctx, &draft) else {
        return Err(Fault::gateway(Kind::Internal("a no-op endpoint has no earlier answers")));
    };
    let way = Way { ctx, progress, asks_gzip: written.asks_gzip };
    if let Taken::Whole(whole) = &taken {
        bytes.extend_from_slice(whole);
    }
    let method = request::method(ctx, at.endpoint, at.backend);
    let request = Outgoing { to: To::Host(host), method, bytes, deadline };
    let (body, out) = client.halves();
    let length = if let Taken::Stream(length) = taken { Some(length) } else { None };
    let (bytes, heard) = send(io, way, request, length, (&mut *body, &mut *out)).await;
    let result = match heard {
        Ok(Heard::Moved(moved)) => {
            let hop = Hop::new(To::Host(host), method, bytes, deadline);
            let read = async |rx: &mut <I::Exchange as Exchange>::Rx| download(rx, out, way, Fresh::No).await;
            // alloc: a backend that redirects
            Box::pin(redirect::follow(io, plan, hop, moved, read)).await
        }
        other => {
            give_buffer(bytes);
            other.map(drop)
        }
    };
    entered.ended(if result.is_ok() { Outcome::Success } else { Outcome::Failure });
    result
}

/// Sends the request and passes the answer on. `length`: the body is still coming, and so long
/// (`None`: of unknown length).
async fn send<I: Io, B: Body, O: Out>(
    io: &I,
    way: Way<'_, '_>,
    request: Outgoing,
    length: Option<Option<u64>>,
    (body, out): (&mut B, &mut O),
) -> (Vec<u8>, Result<Heard<()>, Fault>) {
    let deadline = request.deadline;
    let (bytes, called) = match length {
        None => io.call(request).await,
        Some(_) => io.open(request).await,
    };
    let mut exchange = match called {
        Ok(exchange) => exchange,
        Err(fault) => return (bytes, Err(fault)),
    };
    let (tx, rx) = exchange.halves();
    let heard = match length {
        None => download(rx, out, way, Fresh::No).await,
        Some(length) => {
            let up = upload(tx, body, length.is_none(), deadline);
            drive(up, download(rx, out, way, Fresh::Streamed)).await
        }
    };
    (bytes, heard.inspect(|_| exchange.release()))
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
