//! The keys of `sluice/runtime` (root `extra_config`), Sluice's own settings; knows nothing of
//! shards. The table here is what `help run` prints.

use crate::config::component::Component;
use crate::config::finding::{Finding, Severity};
use crate::config::own::{Key, Kind};
use crate::config::Raw;
use crate::limits;

/// Kernel interface of the shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DriverKey {
    /// io_uring where the kernel allows it, else epoll.
    #[default]
    Auto,
    IoUring,
    Epoll,
}

/// `sluice/runtime`, as written; `None` = absent.
#[derive(Clone, Debug, Default)]
pub struct RuntimeKeys {
    /// 0 or absent: one for each core that the process may use.
    pub shards: Option<usize>,
    pub pin_cores: Option<bool>,
    pub driver: DriverKey,
    /// A power of two.
    pub ring_entries: Option<u32>,
    pub backlog: Option<i32>,
    /// 0 or absent: 90 % of the process's open file limit.
    pub max_connections: Option<usize>,
    pub strict: bool,
}

/// Every key.
pub const RUNTIME_KEYS: &[Key] = &[
    Key {
        name: "shards",
        kind: Kind::Int(0, limits::SHARDS as i64),
        default: "0",
        meaning: "worker threads; 0 = one for each core the process may use",
    },
    Key { name: "pin_cores", kind: Kind::Bool, default: "true", meaning: "bind each worker to its core" },
    Key {
        name: "driver",
        kind: Kind::Word(&["auto", "io_uring", "epoll"]),
        default: "\"auto\"",
        meaning:
            "kernel interface: \"io_uring\", \"epoll\", or \"auto\" = io_uring where allowed, else epoll",
    },
    Key {
        name: "ring_entries",
        kind: Kind::Int(*RING_ENTRIES.start(), *RING_ENTRIES.end()),
        default: "4096",
        meaning: "entries of an io_uring queue, a power of two",
    },
    Key {
        name: "backlog",
        kind: Kind::Int(1, 65_535),
        default: "4096",
        meaning: "connections the kernel holds before they are accepted",
    },
    Key {
        name: "max_connections",
        kind: Kind::Int(0, u32::MAX as i64),
        default: "0",
        meaning: "client connections in all; 0 = 90 % of the open file limit",
    },
    Key {
        name: "strict",
        kind: Kind::Bool,
        default: "false",
        meaning: "refuse to start where a component has no effect, instead of warning",
    },
];

const DRIVERS: [(&str, DriverKey); 3] =
    [("auto", DriverKey::Auto), ("io_uring", DriverKey::IoUring), ("epoll", DriverKey::Epoll)];

/// Smallest and largest io_uring queue that the kernel takes.
const RING_ENTRIES: std::ops::RangeInclusive<i64> = 8..=32_768;

impl RuntimeKeys {
    /// Reads the block. Nobody else defines these keys, so whatever is not right refuses.
    #[must_use]
    pub fn parse(raw: &Raw, findings: &mut Vec<Finding>) -> RuntimeKeys {
        let mut keys = Component::new(raw, Severity::Error);
        let words = DRIVERS.map(|(word, _)| word);
        let driver = keys.word("driver", &words);
        let runtime = RuntimeKeys {
            shards: keys.range("shards", 0..=limits::SHARDS as i64).and_then(|n| usize::try_from(n).ok()),
            pin_cores: keys.bool("pin_cores"),
            driver: DRIVERS.iter().find(|(w, _)| Some(*w) == driver).map_or(DriverKey::Auto, |(_, d)| *d),
            ring_entries: ring_entries(&mut keys),
            backlog: keys.range("backlog", 1..=65_535).and_then(|n| i32::try_from(n).ok()),
            max_connections: keys
                .range("max_connections", 0..=i64::from(u32::MAX))
                .and_then(|n| usize::try_from(n).ok()),
            strict: keys.bool("strict").unwrap_or(false),
        };
        keys.finish("sluice/runtime", Severity::Error, findings);
        runtime
    }
}

fn ring_entries(keys: &mut Component<'_>) -> Option<u32> {
    let number = keys.range("ring_entries", RING_ENTRIES).and_then(|n| u32::try_from(n).ok())?;
    if !number.is_power_of_two() {
        keys.refuse("ring_entries", format!("found {number}, allowed is a power of two"));
        return None;
    }
    Some(number)
}
