//! Nanoseconds for one merge of four JSON bodies (5 KB), under the filters of an aggregating
//! endpoint; the same by way of `serde_json::Value` for comparison.
//!
//! `cargo bench --bench merge`: the best of several rounds, which a busy machine disturbs least.

#![allow(clippy::disallowed_methods)] // a benchmark reads the clock

use serde_json::{Map, Value};
use sluice::json::{Merger, Shape, ShapeSpec};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 30;
const MERGES: u32 = 4_000;

fn main() {
    let bodies = [user(1), cart(), recommendations(), banner()];
    let sizes = bodies.each_ref().map(String::len);
    println!("bodies of {sizes:?} bytes");
    let allow = ["id", "name", "address.city"].map(str::to_owned);
    let deny = ["ads".to_owned()];
    let shapes = [
        ShapeSpec { allow: &allow, group: "user", ..ShapeSpec::default() },
        ShapeSpec { group: "cart", ..ShapeSpec::default() },
        ShapeSpec::default(),
        ShapeSpec { deny: &deny, ..ShapeSpec::default() },
    ]
    .map(|spec| Shape::compile(&spec));

    let (mut merger, mut out) = (Merger::new(), Vec::new());
    let mut spans = |disjoint: bool| {
        out.clear();
        merger.begin(&mut out, disjoint);
        for (body, shape) in bodies.iter().zip(&shapes) {
            if let Err(error) = merger.add(&mut out, body.as_bytes(), shape) {
                panic!("{error}");
            }
        }
        merger.finish(&mut out);
        out.len()
    };
    let disjoint = best(|| spans(true));
    let tracked = best(|| spans(false));
    let length = spans(false);
    let by_value = best(|| values(&bodies).len());
    println!("spans, keys known to be disjoint   {disjoint:>7.0} ns/merge");
    println!("spans, keys looked up              {tracked:>7.0} ns/merge  ({length} bytes out)");
    println!("serde_json::Value                  {by_value:>7.0} ns/merge");
    let names = ["user: allow and group", "cart: group", "recommendations: as is", "banner: deny"];
    for ((name, body), shape) in names.iter().zip(&bodies).zip(&shapes) {
        let (mut merger, mut out) = (Merger::new(), Vec::new());
        let one = best(|| {
            out.clear();
            merger.begin(&mut out, false);
            let added = merger.add(&mut out, body.as_bytes(), shape);
            merger.finish(&mut out);
            usize::from(added.is_ok())
        });
        println!("  {name:<24} {one:>7.0} ns");
    }
}

/// Nanoseconds of one call, in the best round.
fn best(mut work: impl FnMut() -> usize) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..MERGES {
            black_box(work());
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(MERGES));
    }
    best
}

/// The same answer from value trees.
fn values(bodies: &[String; 4]) -> Vec<u8> {
    let [mut user, cart, mut merged, mut banner] = bodies.each_ref().map(|body| object(body));
    let mut kept = Map::new();
    for name in ["id", "name"] {
        if let Some(value) = user.remove(name) {
            kept.insert(name.to_owned(), value);
        }
    }
    if let Some(city) = user.get_mut("address").and_then(|address| address.get_mut("city")) {
        let city = Map::from_iter([("city".to_owned(), city.take())]);
        kept.insert("address".to_owned(), Value::Object(city));
    }
    banner.remove("ads");
    merged.insert("user".to_owned(), Value::Object(kept));
    merged.insert("cart".to_owned(), Value::Object(cart));
    merged.append(&mut banner);
    serde_json::to_vec(&merged).unwrap_or_default()
}

fn object(body: &str) -> Map<String, Value> {
    serde_json::from_str(body).unwrap_or_default()
}

fn user(n: usize) -> String {
    let words = "plain words of no meaning fill this line up to the size of a short biography in a profile ";
    let bio: String = words.chars().cycle().take(120).collect();
    format!(
        "{{\"id\": {n}, \"name\": \"User {n}\", \"email\": \"u{n}@example.com\", \"address\": {{\"street\": \
         \"Main {n}\", \"city\": \"Town\", \"zip\": \"0000{n}\"}}, \"tags\": [\"a\", \"b\", \"c\"], \
         \"score\": {}.5, \"active\": {}, \"bio\": \"{bio}\"}}",
        n,
        n.is_multiple_of(2),
    )
}

fn cart() -> String {
    let mut text = "{\"items\": [".to_owned();
    for n in 0..20 {
        let comma = if n == 0 { "" } else { ", " };
        let _ = write!(
            text,
            "{comma}{{\"sku\": \"s{n}\", \"qty\": {n}, \"price\": {}.99, \"title\": \"Item number {n}\"}}",
            n + 9
        );
    }
    text.push_str("], \"total\": 389.8}");
    text
}

fn recommendations() -> String {
    let users: Vec<_> = (0..10).map(user).collect();
    format!("{{\"recommendations\": [{}]}}", users.join(", "))
}

fn banner() -> String {
    "{\"banner\": {\"title\": \"Hello\", \"img\": \"/x.png\"}, \"ads\": [1, 2, 3]}".to_owned()
}
