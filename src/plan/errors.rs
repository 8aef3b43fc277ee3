//! `sluice/errors`, compiled: what the client gets when a backend fails; knows no fault and no
//! socket.

use crate::json::write_json_string;
use serde_json::Value;

/// What an endpoint does about failing backends, where that is not what KrakenD does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorsPlan {
    /// The failing backend's status becomes the answer's.
    pub backend_status: bool,
    /// 502, 503 and 504 where KrakenD says 500.
    pub gateway_status: bool,
    /// Every 2xx is success and kept, with or without a body.
    pub any_2xx: bool,
    /// One failing backend fails the whole answer.
    pub fail_partial: bool,
    pub body: ErrorBody,
}

/// Body of an error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorBody {
    /// Empty, or the text of `return_error_msg`.
    None,
    /// What the failing backend sent.
    Backend,
    Json(Template),
}

impl ErrorsPlan {
    /// The template, if bodies are JSON.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        match &self.body {
            ErrorBody::Json(template) => Some(template),
            ErrorBody::None | ErrorBody::Backend => None,
        }
    }
}

/// What a template can name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    pub status: u16,
    pub message: &'a str,
    /// Route of the endpoint.
    pub endpoint: &'a str,
    pub method: &'a [u8],
    /// `url_pattern` of the failing backend.
    pub backend: &'a str,
    pub request_id: &'a [u8],
}

/// A JSON text with places to fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// JSON as it is.
    Text(Vec<u8>),
    Value(Name),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Status,
    Message,
    Endpoint,
    Method,
    Backend,
    RequestId,
}

const NAMES: [(&str, Name); 6] = [
    ("status", Name::Status),
    ("message", Name::Message),
    ("endpoint", Name::Endpoint),
    ("method", Name::Method),
    ("backend", Name::Backend),
    ("request_id", Name::RequestId),
];

/// Names of all places, for findings.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

impl Template {
    /// Compiles a template. Braces around anything but a word are text.
    ///
    /// # Errors
    /// The words in braces that are no place.
    pub fn compile(value: &Value) -> Result<Template, Vec<String>> {
        let mut builder = Builder::default();
        builder.value(value);
        builder.end_text();
        if builder.unknown.is_empty() {
            Ok(Template(builder.parts))
        } else {
            Err(builder.unknown)
        }
    }

    /// Appends the JSON text. Values are escaped, so that they cannot end the text they stand in.
    pub fn render(&self, facts: &Facts<'_>, out: &mut Vec<u8>) {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.extend_from_slice(text),
                Part::Value(Name::Status) => {
                    out.extend_from_slice(itoa::Buffer::new().format(facts.status).as_bytes());
                }
                Part::Value(Name::Message) => write_inside(out, facts.message.as_bytes()),
                Part::Value(Name::Endpoint) => write_inside(out, facts.endpoint.as_bytes()),
                Part::Value(Name::Method) => write_inside(out, facts.method),
                Part::Value(Name::Backend) => write_inside(out, facts.backend.as_bytes()),
                Part::Value(Name::RequestId) => write_inside(out, facts.request_id),
            }
        }
    }
}

/// A JSON string without its quotes.
fn write_inside(out: &mut Vec<u8>, text: &[u8]) {
    let start = out.len();
    write_json_string(out, text);
    out.pop();
    out.remove(start);
}

#[derive(Default)]
struct Builder {
    parts: Vec<Part>,
    text: Vec<u8>,
    unknown: Vec<String>,
}

impl Builder {
    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) if text == "{status}" => self.place(Name::Status),
            Value::String(text) => self.string(text),
            Value::Array(items) => {
                self.text.push(b'[');
                for (n, item) in items.iter().enumerate() {
                    self.comma(n);
                    self.value(item);
                }
                self.text.push(b']');
            }
            Value::Object(members) => {
                self.text.push(b'{');
                for (n, (name, member)) in members.iter().enumerate() {
                    self.comma(n);
                    write_json_string(&mut self.text, name.as_bytes());
                    self.text.push(b':');
                    self.value(member);
                }
                self.text.push(b'}');
            }
            other => self.text.extend_from_slice(other.to_string().as_bytes()),
        }
    }

    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.text.push(b',');
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push(b'"');
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            write_inside(&mut self.text, before.as_bytes());
            let word = from[1..].split('}').next().filter(|word| word.len() + 1 < from.len());
            let word = word.filter(|word| is_word(word));
            let Some(word) = word else {
                self.text.push(b'{');
                rest = &from[1..];
                continue;
            };
            match NAMES.iter().find(|(name, _)| *name == word) {
                Some((_, name)) => self.place(*name),
                None => self.unknown.push(word.to_owned()),
            }
            rest = &from[word.len() + 2..];
        }
        write_inside(&mut self.text, rest.as_bytes());
        self.text.push(b'"');
    }

    fn place(&mut self, name: Name) {
        self.end_text();
        self.parts.push(Part::Value(name));
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(Part::Text(std::mem::take(&mut self.text)));
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests;
