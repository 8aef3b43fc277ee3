//! Parsed heads as tables of offsets into the bytes they came from; knows no socket.
//!
//! The tables are reused from message to message, so that a warm parse allocates nothing.

use super::body::Framing;

/// A piece of the head's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The bytes of this span; `head` must be the buffer that was parsed (or start with it).
    #[must_use]
    pub fn of(self, head: &[u8]) -> &[u8] {
        &head[self.start as usize..self.end as usize]
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// Request methods (RFC 9110 section 9, and QUERY); an unknown token is `Other`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    /// Safe like GET, with a body that says what is asked for.
    Query,
    Trace,
    Connect,
    Other,
}

impl Method {
    /// Exact match of an upper-case token.
    #[must_use]
    pub fn from_bytes(token: &[u8]) -> Method {
        match token {
            b"GET" => Method::Get,
            b"HEAD" => Method::Head,
            b"POST" => Method::Post,
            b"PUT" => Method::Put,
            b"PATCH" => Method::Patch,
            b"DELETE" => Method::Delete,
            b"OPTIONS" => Method::Options,
            b"QUERY" => Method::Query,
            b"TRACE" => Method::Trace,
            b"CONNECT" => Method::Connect,
            _ => Method::Other,
        }
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
            Method::Query => "QUERY",
            Method::Trace => "TRACE",
            Method::Connect => "CONNECT",
            Method::Other => "OTHER",
        }
    }

    /// Whether a request with this method has a body: not when it only asks for what is there.
    #[must_use]
    pub const fn may_have_body(self) -> bool {
        !matches!(self, Method::Get | Method::Head)
    }

    /// Idempotent by RFC 9110 section 9.2.2: may be sent again when no byte came back.
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Method::Post | Method::Patch | Method::Connect | Method::Other)
    }
}

/// Header fields that the gateway itself looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known {
    #[default]
    Other,
    AcceptEncoding,
    CacheControl,
    Connection,
    ContentEncoding,
    ContentLength,
    ContentType,
    Date,
    Expect,
    Host,
    KeepAlive,
    Location,
    ProxyConnection,
    Server,
    Te,
    Trailer,
    TransferEncoding,
    Upgrade,
    UserAgent,
    XForwardedFor,
    XForwardedHost,
    XForwardedVia,
}

/// One header field line, in the order of the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub name: Span,
    /// Without the blanks around it.
    pub value: Span,
    pub known: Known,
    /// Belongs to this connection only (hop-by-hop, or named by `Connection`): never forwarded.
    pub hop: bool,
}

/// HTTP/1.0 or HTTP/1.1; every other version is refused by the parser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    Http10,
    #[default]
    Http11,
}

/// A request head. All spans point into the bytes given to the parser.
#[derive(Clone, Debug, Default)]
pub struct RequestHead {
    pub method: Method,
    pub method_token: Span,
    /// The path of the target, undecoded, starting with `/` (or `*` for OPTIONS, empty for CONNECT).
    pub path: Span,
    /// The query of the target without its `?`; `None` when there is no `?`.
    pub query: Option<Span>,
    /// Authority of the request: of an absolute-form or CONNECT target, else the Host field.
    /// Empty for HTTP/1.0 without Host, and when Host was sent empty (RFC 9112 section 3.2).
    pub host: Span,
    pub version: Version,
    pub fields: Vec<Field>,
    pub framing: Framing,
    /// The client allows another request on this connection.
    pub keep_alive: bool,
    /// The client waits for `100 Continue` before it sends the body.
    pub expect_continue: bool,
}

/// A response head of a backend.
#[derive(Clone, Debug, Default)]
pub struct ResponseHead {
    pub status: u16,
    pub version: Version,
    pub fields: Vec<Field>,
    pub framing: Framing,
    /// The backend allows another request on this connection.
    pub keep_alive: bool,
}

/// All values of one field name (`known`), in order.
pub fn values<'a>(fields: &'a [Field], known: Known, head: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    fields.iter().filter(move |f| f.known == known).map(move |f| f.value.of(head))
}

/// The first value of a field by name, compared without case.
#[must_use]
pub fn value_of<'a>(fields: &[Field], name: &[u8], head: &'a [u8]) -> Option<&'a [u8]> {
    fields.iter().find(|f| f.name.of(head).eq_ignore_ascii_case(name)).map(|f| f.value.of(head))
}
