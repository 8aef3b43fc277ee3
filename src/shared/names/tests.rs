//! Slots, views and the mark of use.

use super::{NameTable, NameView};
use std::net::IpAddr;
use std::sync::Arc;

fn table(names: &[&str]) -> Arc<NameTable> {
    Arc::new(NameTable::new(names.iter().map(|n| Arc::from(*n))))
}

fn ips(list: &[&str]) -> Arc<[IpAddr]> {
    list.iter().map(|a| a.parse::<IpAddr>().expect("address")).collect()
}

#[test]
fn each_distinct_name_has_one_slot() {
    let table = table(&["a.test", "b.test", "a.test", "A.test"]);
    let names: Vec<&str> = table.slots().iter().map(|s| &**s.name()).collect();
    assert_eq!(names, ["a.test", "b.test", "A.test"]);
    assert_eq!(table.find("b.test"), Some(1));
    assert_eq!(table.find("c.test"), None);
}

#[test]
fn a_view_shows_what_is_published_and_nothing_for_other_slots() {
    let table = table(&["a.test", "b.test"]);
    let mut view = NameView::new(Arc::clone(&table));
    assert!(view.addresses(0).is_none());
    table.slots()[0].publish(ips(&["192.0.2.1"]));
    assert_eq!(view.addresses(0), Some(&ips(&["192.0.2.1"])));
    assert!(view.addresses(1).is_none());
    assert!(view.addresses(2).is_none(), "no such slot");
    table.slots()[0].withdraw();
    assert!(view.addresses(0).is_none());
}

#[test]
fn looking_marks_a_slot_as_used_until_the_mark_is_taken() {
    let table = table(&["a.test", "b.test"]);
    let mut view = NameView::new(Arc::clone(&table));
    let slot = &table.slots()[0];
    assert!(!slot.take_used());
    view.addresses(0);
    view.addresses(0);
    assert!(slot.take_used());
    assert!(!slot.take_used());
    assert!(!table.slots()[1].take_used(), "the other one was not looked at");
}
