//! XML in and out.

use super::{decode, render, value};
use crate::encoding::{Decoder, Renderer};
use crate::limits::{XML_DEPTH, XML_NODES};

fn xml(body: &str) -> Result<serde_json::Value, &'static str> {
    decode(Decoder::Xml, body.as_bytes()).map(|json| value(&json)).map_err(|error| error.0)
}

#[test]
fn elements_become_members() {
    for (body, expected) in [
        (
            "<?xml version=\"1.0\"?><user id=\"7\" x=\"y\"><name>Ann &amp; Bo</name><tag>a</tag><tag>b</tag>\
             <empty/><addr city=\"Ulm\">Oak 1</addr></user>",
            r##"{"user":{"-id":"7","-x":"y","addr":{"#text":"Oak 1","-city":"Ulm"},"empty":"","name":"Ann & Bo",
                "tag":["a","b"]}}"##,
        ),
        ("<a><b></b><c> x </c></a>", r#"{"a":{"b":"","c":"x"}}"#),
        ("<a><b/><b/><b>x</b></a>", r#"{"a":{"b":["","","x"]}}"#),
        ("<a><b c=\"1\"/><b>t</b></a>", r#"{"a":{"b":[{"-c":"1"},"t"]}}"#),
        // Prefixes fall away, declarations are attributes.
        (
            "<n:a xmlns:n=\"u\" n:b=\"1\" xmlns=\"d\"><n:c/><c>1</c></n:a>",
            r#"{"a":{"-n":"u","-b":"1","-xmlns":"d","c":["","1"]}}"#,
        ),
        ("<a b=\"1\" b=\"2\"/>", r#"{"a":{"-b":"2"}}"#),
        // Values stay strings.
        ("<a><b>1</b><c>true</c><d>null</d></a>", r#"{"a":{"b":"1","c":"true","d":"null"}}"#),
        // Of text in runs one run stays.
        ("<p>Hello <b>x</b> world</p>", r##"{"p":{"b":"x","#text":"Hello"}}"##),
        ("<p a=\"1\">Hello <b>x</b> world</p>", r##"{"p":{"-a":"1","b":"x","#text":"world"}}"##),
        ("<a>x<![CDATA[y]]>z</a>", r#"{"a":"z"}"#),
        ("<a>\n<![CDATA[ <x> & ]]>\n</a>", r#"{"a":"<x> &"}"#),
        ("<a>x\r\ny\rz</a>", r#"{"a":"x\ny\nz"}"#),
        ("<a b=\"x&#10;y\t&quot;\"/>", r#"{"a":{"-b":"x\ny\t\""}}"#),
        ("<a>&#x41;&#66;&lt;&#xE9;</a>", r#"{"a":"AB<é"}"#),
        // What surrounds the root does not matter.
        ("  text <a>1</a> junk & <", r#"{"a":"1"}"#),
        ("\u{FEFF}<a>1</a>", r#"{"a":"1"}"#),
        ("<!-- c --><!DOCTYPE a [<!ENTITY x \"y\"><!-- > -->]><a ><!-- c --></a >", r#"{"a":""}"#),
    ] {
        assert_eq!(xml(body), Ok(value(expected)), "{body}");
    }
}

#[test]
fn broken_documents_are_errors() {
    for body in [
        "",
        "  ",
        "no element",
        "</a>",
        "<a>",
        "<a><b></a>",
        "<a>t</b>",
        "<a b=1/>",
        "<a b/>",
        "<a b=\"<\"/>",
        "<1a/>",
        "<a x:y:z=\"1\"/>",
        "<a>]]></a>",
        "<a><!-- a -- b --></a>",
        "<a>\u{1}</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&</a>",
        "<a>& b</a>",
        "<a b=\"&\"/>",
        "<?xml version=\"1.1\"?><a/>",
        "<?xml version=\"1.0\" encoding=\"nope\"?><a/>",
        "<a>&#x110000;</a>",
        "<a>&#;</a>",
        "<a>&#x;</a>",
        "<a>\u{FFFE}</a>",
    ] {
        assert!(xml(body).is_err(), "{body}");
    }
    assert!(decode(Decoder::Xml, b"<a>\xFF</a>").is_err());
}

#[test]
fn entities_are_never_expanded() {
    for body in [
        "<a>&foo;</a>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a b=\"&x;\"/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1/\"> %p;]><a>&p;</a>",
        "<!DOCTYPE z [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\"><!ENTITY c \"&b;&b;\">]><z>&c;</z>",
        "<!DOCTYPE a [<!ENTITY lt2 \"&#38;#60;\">]><a>&lt2;</a>",
    ] {
        assert_eq!(xml(body), Err("XML: unknown reference"), "{body}");
    }
}

#[test]
fn limits() {
    let deep = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(xml(&deep(100)).is_ok());
    assert!(decode(Decoder::Xml, deep(XML_DEPTH).as_bytes()).is_ok());
    assert_eq!(xml(&deep(XML_DEPTH + 1)), Err("XML: too deep"));
    assert_eq!(xml(&"<a>".repeat(1_000_000)), Err("XML: too deep"));
    let wide = format!("<a>{}</a>", "<b/>".repeat(XML_NODES));
    assert_eq!(xml(&wide), Err("XML: too many elements and attributes"));
}

#[test]
fn character_sets() {
    let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE9\x80</a>";
    assert_eq!(decode(Decoder::Xml, latin).unwrap(), "{\"a\":\"é€\"}");
    let cyrillic = b"\n<?xml version='1.0' encoding = 'koi8-r'?><a>\xC1</a>";
    assert_eq!(decode(Decoder::Xml, cyrillic).unwrap(), "{\"a\":\"а\"}");
    let utf8 = "<?xml version='1.0' encoding='UTF-8'?><a>é</a>";
    assert_eq!(decode(Decoder::Xml, utf8.as_bytes()).unwrap(), "{\"a\":\"é\"}");
    assert!(decode(Decoder::Xml, b"<?xml version='1.0' encoding='shift_jis'?><a>\x81</a>").is_err());
}

#[test]
fn members_become_elements() {
    for (json, expected) in [
        (
            r#"{"z":1,"a":"<x>&y","n":null,"d":{"k":[1,2.5,"t"]}}"#,
            "<doc><a>&lt;x&gt;&amp;y</a><d><k>1</k><k>2.5</k><k>t</k></d><n/><z>1</z></doc>",
        ),
        (r#"{"content":"some <text> & more"}"#, "<content>some &lt;text&gt; &amp; more</content>"),
        (
            r#"{"collection":[{"i":1},2,"x"]}"#,
            "<doc><collection><i>1</i></collection><collection>2</collection><collection>x</collection></doc>",
        ),
        (r#"{"collection":[{"i":1}]}"#, "<doc><collection><i>1</i></collection></doc>"),
        (r#"{"collection":[]}"#, "<collection/>"),
        (r#"{"a":{"-x":1,"-b":true,"-a":"q\"<'"}}"#, "<a a=\"q&quot;&lt;&apos;\" b=\"true\" x=\"1\"/>"),
        (r#"{"-a":"1","b":2}"#, "<doc a=\"1\"><b>2</b></doc>"),
        (r##"{"a":{"#text":"t","-x":"1"}}"##, "<a x=\"1\">t</a>"),
        (r##"{"a":{"#text":"t","b":[1,[2,3]]}}"##, "<a>t<b>1</b><b>2</b><b>3</b></a>"),
        (r#"{"a":{}}"#, "<a/>"),
        (r#"{"a":""}"#, "<a/>"),
        (r#"{"a":null}"#, "<a/>"),
        ("{}", "<doc/>"),
        ("null", "<doc/>"),
        (r#"{"b":1.50,"a":1e400,"c":true,"d":false}"#, "<doc><a>1e400</a><b>1.50</b><c>true</c><d>false</d></doc>"),
        (r#"{"a":[[],[1]]}"#, "<doc><a/><a>1</a></doc>"),
        (r#"{"a":[null,"",{}],"b":1}"#, "<doc><a/><a/><a/><b>1</b></doc>"),
        // Where the peer's output would be no XML.
        (r#"{"a b":1,"1":2,"":3,"-":4}"#, "<doc><_>3</_><_->4</_-><_1>2</_1><a_b>1</a_b></doc>"),
        (r#"{"-a":"1"}"#, "<doc a=\"1\"/>"),
        (r##"{"#text":"x"}"##, "<doc>x</doc>"),
        (r#"{"a":{"-x":null,"-y":[1],"-z z":"1","-z_z":"2"}}"#, "<a x=\"\" z_z=\"1\"><_-y>1</_-y><_-z_z>2</_-z_z></a>"),
        (r#"{"a><b":"\u0001\uFFFE"}"#, "<a__b>\u{FFFD}\u{FFFD}</a__b>"),
        (r#"{"soap:a":{"-xmlns:soap":"u"}}"#, "<soap:a xmlns:soap=\"u\"/>"),
        (r#"{"a":{"-x":"1\n2\t3","b":"1\r2\n"}}"#, "<a x=\"1&#xA;2&#x9;3\"><b>1&#xD;2\n</b></a>"),
    ] {
        assert_eq!(render(Renderer::Xml, json).0, expected, "{json}");
        assert!(xml(expected).is_ok(), "{expected}");
    }
}

#[test]
fn there_and_back() {
    for json in [
        r#"{"a":"x"}"#,
        r#"{"doc":{"-id":"7","a":["1","2"],"b":{"c":"d <&> \"'"},"e":""}}"#,
        r##"{"a":{"-x":"1\n2","#text":"t","b":{"-y":"é"}}}"##,
    ] {
        let (rendered, _) = render(Renderer::Xml, json);
        assert_eq!(xml(&rendered), Ok(value(json)), "{rendered}");
    }
}

#[test]
fn depth_does_not_matter_to_the_writer() {
    let json = format!("{}1{}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
    assert_eq!(render(Renderer::Xml, &json).0, format!("{}1{}", "<a>".repeat(9_000), "</a>".repeat(9_000)));
}
