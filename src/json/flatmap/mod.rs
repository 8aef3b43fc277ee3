//! `flatmap_filter` (KrakenD): move, delete and append by dotted paths with wildcards; pure, knows
//! values and no backend.
//!
//! What KrakenD's tree does, and so does this one: an element of an array keeps the number that it
//! had at the start for as long as the list of operations runs; an object or array from which the
//! last member was taken is `null`; a member added under a name that is there already replaces it
//! in the answer, while a later operation still meets the older one first. What KrakenD leaves to
//! chance is fixed here: a member renamed to a name that is there replaces it. One thing differs:
//! after an `append` the elements are in order and numbered anew, also where elements had been
//! removed before (KrakenD then puts them in another order, or melts two into one).

mod grove;
mod ops;

use super::tree::{parse_within, Value};
use super::DecodeError;
use crate::limits::JSON_DEPTH;
use grove::{Grove, Label};

/// What matches any name and any number.
const WILDCARD: &str = "*";

/// A compiled list of operations: immutable, shared by all shards.
#[derive(Clone, Debug)]
pub struct Flatmap {
    ops: Box<[Op]>,
    /// Path segments of all operations: what one value can cost at most, as long as work is linear.
    segments: usize,
}

/// An operation that was skipped, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its place in the list.
    pub op: usize,
    pub text: &'static str,
}

/// What `apply_to_text` left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The text is `null`: nothing was left of the object.
    pub null: bool,
    /// Members of the object.
    pub members: usize,
}

#[derive(Clone, Debug)]
enum Op {
    Move { from: Path, to: Path },
    Del(Path),
    Append { from: Path, to: Path },
}

/// A dotted path; never empty (an empty text is the name "").
#[derive(Clone, Debug)]
struct Path(Box<[Segment]>);

#[derive(Clone, Debug)]
struct Segment {
    label: Label,
    wildcard: bool,
}

impl Path {
    fn new(text: &str) -> Path {
        Path(text.split('.').map(Segment::new).collect())
    }

    /// All segments but the last, and the last.
    fn parts(&self) -> (&[Segment], &Segment) {
        let last = self.0.len() - 1;
        (&self.0[..last], &self.0[last])
    }
}

impl Segment {
    fn new(text: &str) -> Segment {
        Segment { label: Label::new(text), wildcard: text == WILDCARD }
    }
}

impl Flatmap {
    /// Compiles operations, each a type and its arguments. `None`: the list is empty. An operation
    /// of an unknown type does nothing, but a list with one still takes the place of `allow`,
    /// `deny` and `mapping`, as in KrakenD; it is a problem, as is one with too few arguments
    /// (KrakenD then fails every request).
    pub fn compile<'a>(
        ops: impl IntoIterator<Item = (&'a str, &'a [String])>,
    ) -> (Option<Flatmap>, Vec<Problem>) {
        let mut compiled = Vec::new();
        let mut problems = Vec::new();
        let mut seen = 0;
        for (op, (kind, args)) in ops.into_iter().enumerate() {
            seen += 1;
            match compile_op(kind, args) {
                Ok(mut new) => compiled.append(&mut new),
                Err(text) => problems.push(Problem { op, text }),
            }
        }
        let segments = compiled.iter().map(Op::segments).sum();
        ((seen > 0).then(|| Flatmap { ops: compiled.into(), segments }), problems)
    }

    /// Runs all operations on `value`.
    ///
    /// # Errors
    /// When the work is out of proportion to the document (`FLATMAP_STEPS`); `value` is `null` then.
    pub fn apply(&self, value: &mut Value) -> Result<(), DecodeError> {
        if self.ops.is_empty() {
            return Ok(());
        }
        let mut grove = Grove::new(std::mem::take(value), self.segments);
        for op in &self.ops {
            match op {
                Op::Move { from, to } => grove.relocate(from, to)?,
                Op::Del(path) => grove.del(path)?,
                Op::Append { from, to } => grove.append(from, to)?,
            }
        }
        *value = grove.close();
        Ok(())
    }
}

impl Op {
    fn segments(&self) -> usize {
        match self {
            Op::Move { from, to } | Op::Append { from, to } => from.0.len() + to.0.len(),
            Op::Del(path) => path.0.len(),
        }
    }
}

fn compile_op(kind: &str, args: &[String]) -> Result<Vec<Op>, &'static str> {
    let two = || match args {
        [from, to, ..] => Ok((Path::new(from), Path::new(to))),
        _ => Err("needs two paths in 'args', from and to; it does nothing"),
    };
    match kind {
        "move" => two().map(|(from, to)| vec![Op::Move { from, to }]),
        "append" => {
            let (from, to) = two()?;
            if to.0.iter().any(|segment| segment.wildcard) {
                return Err("appends to one array: its second path can hold no '*'; it does nothing");
            }
            Ok(vec![Op::Append { from, to }])
        }
        "del" => Ok(args.iter().map(|path| Op::Del(Path::new(path))).collect()),
        _ => Err("has an unknown type, allowed is move, del or append; it does nothing"),
    }
}

/// Runs `flatmap` on the JSON text at `json[from..]`, which it replaces.
///
/// # Errors
/// As `Flatmap::apply`, and when there is no JSON value of a size that a tree is built for. The
/// text is then as before.
pub fn apply_to_text(flatmap: &Flatmap, json: &mut Vec<u8>, from: usize) -> Result<Rewritten, DecodeError> {
    let text = json.get(from..).unwrap_or_default();
    // What was merged may be deeper than one body: groups and moves put members around it.
    let mut value = parse_within(text, 2 * JSON_DEPTH)?.value;
    flatmap.apply(&mut value)?;
    json.truncate(from);
    value.write(json);
    Ok(match value {
        Value::Object(object) => Rewritten { null: false, members: object.0.len() },
        other => Rewritten { null: matches!(other, Value::Null), members: 0 },
    })
}
