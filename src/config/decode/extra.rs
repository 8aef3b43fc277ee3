//! `extra_config`: namespaces with their raw values, old long names rewritten to short ones.

use crate::config::extra::{Extra, Raw};
use crate::config::finding::Finding;
use crate::config::namespaces;
use crate::config::path;
use crate::config::weak::{is_comment, Keys};
use std::collections::HashMap;

pub fn extra(keys: &mut Keys<'_>, findings: &mut Vec<Finding>) -> Extra {
    let Some(child) = keys.object("extra_config") else { return Extra::default() };
    // Of equal keys the last one counts.
    let last: HashMap<&str, usize> =
        child.members.iter().enumerate().map(|(i, m)| (m.key.as_str(), i)).collect();
    let mut extra = Extra::default();
    for (index, member) in child.members.iter().enumerate() {
        if is_comment(&member.key) || last.get(member.key.as_str()) != Some(&index) {
            continue;
        }
        let at = path::member(&child.at, &member.key);
        let short = namespaces::short(&member.key);
        if let Some(short) = short.filter(|short| last.contains_key(short)) {
            findings.push(Finding::warning(
                at,
                format!("this is the old name of '{short}', which is given too: '{short}' counts, this one is ignored"),
            ));
            continue;
        }
        let name = short.unwrap_or(&member.key);
        extra.0.push((name.to_string(), Raw { at, value: member.node.value() }));
    }
    extra
}
