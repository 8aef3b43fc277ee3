//! The seed files of the fuzz targets hold in the ordinary test run too.

use crate::http::fuzzing;
use std::path::Path;

fn each_seed(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut seeds = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus folder") {
        let path = entry.expect("an entry").path();
        check(&std::fs::read(path).expect("a seed file"));
        seeds += 1;
    }
    assert!(seeds > 0, "no seed in {target}");
}

#[test]
fn seeds_of_request_head() {
    each_seed("request_head", fuzzing::request_head);
}

#[test]
fn seeds_of_response_head() {
    each_seed("response_head", fuzzing::response_head);
}

#[test]
fn seeds_of_chunked_body() {
    each_seed("chunked_body", fuzzing::chunked_body);
}
