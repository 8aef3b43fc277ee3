//! The form of a backend's host, as KrakenD cleans it; knows nothing of resolving.

/// What hosts look like, for messages.
pub const FORM: &str = "\"[http://|https://]name[:port]\" with a port of two digits or more";

/// The host with its scheme and without a slash at the end.
///
/// KrakenD searches for one match of `(https?://)?[A-Za-z0-9._-]+(:[0-9]{2,6})?/?` anywhere in the
/// text and drops what is around it. Here the whole text must match: what it would have dropped is
/// a slip, and the host that is left is not the one that was meant.
///
/// # Errors
/// A short text that says what was wrong.
pub fn clean(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("empty");
    }
    let (scheme, rest) = match text.split_once("://") {
        Some(("http", rest)) => ("http", rest),
        Some(("https", rest)) => ("https", rest),
        Some(_) => return Err("another scheme than http and https"),
        None => ("http", text),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(char::is_whitespace) {
        return Err("a blank inside");
    }
    if rest.contains('@') {
        return Err("user and password");
    }
    if rest.contains(['[', ']']) || rest.matches(':').count() > 1 {
        return Err("an IPv6 address");
    }
    if rest.contains(['/', '?']) {
        return Err("a path or query");
    }
    let (name, port) = match rest.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (rest, None),
    };
    if name.is_empty() {
        return Err("no name");
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        return Err("a character that no name has");
    }
    match port {
        None => Ok(format!("{scheme}://{name}")),
        Some(port) => {
            check_port(port)?;
            Ok(format!("{scheme}://{name}:{port}"))
        }
    }
}

/// KrakenD takes two to six digits; a number that is no port could never be connected to.
fn check_port(port: &str) -> Result<(), &'static str> {
    if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a port that is no number");
    }
    if port.len() < 2 {
        return Err("a port of one digit");
    }
    match port.parse::<u32>() {
        Ok(1..=65_535) if port.len() <= 6 => Ok(()),
        _ => Err("a port outside 1 to 65535"),
    }
}
