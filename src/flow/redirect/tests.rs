use super::*;
use crate::base::clock::Time;
use crate::http::fault::{Budget, Due};
use crate::plan::budget::Budgets;

fn host(text: &str) -> HostPlan {
    HostPlan::parse(text).expect(text)
}

/// Authority (empty: the same host) and target, or why not.
fn place(location: &str) -> String {
    let from = host("http://a.example:81");
    match resolve(&from, b"/x/y?q=1", location.as_bytes()) {
        Ok(place) => {
            let authority = place.host.map(|h| h.authority).unwrap_or_default();
            format!("{authority}{}", String::from_utf8_lossy(&place.target))
        }
        Err(fault) => crate::flow::reply::text(&fault).to_owned(),
    }
}

#[test]
fn locations_are_resolved() {
    let table = [
        ("/b", "/b"),
        ("b", "/x/b"),
        ("./b?z", "/x/b?z"),
        ("../b", "/b"),
        ("../../../b/", "/b/"),
        ("?z=2", "/x/y?z=2"),
        ("#frag", "/x/y?q=1"),
        ("/b#frag", "/b"),
        ("/a/./b/../c/..", "/a/"),
        ("//b.example/c", "b.example/c"),
        ("http://b.example", "b.example/"),
        ("HTTP://b.example:8080?x=/../y", "b.example:8080/?x=/../y"),
        ("http://a.example:81/same", "/same"),
        ("http://[::1]:90/v6", "[::1]:90/v6"),
        ("/a b\u{fc}%20%zz", "/a%20b%C3%BC%20%25zz"),
        ("/a:b", "/a:b"),
        ("http:///x", "a redirect to no valid host"),
        ("http:x", "a redirect to no valid host"),
        ("http://user:pass@b/", "a redirect to no valid host"),
        ("http://bad host/", "a redirect to no valid host"),
        ("https://a.example:81/", "a redirect to https, which is not built yet"),
        ("ftp://a/", "a redirect to an unsupported protocol scheme"),
    ];
    for (location, want) in table {
        assert_eq!(place(location), want, "{location}");
    }
}

/// The request that follows `bytes` of `method`.
fn next(method: Method, bytes: &str, repeat: bool, location: &str) -> (String, Hop) {
    let hosts = [host("http://a.example"), host("http://b.a.example"), host("http://c.example")];
    let times = Times::starting(Time::default(), Due::new(Time::NEVER, Budget::Endpoint), Budgets::default());
    let hop = Hop::new(To::Host(0), method, bytes.as_bytes().to_vec(), times);
    let moved = Moved { repeat, location: location.as_bytes().to_vec() };
    let hop = hop.next(&hosts[0], &moved, &hosts).unwrap_or_else(|fault| panic!("{fault:?}"));
    (String::from_utf8(hop.bytes.clone()).unwrap(), hop)
}

const POST: &str = "POST /p?q HTTP/1.1\r\nHost: a.example\r\nX-A: 1\r\nCookie: c\r\nAuthorization: t\r\n\
    Content-Type: text/x\r\nContent-Length: 2\r\n\r\nhi";

#[test]
fn a_post_becomes_a_get_or_is_repeated() {
    let (text, hop) = next(Method::Post, POST, false, "/n");
    assert_eq!(
        text,
        "GET /n HTTP/1.1\r\nHost: a.example\r\nX-A: 1\r\nCookie: c\r\nAuthorization: t\r\n\
         Referer: http://a.example/p?q\r\n\r\n"
    );
    assert!(hop.method == Method::Get && matches!(hop.to, To::Host(0)));
    let (text, hop) = next(Method::Post, POST, true, "/n");
    assert!(text.starts_with("POST /n HTTP/1.1\r\n") && text.ends_with("\r\n\r\nhi"), "{text}");
    assert!(text.contains("Content-Length: 2\r\n") && hop.method == Method::Post);
    let head = "HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    assert_eq!(next(Method::Head, head, false, "/n").1.method, Method::Head);
}

#[test]
fn credentials_stay_on_their_site() {
    for (location, kept, to) in [
        ("http://a.example/", true, Some(0)),
        ("http://b.a.example/", true, Some(1)),
        ("http://c.example/", false, Some(2)),
        ("http://xa.example/", false, None),
    ] {
        let (text, hop) = next(Method::Post, POST, true, location);
        assert_eq!(text.contains("Cookie"), kept, "{location}");
        assert_eq!(text.contains("Authorization"), kept, "{location}");
        assert!(text.contains("X-A: 1"), "{location}");
        let index = match hop.to {
            To::Host(index) => Some(index),
            To::Elsewhere(_) => None,
        };
        assert_eq!(index, to, "{location}: a host of the plan keeps its pool");
    }
}

#[test]
fn the_referer_is_the_request_before_unless_the_client_sent_one() {
    let own = "GET / HTTP/1.1\r\nHost: a.example\r\nReferer: http://mine/\r\n\r\n";
    assert!(next(Method::Get, own, false, "/n").0.contains("Referer: http://mine/\r\n\r\n"));
    let (_, first) = next(Method::Get, "GET /1 HTTP/1.1\r\nHost: a.example\r\n\r\n", false, "/2");
    let moved = Moved { repeat: false, location: b"/3".to_vec() };
    let hosts = [host("http://a.example")];
    let second = first.next(&hosts[0], &moved, &hosts).unwrap_or_else(|f| panic!("{f:?}"));
    let text = String::from_utf8(second.bytes).unwrap();
    assert_eq!(text.matches("Referer").count(), 1, "{text}");
    assert!(text.contains("Referer: http://a.example/2\r\n"), "{text}");
}
