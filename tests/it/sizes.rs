//! Sizes that grow unseen: small values that travel everywhere, and what each connection holds.

use sluice::filter::{FilterCx, Step};
use sluice::flow::ctx::Ctx;
use sluice::flow::Done;
use sluice::http::fault::Fault;
use sluice::http::head::{Field, RequestHead};
use sluice::limits::CLIENT_BUFFER_BYTES;
use sluice::port::log::Record;
use sluice::shard::accept::waiting_task_bytes;

#[test]
fn values_stay_small() {
    let sizes = [
        ("Fault", size_of::<Fault>(), 32),
        ("Field", size_of::<Field>(), 20),
        ("RequestHead", size_of::<RequestHead>(), 112),
        ("Step", size_of::<Step>(), 48),
        ("FilterCx", size_of::<FilterCx<'_>>(), 96),
        ("Ctx", size_of::<Ctx<'_>>(), 280),
        ("Done", size_of::<Done>(), 160),
        ("log Record", size_of::<Record>(), 256),
    ];
    for (name, size, most) in sizes {
        println!("{name}: {size} bytes of {most}");
        assert!(size <= most, "{name}: {size} bytes, at most {most}");
    }
}

#[test]
fn a_waiting_connection_and_its_buffer_stay_below_four_kib() {
    // The rest of 4 KiB is left to the runtime's own entries: task header, timer, socket, ring slot.
    const RUNTIME: usize = 512;
    let task = waiting_task_bytes();
    println!("waiting task: {task} bytes");
    assert!(
        task + CLIENT_BUFFER_BYTES + RUNTIME <= 4096,
        "the task of a waiting connection has {task} bytes"
    );
}
