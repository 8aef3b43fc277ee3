//! Tests of the command line.

mod schema;

use super::args::Lint;
use super::check::Surroundings;
use super::{check, help, parse, Check, Command, Run, EXIT_FAILED, EXIT_OK};
use crate::config::{Finding, Level};
use std::path::{Path, PathBuf};

fn config(file: &str) -> Option<PathBuf> {
    Some(PathBuf::from(file))
}

#[test]
fn commands() {
    let run = |file: &str| Command::Run(Run { config: config(file), ..Run::default() });
    let debug = Command::Check(Check { config: config("f"), debug: 1, routes: true, ..Check::default() });
    let table: Vec<(&[&str], Command)> = vec![
        (&[], Command::Help("")),
        (&["help"], Command::Help("")),
        (&["--help"], Command::Help("")),
        (&["help", "run"], Command::Help("run")),
        (&["help", "validate"], Command::Help("check")),
        (&["run", "-h"], Command::Help("run")),
        (&["version"], Command::Version),
        (&["schema"], Command::Schema),
        (&["demo"], Command::Demo(Run::default())),
        (&["demo", "-c", "f"], Command::Demo(Run { config: config("f"), ..Run::default() })),
        (&["run"], Command::Run(Run::default())),
        (&["run", "-c", "f"], run("f")),
        (&["run", "--config=f"], run("f")),
        (&["run", "-cf"], run("f")),
        (&["-c", "f", "run"], run("f")),
        (
            &["run", "-dc", "f", "-p", "9000"],
            Command::Run(Run { config: config("f"), debug: true, port: Some(9000) }),
        ),
        (&["check", "-tdc", "f"], debug.clone()),
        (&["validate", "-t", "--debug", "-c", "f"], debug.clone()),
        (&["-td", "check", "--config", "f", "--"], debug),
        (&["check", "-ddd"], Command::Check(Check { debug: 3, ..Check::default() })),
        (&["check", "-i", " "], Command::Check(Check { indent: Some(" ".to_string()), ..Check::default() })),
        (&["check", "-n"], Command::Check(Check { lint: Some(Lint::BuiltIn), ..Check::default() })),
        (&["check", "-l"], Command::Check(Check { lint: Some(Lint::BuiltIn), ..Check::default() })),
        (
            &["check", "-s", "x"],
            Command::Check(Check { lint: Some(Lint::Schema("x".to_string())), ..Check::default() }),
        ),
        (&["audit", "-c", "f", "-s", "HIGH"], Command::NotBuilt("audit")),
        (&["-c", "f", "audit"], Command::NotBuilt("audit")),
        (&["test-plugin", "-smc", "a.so"], Command::NotBuilt("test-plugin")),
        (&["check-plugin", "-g", "1"], Command::NotBuilt("check-plugin")),
    ];
    for (arguments, command) in table {
        assert_eq!(parse(arguments), Ok(command), "{arguments:?}");
    }
}

#[test]
fn wrong_usage() {
    let table: [(&[&str], &str); 14] = [
        (&["serve"], "unknown command \"serve\" for \"sluice\""),
        (&["chekc"], "did you mean 'check'?"),
        (&["help", "x"], "unknown command \"x\""),
        (&["check", "--strict"], "unknown flag --strict"),
        (&["run", "-x"], "unknown flag -x"),
        (&["run", "-t"], "unknown flag --test-gin-routes for \"run\""),
        (&["check", "-p", "1"], "unknown flag --port for \"check\""),
        (&["version", "-d"], "unknown flag --debug for \"version\""),
        (&["-d"], "flag --debug without a command"),
        (&["run", "-c"], "missing argument"),
        (&["run", "-p", "http"], "invalid port \"http\""),
        (&["run", "-c", "f", "more"], "unexpected argument \"more\""),
        (&["check", "-l", "-n"], "exclude each other"),
        (&["check", "--debug=3"], "unexpected argument"),
    ];
    for (arguments, text) in table {
        let error = parse(arguments).expect_err("wrong usage");
        assert!(error.0.contains(text), "{arguments:?}: {}", error.0);
    }
}

#[test]
fn help_names_the_commands_and_the_runtime_keys() {
    for word in ["run", "check", "audit", "version", "test-plugin", "demo", "schema", "help"] {
        assert!(help::text("").contains(&format!("\n  {word} ")), "{word}");
        assert!(!help::text(word).is_empty());
    }
    for key in crate::config::runtime::RUNTIME_KEYS {
        assert!(help::text("run").contains(&format!("  {:<16} {}", key.name, key.meaning)), "{}", key.name);
    }
    assert!(super::version().starts_with("Sluice Version: "));
}

/// A folder of one test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("sluice-cli-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.0.join("config.json");
        std::fs::write(&path, text).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing depends on it: the folder is in the system's place for such.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run_check(file: Option<&Path>, options: Check, compiled: &[Finding]) -> (u8, String) {
    let options = Check { config: file.map(Path::to_path_buf), ..options };
    let compile = |_: &crate::config::Config, _: bool| compiled.to_vec();
    let around = Surroundings {
        environment: &[],
        implemented: &[("security/cors", Level::Service)],
        compile: &compile,
    };
    let mut out = Vec::new();
    let code = check::run(&options, &around, &mut out).expect("a vector takes everything");
    (code, String::from_utf8(out).expect("text"))
}

const GOOD: &str = r#"{"version": 3, "name": "dump", "extra_config": {"security/cors": {}}, "endpoints": [
 {"endpoint": "/a/{id}", "method": "post", "timeout": "4s", "input_query_strings": ["q"],
  "backend": [{"url_pattern": "/x/{id}", "host": ["h:81", "g"], "extra_config": {"backend/http": {}}}]}]}"#;

#[test]
fn check_of_a_good_file() {
    let folder = Folder::new("good");
    let file = folder.file(GOOD);
    let (code, out) = run_check(Some(&file), Check::default(), &[]);
    assert_eq!(code, EXIT_OK);
    assert_eq!(out, format!("Parsing configuration file: {}\nSyntax OK!\n", file.display()));
}

#[test]
fn check_lists_what_is_configured() {
    let folder = Folder::new("dump");
    let file = folder.file(GOOD);
    let options = Check { debug: 1, indent: Some("..".to_string()), ..Check::default() };
    let (code, out) = run_check(Some(&file), options, &[]);
    let expected = [
        "Global settings",
        "..Name: dump",
        "..Version: 3",
        "..Address: ",
        "..Port: 8080",
        "1 global component configuration(s):",
        "- security/cors",
        "1 API endpoint(s):",
        "..- POST /a/:id",
        "....Timeout: 4s",
        "....QueryString: [q]",
        "....Connecting to 1 backend(s):",
        "......[+] POST /x/{id}",
        "........Timeout: 4s",
        "........Hosts: [http://h:81 http://g]",
        "........1 backend component configuration(s):",
        "........- backend/http",
        "0 async agent(s):",
        "Syntax OK!",
    ];
    let lines: Vec<&str> = out.lines().skip(1).collect();
    assert_eq!(lines, expected);
    assert_eq!(code, EXIT_OK);
    for debug in [2, 3] {
        let (code, more) = run_check(Some(&file), Check { debug, ..Check::default() }, &[]);
        assert!(
            code == EXIT_OK
                && more.contains("Default timeout: 2s")
                && more.contains("No TLS section defined")
        );
        assert_eq!(more.contains("Idle timeout: 0s"), debug == 3);
    }
}

#[test]
fn check_of_bad_files() {
    let folder = Folder::new("bad");
    let file = folder.file("{\"version\": 3,\n \"timout\": \"3s\", \"port\": \"x\", \"timeout\": \"y\"}");
    let name = file.display();
    let (code, out) = run_check(Some(&file), Check { debug: 1, ..Check::default() }, &[]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(code, EXIT_FAILED);
    assert_eq!(lines.len(), 4, "{out}");
    assert!(lines[1].starts_with(&format!("{name}:2:12: warning: at 'timout'")), "{out}");
    let error =
        format!("ERROR parsing the configuration file:\t{name}:2:26: error: at 'port': found text \"x\"");
    assert!(lines[2].starts_with(&error), "{out}");
    assert!(lines[3].starts_with(&format!("{name}:2:42: error: at 'timeout'")), "{out}");

    let (code, out) = run_check(Some(&folder.0.join("missing.json")), Check::default(), &[]);
    assert!(code == EXIT_FAILED && out.contains("ERROR parsing the configuration file:"), "{out}");
    let (code, out) = run_check(None, Check::default(), &[]);
    assert!(code == EXIT_FAILED && out.contains("--config") && out.contains("--help"), "{out}");
}

#[test]
fn check_refuses_what_run_would_refuse() {
    let folder = Folder::new("guards");
    let file = folder.file(r#"{"version": 3, "extra_config": {"auth/revoker": {}}}"#);
    let (code, out) = run_check(Some(&file), Check::default(), &[]);
    assert!(code == EXIT_FAILED && out.contains("'auth/revoker' is not built yet"), "{out}");

    let file = folder.file(r#"{"version": 3, "extra_config": {"telemetry/gelf": {}}}"#);
    let (code, out) = run_check(Some(&file), Check::default(), &[]);
    assert!(code == EXIT_OK && out.contains("warning: at 'extra_config[\"telemetry/gelf\"]'"), "{out}");
    let file = folder.file(
        r#"{"version": 3, "extra_config": {"telemetry/gelf": {}, "sluice/runtime": {"strict": true}}}"#,
    );
    assert_eq!(run_check(Some(&file), Check::default(), &[]).0, EXIT_FAILED);

    let file = folder.file(GOOD);
    let (code, out) = run_check(Some(&file), Check::default(), &[Finding::error("endpoints[0]", "no")]);
    assert!(code == EXIT_FAILED && out.contains("ERROR testing the configuration file:"), "{out}");
    assert!(out.contains("config.json:2:2: error: at 'endpoints[0]': no"), "{out}");
}

#[test]
fn lint_is_refused_until_it_is_built() {
    let folder = Folder::new("lint");
    let file = folder.file(GOOD);
    let (code, out) = run_check(Some(&file), Check { lint: Some(Lint::BuiltIn), ..Check::default() }, &[]);
    assert!(code == EXIT_FAILED && out.contains("lint is not built yet"), "{out}");
}
