//! Quotas as the kernel writes them, and the way from a group up to the root.

use super::{available, max_open_files, parse_cfs, parse_cpu_max, parse_groups, quota, Groups};
use std::path::Path;

#[test]
fn cpu_max_rounds_up_to_whole_cpus() {
    let cases = [
        ("max 100000\n", None),
        ("100000 100000\n", Some(1)),
        ("150000 100000\n", Some(2)),
        ("1000 100000\n", Some(1)),
        ("400000 100000", Some(4)),
        ("250000", Some(3)),
        ("max", None),
        ("", None),
        ("0 100000", None),
        ("-5 100000", None),
        ("100000 0", None),
        ("x y", None),
        ("99999999999999999999 1", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_cpu_max(text), expected, "{text:?}");
    }
}

#[test]
fn cfs_quota_of_version_one() {
    let cases = [
        ("-1\n", "100000\n", None),
        ("50000\n", "100000\n", Some(1)),
        ("250000\n", "100000\n", Some(3)),
        ("250000\n", "", None),
    ];
    for (quota, period, expected) in cases {
        assert_eq!(parse_cfs(quota, period), expected, "{quota:?}/{period:?}");
    }
}

#[test]
fn the_process_groups_are_found_in_both_versions() {
    let cases = [
        ("0::/user.slice/app.service\n", Some("/user.slice/app.service"), None),
        ("12:memory:/m\n4:cpu,cpuacct:/docker/abc\n0::/x\n", Some("/x"), Some("/docker/abc")),
        ("3:cpuset:/\n2:cpuacct:/\n", None, None),
        ("1:cpu:/\n", None, Some("/")),
        ("0::/with:colon\n", Some("/with:colon"), None),
        ("garbage\n\n:", None, None),
    ];
    for (text, unified, cpu) in cases {
        assert_eq!(parse_groups(text), Groups { unified, cpu }, "{text:?}");
    }
}

/// Names and contents.
type Files<'a> = &'a [(&'a str, &'a str)];

fn quota_with(files: Files) -> Option<usize> {
    let read = |path: &Path| {
        files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned())
    };
    quota(&read)
}

#[test]
fn the_tightest_quota_on_the_way_up_counts() {
    let cases: [(Files, Option<usize>); 8] = [
        (&[], None),
        (&[("/proc/self/cgroup", "0::/\n"), ("/sys/fs/cgroup/cpu.max", "200000 100000")], Some(2)),
        (
            &[
                ("/proc/self/cgroup", "0::/a/b\n"),
                ("/sys/fs/cgroup/a/b/cpu.max", "max 100000"),
                ("/sys/fs/cgroup/a/cpu.max", "300000 100000"),
            ],
            Some(3),
        ),
        (
            &[
                ("/proc/self/cgroup", "0::/a/b\n"),
                ("/sys/fs/cgroup/a/b/cpu.max", "100000 100000"),
                ("/sys/fs/cgroup/a/cpu.max", "300000 100000"),
            ],
            Some(1),
        ),
        // Container of version 1 without a namespace: the path is the host's.
        (
            &[
                ("/proc/self/cgroup", "4:cpu,cpuacct:/docker/abc\n"),
                ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000"),
                ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000"),
            ],
            Some(2),
        ),
        (&[("/proc/self/cgroup", "0::/a\n"), ("/sys/fs/cgroup/b/cpu.max", "100000 100000")], None),
        // A path that climbs out of the namespace.
        (
            &[
                ("/proc/self/cgroup", "0::/../other\n"),
                ("/sys/fs/cgroup/../other/cpu.max", "100000 100000"),
                ("/sys/fs/cgroup/cpu.max", "500000 100000"),
            ],
            Some(5),
        ),
        (
            &[
                ("/proc/self/cgroup", "1:cpu:/\n0::/x\n"),
                ("/sys/fs/cgroup/unified/x/cpu.max", "700000 100000"),
            ],
            Some(7),
        ),
    ];
    for (files, expected) in cases {
        assert_eq!(quota_with(files), expected, "{files:?}");
    }
}

#[test]
fn this_process_has_a_cpu_and_its_file_limit_is_raised() {
    assert!(available() >= 1);
    let allowed = core_affinity::get_core_ids().map_or(usize::MAX, |ids| ids.len());
    assert!(available() <= allowed);
    let first = max_open_files();
    assert_eq!(max_open_files(), first, "already raised: stays");
    let (soft, hard) =
        nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE).expect("limit");
    assert_eq!(soft, hard);
}
