//! Finding the name that somebody probably meant; knows only strings.

/// Largest edit distance that still counts as a slip.
const DISTANCE: usize = 2;
/// Names shorter than this may differ by one edit only.
const MEDIUM: usize = 6;
/// Names shorter than this must differ in spelling only (case, `_`, `-`): two edits make any
/// short word out of any other.
const SHORT: usize = 4;

/// The known name nearest to `found`, if there is one near enough.
#[must_use]
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(found);
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        let shortest = found.len().min(name.len());
        let allowed = if shortest < MEDIUM { 1 } else { DISTANCE };
        let distance = if fold(name) == folded {
            0
        } else if shortest < SHORT || found.len().abs_diff(name.len()) > allowed {
            continue;
        } else {
            strsim::osa_distance(&found.to_lowercase(), &name.to_lowercase())
        };
        if distance <= allowed && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// `; did you mean 'x'?`, or nothing.
#[must_use]
pub fn hint<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(found, known).map_or_else(String::new, |name| format!("; did you mean '{name}'?"))
}

/// Case, underscores and dashes do not count.
fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}
