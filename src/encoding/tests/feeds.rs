//! RSS, Atom and JSON Feed in.

use super::{decode, value};
use crate::encoding::Decoder;
use serde_json::{json, Value};

fn feed(body: &str) -> Value {
    match decode(Decoder::Rss, body.as_bytes()) {
        Ok(json) => value(&json),
        Err(error) => panic!("{error}: {body}"),
    }
}

/// An RSS feed whose channel holds `inner`.
fn channel(inner: &str) -> Value {
    feed(&format!("<rss xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:it=\"http://www.itunes.com/DTDs/PodCast-1.0.dtd\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>{inner}</channel></rss>"))
}

fn item(inner: &str) -> Value {
    channel(&format!("<item>{inner}</item>"))["items"][0].clone()
}

fn entry(inner: &str) -> Value {
    feed(&format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry>{inner}</entry></feed>"))["items"][0]
        .clone()
}

#[test]
fn rss() {
    let got = feed(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title><link>http://e.x/</link>\
         <description>All</description><language>en</language><copyright>C</copyright><item><title>One</title>\
         <link>http://e.x/1</link><description>d1</description><pubDate>Mon, 02 Jan 2006 15:04:05 GMT</pubDate>\
         <guid>g1</guid><category>k</category></item><item><title>Two</title></item></channel></rss>",
    );
    let expected = json!({
        "author": null, "categories": null, "copyright": "C", "custom": null, "description": "All",
        "items": [
            {
                "title": "One", "description": "d1", "link": "http://e.x/1", "links": ["http://e.x/1"],
                "published": "Mon, 02 Jan 2006 15:04:05 GMT", "publishedParsed": "2006-01-02T15:04:05Z",
                "guid": "g1", "categories": ["k"]
            },
            {"title": "Two"}
        ],
        "language": "en", "published": "", "title": "News", "type": "rss", "updated": ""
    });
    assert_eq!(got, expected);
}

#[test]
fn rss_channel() {
    let got = channel(
        "<managingEditor>a@b.c (Ann)</managingEditor><category>x</category><it:category text=\"T\"><it:category text=\"S\"/>\
         </it:category><it:keywords>p,q</it:keywords><dc:subject>y</dc:subject><image><url>u</url><title>t</title></image>\
         <pubDate> p </pubDate><dc:date>2006</dc:date><dc:title>dt</dc:title><unknown>z</unknown>",
    );
    assert_eq!(got["author"], json!({"name": "Ann", "email": "a@b.c"}));
    assert_eq!(got["categories"], json!(["x", "p", "q", "T", "S", "y"]));
    assert_eq!(got["img_url"], "u");
    assert_eq!(got["published"], "p");
    assert_eq!(got["updated"], "2006");
    assert_eq!(got["title"], "dt");
    assert_eq!(got["custom"], Value::Null);
    assert_eq!(channel("<it:image href=\"i\"/>")["img_url"], "i");
    assert_eq!(channel("").get("img_url"), None);
    assert_eq!(channel("")["items"], json!([]));
}

#[test]
fn rss_items() {
    for (inner, expected) in [
        ("<title>a &amp;amp; b &eacute; &#x41;</title>", json!({"title": "a &amp; b é A"})),
        ("<title><![CDATA[ <b> & ]]></title>", json!({"title": " <b> & "})),
        ("<title>a <b>c</b></title>", json!({"title": "a <b>c</b>"})),
        ("<title>R&D &foo; x</title>", json!({"title": "R&D &foo; x"})),
        ("<title>&lt&amp;&&lt;&#128;&#0;</title>", json!({"title": "&lt&&<\u{20AC}\u{FFFD}"})),
        ("<TITLE>t</TITLE>", json!({"title": "t"})),
        ("<content:encoded><![CDATA[<p>]]></content:encoded>", json!({"content": "<p>"})),
        ("<link href=\"a?x&y&z;&amp;&lt\"/>", json!({"link": "a?x&y&z;&&lt", "links": ["a?x&y&z;&&lt"]})),
        ("<link href=\"h\"/>", json!({"link": "h", "links": ["h"]})),
        (
            "<author>Ann (a@b.c)</author>",
            json!({"author": {"name": "Ann", "email": "a@b.c"}, "authors": [{"name": "Ann", "email": "a@b.c"}]}),
        ),
        ("<author>a@b.c</author>", json!({"author": {"email": "a@b.c"}, "authors": [{"email": "a@b.c"}]})),
        (
            "<enclosure url=\"u\" length=\"5\" type=\"audio/mpeg\"/><enclosure url=\"v\"/>",
            json!({"enclosures": [{"url": "u", "length": "5", "type": "audio/mpeg"}, {"url": "v"}]}),
        ),
        (
            "<myField>v</myField><source url=\"u\">s</source><comments>c</comments>",
            json!({"custom": {"myField": "v"}}),
        ),
        ("<pubDate>soon</pubDate>", json!({"published": "soon"})),
        ("", json!({})),
    ] {
        assert_eq!(item(inner), expected, "{inner}");
    }
}

#[test]
fn rss_extensions() {
    let got = item("<dc:creator>Ann</dc:creator><dc:date>2006-01-02T15:04:05+02:00</dc:date><x:y z=\"1\" xmlns:x=\"u\">t<x:c/></x:y>");
    let leaf = |name: &str, text: &str| json!({"name": name, "value": text, "attrs": {}, "children": {}});
    assert_eq!(
        got,
        json!({
            "author": {"name": "Ann"}, "authors": [{"name": "Ann"}],
            "published": "2006-01-02T15:04:05+02:00", "publishedParsed": "2006-01-02T15:04:05+02:00",
            "dcExt": {"creator": ["Ann"], "date": ["2006-01-02T15:04:05+02:00"]},
            "extensions": {
                "dc": {"creator": [leaf("creator", "Ann")], "date": [leaf("date", "2006-01-02T15:04:05+02:00")]},
                "x": {"y": [{"name": "y", "value": "t", "attrs": {"z": "1", "x": "u"}, "children": {"c": [leaf("c", "")]}}]}
            }
        })
    );
    let got = item("<it:author>Ann</it:author><it:image href=\"i\"/><it:duration>9</it:duration>");
    assert_eq!(got["itunesExt"], json!({"author": "Ann", "image": "i", "duration": "9"}));
    assert_eq!(got["image"], json!({"url": "i"}));
}

#[test]
fn rdf() {
    let got = feed(
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\">\
         <channel><title>t</title></channel><image><url>u</url></image><item><title>i</title></item></rdf:RDF>",
    );
    assert_eq!((&got["title"], &got["img_url"], &got["type"]), (&json!("t"), &json!("u"), &json!("rss")));
    assert_eq!(got["items"], json!([{"title": "i"}]));
}

#[test]
fn atom() {
    let got = feed(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"de\"><title>T</title><subtitle>S</subtitle>\
         <rights>R</rights><updated>2006-01-02T15:04:05+01:00</updated><logo>L</logo><category term=\"c\" label=\"C\"/>\
         <author><name>Ann</name><email>a@b.c</email><uri>u</uri></author><author><name>Bo</name></author></feed>",
    );
    let expected = json!({
        "author": {"name": "Ann", "email": "a@b.c"}, "categories": ["c"], "copyright": "R", "custom": null,
        "description": "S", "items": [], "language": "de", "published": "", "title": "T", "type": "atom",
        "updated": "2006-01-02T15:04:05+01:00", "img_url": "L"
    });
    assert_eq!(got, expected);
}

#[test]
fn atom_entries() {
    for (inner, expected) in [
        (
            "<id>i</id><summary>s</summary><link href=\"a\"/><link rel=\"self\" href=\"b\"/><link rel=\"enclosure\" href=\"c\" length=\"1\"/><link rel=\"x\" href=\"d\"/>",
            json!({"guid": "i", "description": "s", "link": "a", "links": ["a", "b"], "enclosures": [{"url": "c", "length": "1"}]}),
        ),
        (
            "<updated>2006-01-02T15:04:05.50+01:00</updated>",
            json!({
                "updated": "2006-01-02T15:04:05.50+01:00", "updatedParsed": "2006-01-02T14:04:05.5Z",
                "published": "2006-01-02T15:04:05.50+01:00", "publishedParsed": "2006-01-02T14:04:05.5Z"
            }),
        ),
        ("<author><name>Ann</name></author>", json!({"author": {"name": "Ann"}, "authors": [{"name": "Ann"}]})),
        ("<content type=\"html\">&lt;p&gt;x&lt;/p&gt;</content>", json!({"content": "<p>x</p>"})),
        ("<content type=\"xhtml\"> <div xmlns=\"http://www.w3.org/1999/xhtml\"><p>&lt;</p></div> </content>", json!({"content": "<p>&lt;</p>"})),
        ("<content type=\"application/octet-stream\">SGVsbG8=</content>", json!({"content": "Hello"})),
        ("<content type=\"image/svg+xml\"><svg/></content>", json!({"content": "<svg/>"})),
        ("<title type=\"text\">a &lt; b</title>", json!({"title": "a < b"})),
    ] {
        assert_eq!(entry(inner), expected, "{inner}");
    }
}

#[test]
fn json_feed() {
    let got = feed(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"T","description":"D","language":"en","icon":"I",
           "author":{"name":"Ann"},"items":[{"id":"1","url":"u","external_url":"e","title":"t","content_text":"c","summary":"s",
           "image":"i","date_published":"2006-01-02T15:04:05+02:00","date_modified":"2007","authors":[{"name":"Bo (b@c.d)"}],
           "tags":["x"],"attachments":[{"url":"a","mime_type":"audio/mpeg","duration_in_seconds":7}]},{}]}"#,
    );
    let expected = json!({
        "author": {"name": "Ann"}, "categories": null, "copyright": "", "custom": null, "description": "D",
        "items": [
            {
                "guid": "1", "link": "u", "links": ["u", "e"], "title": "t", "content": "c", "description": "s",
                "image": {"url": "i"}, "published": "2006-01-02T15:04:05+02:00",
                "publishedParsed": "2006-01-02T15:04:05+02:00", "updated": "2007",
                "authors": [{"name": "Bo", "email": "b@c.d"}], "categories": ["x"],
                "enclosures": [{"url": "a", "type": "audio/mpeg", "length": "7"}]
            },
            {}
        ],
        "language": "en", "published": "2006-01-02T15:04:05+02:00", "title": "T", "type": "json", "updated": "2007",
        "img_url": "I"
    });
    assert_eq!(got, expected);
}

#[test]
fn no_feed_is_an_error() {
    let many = |n: usize| (0..n).map(|i| format!("<a xmlns:p{i}=\"u\">")).collect::<String>();
    for body in [
        "",
        "nope",
        "<html/>",
        "<rss>",
        "<rss><channel></rss>",
        "<feed><a></feed>",
        "[]",
        "{",
        "{} x",
        "{\"title\":1}",
        "{\"items\":{}}",
        "{\"items\":[1]}",
        "{\"items\":[{\"id\":5}]}",
        "<rss><a b=\"\u{1}\"/></rss>",
        &format!("<rss xmlns:{}=\"u\"/>", "p".repeat(100)),
        &format!("<rss>{}", many(1000)),
    ] {
        assert!(decode(Decoder::Rss, body.as_bytes()).is_err(), "{body}");
    }
    assert_eq!(feed("\u{FEFF} <rss/>")["type"], "rss");
    assert_eq!(feed(" {}")["type"], "json");
}
