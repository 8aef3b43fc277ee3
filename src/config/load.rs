//! From a file, or a text, to a checked `Config` with every finding and its place.

use crate::config::finding::{Finding, Severity};
use crate::config::source::Source;
use crate::config::text::{parse_json, Kind, Member, Node, Place};
use crate::config::{check, decode, env, keys, path, Config};
use crate::limits::CONFIG_BYTES;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// What loading gives.
#[derive(Debug)]
pub struct Loaded {
    /// As far as it could be read; only to be used when `has_errors` says no. `None`: nothing could
    /// be read at all.
    pub config: Option<Config>,
    /// In the order of the text.
    pub findings: Vec<Finding>,
    pub source: Source,
}

impl Loaded {
    /// Whether a finding stops the start.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    fn failed(source: Source, text: String) -> Loaded {
        Loaded { config: None, findings: vec![Finding::error("", text)], source }
    }
}

/// Loads a configuration file. `variables`: the environment as pairs; `KRAKEND_*` replace keys.
#[must_use]
pub fn load(path: &Path, variables: &[(String, String)]) -> Loaded {
    let name = path.display().to_string();
    match read(path) {
        Ok(bytes) => load_bytes(&name, bytes, variables),
        Err(why) => Loaded::failed(Source::new(name, String::new()), why),
    }
}

/// Loads a configuration text; `name` stands for the file in findings, and its ending gives the format.
#[must_use]
pub fn load_text(name: &str, text: &str, variables: &[(String, String)]) -> Loaded {
    load_bytes(name, text.as_bytes().to_vec(), variables)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let cannot = |why: std::io::Error| format!("the file cannot be read: {why}");
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    let bound = CONFIG_BYTES as u64 + 1;
    file.take(bound).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}

pub(super) fn load_bytes(name: &str, bytes: Vec<u8>, variables: &[(String, String)]) -> Loaded {
    if let Some(text) = not_built(name, variables) {
        return Loaded::failed(Source::new(name.to_string(), String::new()), text);
    }
    if bytes.len() > CONFIG_BYTES {
        let text = format!("found more than {CONFIG_BYTES} bytes in one file");
        return Loaded::failed(Source::new(name.to_string(), String::new()), text);
    }
    let mut findings = Vec::new();
    let text = String::from_utf8(bytes).unwrap_or_else(|broken| {
        // As KrakenD reads it: each broken sequence becomes U+FFFD.
        let line =
            broken.as_bytes().iter().take(broken.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count()
                + 1;
        findings.push(Finding::warning(
            "",
            format!("line {line} is not UTF-8; what could not be read became U+FFFD"),
        ));
        String::from_utf8_lossy(broken.as_bytes()).into_owned()
    });
    let mut source = Source::new(name.to_string(), text);
    let node = match parse_json(source.text()) {
        Ok(node) => node,
        Err(fault) => {
            source.set_fault(fault.offset);
            let mut loaded = Loaded::failed(source, fault.text);
            loaded.findings.append(&mut findings);
            return loaded;
        }
    };
    tree(node, source, findings, variables)
}

/// Reads the tree.
fn tree(
    node: Node,
    mut source: Source,
    mut findings: Vec<Finding>,
    variables: &[(String, String)],
) -> Loaded {
    let place = node.place;
    let found = node.describe();
    let Kind::Object(mut members) = node.kind else {
        source.set_fault(if let Place::Byte(offset) = place { offset as usize } else { 0 });
        return Loaded::failed(source, format!("found {found}, allowed is a JSON object"));
    };
    equal_keys(&members, "", &source, &mut findings);
    let known: Vec<&str> = keys::ROOT.iter().map(|key| key.name).collect();
    let used = env::overlay(&mut members, &known, variables, &mut findings);
    let mut config = decode::root(&members, &mut findings);
    check::apply(&mut config, &mut findings);
    source.set_tree(Node { place, kind: Kind::Object(members) }, used);
    source.sort(&mut findings);
    Loaded { config: Some(config), findings, source }
}

/// What cannot be loaded yet, by the ending of the name (exact, as for KrakenD) and the environment.
fn not_built(name: &str, variables: &[(String, String)]) -> Option<String> {
    if variables.iter().any(|(n, value)| n == "FC_ENABLE" && !value.is_empty()) {
        return Some(
            "flexible configuration (FC_ENABLE) is not built yet; allowed is a plain JSON file".to_string(),
        );
    }
    let yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    if yaml || name.ends_with(".toml") {
        let format = if yaml { "YAML" } else { "TOML" };
        return Some(format!("{format} is not built yet; allowed is JSON"));
    }
    None
}

/// Warns about keys that stand more than once in one object.
fn equal_keys(members: &[Member], at: &str, source: &Source, findings: &mut Vec<Finding>) {
    let mut first: HashMap<&str, &Member> = HashMap::new();
    for member in members {
        if let Some(earlier) = first.insert(&member.key, member) {
            let text = format!(
                "'{}' stands here {} and {}; the last one counts",
                member.key,
                spot(source, earlier.place),
                spot(source, member.place)
            );
            findings.push(Finding::warning(path::member(at, &member.key), text));
        }
        inside(&member.node, &path::member(at, &member.key), source, findings);
    }
}

fn inside(node: &Node, at: &str, source: &Source, findings: &mut Vec<Finding>) {
    match &node.kind {
        Kind::Object(members) => equal_keys(members, at, source, findings),
        Kind::List(list) => {
            for (index, item) in list.iter().enumerate() {
                inside(item, &path::element(at, index), source, findings);
            }
        }
        _ => {}
    }
}

fn spot(source: &Source, place: Place) -> String {
    match place {
        Place::Byte(offset) => {
            let (line, column) = source.position(offset as usize);
            format!("in line {line} column {column}")
        }
        Place::Variable(_) => "in the environment".to_string(),
    }
}
