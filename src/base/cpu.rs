//! What the machine lets this process use: CPUs and open files; decides nothing about them.
//!
//! The CPU count is the affinity set, cut by the CPU quota of the control groups that the process
//! is in (cgroups(7), `cpu.max` and `cpu.cfs_quota_us`): more shards than that would be throttled.

use nix::sys::resource::{getrlimit, setrlimit, Resource};
use std::path::{Path, PathBuf};

/// CPUs that this process may run on at the same time; at least 1.
#[must_use]
pub fn available() -> usize {
    let allowed = core_affinity::get_core_ids().map_or(0, |ids| ids.len());
    // The affinity set is not readable on machines with more CPUs than a `cpu_set_t` holds.
    let allowed = match allowed {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        some => some,
    };
    let read = |path: &Path| std::fs::read_to_string(path).ok();
    match quota(&read) {
        Some(quota) => allowed.min(quota).max(1),
        None => allowed,
    }
}

/// Raises the soft limit of open files to the hard one, as far as the system lets us, and says
/// what it is now. `None`: no limit, or it cannot be read.
#[must_use]
pub fn max_open_files() -> Option<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    let now = if soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() { hard } else { soft };
    (now != nix::libc::RLIM_INFINITY).then_some(now)
}

/// Where the process stands in the control groups, from `/proc/self/cgroup`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Groups<'a> {
    /// Path in the unified hierarchy (version 2).
    unified: Option<&'a str>,
    /// Path in the hierarchy of the `cpu` controller (version 1).
    cpu: Option<&'a str>,
}

/// Lines are `number:controllers:path`; version 2 has number 0 and no controllers.
fn parse_groups(text: &str) -> Groups<'_> {
    let mut groups = Groups::default();
    for line in text.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(number), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        if number == "0" && controllers.is_empty() {
            groups.unified = Some(path);
        } else if controllers.split(',').any(|c| c == "cpu") {
            groups.cpu = Some(path);
        }
    }
    groups
}

/// `cpu.max`: quota and period in microseconds, or `max` and a period. Whole CPUs, rounded up.
fn parse_cpu_max(text: &str) -> Option<usize> {
    let mut words = text.split_ascii_whitespace();
    let quota = words.next()?.parse().ok()?;
    let period = words.next().map_or(Ok(100_000), str::parse).ok()?;
    cpus(quota, period)
}

/// `cpu.cfs_quota_us` (-1: none) and `cpu.cfs_period_us`.
fn parse_cfs(quota: &str, period: &str) -> Option<usize> {
    cpus(quota.trim().parse().ok()?, period.trim().parse().ok()?)
}

fn cpus(quota: i64, period: i64) -> Option<usize> {
    if quota <= 0 || period <= 0 {
        return None;
    }
    let whole = u64::try_from(quota).ok()?.div_ceil(u64::try_from(period).ok()?);
    usize::try_from(whole).ok()
}

/// The tightest CPU quota on the way from the process's own group up to the root; `None`: none.
///
/// A container without a cgroup namespace sees the host's path, but only its own group mounted: of
/// the folders on the way up then only the root exists, and that is the right one.
fn quota(read: &dyn Fn(&Path) -> Option<String>) -> Option<usize> {
    let text = read(Path::new("/proc/self/cgroup"))?;
    let groups = parse_groups(&text);
    let mut found = Vec::new();
    if let Some(path) = groups.unified {
        for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            found.extend(
                ancestors(root, path).iter().filter_map(|d| parse_cpu_max(&read(&d.join("cpu.max"))?)),
            );
        }
    }
    if let Some(path) = groups.cpu {
        for root in ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"] {
            found.extend(ancestors(root, path).iter().filter_map(|d| {
                parse_cfs(&read(&d.join("cpu.cfs_quota_us"))?, &read(&d.join("cpu.cfs_period_us"))?)
            }));
        }
    }
    found.into_iter().min()
}

/// `root/a/b`, `root/a`, `root` for the path `/a/b`. Paths that climb (`/../x`, seen from inside a
/// namespace) only yield the root.
fn ancestors(root: &str, path: &str) -> Vec<PathBuf> {
    let root = Path::new(root);
    let inner = Path::new(path.trim_start_matches('/'));
    if inner.components().any(|c| !matches!(c, std::path::Component::Normal(_))) {
        return vec![root.to_owned()];
    }
    inner.ancestors().map(|part| root.join(part)).collect()
}

#[cfg(test)]
mod tests;
