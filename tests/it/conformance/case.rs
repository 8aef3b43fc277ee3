//! One case as written, and the values that a run puts into it.

use crate::kit::gateway::Folder;
use crate::kit::json::Json;
use std::path::{Path, PathBuf};

/// Replaces `{{name}}` by this run's value, and back.
#[derive(Default)]
pub struct Subst(Vec<(String, Vec<u8>)>);

impl Subst {
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.0.push((name.to_owned(), value.as_ref().to_vec()));
    }

    pub fn apply(&self, text: &[u8]) -> Vec<u8> {
        let put = |text: Vec<u8>, (name, value): &(String, Vec<u8>)| {
            replace(&text, format!("{{{{{name}}}}}").as_bytes(), value)
        };
        self.0.iter().fold(text.to_vec(), put)
    }

    /// This run's values back to their names; the longest first, as one may be part of another.
    pub fn back(&self, text: &[u8]) -> Vec<u8> {
        let mut values: Vec<_> = self.0.iter().collect();
        values.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        let put = |text: Vec<u8>, (name, value): &(String, Vec<u8>)| {
            replace(&text, value, format!("{{{{{name}}}}}").as_bytes())
        };
        values.into_iter().fold(text.to_vec(), put)
    }

    pub fn string(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.apply(text.as_bytes())).into_owned()
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    for found in memchr::memmem::find_iter(text, from) {
        out.extend(&text[at..found]);
        out.extend(to);
        at = found + from.len();
    }
    out.extend(&text[at..]);
    out
}

/// Fields as name and value, from an object or a list of pairs.
pub fn pairs(value: Option<&Json>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let text = |v: &Json| v.bytes().unwrap_or_default().to_vec();
    match value {
        Some(Json::Obj(members)) => members.iter().map(|(k, v)| (k.clone(), text(v))).collect(),
        Some(Json::Arr(items)) => items
            .iter()
            .filter_map(|item| match item.items() {
                [name, value] => Some((text(name), text(value))),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Writes the files and the configuration of a case; returns the configuration's path.
pub fn write(case: &Json, folder: &Folder, subst: &Subst, port: u16) -> Result<PathBuf, String> {
    for (name, content) in case.get("files").map(Json::members).unwrap_or_default() {
        let text = content.bytes().map_or_else(|| content.dump().into_bytes(), <[u8]>::to_vec);
        folder.write(&String::from_utf8_lossy(name), &subst.apply(&text));
    }
    let name = case.get("config_name").and_then(Json::text).unwrap_or("krakend.json");
    let text = match (case.get("config_text"), case.get("config")) {
        (Some(text), _) => text.bytes().ok_or("config_text is no string")?.to_vec(),
        (None, Some(config)) => {
            let mut config = config.clone();
            if !case.get("keep_port").is_some_and(Json::is_true) {
                config.set("port", Json::num(port));
            }
            config.dump().into_bytes()
        }
        (None, None) => return Err("the case has no configuration".to_owned()),
    };
    Ok(folder.write(name, &subst.apply(&text)))
}

pub fn load(path: &Path) -> Result<Json, String> {
    let text = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Json::parse(&text).map_err(|e| format!("{}: {e}", path.display()))
}

#[test]
fn values_go_in_and_come_back() {
    let mut subst = Subst::default();
    subst.add("a", "127.0.0.1:2000");
    subst.add("b", "127.0.0.1:20001");
    assert_eq!(subst.string("x {{a}} {{b}} {{c}}"), "x 127.0.0.1:2000 127.0.0.1:20001 {{c}}");
    assert_eq!(subst.back(b"127.0.0.1:20001 127.0.0.1:2000"), b"{{b}} {{a}}");
}

#[test]
fn fields_are_objects_or_pairs() {
    let parse = |t: &str| Json::parse(t.as_bytes()).unwrap();
    let want = vec![(b"A".to_vec(), b"1".to_vec()), (b"B".to_vec(), b"2".to_vec())];
    assert_eq!(pairs(Some(&parse(r#"{"A":"1","B":"2"}"#))), want);
    assert_eq!(pairs(Some(&parse(r#"[["A","1"],["B","2"]]"#))), want);
    assert_eq!(pairs(None), vec![]);
}
