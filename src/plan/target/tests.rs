use super::*;

fn compile(pattern: &str, params: &[&str]) -> Result<Target, Vec<String>> {
    let params: Vec<String> = params.iter().map(|p| (*p).to_owned()).collect();
    Target::compile(pattern, "", &params)
}

fn written(pattern: &str, params: &[(&str, &[u8])]) -> String {
    let names: Vec<&str> = params.iter().map(|(name, _)| *name).collect();
    let values: Vec<&[u8]> = params.iter().map(|(_, value)| *value).collect();
    let target = compile(pattern, &names).expect(pattern);
    let mut out = b"X ".to_vec();
    write_target(&target.pieces, &values, &mut out);
    String::from_utf8(out).expect("ASCII").split_off(2)
}

#[test]
fn values_are_encoded_where_they_would_change_the_structure() {
    let table: [(&str, &[u8], &str); 14] = [
        ("/u/{id}", b"5", "/u/5"),
        ("u/{id}/x", b"a-b._~", "/u/a-b._~/x"),
        ("/u/{id}", b"a b", "/u/a%20b"),
        ("/u/{id}", "\u{fc}".as_bytes(), "/u/%C3%BC"),
        ("/u/{id}", b"a/b?c#d%e\\", "/u/a%2Fb%3Fc%23d%25e%5C"),
        ("/u/{id}", b"!$&'()*+,;=:@", "/u/!$&'()*+,;=:@"),
        ("/u/{id}", b"\r\n\0\xff", "/u/%0D%0A%00%FF"),
        ("/u?x={id}&y", b"a&b=c+d;e#f%g h", "/u?x=a%26b%3Dc%2Bd%3Be%23f%25g%20h&y"),
        ("/u?x={id}", b"a/b?c:d@e", "/u?x=a/b?c:d@e"),
        ("/{id}?x={id}", b"a/b", "/a%2Fb?x=a/b"),
        ("{id}", b"x", "/x"),
        ("", b"x", "/"),
        ("/a-{id}.json", b"7", "/a-7.json"),
        ("/#{id}", b"7", "/"),
    ];
    for (pattern, value, want) in table {
        assert_eq!(written(pattern, &[("id", value)]), want, "{pattern}");
    }
    assert_eq!(written("/p/{post}/of/{id}", &[("id", b"1"), ("post", b"2")]), "/p/2/of/1");
    assert_eq!(written("/{a}", &[("a", b"1"), ("a", b"2")]), "/2", "the last of equal names");
}

#[test]
fn the_configuration_s_own_text_goes_out_as_written() {
    let table = [
        ("/x%20y", "/x%20y"),
        ("/x y", "/x%20y"),
        ("/\u{fc}?q=\u{fc}", "/%C3%BC?q=%C3%BC"),
        ("/100%", "/100%25"),
        ("/%zz", "/%25zz"),
        ("/a\"<>\\^`{|}", "/a%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("/[1]/;a=b,c", "/[1]/;a=b,c"),
        ("/a\r\nb", "/a%0D%0Ab"),
        ("/a#frag", "/a"),
        ("/a?b=c?d", "/a?b=c?d"),
    ];
    for (pattern, want) in table {
        assert_eq!(written(pattern, &[]), want, "{pattern}");
    }
}

#[test]
fn compiled_form() {
    let target = compile("b/{id}/{Name}?x={id}", &["id", "Name"]).expect("valid");
    assert_eq!(target.log, "/b/{{.Id}}/{{.Name}}?x={{.Id}}");
    assert!(target.has_query && !target.fragment);
    let want = [
        Piece::Literal(b"/b/".to_vec()),
        Piece::Param(0),
        Piece::Literal(b"/".to_vec()),
        Piece::Param(1),
        Piece::Literal(b"?x=".to_vec()),
        Piece::QueryParam(0),
    ];
    assert_eq!(target.pieces, want);
    assert!(!compile("/b", &[]).expect("valid").has_query);
    assert!(compile("/b#x?y", &[]).expect("valid").fragment);
    let based = Target::compile("/b", "/base", &[]).expect("valid");
    assert_eq!((based.pieces, based.log.as_str()), (vec![Piece::Literal(b"/base/b".to_vec())], "/b"));
}

#[test]
fn names_must_be_parameters_of_the_endpoint() {
    assert_eq!(compile("/{id}/{x}/{y}", &["id"]), Err(vec!["x".into(), "y".into()]));
    assert_eq!(compile("/{ID}", &["id"]), Err(vec!["ID".into()]));
    for name in ["JWT.", "resp", "resp_x", "resp0x", "resp0_"] {
        assert_eq!(compile(&format!("/{{{name}}}"), &[]), Err(vec![name.to_owned()]));
    }
    for (pattern, want, name) in [
        ("/u/{JWT.sub}", "/u/%7B%7B.JWT.sub%7D%7D", "JWT.sub"),
        ("/u/{resp0_a.b}", "/u/%7B%7B.Resp0_a.b%7D%7D", "resp0_a.b"),
        ("/u/{resp12}", "/u/%7B%7B.Resp12%7D%7D", "resp12"),
    ] {
        assert_eq!(written(pattern, &[]), want);
        assert_eq!(compile(pattern, &[]).expect("valid").unresolved, [name]);
    }
}
