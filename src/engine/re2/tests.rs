use super::*;
use regex::Regex;

#[test]
fn means_what_go_means() {
    // (expression, matches, does not match)
    let table: &[(&str, &[&str], &[&str])] = &[
        ("^(curl|wget)/", &["curl/8", "wget/1"], &["xcurl/8", "Wget/1"]),
        ("(?i)SPIDER", &["my Spider"], &["spyder"]),
        ("scan(ner)?$", &["port scan", "scanner"], &["scanner x", "scan\n"]),
        (r"^\S+bot\s", &["abot x"], &["bot x", "a bot x", "abot\u{a0}x"]),
        ("[^ -~]", &["\u{fffd}", "\t"], &["abc"]),
        (r"^\d$", &["7"], &["\u{663}"]),
        (r"^[\d.]+$", &["1.2"], &["\u{663}", "a"]),
        (r"^\w$", &["a", "_"], &["\u{fc}"]),
        (r"^[^\w]$", &["\u{fc}", "-"], &["a"]),
        (r"\bab\b", &["ab", "\u{fc}ab\u{fc}"], &["cab"]),
        (r"\Qa.b\E+", &["a.bb"], &["axb"]),
        (r"\Q[x", &["[x"], &["x"]),
        ("a{", &["a{"], &["a"]),
        ("^a{2,3}$", &["aa", "aaa"], &["a", "aaaa"]),
        ("^a{,3}$", &["a{,3}"], &["aa"]),
        ("^[[a]$", &["[", "a"], &["b"]),
        ("^[]a]$", &["]", "a"], &["b"]),
        ("^[^]a]$", &["b"], &["]", "a"]),
        ("^[a&&b]$", &["a", "&", "b"], &["c"]),
        ("^[+--]$", &["+", ",", "-"], &["."]),
        ("^[--/]$", &["-", ".", "/"], &[","]),
        ("^[a-]$", &["a", "-"], &["b"]),
        ("^[~~]$", &["~"], &["a"]),
        ("^[[:alpha:]_]$", &["x", "_"], &["1", "["]),
        (r"^[\pL-]$", &["\u{fc}", "-"], &["1"]),
        (r"^[\x41-\x{43}]$", &["A", "B", "C"], &["D", "4"]),
        (r"^[\W]$", &["-"], &["a"]),
        (r"python-requests/2\.[0-9]+$", &["python-requests/2.31"], &["python-requests/2x31"]),
    ];
    for (written, yes, no) in table {
        let regex = Regex::new(&to_rust(written)).unwrap_or_else(|e| panic!("{written}: {e}"));
        for text in *yes {
            assert!(regex.is_match(text), "{written} on {text:?}");
        }
        for text in *no {
            assert!(!regex.is_match(text), "{written} on {text:?}");
        }
    }
}

#[test]
fn faults_stay_faults() {
    for written in ["(", "[a", "\\", "[z-a]", "(?P<n", "a\\C", "[", "[^", "[a-", "[[:x:]]", "\\Qa\\E)"] {
        let translated = to_rust(written);
        assert!(Regex::new(&translated).is_err(), "{written} became {translated}");
    }
}
