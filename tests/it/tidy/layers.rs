//! Direction of dependencies: which module of the crate may name which, read from the table in
//! ARCHITECTURE.md.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// Named by every module: nothing but numbers stand there.
const EVERYWHERE: &str = "limits";

/// What each module may name of the crate. `None`: everything.
pub type Allowed = BTreeMap<String, Option<BTreeSet<String>>>;

struct Row {
    layer: u32,
    modules: Vec<String>,
    may_use: String,
    never: String,
}

/// Reads the table `layer | modules | may use | must never name` of the section
/// "Direction of dependencies".
pub fn parse(markdown: &str) -> Result<Allowed, String> {
    let rows = rows(markdown)?;
    let mut allowed = Allowed::new();
    for row in &rows {
        for module in &row.modules {
            let names = may_use(row, module, &rows)?;
            if allowed.insert(module.clone(), names).is_some() {
                return Err(format!("{module} stands twice in the table"));
            }
        }
    }
    Ok(allowed)
}

fn rows(markdown: &str) -> Result<Vec<Row>, String> {
    let section = markdown
        .lines()
        .skip_while(|line| !(line.starts_with('#') && line.contains("Direction of dependencies")))
        .skip(1)
        .take_while(|line| !line.starts_with('#'));
    let table: Vec<&str> = section.filter(|line| line.starts_with('|')).collect();
    if table.len() < 3 {
        return Err("no table under \"Direction of dependencies\"".to_owned());
    }
    table[2..].iter().map(|line| row(line)).collect()
}

fn row(line: &str) -> Result<Row, String> {
    let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
    let [layer, modules, may_use, never] = cells[..] else { return Err(format!("not four cells: {line}")) };
    let layer = layer.parse().map_err(|_| format!("no layer number: {line}"))?;
    let modules = modules.split(',').map(|m| m.trim().trim_matches('`').to_owned()).collect();
    Ok(Row { layer, modules, may_use: may_use.to_owned(), never: never.to_owned() })
}

/// `–`, `all`, or a list of numbers, ranges and module names; brackets are remarks, except
/// `(A may use B …)` in the last cell.
fn may_use(row: &Row, module: &str, rows: &[Row]) -> Result<Option<BTreeSet<String>>, String> {
    let remark = Regex::new(r"\([^)]*\)").expect("a valid pattern");
    let text = remark.replace_all(&row.may_use, "");
    if text.trim() == "all" {
        return Ok(None);
    }
    let mut names = BTreeSet::from([module.to_owned(), EVERYWHERE.to_owned()]);
    for item in text.split(',').flat_map(|part| part.split(" and ")).map(str::trim) {
        let ends: Vec<&str> = item.split(['–', '-']).map(str::trim).collect();
        match ends[..] {
            ["", ""] | [""] => {}
            [name] if name.parse::<u32>().is_err() => {
                names.insert(name.trim_matches('`').to_owned());
            }
            [first, ..] => {
                let number = |t: &str| t.parse::<u32>().map_err(|_| format!("layer {t:?} of {module}"));
                let range = number(first)?..=number(ends[ends.len() - 1])?;
                let of_range = rows.iter().filter(|r| range.contains(&r.layer));
                names.extend(of_range.flat_map(|r| r.modules.iter().cloned()));
            }
            [] => {}
        }
    }
    let exception = Regex::new(r"\((\w+) may use (\w+)").expect("a valid pattern");
    for found in exception.captures_iter(&row.never).filter(|c| &c[1] == module) {
        names.insert(found[2].to_owned());
    }
    // What the last cell forbids by name stays forbidden, whatever its layer.
    let without_remarks = remark.replace_all(&row.never, "");
    let words: Vec<&str> = without_remarks.split([',', ';']).map(str::trim).collect();
    names.retain(|name| name == module || !words.contains(&name.as_str()));
    Ok(Some(names))
}

/// The module path of a file under `src`: `src/a/b.rs` is `[a, b]`, `src/a/mod.rs` is `[a]`.
fn module_path(file: &str) -> Vec<&str> {
    let inner = file.trim_start_matches("src/").trim_end_matches(".rs");
    let mut path: Vec<&str> = inner.split('/').collect();
    if path.last() == Some(&"mod") {
        path.pop();
    }
    path
}

/// The modules of the crate that a file names, each with its line: through `crate::` and through
/// enough `super::` to reach the root. `code` is blanked source.
fn named_modules(file: &str, code: &str) -> Vec<(usize, Vec<String>)> {
    let depth = module_path(file).len();
    let start = Regex::new(r"\bcrate::|\b(?:super::)+").expect("a valid pattern");
    let mut found = Vec::new();
    for hit in start.find_iter(code) {
        let supers = hit.as_str().matches("super::").count();
        if hit.as_str() != "crate::" && supers < depth {
            continue;
        }
        let line = code[..hit.start()].matches('\n').count() + 1;
        found.extend(first_words(&code[hit.end()..]).into_iter().map(|path| (line, path)));
    }
    found
}

/// The paths that follow `crate::`, their first two words; several in `{…}`.
fn first_words(rest: &str) -> Vec<Vec<String>> {
    let word = |text: &str| {
        let text = text.trim_start();
        text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())].to_owned()
    };
    let path = |text: &str| {
        let first = word(text);
        let second = text.trim_start()[first.len()..].strip_prefix("::").map(word);
        [Some(first), second].into_iter().flatten().filter(|w| !w.is_empty()).collect::<Vec<_>>()
    };
    let Some(group) = rest.trim_start().strip_prefix('{') else { return vec![path(rest)] };
    let (mut paths, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                paths.push(path(&group[from..at]));
                from = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// What the repository looks like, for `breaches`.
pub struct Tree {
    /// Modules at the top of the crate.
    pub modules: BTreeSet<String>,
    /// Folders under `src/filter`, which never name each other.
    pub filters: BTreeSet<String>,
}

/// Every breach of the table in one file, `code` being its blanked source. A module that the table
/// does not name may use nothing of the crate but the limits.
pub fn breaches(file: &str, code: &str, allowed: &Allowed, tree: &Tree) -> Vec<String> {
    let path = module_path(file);
    let (top, own_folder) = (path[0], path.get(1).copied().unwrap_or_default());
    if top == "lib" {
        return Vec::new();
    }
    let outside = Some(BTreeSet::from([top.to_owned(), EVERYWHERE.to_owned()]));
    let may = allowed.get(top).unwrap_or(&outside);
    let mut faults = Vec::new();
    for (line, words) in named_modules(file, code) {
        let other = words.first().map(String::as_str).unwrap_or_default();
        if tree.modules.contains(other) && may.as_ref().is_some_and(|may| !may.contains(other)) {
            faults.push(format!("{file}:{line}: {top} must not name {other}"));
        }
        let inner = words.get(1).map(String::as_str).unwrap_or_default();
        let in_filter = top == "filter" && tree.filters.contains(own_folder);
        if in_filter && other == "filter" && inner != own_folder && tree.filters.contains(inner) {
            faults.push(format!("{file}:{line}: filter {own_folder} must not name its sibling {inner}"));
        }
    }
    faults
}
