//! Calls to backends whose answers become data: one, or several at once in this one task.
//!
//! hot: nothing is spawned and nothing crosses threads. A call that is dropped closes its
//! connection.

use super::attempt::{Call, Place, Sent};
use super::blame::blame;
use super::built::BuiltBackend;
use super::ctx::Ctx;
use super::duplex::{drive, upload};
use super::failure;
use super::io::{Body, Exchange, Io, Rx, To};
use super::redirect::{self, Heard, Hop, Moved};
use super::steps::{enter, Entered, Stop};
use crate::base::chunk::{give_buffer, Chunk};
use crate::encoding::compress::Codings;
use crate::encoding::Decoder;
use crate::filter::Outcome;
use crate::http::fault::{Due, Fault, Kind};
use crate::http::head::{values, Known};
use crate::limits::{BACKEND_BODY_BYTES, TARGET_BODY_BYTES};
use crate::plan::errors::ErrorBody;
use crate::plan::{BackendPlan, EndpointPlan, ErrorMode, HostPlan};

/// Which call of which endpoint.
#[derive(Clone, Copy)]
pub struct At<'b> {
    pub endpoint: &'b EndpointPlan,
    pub backend: &'b BackendPlan,
    pub built: &'b BuiltBackend,
}

/// How a call ended.
pub type Fetch<'b> = Result<Fetched<'b>, Failed>;

/// A call that gave data.
pub struct Fetched<'b> {
    pub data: Data<'b>,
    /// What the backend answered.
    pub status: u16,
    /// To be told how decoding went.
    pub entered: Entered<'b>,
}

/// What a call gave.
pub enum Data<'b> {
    /// A body to decode.
    Body(Chunk),
    /// `return_error_details`: a finished member, not an answer that counts as complete.
    Member { key: &'b str, json: Vec<u8> },
    /// A no-op backend below a decoding output: an empty object.
    Nothing,
    /// `any_2xx`: success without a body.
    Empty,
    /// The same, with the body that a later call wants.
    Raw(Chunk),
}

/// A call that failed.
pub struct Failed {
    pub fault: Fault,
    /// For the log and for `return_error_msg`, where the fault alone does not say enough.
    pub text: Option<String>,
    /// For the log only: which backend it was, and what ended; may be empty.
    pub about: String,
    /// What the backend answered, where the client may get it.
    pub answer: Option<Box<CodeAnswer>>,
}

impl Failed {
    /// A call's failure, with what the log says of it.
    #[must_use]
    pub fn of(fault: Fault, at: At<'_>, host: &HostPlan) -> Failed {
        Failed { about: blame(&fault, at, Some(host)), ..fault.into() }
    }
}

/// The answer of a failing backend, as `return_error_code` and `sluice/errors` pass it on.
pub struct CodeAnswer {
    pub status: u16,
    pub content_type: Vec<u8>,
    pub body: Chunk,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Failed {
        Failed { fault, text: None, about: String::new(), answer: None }
    }
}

/// The request body of a call.
pub enum Send<'a, B> {
    None,
    /// In memory; sent with its length.
    Whole(&'a [u8]),
    /// Sent as it comes in. `None`: of unknown length, chunked.
    Stream(&'a mut B, Option<u64>),
}

/// What a call is made with, besides what the plan says.
pub struct Order<'a, B> {
    pub body: Send<'a, B>,
    /// What the earlier backends of a sequence gave.
    pub earlier: &'a [Vec<u8>],
    pub due: Due,
}

/// An answer, read whole as far as the endpoint needs it.
struct Answer {
    status: u16,
    body: Option<Chunk>,
    content_type: Vec<u8>,
    packed: Option<Codings>,
}

/// Makes one call and reads its answer.
pub async fn fetch<'b, I: Io, B: Body>(
    io: &I,
    ctx: &Ctx<'_>,
    at: At<'b>,
    order: Order<'_, B>,
) -> Result<Fetched<'b>, Failed> {
    let mut entered = match enter(io, &at.built.filters, ctx, order.due.at).await {
        Ok(entered) => entered,
        Err(Stop::Fail(fault)) => return Err(fault.into()),
        Err(Stop::Reply(_)) => return Err(Fault::gateway(Kind::Internal("a backend filter replied")).into()),
    };
    let result = exchange(io, ctx, at, order).await;
    if result.is_err() {
        entered.ended(Outcome::Failure);
    }
    result.map(|(status, data)| Fetched { data, status, entered })
}

async fn exchange<'b, I: Io, B: Body>(
    io: &I,
    ctx: &Ctx<'_>,
    at: At<'b>,
    order: Order<'_, B>,
) -> Result<(u16, Data<'b>), Failed> {
    let Order { body, earlier, due } = order;
    let call = Call::new(io, at, earlier, due);
    let (place, bytes, heard) = match body {
        Send::Stream(source, length) => stream(io, ctx, call, source, length).await?,
        Send::None => whole(io, ctx, call, None).await?,
        Send::Whole(bytes) => whole(io, ctx, call, Some(bytes)).await?,
    };
    let url = |bytes: &[u8]| url_of(bytes, &place);
    match heard {
        Ok(Heard::Answer(answer)) => {
            let result = judge(answer, at, || url(&bytes));
            give_buffer(bytes);
            result
        }
        Ok(Heard::Moved(moved)) => {
            let asked = url(&bytes);
            let hop = Hop::new(To::Host(place.index), place.method, bytes, call.times);
            let read = async |rx: &mut <I::Exchange as Exchange>::Rx| answer(rx, at, Fresh::No).await;
            // alloc: a backend that redirects
            let answer = Box::pin(redirect::follow(io, &ctx.built.plan, hop, moved, read)).await;
            judge(answer.map_err(|fault| Failed::of(fault, at, &place.host))?, at, || asked)
        }
        Err(fault) => {
            give_buffer(bytes);
            Err(Failed::of(fault, at, &place.host))
        }
    }
}

/// Where a request went, the request, and what was heard.
type Answered<'p> = (Place<'p>, Vec<u8>, Result<Heard<Answer>, Fault>);

/// Sends a request with all of its body, and reads the answer.
async fn whole<'p, I: Io>(
    io: &I,
    ctx: &Ctx<'p>,
    call: Call<'_, '_>,
    body: Option<&[u8]>,
) -> Result<Answered<'p>, Failed> {
    let Sent { place, bytes, exchange } = call.send(io, ctx, body).await?;
    let heard = match exchange {
        Ok(mut exchange) => {
            answer(exchange.halves().1, call.at, Fresh::No).await.inspect(|_| exchange.release())
        }
        Err(fault) => Err(fault),
    };
    Ok((place, bytes, heard))
}

/// Sends a request whose body is still coming, and reads the answer meanwhile.
async fn stream<'p, I: Io, B: Body>(
    io: &I,
    ctx: &Ctx<'p>,
    call: Call<'_, '_>,
    source: &mut B,
    length: Option<u64>,
) -> Result<Answered<'p>, Failed> {
    let Sent { place, bytes, exchange } = call.open(io, ctx, length).await?;
    let heard = match exchange {
        Ok(mut exchange) => {
            let (tx, rx) = exchange.halves();
            let up = upload(tx, source, length.is_none(), call.times.due);
            let down = answer(rx, call.at, Fresh::Streamed);
            drive(up, down).await.inspect(|_| exchange.release())
        }
        Err(fault) => Err(fault),
    };
    Ok((place, bytes, heard))
}

/// Whether the head of an answer is still to come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fresh {
    No,
    /// It is, and the request's body is sent as it comes: it cannot be sent again.
    Streamed,
}

/// Reads the answer as far as it is needed.
async fn answer<R: Rx>(rx: &mut R, at: At<'_>, fresh: Fresh) -> Result<Heard<Answer>, Fault> {
    if fresh == Fresh::Streamed {
        rx.read_head().await?;
    }
    let backend = at.backend;
    let (head, bytes) = rx.head();
    let status = head.status;
    if redirect::is_redirect(status) {
        if let Some(moved) = Moved::of(head, bytes, fresh == Fresh::No) {
            drop(rx.buffered()?);
            return Ok(Heard::Moved(moved));
        }
    }
    let good = is_good(at, status);
    let packed = Codings::of(values(&head.fields, Known::ContentEncoding, bytes))?;
    let wanted = match (backend.encoding, &backend.errors) {
        (Decoder::NoOp, _) => backend.keep_body,
        (_, ErrorMode::Fault) => good || passes_body(at.endpoint),
        _ => true,
    };
    let mut content_type = Vec::new(); // alloc: none unless an error answer is passed on
    if wanted && !good {
        content_type.extend(values(&head.fields, Known::ContentType, bytes).next().unwrap_or_default());
    }
    if !wanted {
        // Nobody reads this body. When it has come already, the connection stays usable.
        drop(rx.buffered()?);
        return Ok(Heard::Answer(Answer { status, body: None, content_type, packed }));
    }
    let limit = if backend.keep_body { TARGET_BODY_BYTES } else { BACKEND_BODY_BYTES };
    let body = rx.collect(limit).await?;
    Ok(Heard::Answer(Answer { status, body: Some(body), content_type, packed }))
}

/// KrakenD: 200 and 201 are success.
fn is_good(at: At<'_>, status: u16) -> bool {
    matches!(status, 200 | 201) || failure::is_kept(at.endpoint.errors.as_deref(), status)
}

/// The client gets the body of a failing backend.
fn passes_body(endpoint: &EndpointPlan) -> bool {
    endpoint.errors.as_ref().is_some_and(|errors| errors.body == ErrorBody::Backend)
}

/// Turns an answer into data, with its status, or into this backend's failure.
fn judge<'b>(answer: Answer, at: At<'b>, url: impl FnOnce() -> String) -> Result<(u16, Data<'b>), Failed> {
    let backend = at.backend;
    let body = match (answer.body, answer.packed) {
        (Some(body), Some(packed)) => Some(packed.decode(body, BACKEND_BODY_BYTES)?),
        (body, _) => body,
    };
    let status = answer.status;
    if backend.encoding == Decoder::NoOp {
        return Ok((status, body.map_or(Data::Nothing, Data::Raw)));
    }
    match (&backend.errors, body) {
        (_, Some(body)) if is_good(at, status) => {
            let empty = body.is_empty() && failure::is_kept(at.endpoint.errors.as_deref(), status);
            Ok((status, if empty { Data::Empty } else { Data::Body(body) }))
        }
        (ErrorMode::Details(key), Some(body)) => {
            let json = details(status, &body, &answer.content_type);
            Ok((200, Data::Member { key, json }))
        }
        (mode, body) => {
            let fault = Fault::upstream(Kind::Status(status));
            let text = match (mode, &body) {
                // alloc: a failing backend
                (ErrorMode::Code, Some(body)) => String::from_utf8_lossy(body).into_owned(),
                _ => url_text(status, backend, &url()),
            };
            let content_type = answer.content_type;
            let answer = body.map(|body| Box::new(CodeAnswer { status, content_type, body })); // alloc: a failing backend
            Err(Failed { text: Some(text), answer, ..fault.into() })
        }
    }
}

fn url_text(status: u16, backend: &BackendPlan, url: &str) -> String {
    let method = backend.method.as_str();
    format!("invalid status code {status} [{method} {}]: {url}", backend.pattern)
    // alloc: a failing backend
}

fn url_of(bytes: &[u8], Place { host, target, .. }: &Place<'_>) -> String {
    let path = String::from_utf8_lossy(bytes.get(target.0..target.1).unwrap_or_default());
    let scheme = if host.tls { "https" } else { "http" };
    format!("{scheme}://{}{path}", host.authority) // alloc: a failing backend
}

/// `{"http_status_code":N,"http_body":"…","http_body_encoding":"…"}`, empty members left out.
fn details(status: u16, body: &[u8], content_type: &[u8]) -> Vec<u8> {
    let mut json = Vec::new(); // alloc: a failing backend
    json.extend_from_slice(b"{\"http_status_code\":");
    json.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    for (name, value) in [(&b",\"http_body\":"[..], body), (&b",\"http_body_encoding\":"[..], content_type)] {
        if !value.is_empty() {
            json.extend_from_slice(name);
            crate::json::write_json_string(&mut json, value);
        }
    }
    json.push(b'}');
    json
}
