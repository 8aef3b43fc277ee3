//! Messages from the main thread to a shard: plain data, bounded, never blocking the sender.

use crate::limits::MAILBOX;

/// What a shard may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mail {
    /// Stop accepting, finish what runs, end.
    Drain,
}

/// The shard's side.
#[derive(Debug)]
pub struct Mailbox(flume::Receiver<Mail>);

/// The sender's side.
#[derive(Clone, Debug)]
pub struct Post(flume::Sender<Mail>);

/// Both sides of one shard's mailbox.
#[must_use]
pub fn mailbox() -> (Post, Mailbox) {
    let (sender, receiver) = flume::bounded(MAILBOX);
    (Post(sender), Mailbox(receiver))
}

impl Post {
    /// Whether the message was taken; not when the shard is gone or its mailbox full.
    #[must_use]
    pub fn send(&self, mail: Mail) -> bool {
        self.0.try_send(mail).is_ok()
    }
}

impl Mailbox {
    /// The next message; `None` when nobody can send any more.
    pub async fn next(&self) -> Option<Mail> {
        self.0.recv_async().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_mailbox_refuses_and_a_dropped_one_too() {
        let (post, mailbox) = mailbox();
        for _ in 0..MAILBOX {
            assert!(post.send(Mail::Drain));
        }
        assert!(!post.send(Mail::Drain));
        drop(mailbox);
        assert!(!post.send(Mail::Drain));
    }
}
