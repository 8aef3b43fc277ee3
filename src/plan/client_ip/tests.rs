use super::*;
use crate::http::head::Span;

/// Header lines, name and value.
type Lines<'a> = &'a [(&'a str, &'a str)];

fn rule(trusted: Option<&[&str]>) -> ClientIp {
    ClientIp {
        from_headers: true,
        headers: vec!["x-forwarded-for".into(), "x-real-ip".into()],
        trusted: trusted.map(|list| list.iter().map(|t| Cidr::parse(t).expect(t)).collect()),
    }
}

fn resolved(rule: &ClientIp, peer: &str, fields: Lines<'_>) -> String {
    let mut head = Vec::new();
    let mut table = Vec::new();
    for (name, value) in fields {
        let start = head.len() as u32;
        head.extend_from_slice(name.as_bytes());
        let middle = head.len() as u32;
        head.extend_from_slice(value.as_bytes());
        let (name, value) = (Span { start, end: middle }, Span { start: middle, end: head.len() as u32 });
        table.push(Field { name, value, ..Field::default() });
    }
    resolve(rule, peer.parse().expect(peer), &table, &head).to_string()
}

#[test]
fn everyone_is_trusted_by_default() {
    let rule = rule(None);
    let table: &[(Lines<'_>, &str)] = &[
        (&[], "127.0.0.1"),
        (&[("X-Forwarded-For", "203.0.113.7")], "203.0.113.7"),
        (&[("x-forwarded-for", "203.0.113.8, 203.0.113.7")], "203.0.113.8"),
        (&[("X-Forwarded-For", "203.0.113.8"), ("X-Forwarded-For", "203.0.113.7")], "203.0.113.8"),
        (&[("X-Real-Ip", "198.51.100.1")], "198.51.100.1"),
        (&[("X-Real-Ip", "198.51.100.1"), ("X-Forwarded-For", "203.0.113.7")], "203.0.113.7"),
        (&[("X-Forwarded-For", "nonsense"), ("X-Real-Ip", "198.51.100.1")], "198.51.100.1"),
        (&[("X-Forwarded-For", "1.2.3.4, nonsense")], "127.0.0.1"),
        (&[("X-Forwarded-For", "nonsense, 1.2.3.4")], "127.0.0.1"),
        (&[("X-Forwarded-For", "")], "127.0.0.1"),
        (&[("X-Forwarded-For", "1.2.3.4:80")], "127.0.0.1"),
        (&[("X-Forwarded-For", " 2001:db8::1 ")], "2001:db8::1"),
        (&[("X-Forwarded-For", "::ffff:1.2.3.4")], "1.2.3.4"),
    ];
    for (fields, want) in table {
        assert_eq!(resolved(&rule, "127.0.0.1", fields), *want, "{fields:?}");
    }
}

#[test]
fn only_trusted_proxies_are_believed() {
    let rule = rule(Some(&["10.0.0.0/8", "192.0.2.1", "fd00::/8"]));
    let table: &[(&str, Lines<'_>, &str)] = &[
        ("127.0.0.1", &[("X-Forwarded-For", "203.0.113.1")], "127.0.0.1"),
        ("10.1.2.3", &[("X-Forwarded-For", "203.0.113.1")], "203.0.113.1"),
        ("::ffff:10.1.2.3", &[("X-Forwarded-For", "203.0.113.1")], "203.0.113.1"),
        ("fd00::1", &[("X-Forwarded-For", "9.9.9.9, 203.0.113.1, 10.7.7.7")], "203.0.113.1"),
        ("10.1.2.3", &[("X-Forwarded-For", "9.9.9.9, 192.0.2.2")], "192.0.2.2"),
        ("10.1.2.3", &[("X-Forwarded-For", "10.0.0.1, 192.0.2.1")], "10.0.0.1"),
        ("10.1.2.3", &[("X-Forwarded-For", "bad, 203.0.113.1")], "203.0.113.1"),
        ("10.1.2.3", &[("X-Forwarded-For", "203.0.113.1, bad")], "10.1.2.3"),
        ("10.1.2.3", &[("X-Forwarded-For", "forged"), ("X-Forwarded-For", "203.0.113.1")], "203.0.113.1"),
        ("10.1.2.3", &[], "10.1.2.3"),
    ];
    for (peer, fields, want) in table {
        assert_eq!(resolved(&rule, peer, fields), *want, "{peer} {fields:?}");
    }
}

#[test]
fn headers_can_be_switched_off_or_named() {
    let fields = [("X-Forwarded-For", "203.0.113.1"), ("CF-Connecting-IP", "203.0.113.2")];
    let off = ClientIp { from_headers: false, ..rule(None) };
    assert_eq!(resolved(&off, "127.0.0.1", &fields), "127.0.0.1");
    let named = ClientIp { headers: vec!["cf-connecting-ip".into()], ..rule(None) };
    assert_eq!(resolved(&named, "127.0.0.1", &fields), "203.0.113.2");
}

#[test]
fn blocks() {
    for text in [
        "",
        "10.0.0.0/33",
        "::/129",
        "10.0.0/8",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "x/8",
        "1.2.3.4/8/8",
        "1.2.3.4/999",
    ] {
        assert_eq!(Cidr::parse(text), None, "{text}");
    }
    // (block, inside, outside)
    let table: &[(&str, &[&str], &[&str])] = &[
        ("10.0.0.0/8", &["10.0.0.0", "10.255.255.255"], &["11.0.0.0", "::a00:1"]),
        ("10.1.2.3/8", &["10.9.9.9"], &["11.0.0.0"]),
        ("0.0.0.0/0", &["1.2.3.4"], &["::1"]),
        ("::/0", &["::1", "ffff::"], &["1.2.3.4"]),
        ("1.2.3.4", &["1.2.3.4"], &["1.2.3.5"]),
        ("2001:db8::/33", &["2001:db8:7fff::1"], &["2001:db8:8000::"]),
        ("::1", &["::1"], &["::2"]),
        ("::ffff:10.0.0.0/104", &["10.5.5.5"], &["11.0.0.0"]),
    ];
    for (block, inside, outside) in table {
        let cidr = Cidr::parse(block).expect(block);
        for ip in *inside {
            assert!(cidr.contains(ip.parse().expect(ip)), "{block} {ip}");
        }
        for ip in *outside {
            assert!(!cidr.contains(ip.parse().expect(ip)), "{block} {ip}");
        }
    }
}
