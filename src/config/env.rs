//! `KRAKEND_*` environment variables: each replaces a key of the root, dots reach inside objects;
//! reads a list of pairs, never the process environment.

use crate::config::finding::Finding;
use crate::config::text::{Kind, Member, Node, Place};
use crate::limits::CONFIG_DEPTH;

/// What the names of the variables begin with.
const PREFIX: &str = "KRAKEND_";
/// The root key whose inside matches exactly: components have keys of their own.
const EXACT_BELOW: &str = "extra_config";

/// Puts the values of the variables into the tree; variables that name no key of `known` are
/// ignored (Kubernetes sets several). Gives the names of those that were used; a node made from
/// the variable of index i stands at `Place::Variable(i)`.
pub fn overlay(
    root: &mut Vec<Member>,
    known: &[&str],
    variables: &[(String, String)],
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let mut sorted: Vec<&(String, String)> =
        variables.iter().filter(|(n, _)| n.starts_with(PREFIX)).collect();
    sorted.sort();
    let mut used = Vec::new();
    for (name, value) in sorted {
        let path = name[PREFIX.len()..].to_lowercase();
        let steps: Vec<&str> = path.split('.').collect();
        if !steps.first().is_some_and(|first| known.contains(first)) {
            continue;
        }
        if steps.len() > CONFIG_DEPTH || steps.iter().any(|step| step.is_empty()) {
            let text = format!("environment variable {name}: found a name that is no path of keys with dots");
            findings.push(Finding::error("", text));
            continue;
        }
        let Ok(index) = u32::try_from(used.len()) else { break };
        let place = Place::Variable(index);
        match put(root, &steps, value, place) {
            Ok(()) => used.push(name.clone()),
            Err(blocked) => findings.push(Finding::warning(
                blocked,
                format!(
                    "environment variable {name} has no effect: it reaches inside a value that is no object"
                ),
            )),
        }
    }
    used
}

/// Sets one value; the error is the path of what stood in the way.
fn put(root: &mut Vec<Member>, steps: &[&str], value: &str, place: Place) -> Result<(), String> {
    let exact = steps.first() == Some(&EXACT_BELOW);
    let mut members = root;
    let mut at = String::new();
    for (depth, step) in steps.iter().enumerate() {
        let index = position(members, step, exact && depth > 0).unwrap_or_else(|| {
            let node = Node { place, kind: Kind::Null };
            members.push(Member { key: (*step).to_string(), place, node });
            members.len() - 1
        });
        at = crate::config::path::member(&at, step);
        // `position` and the push above give an index that exists.
        let Some(member) = members.get_mut(index) else { return Err(at) };
        if depth + 1 == steps.len() {
            member.node = Node { place, kind: Kind::Text(value.to_string()) };
            return Ok(());
        }
        if matches!(member.node.kind, Kind::Null) {
            member.node = Node { place, kind: Kind::Object(Vec::new()) };
        }
        match &mut member.node.kind {
            Kind::Object(inner) => members = inner,
            _ => return Err(at),
        }
    }
    Err(at)
}

/// The member that counts for a key, as `text::pick` finds it.
fn position(members: &[Member], key: &str, exact: bool) -> Option<usize> {
    let found = members.iter().rposition(|m| m.key == key);
    if found.is_some() || exact {
        return found;
    }
    members.iter().rposition(|m| m.key.eq_ignore_ascii_case(key))
}
