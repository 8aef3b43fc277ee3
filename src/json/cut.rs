//! Cuts an answer's members out of an indexed text: which spans are copied, which objects are
//! opened; knows the rules of a `Shape`, knows no other document.
//!
//! hot: nothing is parsed, unescaped or allocated here; walks into opened objects keep their
//! place on reused stacks, so the depth of a document costs no machine stack.

use super::index::{Doc, Object};
use super::keys::Keys;
use super::shape::{Filter, Shape};
use super::trie::{NodeId, Trie};

/// Reused stacks of the walks.
#[derive(Default)]
pub(super) struct Stacks {
    deny: Vec<DenyFrame>,
    allow: Vec<AllowFrame>,
    hits: Vec<Option<Member>>,
    items: Vec<Item>,
    renamed: Vec<bool>,
}

/// One member of an object: node of its key, node behind its value.
#[derive(Clone, Copy)]
struct Member {
    key: usize,
    next: usize,
}

/// A top-level member that the filter keeps, whole or what the filter leaves of its object.
#[derive(Clone, Copy)]
struct Item {
    member: Member,
    open: Option<NodeId>,
}

struct DenyFrame {
    node: NodeId,
    object: Object,
    key: usize,
    /// Offset from which bytes are kept and not yet copied.
    run: Option<usize>,
}

struct AllowFrame {
    node: NodeId,
    object: Object,
    /// Next entry of the node to look at.
    entry: usize,
    /// Where this frame's hits start.
    hits: usize,
    /// Length of the answer before the member that this frame fills.
    mark: usize,
    /// Key of that member.
    key: usize,
}

/// One cut: the text, where it goes, and what keeps account of top-level names (none when the
/// members go into a group).
pub(super) struct Cut<'a, 'd> {
    pub(super) doc: &'a Doc<'d>,
    pub(super) out: &'a mut Vec<u8>,
    pub(super) keys: Option<&'a mut Keys>,
    pub(super) stacks: &'a mut Stacks,
}

impl Cut<'_, '_> {
    /// Appends the members that `shape` leaves of `object`.
    pub(super) fn members(&mut self, shape: &Shape, object: Object) {
        if !shape.mapping.is_empty() {
            return self.mapped(shape, object);
        }
        match &shape.filter {
            Filter::Keep => self.all(object),
            Filter::Allow(trie) => self.allow(trie, Trie::ROOT, object),
            Filter::Deny(trie) => self.deny(trie, Trie::ROOT, object),
        }
    }

    /// Every member, as one span.
    fn all(&mut self, object: Object) {
        if object.first >= object.end {
            return;
        }
        comma(self.out);
        let start = self.doc.quote(object.first);
        let base = self.out.len();
        if let Some(keys) = &mut self.keys {
            let mut key = object.first;
            while key < object.end {
                keys.note(self.doc.name(key), base + (self.doc.quote(key) - start));
                key = self.doc.after(key);
            }
        }
        let end = self.doc.value_end(object.end, &object);
        self.out.extend_from_slice(&self.doc.text[start..end]);
    }

    /// The members that no path removes, in runs as long as possible.
    fn deny(&mut self, trie: &Trie, node: NodeId, object: Object) {
        let bottom = self.stacks.deny.len();
        self.stacks.deny.push(DenyFrame { node, object, key: object.first, run: None });
        while let Some(frame) = self.stacks.deny.last_mut() {
            if frame.key >= frame.object.end {
                if let Some(run) = frame.run {
                    let end = self.doc.value_end(frame.key, &frame.object);
                    self.out.extend_from_slice(&self.doc.text[run..end]);
                }
                self.stacks.deny.pop();
                if self.stacks.deny.len() == bottom {
                    return;
                }
                self.out.push(b'}');
                continue;
            }
            let key = frame.key;
            frame.key = self.doc.after(key);
            let found = trie.find(frame.node, self.doc.name(key)).map(|entry| trie.child(entry));
            if found == Some(None) {
                if let Some(run) = frame.run.take() {
                    let end = self.doc.value_end(key, &frame.object);
                    self.out.extend_from_slice(&self.doc.text[run..end]);
                }
                continue;
            }
            let quote = self.doc.quote(key);
            let run = *frame.run.get_or_insert_with(|| {
                comma(self.out);
                quote
            });
            let top = self.stacks.deny.len() == bottom + 1;
            if let (true, Some(keys)) = (top, &mut self.keys) {
                keys.note(self.doc.name(key), self.out.len() + (quote - run));
            }
            self.deny_inside(found.flatten(), key, run);
        }
    }

    /// Goes into the object at `key` when paths go on in it. The run ends behind its brace.
    fn deny_inside(&mut self, child: Option<NodeId>, key: usize, run: usize) {
        let Some(frame) = self.stacks.deny.last_mut() else { return };
        let Some(node) = child else { return };
        let Some(object) = self.doc.object(key, frame.key, &frame.object) else { return };
        frame.run = None;
        let brace = self.doc.value_start(key);
        self.out.extend_from_slice(&self.doc.text[run..=brace]);
        self.stacks.deny.push(DenyFrame { node, object, key: object.first, run: None });
    }

    /// The members that a path names; an object of which nothing is kept goes as well.
    fn allow(&mut self, trie: &Trie, node: NodeId, object: Object) {
        let bottom = self.stacks.allow.len();
        let mark = self.out.len();
        self.allow_enter(trie, AllowFrame { node, object, entry: 0, hits: 0, mark, key: 0 });
        while let Some(frame) = self.stacks.allow.last_mut() {
            let entries = trie.entries(frame.node);
            let entry = entries.start + frame.entry;
            if entry >= entries.end {
                let hits = frame.hits;
                let (mark, key) = (frame.mark, frame.key);
                self.stacks.hits.truncate(hits);
                self.stacks.allow.pop();
                if self.stacks.allow.len() == bottom {
                    return;
                }
                self.allow_leave(mark, key, bottom);
                continue;
            }
            let hit = self.stacks.hits[frame.hits + frame.entry];
            frame.entry += 1;
            let Some(member) = hit else { continue };
            let object = frame.object;
            match trie.child(entry) {
                None => self.allow_whole(member, &object, bottom),
                Some(node) => self.allow_inside(trie, node, member, &object),
            }
        }
    }

    /// Finds this object's members for each entry of its node; of equal names the last counts.
    fn allow_enter(&mut self, trie: &Trie, mut frame: AllowFrame) {
        let entries = trie.entries(frame.node);
        let hits = self.stacks.hits.len();
        self.stacks.hits.resize(hits + entries.len(), None);
        let found = &mut self.stacks.hits[hits..];
        let mut key = frame.object.first;
        while key < frame.object.end {
            let next = self.doc.after(key);
            if let Some(entry) = trie.find(frame.node, self.doc.name(key)) {
                found[entry - entries.start] = Some(Member { key, next });
            }
            key = next;
        }
        frame.hits = hits;
        self.stacks.allow.push(frame);
    }

    fn allow_whole(&mut self, member: Member, object: &Object, bottom: usize) {
        comma(self.out);
        let start = self.doc.quote(member.key);
        if let (true, Some(keys)) = (self.stacks.allow.len() == bottom + 1, &mut self.keys) {
            keys.note(self.doc.name(member.key), self.out.len());
        }
        let end = self.doc.value_end(member.next, object);
        self.out.extend_from_slice(&self.doc.text[start..end]);
    }

    fn allow_inside(&mut self, trie: &Trie, node: NodeId, member: Member, within: &Object) {
        let Some(object) = self.doc.object(member.key, member.next, within) else { return };
        let mark = self.out.len();
        comma(self.out);
        let brace = self.doc.value_start(member.key);
        self.out.extend_from_slice(&self.doc.text[self.doc.quote(member.key)..=brace]);
        self.allow_enter(trie, AllowFrame { node, object, entry: 0, hits: 0, mark, key: member.key });
    }

    /// Ends the object that was opened for the member at `key`, or takes it back.
    fn allow_leave(&mut self, mark: usize, key: usize, bottom: usize) {
        if self.out.last() == Some(&b'{') {
            self.out.truncate(mark);
            return;
        }
        self.out.push(b'}');
        if let (true, Some(keys)) = (self.stacks.allow.len() == bottom + 1, &mut self.keys) {
            let at = mark + usize::from(self.out[mark] == b',');
            keys.note(self.doc.name(key), at);
        }
    }

    /// With renames: new names first, so that what they replace is known when the rest is copied.
    fn mapped(&mut self, shape: &Shape, object: Object) {
        self.collect(shape, object);
        self.stacks.renamed.clear();
        self.stacks.renamed.resize(shape.mapping.len(), false);
        for (i, rename) in shape.mapping.iter().enumerate().rev() {
            let shadowed = |j: usize| {
                let later = &shape.mapping[j];
                later.from == rename.from || (self.stacks.renamed[j] && later.to.text == rename.to.text)
            };
            if rename.removes() || (i + 1..shape.mapping.len()).any(shadowed) {
                continue;
            }
            let named = |item: &&Item| self.doc.name(item.member.key) == &*rename.from;
            let Some(item) = self.stacks.items.iter().rev().find(named).copied() else { continue };
            self.stacks.renamed[i] =
                self.item(shape, item, &object, Some((&rename.to.text, &rename.to.head)));
        }
        for i in 0..self.stacks.items.len() {
            let item = self.stacks.items[i];
            let name = self.doc.name(item.member.key);
            let gone = |(rename, &done): (&super::shape::Rename, &bool)| {
                *rename.from == *name || (done && *rename.to.text == *name)
            };
            if !shape.mapping.iter().zip(&self.stacks.renamed).any(gone) {
                self.item(shape, item, &object, None);
            }
        }
    }

    /// The members that the filter keeps, in the order of the text.
    fn collect(&mut self, shape: &Shape, object: Object) {
        self.stacks.items.clear();
        let mut key = object.first;
        while key < object.end {
            let member = Member { key, next: self.doc.after(key) };
            let find = |trie: &Trie| {
                let found = trie.find(Trie::ROOT, self.doc.name(key)).map(|entry| trie.child(entry));
                (found.is_some(), found.flatten())
            };
            let (kept, open) = match &shape.filter {
                Filter::Keep => (true, None),
                Filter::Allow(trie) => find(trie),
                Filter::Deny(trie) => match find(trie) {
                    (true, None) => (false, None),
                    (_, open) => (true, open.filter(|_| self.doc.is_object(key))),
                },
            };
            if kept {
                self.stacks.items.push(Item { member, open });
            }
            key = member.next;
        }
        if matches!(shape.filter, Filter::Allow(_)) {
            self.drop_repeats(shape);
        }
    }

    /// Of allowed members of one name only the last counts, even when nothing is left of it.
    fn drop_repeats(&mut self, shape: &Shape) {
        let Filter::Allow(trie) = &shape.filter else { return };
        let entries = trie.entries(Trie::ROOT);
        let hits = self.stacks.hits.len();
        self.stacks.hits.resize(hits + entries.len(), None);
        let Stacks { items, hits: all, .. } = &mut *self.stacks;
        let last = &mut all[hits..];
        let place = |item: &Item| trie.find(Trie::ROOT, self.doc.name(item.member.key));
        for item in items.iter() {
            if let Some(entry) = place(item) {
                last[entry - entries.start] = Some(item.member);
            }
        }
        items.retain(|item| {
            let kept = place(item).and_then(|entry| last[entry - entries.start]);
            kept.is_some_and(|member| member.key == item.member.key)
        });
        all.truncate(hits);
    }

    /// One top-level member, under a new name if there is one. False: nothing was left of it.
    fn item(&mut self, shape: &Shape, item: Item, within: &Object, name: Option<(&str, &[u8])>) -> bool {
        let Member { key, next } = item.member;
        let object = item.open.map(|node| (node, self.doc.object(key, next, within)));
        if let (Filter::Allow(_), Some((_, None))) = (&shape.filter, object) {
            return false;
        }
        let mark = self.out.len();
        comma(self.out);
        let at = self.out.len();
        let value = self.doc.value_start(key);
        match name {
            Some((_, head)) => self.out.extend_from_slice(head),
            None => self.out.extend_from_slice(&self.doc.text[self.doc.quote(key)..value]),
        }
        if let Some((node, Some(object))) = object {
            self.out.push(b'{');
            let keys = self.keys.take();
            match &shape.filter {
                Filter::Allow(trie) => self.allow(trie, node, object),
                Filter::Deny(trie) => self.deny(trie, node, object),
                Filter::Keep => {}
            }
            self.keys = keys;
            if matches!(shape.filter, Filter::Allow(_)) && self.out.last() == Some(&b'{') {
                self.out.truncate(mark);
                return false;
            }
            self.out.push(b'}');
        } else {
            let end = self.doc.value_end(next, within);
            self.out.extend_from_slice(&self.doc.text[value..end]);
        }
        if let Some(keys) = &mut self.keys {
            keys.note(name.map_or_else(|| self.doc.name(key), |(text, _)| text), at);
        }
        true
    }
}

/// Separates the next member from the one before it, if there is one: only an object that was
/// just opened ends in a brace like this.
#[inline]
pub(super) fn comma(out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
}
