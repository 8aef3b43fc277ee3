//! Answers that no backend takes part in: unknown paths, redirects, health, debug, echo.

use super::body;
use super::ctx::Ctx;
use super::io::{Client, Io, Out};
use super::reply::{self, Head, HEAD_GAP, JSON, TEXT};
use super::steps::enter;
use super::{failure, stopped, Done};
use crate::base::chunk::take_buffer;
use crate::base::date::wall_time;
use crate::http::fault::{Budget, Due, Fault, Kind};
use crate::http::head::{Known, Method};
use crate::http::uri::QueryPairs;
use crate::limits::REQUEST_BODY_BUFFER_BYTES;
use crate::plan::errors::Facts;
use crate::plan::path::{check_param, PathFault};
use crate::plan::route::Match;
use crate::plan::EndpointPlan;
use serde_json::{json, Map, Value};
use std::borrow::Cow;
use std::time::SystemTime;

/// Sends an answer with `body`.
async fn send<C: Client>(ctx: &Ctx<'_>, head: &Head<'_>, body: &[u8], client: &mut C) -> Done {
    let mut out = take_buffer();
    out.resize(HEAD_GAP, 0);
    out.extend_from_slice(body);
    let from = reply::seal(&mut out, ctx, head);
    Done::new(head.status).sent(body.len(), client.halves().1.send(out, from).await)
}

/// What a refusing filter gives: a bare status, unless bodies of errors are JSON.
pub async fn refusal<C: Client>(
    ctx: &Ctx<'_>,
    status: u16,
    reason: &'static str,
    endpoint: Option<&EndpointPlan>,
    client: &mut C,
) -> Done {
    let json = json_body(ctx, status, failure::words(status, reason), endpoint);
    let content_type = if json.is_some() { JSON } else { b"" };
    let head = Head { status, content_type, ..Head::default() };
    send(ctx, &head, &json.unwrap_or_default(), client).await
}

/// `sluice/errors`: the JSON body of an answer that no backend takes part in.
fn json_body(ctx: &Ctx<'_>, status: u16, message: &str, endpoint: Option<&EndpointPlan>) -> Option<Vec<u8>> {
    let errors = match endpoint {
        Some(endpoint) => &endpoint.errors,
        None => &ctx.built.plan.service.errors,
    };
    let route = endpoint.map_or("", |endpoint| &endpoint.route);
    let facts = Facts { status, message, endpoint: route, ..Facts::default() };
    let mut body = Vec::new();
    failure::write_json(ctx, errors.as_deref(), &facts, &mut body).then_some(body)
}

/// Everything but endpoints.
pub async fn answer<I: Io, C: Client>(io: &I, ctx: &Ctx<'_>, found: Match, client: &mut C) -> Done {
    match found {
        Match::Health => return health(ctx, client).await,
        Match::NotFound | Match::MethodNotAllowed(_) => {
            if let Some(done) = moved(ctx, client).await {
                return done;
            }
        }
        _ => {}
    }
    let deadline = ctx.start.after(std::time::Duration::from_millis(crate::limits::ENDPOINT_TIMEOUT_MS));
    let mut edge = match enter(io, &ctx.built.edge, ctx, deadline).await {
        Ok(entered) => entered,
        Err(stop) => return stopped(ctx, stop, None, client).await,
    };
    let routes = &ctx.built.plan.routes;
    let done = match found {
        Match::MethodNotAllowed(allow) => not_allowed(ctx, routes.allow(allow), client).await,
        Match::Options(allow) => options(ctx, routes.allow(allow), client).await,
        Match::Debug => debug(ctx, client).await,
        Match::Echo => echo(ctx, client).await,
        _ => not_found(ctx, client).await,
    };
    edge.ended(crate::filter::Outcome::Success);
    done
}

/// Text or configured JSON, with the gateway's own fields.
async fn error_page<C: Client>(
    ctx: &Ctx<'_>,
    head: Head<'_>,
    json: Option<&[u8]>,
    text: &[u8],
    client: &mut C,
) -> Done {
    // gin says text/plain without a charset for these two pages.
    let (content_type, body) = json.map_or((&b"text/plain"[..], text), |json| (JSON, json));
    let head = Head { content_type, completed: Some(false), gateway: true, ..head };
    send(ctx, &head, body, client).await
}

async fn not_found<C: Client>(ctx: &Ctx<'_>, client: &mut C) -> Done {
    let json = ctx.built.plan.service.body_404.as_deref().map(Cow::Borrowed);
    let json = json.or_else(|| json_body(ctx, 404, "Not Found", None).map(Cow::Owned));
    error_page(ctx, Head { status: 404, ..Head::default() }, json.as_deref(), b"404 page not found", client)
        .await
}

async fn not_allowed<C: Client>(ctx: &Ctx<'_>, allow: &str, client: &mut C) -> Done {
    let json = ctx.built.plan.service.body_405.as_deref().map(Cow::Borrowed);
    let json = json.or_else(|| json_body(ctx, 405, "Method Not Allowed", None).map(Cow::Owned));
    let head = Head { status: 405, allow: Some(allow), ..Head::default() };
    error_page(ctx, head, json.as_deref(), b"405 method not allowed", client).await
}

/// `router.auto_options`.
async fn options<C: Client>(ctx: &Ctx<'_>, allow: &str, client: &mut C) -> Done {
    send(ctx, &Head { status: 200, allow: Some(allow), gateway: true, ..Head::default() }, b"", client).await
}

/// A redirect to the twin of an unknown path, if there is one. No filter runs, no access line.
async fn moved<C: Client>(ctx: &Ctx<'_>, client: &mut C) -> Option<Done> {
    let query = ctx.head.query.map(|q| q.of(ctx.head_bytes));
    let location = ctx.built.plan.routes.redirect(ctx.head.method, ctx.path, query)?;
    let (status, content_type, body) = if ctx.head.method == Method::Get {
        let target = escape_html(&location);
        let text = [&b"<a href=\""[..], &target, b"\">Moved Permanently</a>.\n\n"].concat();
        (301, &b"text/html; charset=utf-8"[..], text)
    } else {
        (307, &b""[..], Vec::new()) // alloc: none, it is empty
    };
    let head = Head { status, content_type, location: Some(&location), ..Head::default() };
    let mut done = send(ctx, &head, &body, client).await;
    done.logged = false;
    Some(done)
}

fn escape_html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            other => out.push(*other),
        }
    }
    out
}

/// Refuses parameters that would be decoded twice or change the structure of a path.
pub async fn bad_params<C: Client>(ctx: &Ctx<'_>, endpoint: &EndpointPlan, client: &mut C) -> Option<Done> {
    let rules = ctx.built.plan.service.params;
    let error = ctx.params.iter().find_map(|param| check_param(param, rules).err())?;
    let mut text = String::new();
    error.write_body(&mut text);
    let json = json_body(ctx, 400, "bad path parameter", Some(endpoint));
    let content_type = if json.is_some() { JSON } else { TEXT };
    let head = Head { status: 400, content_type, ..Head::default() };
    let body = json.unwrap_or(text.into_bytes());
    let mut done = send(ctx, &head, &body, client).await;
    done.fault.get_or_insert(Fault::client(Kind::BadRequest("bad path parameter")));
    Some(done)
}

/// A path that cannot be read.
pub async fn bad_path<C: Client>(ctx: &Ctx<'_>, fault: PathFault, client: &mut C) -> Done {
    let head = Head { status: 400, content_type: TEXT, ..Head::default() };
    let mut done = send(ctx, &head, b"400 Bad Request", client).await;
    done.fault.get_or_insert(Fault::client(Kind::BadRequest(fault.text())));
    done
}

async fn health<C: Client>(ctx: &Ctx<'_>, client: &mut C) -> Done {
    let now = humantime(wall_time());
    let body = json!({"agents": {}, "now": now, "status": "ok"}).to_string();
    send(ctx, &Head { status: 200, content_type: JSON, ..Head::default() }, body.as_bytes(), client).await
}

/// RFC 3339 in UTC, seconds.
fn humantime(at: SystemTime) -> String {
    let date = httpdate::HttpDate::from(at).to_string();
    // "Sun, 06 Nov 1994 08:49:37 GMT": the one date format that the project's libraries write.
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS.iter().position(|m| *m == &date[8..11]).unwrap_or(0) + 1;
    format!("{}-{month:02}-{}T{}Z", &date[12..16], &date[5..7], &date[17..25])
}

async fn debug<C: Client>(ctx: &Ctx<'_>, client: &mut C) -> Done {
    send(ctx, &Head { status: 200, content_type: JSON, ..Head::default() }, b"{\"message\":\"pong\"}", client)
        .await
}

/// `/__echo/*`: what the gateway saw of the request.
async fn echo<C: Client>(ctx: &Ctx<'_>, client: &mut C) -> Done {
    let limit = std::time::Duration::from_millis(crate::limits::ENDPOINT_TIMEOUT_MS);
    let due = Due::new(ctx.start.after(limit), Budget::Endpoint);
    let body = match body::collect(ctx, client, REQUEST_BODY_BUFFER_BYTES, due).await {
        Ok(body) => body.unwrap_or_default(),
        Err(fault) => {
            let mut done = refusal(ctx, reply::status(&fault), reply::text(&fault), None, client).await;
            done.fault = Some(fault);
            return done;
        }
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let head = ctx.head;
    let raw_path = text(head.path.of(ctx.head_bytes));
    let raw_query = head.query.map(|q| text(q.of(ctx.head_bytes)));
    let uri = raw_query.as_ref().map_or_else(|| raw_path.clone(), |q| format!("{raw_path}?{q}"));
    let (querystring, query) = query_values(ctx);
    let answer = json!({
        "req_uri": uri,
        "req_uri_details": {"user": "", "host": "", "path": text(ctx.path), "query": query, "fragment": ""},
        "req_method": text(head.method_token.of(ctx.head_bytes)),
        "req_querystring": querystring,
        "req_body": text(&body),
        "req_headers": header_values(ctx),
    });
    send(
        ctx,
        &Head { status: 200, content_type: JSON, ..Head::default() },
        answer.to_string().as_bytes(),
        client,
    )
    .await
}

fn push(map: &mut Map<String, Value>, name: String, value: String) {
    let list = map.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(list) = list {
        list.push(Value::String(value));
    }
}

/// The query as values by name, and as Go encodes it: sorted by name.
fn query_values(ctx: &Ctx<'_>) -> (Map<String, Value>, String) {
    let mut map = Map::new();
    let mut sorted = Vec::new();
    if let Some(query) = ctx.head.query {
        let mut pairs = QueryPairs::new(query.of(ctx.head_bytes));
        let (mut key, mut value) = (Vec::new(), Vec::new());
        while pairs.next_into(&mut key, &mut value) {
            sorted.push((key.clone(), value.clone()));
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            push(&mut map, text(&key), text(&value));
        }
    }
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut encoded = Vec::new();
    for (key, value) in &sorted {
        if !encoded.is_empty() {
            encoded.push(b'&');
        }
        crate::http::uri::encode_query(&mut encoded, key);
        encoded.push(b'=');
        crate::http::uri::encode_query(&mut encoded, value);
    }
    (map, String::from_utf8_lossy(&encoded).into_owned())
}

fn header_values(ctx: &Ctx<'_>) -> Map<String, Value> {
    let mut map = Map::new();
    for field in ctx.head.fields.iter().filter(|f| f.known != Known::Host) {
        let name = canonical(field.name.of(ctx.head_bytes));
        push(&mut map, name, String::from_utf8_lossy(field.value.of(ctx.head_bytes)).into_owned());
    }
    map
}

/// `content-type` → `Content-Type`.
fn canonical(name: &[u8]) -> String {
    let mut upper = true;
    name.iter()
        .map(|b| {
            let c = if upper { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() };
            upper = *b == b'-';
            char::from(c)
        })
        .collect()
}
