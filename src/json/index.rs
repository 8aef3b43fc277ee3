//! A JSON text with simd-json's tape over it, and the offsets that follow from the two; knows no
//! shape.
//!
//! hot: simd-json parses a copy of the body (it writes unescaped strings in place). A string on
//! the tape is a slice of that copy, so where it starts tells its offset in the body; everything
//! else is found from there. Warm, nothing is allocated; what a huge body grew is freed.

use super::repair::Repaired;
use super::text::is_blank;
use super::tokens;
use super::DecodeError;
use crate::limits::{BUFFER_KEPT_BYTES, JSON_DEPTH, READ_BUFFER_BYTES};
use simd_json::{fill_tape_padded, Buffers, Node, StaticNode, Tape, INPUT_PADDING};

/// Reused memory of the parser.
pub(super) struct Indexer {
    scratch: Vec<u8>,
    repaired: Repaired,
    buffers: Buffers,
    tape: Tape<'static>,
}

/// What a body holds.
#[derive(Clone, Copy)]
pub(super) enum Root {
    Null,
    Object(Object),
    Array,
    Scalar,
}

/// One object of a `Doc`.
#[derive(Clone, Copy)]
pub(super) struct Object {
    /// Node of its first key.
    pub(super) first: usize,
    /// Node after its last value.
    pub(super) end: usize,
    /// Offset of its closing brace.
    pub(super) close: usize,
}

/// A parsed text. Node numbers are places on the tape, offsets are places in the text.
pub(super) struct Doc<'a> {
    /// Valid JSON: one value, blanks around it.
    pub(super) text: &'a [u8],
    nodes: &'a [Node<'a>],
    /// Address that the text's first byte has in the parsed copy.
    base: usize,
}

impl Indexer {
    pub(super) fn new() -> Indexer {
        Indexer {
            scratch: Vec::new(), // alloc: none yet
            repaired: Repaired::default(),
            buffers: Buffers::with_max_depth(READ_BUFFER_BYTES, JSON_DEPTH),
            tape: Tape(Vec::new()), // alloc: none yet
        }
    }

    /// Parses `body` and lets `work` see it.
    ///
    /// # Errors
    /// When the body does not start with a JSON value, or has more than `JSON_TOKENS` tokens.
    pub(super) fn read<R>(
        &mut self,
        body: &[u8],
        work: impl FnOnce(&Doc<'_>) -> R,
    ) -> Result<R, DecodeError> {
        if body.len() > BUFFER_KEPT_BYTES {
            if tokens::too_many(body) {
                return Err(DecodeError("JSON of too many tokens"));
            }
            return Indexer::new().read_here(body, work); // alloc: freed again, a huge body is rare
        }
        self.read_here(body, work)
    }

    fn read_here<R>(&mut self, body: &[u8], work: impl FnOnce(&Doc<'_>) -> R) -> Result<R, DecodeError> {
        let Indexer { scratch, repaired, buffers, tape } = self;
        let empty = std::mem::replace(tape, Tape(Vec::new())); // alloc: none
        let empty = match parse(body, scratch, buffers, empty) {
            Ok(filled) => {
                let result = work(&Doc { text: body, nodes: &filled.tape.0, base: filled.base });
                *tape = filled.tape.reset();
                return Ok(result);
            }
            Err(empty) => empty,
        };
        let taken = match repaired.read(body) {
            Ok(()) => parse(&repaired.shadow, scratch, buffers, empty),
            Err(error) => {
                *tape = empty;
                return Err(error);
            }
        };
        match taken {
            Ok(filled) => {
                let result = work(&Doc { text: &repaired.text, nodes: &filled.tape.0, base: filled.base });
                *tape = filled.tape.reset();
                Ok(result)
            }
            Err(empty) => {
                // The scanner's text is plain valid JSON: only a fault of the parser comes here.
                debug_assert!(false, "the parser refuses a repaired text");
                *tape = empty;
                Err(DecodeError("invalid JSON"))
            }
        }
    }
}

struct Filled<'a> {
    tape: Tape<'a>,
    base: usize,
}

/// Parses a copy of `text` in `scratch`; gives the empty tape back when the parser refuses it.
fn parse<'a>(
    text: &[u8],
    scratch: &'a mut Vec<u8>,
    buffers: &mut Buffers,
    empty: Tape<'static>,
) -> Result<Filled<'a>, Tape<'static>> {
    scratch.clear();
    scratch.reserve(text.len() + INPUT_PADDING);
    scratch.extend_from_slice(text);
    scratch.resize(text.len() + INPUT_PADDING, b' ');
    let base = scratch.as_ptr() as usize;
    let mut tape = empty.reset();
    match fill_tape_padded(scratch, text.len(), buffers, &mut tape) {
        Ok(()) => Ok(Filled { tape, base }),
        Err(_) => Err(tape.reset()),
    }
}

impl Doc<'_> {
    /// What the text holds.
    pub(super) fn root(&self) -> Root {
        match self.nodes.first() {
            Some(Node::Object { count, .. }) => {
                let close = self.blanks_before(self.text.len()) - 1;
                Root::Object(Object { first: 1, end: 1 + count, close })
            }
            Some(Node::Array { .. }) => Root::Array,
            Some(Node::Static(StaticNode::Null)) => Root::Null,
            _ => Root::Scalar,
        }
    }

    /// Offset of the value's first byte.
    pub(super) fn root_start(&self) -> usize {
        self.blanks_after(0)
    }

    /// The whole value, without the blanks around it.
    pub(super) fn root_span(&self) -> &[u8] {
        &self.text[self.root_start()..self.blanks_before(self.text.len())]
    }

    /// The object that is the value of the member at `key`, if it is one. `next` as `after` gives.
    pub(super) fn object(&self, key: usize, next: usize, within: &Object) -> Option<Object> {
        match self.nodes[key + 1] {
            Node::Object { count, .. } => {
                let close = self.value_end(next, within) - 1;
                Some(Object { first: key + 2, end: key + 2 + count, close })
            }
            _ => None,
        }
    }

    /// Is the value of the member at `key` an object?
    pub(super) fn is_object(&self, key: usize) -> bool {
        matches!(self.nodes[key + 1], Node::Object { .. })
    }

    /// The unescaped name at a key's node.
    #[inline]
    pub(super) fn name(&self, key: usize) -> &str {
        match self.nodes[key] {
            Node::String(name) => name,
            _ => "",
        }
    }

    /// The node of the key that follows the member at `key`; `Object::end` after the last.
    #[inline]
    pub(super) fn after(&self, key: usize) -> usize {
        match self.nodes[key + 1] {
            Node::Object { count, .. } | Node::Array { count, .. } => key + 2 + count,
            _ => key + 2,
        }
    }

    /// Offset of the opening quote of the string at this node.
    #[inline]
    pub(super) fn quote(&self, node: usize) -> usize {
        self.name(node).as_ptr() as usize - self.base - 1
    }

    /// Offset of the end of the value before the key at `next`, or before the end of the object.
    pub(super) fn value_end(&self, next: usize, within: &Object) -> usize {
        if next < within.end {
            // Back over blanks, the comma, blanks.
            let comma = self.blanks_before(self.quote(next)) - 1;
            self.blanks_before(comma)
        } else {
            self.blanks_before(within.close)
        }
    }

    /// Offset of the first byte of the value of the member at `key`.
    pub(super) fn value_start(&self, key: usize) -> usize {
        if let Node::String(_) = self.nodes[key + 1] {
            return self.quote(key + 1);
        }
        let colon = self.blanks_after(self.name_end(key));
        self.blanks_after(colon + 1)
    }

    /// Offset behind the closing quote of the key at `key`.
    fn name_end(&self, key: usize) -> usize {
        let start = self.quote(key) + 1;
        let name = self.name(key).as_bytes();
        // Without escapes the text is the name and a quote; with escapes it cannot look so.
        let rest = &self.text[start..];
        if rest.get(name.len()) == Some(&b'"') && rest.starts_with(name) {
            return start + name.len() + 1;
        }
        let mut at = start;
        while self.text[at] != b'"' {
            at += if self.text[at] == b'\\' { 2 } else { 1 };
        }
        at + 1
    }

    /// First offset from `at` on that holds no blank.
    fn blanks_after(&self, mut at: usize) -> usize {
        while self.text.get(at).is_some_and(|&b| is_blank(b)) {
            at += 1;
        }
        at
    }

    /// The offset behind the last byte before `end` that is no blank.
    #[inline]
    fn blanks_before(&self, mut end: usize) -> usize {
        while end > 0 && is_blank(self.text[end - 1]) {
            end -= 1;
        }
        end
    }
}
