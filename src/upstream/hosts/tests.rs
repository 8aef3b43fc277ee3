use super::*;
use crate::plan::Transport;
use std::net::Ipv4Addr;
use std::time::Duration;

fn pools() -> Pools {
    let settings = Transport {
        idle_max: None,
        idle_per_host: 8,
        idle_timeout: None,
        fallback_delay: Duration::from_millis(300),
        tcp_keep_alive: None,
        keep_alives: true,
        compression: false,
    };
    Pools::new(FIRST, settings)
}

const FIRST: usize = 3;

/// A service table, and the hosts of a shard that knows `names` by http.
fn shard(names: &[&str]) -> (Arc<ServiceTable>, Hosts) {
    let plans: Vec<_> =
        names.iter().map(|name| DiscoveredPlan { name: Arc::from(*name), tls: false }).collect();
    let table = Arc::new(ServiceTable::new(plans.iter().map(|plan| Arc::clone(&plan.name))));
    let hosts = Hosts::new(FIRST, &plans, Arc::clone(&table));
    (table, hosts)
}

fn publish(table: &ServiceTable, service: usize, names: &[&str], turns: &[u16]) {
    let target = |name: &&str| Target {
        name: match name.parse() {
            Ok(ip) => TargetName::Ip(ip),
            Err(_) => TargetName::Dns(Arc::new(Slot::new(Arc::from(*name)))),
        },
        port: 80,
    };
    let group = Group { targets: names.iter().map(target).collect(), turns: turns.to_vec() };
    table.services()[service].group.publish(Arc::new(group));
}

fn authority(hosts: &Hosts, index: u32) -> String {
    hosts.at(index).map(|host| host.authority.clone()).unwrap_or_default()
}

#[test]
fn nothing_is_known_before_the_first_answer_and_an_empty_one_is_an_answer() {
    let (table, hosts) = shard(&["_a", "_b"]);
    let pools = pools();
    assert_eq!(hosts.candidates(0, &pools), None);
    publish(&table, 0, &[], &[]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[][..]));
    assert_eq!(hosts.candidates(1, &pools), None);
    assert_eq!(hosts.candidates(2, &pools), None, "no such service");
}

#[test]
fn found_hosts_stand_behind_the_written_ones_in_their_turns() {
    let (table, hosts) = shard(&["_a"]);
    let pools = pools();
    publish(&table, 0, &["x", "y", "10.0.0.1"], &[0, 1, 0, 2]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[3, 4, 3, 5][..]));
    let all = [3, 4, 5].map(|index| authority(&hosts, index));
    assert_eq!(all, ["x:80", "y:80", "10.0.0.1:80"]);
    assert!(hosts.at(2).is_none() && hosts.at(6).is_none());
    let local = SocketAddr::from((Ipv4Addr::new(10, 0, 0, 1), 80));
    assert_eq!(hosts.addresses(5).as_deref(), Some(&[local][..]));
    assert_eq!(hosts.addresses(3), None, "its name is not resolved yet");
}

#[test]
fn addresses_are_those_of_the_slot_that_is_published_now() {
    let (table, hosts) = shard(&["_a"]);
    let pools = pools();
    let mut before = None;
    for octet in [1, 2] {
        // A resolver that starts anew makes new slots for the same names.
        let slot = Arc::new(Slot::new(Arc::from("x")));
        let target = Target { name: TargetName::Dns(Arc::clone(&slot)), port: 9 };
        let group = Group { targets: vec![target], turns: vec![0] };
        table.services()[0].group.publish(Arc::new(group));
        assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[3][..]));
        assert_eq!(hosts.addresses(3), None);
        slot.publish(Arc::from([IpAddr::from([127, 0, 0, octet])]));
        assert!(slot.take_used(), "a look keeps the name fresh");
        let found = hosts.addresses(3);
        assert_ne!(found, before);
        before = found;
    }
}

#[test]
fn a_host_that_stays_keeps_its_index_and_one_that_is_gone_gives_it_up() {
    let (table, hosts) = shard(&["_a"]);
    let pools = pools();
    publish(&table, 0, &["x", "y"], &[0, 1]);
    hosts.candidates(0, &pools);
    publish(&table, 0, &["y"], &[0]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[4][..]));
    assert_eq!(authority(&hosts, 3), "x:80", "until somebody needs the place");
    publish(&table, 0, &["y", "z"], &[0, 1]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[4, 3][..]));
    assert_eq!(authority(&hosts, 3), "z:80");
}

#[test]
fn an_index_that_a_call_holds_never_means_another_host() {
    let (table, hosts) = shard(&["_a"]);
    let pools = pools();
    publish(&table, 0, &["x"], &[0]);
    hosts.candidates(0, &pools);
    let held = hosts.at(3);
    publish(&table, 0, &["y"], &[0]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[4][..]));
    assert_eq!(authority(&hosts, 3), "x:80");
    drop(held);
    publish(&table, 0, &["y", "z"], &[0, 1]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[4, 3][..]));
    publish(&table, 0, &["x"], &[0]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[5][..]), "both places were still listed");
}

#[test]
fn two_services_share_a_host() {
    let (table, hosts) = shard(&["_a", "_b"]);
    let pools = pools();
    publish(&table, 0, &["x"], &[0]);
    publish(&table, 1, &["x", "y"], &[0, 1]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[3][..]));
    assert_eq!(hosts.candidates(1, &pools).as_deref(), Some(&[3, 4][..]));
    publish(&table, 0, &["z"], &[0]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[5][..]), "the other service still lists x");
    assert_eq!(authority(&hosts, 3), "x:80");
}

#[test]
fn the_table_is_bounded_and_says_what_it_left_out() {
    let (table, hosts) = shard(&["_a"]);
    let pools = pools();
    let mut held = Vec::new();
    let mut rounds = 0;
    while held.len() < FOUND_HOSTS {
        let names: Vec<_> = (0..SERVICE).map(|n| format!("r{rounds}-{n}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let turns: Vec<_> = (0..SERVICE as u16).collect();
        publish(&table, 0, &names, &turns);
        let candidates = hosts.candidates(0, &pools).unwrap();
        assert_eq!(candidates.len(), SERVICE);
        held.extend(candidates.iter().map(|index| hosts.at(*index).unwrap()));
        rounds += 1;
    }
    assert_eq!(hosts.take_left_out(), 0);
    publish(&table, 0, &["r0-0", "one-more"], &[0, 1]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[3][..]), "a known host needs no place");
    assert_eq!((hosts.take_left_out(), hosts.take_left_out()), (1, 0));
    held.clear();
    publish(&table, 0, &["r0-0", "another"], &[0, 1]);
    assert_eq!(hosts.candidates(0, &pools).as_deref(), Some(&[3, 4][..]), "now there are free places");
}

/// Hosts that come at once in the test of the bound.
const SERVICE: usize = FOUND_HOSTS / 8;
