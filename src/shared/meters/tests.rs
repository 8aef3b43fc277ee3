//! Single-writer counters.

use super::{Block, Writer};
use std::sync::Arc;
use std::thread;

#[test]
fn additions_show_in_their_cell_only() {
    let writer: Writer<3> = Writer::default();
    let block = writer.block();
    writer.add(1, 5);
    writer.add(1, 2);
    writer.add(2, 1);
    writer.add(3, 9); // no such cell
    assert_eq!([block.get(0), block.get(1), block.get(2), block.get(3)], [0, 7, 1, 0]);
}

#[test]
fn a_reader_on_another_thread_sees_every_addition_in_the_end() {
    let writer: Writer<1> = Writer::default();
    let block: Arc<Block<1>> = writer.block();
    let writing = thread::spawn(move || {
        for _ in 0..10_000 {
            writer.add(0, 1);
        }
    });
    let mut before = 0;
    while !writing.is_finished() {
        let now = block.get(0);
        assert!(now >= before);
        before = now;
        thread::yield_now();
    }
    writing.join().expect("writer");
    assert_eq!(block.get(0), 10_000);
}

#[test]
fn blocks_do_not_share_cache_lines() {
    assert_eq!(std::mem::align_of::<Block<1>>(), 128);
    assert_eq!(std::mem::size_of::<Block<1>>() % 128, 0);
}
