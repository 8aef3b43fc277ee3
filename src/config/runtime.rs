//! The keys of `sluice/runtime` (root `extra_config`), Sluice's own settings; knows nothing of
//! shards. The table here is what `help run` prints.

use crate::config::component::Component;
use crate::config::finding::{Finding, Severity};
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

/// A key as the help shows it.
pub struct KeyHelp {
    pub name: &'static str,
    pub default: &'static str,
    pub meaning: &'static str,
}

/// Every key.
pub const RUNTIME_KEYS: &[KeyHelp] = &[
    KeyHelp {
        name: "shards",
        default: "0",
        meaning: "worker threads; 0 = one for each core the process may use",
    },
    KeyHelp { name: "pin_cores", default: "true", meaning: "bind each worker to its core" },
    KeyHelp {
        name: "driver",
        default: "\"auto\"",
        meaning:
            "kernel interface: \"io_uring\", \"epoll\", or \"auto\" = io_uring where allowed, else epoll",
    },
    KeyHelp {
        name: "ring_entries",
        default: "4096",
        meaning: "entries of an io_uring queue, a power of two",
    },
    KeyHelp {
        name: "backlog",
        default: "4096",
        meaning: "connections the kernel holds before they are accepted",
    },
    KeyHelp {
        name: "max_connections",
        default: "0",
        meaning: "client connections in all; 0 = 90 % of the open file limit",
    },
    KeyHelp {
        name: "strict",
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
            shards: range(&mut keys, "shards", 0..=limits::SHARDS as i64)
                .and_then(|n| usize::try_from(n).ok()),
            pin_cores: keys.bool("pin_cores"),
            driver: DRIVERS.iter().find(|(w, _)| Some(*w) == driver).map_or(DriverKey::Auto, |(_, d)| *d),
            ring_entries: ring_entries(&mut keys),
            backlog: range(&mut keys, "backlog", 1..=65_535).and_then(|n| i32::try_from(n).ok()),
            max_connections: range(&mut keys, "max_connections", 0..=i64::from(u32::MAX))
                .and_then(|n| usize::try_from(n).ok()),
            strict: keys.bool("strict").unwrap_or(false),
        };
        keys.finish("sluice/runtime", Severity::Error, findings);
        runtime
    }
}

fn range(keys: &mut Component<'_>, key: &'static str, allowed: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let number = keys.int(key)?;
    if !allowed.contains(&number) {
        keys.refuse(key, format!("found {number}, allowed is {} to {}", allowed.start(), allowed.end()));
        return None;
    }
    Some(number)
}

fn ring_entries(keys: &mut Component<'_>) -> Option<u32> {
    let number = range(keys, "ring_entries", RING_ENTRIES).and_then(|n| u32::try_from(n).ok())?;
    if !number.is_power_of_two() {
        keys.refuse("ring_entries", format!("found {number}, allowed is a power of two"));
        return None;
    }
    Some(number)
}
