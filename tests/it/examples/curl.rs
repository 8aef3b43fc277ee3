//! A `Try: curl …` line of an example as a request: the few options that an explanation needs.

use regex::Regex;

/// Options without an argument that change nothing a test sees.
const SILENT: [&str; 12] = [
    "-i",
    "--include",
    "-s",
    "--silent",
    "-S",
    "-v",
    "--verbose",
    "-N",
    "--no-buffer",
    "-k",
    "--insecure",
    "--path-as-is",
];

/// What one line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// One address per request: `[1-6]` in the address stands for six.
    pub addresses: Vec<Address>,
    pub method: String,
    pub headers: Vec<(String, String)>,
    pub data: Option<String>,
    /// The status codes that the remark names; none = any 2xx.
    pub stated: Vec<u16>,
}

/// `http://HOST:PORT/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub tls: bool,
    pub port: u16,
    pub target: String,
}

/// Reads what follows `Try: `.
pub fn parse(text: &str) -> Result<Line, String> {
    let (words, remark) = words(text)?;
    let mut words = words.into_iter();
    if words.next().as_deref() != Some("curl") {
        return Err("it does not begin with 'curl'".to_owned());
    }
    let mut line = Line { stated: stated(&remark), ..Line::default() };
    let mut address = None;
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            if address.replace(word).is_some() {
                return Err("it has two addresses; write one 'Try:' line for each".to_owned());
            }
        } else if !SILENT.contains(&word.as_str()) {
            option(&mut line, &word, &mut words)?;
        }
    }
    let address = address.ok_or("it has no address")?;
    line.addresses = globbed(&address).iter().map(|a| Address::parse(a)).collect::<Result<_, _>>()?;
    if line.method.is_empty() {
        line.method = if line.data.is_some() { "POST" } else { "GET" }.to_owned();
    }
    let typed = line.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if line.data.is_some() && !typed {
        line.headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    Ok(line)
}

fn option(line: &mut Line, word: &str, words: &mut impl Iterator<Item = String>) -> Result<(), String> {
    let mut value = || words.next().ok_or_else(|| format!("{word} has no value"));
    let mut header = |name: &str, value: String| line.headers.push((name.to_owned(), value));
    match word {
        "-X" | "--request" => line.method = value()?,
        "-I" | "--head" => line.method = "HEAD".to_owned(),
        "-d" | "--data" | "--data-raw" => line.data = Some(value()?),
        "-o" | "--output" | "--cacert" => drop(value()?),
        "--compressed" => header("Accept-Encoding", "gzip".to_owned()),
        "-A" | "--user-agent" => header("User-Agent", value()?),
        "-e" | "--referer" => header("Referer", value()?),
        "-b" | "--cookie" => header("Cookie", value()?),
        "-H" | "--header" => {
            let text = value()?;
            let (name, value) =
                text.split_once(':').ok_or_else(|| format!("header '{text}' has no colon"))?;
            header(name.trim(), value.trim().to_owned());
        }
        other => {
            return Err(format!(
                "the option {other} is not known to tests/it/examples/curl.rs; add it there or do without it"
            ))
        }
    }
    Ok(())
}

impl Address {
    fn parse(text: &str) -> Result<Address, String> {
        let (tls, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some((scheme, _)) => return Err(format!("the scheme {scheme} of '{text}' is unknown")),
            None => (false, text),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let loopback = |host: &str| ["127.0.0.1", "localhost", "[::1]"].contains(&host);
        let port = authority
            .rsplit_once(':')
            .filter(|(host, _)| loopback(host))
            .and_then(|(_, port)| port.parse().ok());
        let port = port.ok_or_else(|| format!("'{text}' is no 127.0.0.1:PORT/path"))?;
        let target = if path.is_empty() { "/" } else { path };
        if !target.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(format!("'{target}' must be percent-encoded"));
        }
        Ok(Address { tls, port, target: target.split('#').next().unwrap_or("/").to_owned() })
    }
}

/// `[1-3]` in an address, as curl reads it.
fn globbed(address: &str) -> Vec<String> {
    let range = Regex::new(r"\[(\d{1,2})-(\d{1,2})\]").expect("a pattern");
    let Some(found) = range.captures(address) else { return vec![address.to_owned()] };
    let number = |n: usize| found[n].parse::<u32>().unwrap_or(0);
    (number(1)..=number(2)).map(|n| range.replace(address, n.to_string()).into_owned()).collect()
}

/// Numbers in a remark that are status codes.
fn stated(remark: &str) -> Vec<u16> {
    let digits = Regex::new(r"\b[2-5]\d\d\b").expect("a pattern");
    let numbers = digits.find_iter(remark).filter_map(|found| found.as_str().parse::<u16>().ok());
    let known =
        |n: &u16| http::StatusCode::from_u16(*n).is_ok_and(|status| status.canonical_reason().is_some());
    numbers.filter(known).collect()
}

/// Splits as a shell does; an unquoted `(` begins the remark.
fn words(text: &str) -> Result<(Vec<String>, String), String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some('"') | None, '\\') => {
                let (_, next) = rest.next().ok_or("a backslash stands at its end")?;
                word.get_or_insert_default().push(next);
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '(') if word.is_none() => return Ok((words, text[at..].to_owned())),
            (None, ' ') => words.extend(word.take()),
            (None, ';' | '|' | '&' | '>' | '$') => {
                return Err(format!("'{c}' is for a shell; write one 'Try:' line for each request"));
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote does not end".to_owned());
    }
    words.extend(word);
    Ok((words, String::new()))
}

#[test]
fn lines_are_read_as_curl_reads_them() {
    let read = parse(
        r#"curl -i -H 'Accept: text/plain' -d '{"a": "b c"}' 127.0.0.1:8080/x?y=1 (404: "none", within 250 ms)"#,
    );
    let address = |target: &str| Address { tls: false, port: 8080, target: target.to_owned() };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        read,
        Ok(Line {
            addresses: vec![address("/x?y=1")],
            method: "POST".to_owned(),
            headers: vec![
                pair("Accept", "text/plain"),
                pair("Content-Type", "application/x-www-form-urlencoded")
            ],
            data: Some(r#"{"a": "b c"}"#.to_owned()),
            stated: vec![404],
        })
    );
    let many = parse("curl 'http://localhost:8080/u?n=[1-3]'").expect("a line");
    assert_eq!(many.addresses, [address("/u?n=1"), address("/u?n=2"), address("/u?n=3")]);
    assert_eq!((many.method.as_str(), many.stated), ("GET", Vec::new()));
    for (text, why) in [
        ("wget x", "begin with 'curl'"),
        ("curl -i", "no address"),
        ("curl example.com/", "is no 127.0.0.1:PORT/path"),
        ("curl 127.0.0.1:8080/a ; curl 127.0.0.1:8080/b", "one 'Try:' line for each"),
        ("curl --anyauth 127.0.0.1:8080/", "--anyauth is not known"),
        ("curl '127.0.0.1:8080/", "a quote does not end"),
        ("curl '127.0.0.1:8080/a b'", "percent-encoded"),
    ] {
        let error = parse(text).expect_err(text);
        assert!(error.contains(why), "{text}: {error}");
    }
}
