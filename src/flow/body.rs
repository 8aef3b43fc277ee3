//! How an endpoint takes the client's request body; knows no socket.

use super::ctx::Ctx;
use super::io::{Body, Client, Out};
use crate::base::chunk::{give_buffer, take_buffer, Chunk};
use crate::http::body::Framing;
use crate::http::fault::{Due, Fault, Kind};
use crate::http::h1::write;

/// The body as a call can use it.
pub enum Taken {
    None,
    /// All of it was there already.
    Whole(Chunk),
    /// Still coming; `None`: of unknown length.
    Stream(Option<u64>),
}

/// Looks at the body without waiting for it; lets a client that asked go on with it.
pub async fn take<C: Client>(ctx: &Ctx<'_>, client: &mut C) -> Result<Taken, Fault> {
    let (body, out) = client.halves();
    let length = match body.framing() {
        Framing::None | Framing::Length(0) => return Ok(Taken::None),
        Framing::Length(n) => Some(n),
        Framing::Chunked | Framing::UntilClose => None,
    };
    if let Some(whole) = body.buffered() {
        return Ok(Taken::Whole(whole));
    }
    if ctx.head.expect_continue {
        go_on(out).await?;
    }
    Ok(Taken::Stream(length))
}

async fn go_on<O: Out>(out: &mut O) -> Result<(), Fault> {
    let mut bytes = take_buffer();
    bytes.extend_from_slice(write::CONTINUE);
    give_buffer(out.send(bytes, 0).await?);
    Ok(())
}

/// Reads all of it into memory, at most `limit` bytes: several calls need a copy each.
pub async fn collect<C: Client>(
    ctx: &Ctx<'_>,
    client: &mut C,
    limit: usize,
    due: Due,
) -> Result<Option<Chunk>, Fault> {
    let length = match take(ctx, client).await? {
        Taken::None => return Ok(None),
        Taken::Whole(chunk) => return Ok(Some(chunk)),
        Taken::Stream(length) => length,
    };
    if length.is_some_and(|n| n > limit as u64) {
        return Err(Fault::client(Kind::BodyTooLarge));
    }
    let mut whole = take_buffer();
    let body = client.halves().0;
    while let Some(piece) = body.next(due).await? {
        if whole.len() + piece.len() > limit {
            return Err(Fault::client(Kind::BodyTooLarge));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(Some(Chunk::new(whole)))
}
