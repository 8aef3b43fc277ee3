//! Paths of endpoints as written in the configuration, taken apart; knows no requests.

use crate::limits::ROUTE_SEGMENTS;

/// One segment of an endpoint's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Matched byte by byte with the decoded path; empty only at the end (a slash at the end).
    Literal(Vec<u8>),
    /// `{name}`: one segment that is not empty.
    Param,
}

/// An endpoint's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub segments: Vec<Segment>,
    /// Names as written, in order.
    pub params: Vec<String>,
    /// Log form, `/a/:id`.
    pub log: String,
    /// Segments with a parameter inside that are taken as plain text.
    pub taken_literally: Vec<String>,
}

/// Paths that belong to the gateway.
const RESERVED: [&str; 3] = ["/__debug", "/__echo", "/__health"];

impl Pattern {
    /// Reads a path; a slash is added in front if missing. `anywhere`: `disable_rest`, with which
    /// KrakenD looks for parameters inside segments.
    ///
    /// # Errors
    /// What is wrong and what is allowed, one line.
    pub fn parse(path: &str, anywhere: bool) -> Result<Pattern, String> {
        if path.contains('*') {
            return Err(format!("found {path:?}, allowed is a path without '*'"));
        }
        let rest = path.strip_prefix('/').unwrap_or(path);
        let mut pattern = Pattern {
            segments: Vec::new(),
            params: Vec::new(),
            log: String::new(),
            taken_literally: Vec::new(),
        };
        if rest.split('/').nth(ROUTE_SEGMENTS).is_some() {
            return Err(format!("allowed are {ROUTE_SEGMENTS} segments at most"));
        }
        for segment in rest.split('/') {
            pattern.add(segment, anywhere)?;
        }
        let under = |root: &&&str| {
            pattern.log.strip_prefix(**root).is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        if let Some(root) = RESERVED.iter().find(under) {
            return Err(format!("found {path:?}, but {root} belongs to the gateway"));
        }
        Ok(pattern)
    }

    fn add(&mut self, segment: &str, anywhere: bool) -> Result<(), String> {
        self.log.push('/');
        if let Some(name) = whole_param(segment) {
            self.log.push(':');
            self.log.push_str(name);
            self.params.push(name.to_owned());
            self.segments.push(Segment::Param);
            return Ok(());
        }
        if let Some(at) = inner_param(segment) {
            if anywhere || at == 0 {
                return Err(format!("found {segment:?}, but a parameter must fill its whole segment"));
            }
            self.taken_literally.push(segment.to_owned());
        }
        self.log.push_str(segment);
        self.segments.push(Segment::Literal(segment.as_bytes().to_vec()));
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':');
    !text.is_empty() && text.bytes().all(allowed)
}

fn whole_param(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}').filter(|name| is_name(name))
}

/// Where the first parameter stands in a segment that is not all parameter.
fn inner_param(segment: &str) -> Option<usize> {
    let starts = segment.match_indices('{').map(|(at, _)| at);
    starts.into_iter().find(|at| {
        let inner = &segment[at + 1..];
        inner.find('}').is_some_and(|end| is_name(&inner[..end]))
    })
}

#[cfg(test)]
mod tests;
