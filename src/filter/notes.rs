//! What filters have to say to the log: kept per thread until the shard takes it, because hooks
//! have no log at hand; bounded, the newest is dropped when full.
//!
//! hot: with nothing noted, `take` is one look at a thread's own memory.

use crate::limits::FILTER_NOTES;
use crate::port::log::Level;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

/// One note. Notes are rare (a breaker opens), so they may allocate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub level: Level,
    /// Log form of the backend or endpoint that it is about.
    pub about: Arc<str>,
    pub text: String,
}

thread_local! {
    static NOTES: RefCell<VecDeque<Note>> = const { RefCell::new(VecDeque::new()) };
}

/// Leaves a note for the log.
pub fn leave(note: Note) {
    NOTES.with_borrow_mut(|notes| {
        if notes.len() < FILTER_NOTES {
            notes.push_back(note);
        }
    });
}

/// The oldest note of this thread; the shard asks after each request and logs what it gets.
#[must_use]
pub fn take() -> Option<Note> {
    NOTES.with_borrow_mut(VecDeque::pop_front)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_come_back_in_order_and_are_bounded() {
        let note = |n: usize| Note { level: Level::Warning, about: "b".into(), text: n.to_string() };
        (0..FILTER_NOTES + 5).for_each(|n| leave(note(n)));
        for n in 0..FILTER_NOTES {
            assert_eq!(take(), Some(note(n)));
        }
        assert_eq!(take(), None);
    }
}
