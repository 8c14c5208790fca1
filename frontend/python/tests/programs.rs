//! Runs `tests/programs/*.py` natively against a real backend; README.md there says what they
//! cover, and what the files beside a program are.
//!
//! Where the machine has a Python, the programs are run by that too: what ours prints is what
//! CPython prints. With SOCKPIT_RECORD set, what CPython does is written to the .out files
//! instead. `tests/browser/programs.test.js` runs the same programs in the tab.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use support::backend;

/// Programs whose output CPython's is allowed to differ from, and why.
const OURS_ALONE: &[(&str, &str)] = &[
    ("reference", "the docstrings are in our own words"),
    ("no_processes", "CPython can start them"),
];

/// Programs about what only the tab has, and why the native interpreter is another matter.
const TAB_ALONE: &[(&str, &str)] = &[
    ("alarms", "the system's signals do not end calls on the backend"),
    ("signals", "the interpreter's own do not know the frame they interrupt"),
    ("thread_pools", "its semaphores are the system's, which wants a process to look after them"),
    ("no_processes", "there are some"),
];

/// What a shell adds to the number of the signal that ended a process.
const EXIT_BY_SIGNAL: i32 = 128;

fn run(mut command: Command) -> Output {
    command.stdin(Stdio::null()).output().expect("the interpreter starts")
}

/// Runs a program with the arguments and the input that stand beside it.
fn run_program(mut command: Command, name: &str) -> Output {
    let beside = |end: &str| programs().join(format!("{name}.{end}"));
    command.arg(format!("{name}.py")).current_dir(programs());
    if let Ok(arguments) = std::fs::read_to_string(beside("args")) {
        command.args(arguments.lines());
    }
    match File::open(beside("in")) {
        Ok(input) => command.stdin(input),
        Err(_) => command.stdin(Stdio::null()),
    };
    command.output().expect("the interpreter starts")
}

fn exit_code(status: ExitStatus) -> Option<i32> {
    status.code().or_else(|| Some(EXIT_BY_SIGNAL + status.signal()?))
}

fn ours(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_python"));
    command.args(["--backend", &backend().url]).args(arguments);
    command.current_dir(programs());
    run(command)
}

fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs")
}

/// What a program is expected to do.
struct Expected {
    exit: i32,
    last_error: Option<String>,
    output: String,
}

fn expected(name: &str) -> Expected {
    let text = std::fs::read_to_string(programs().join(format!("{name}.out"))).unwrap();
    let mut expected = Expected { exit: 0, last_error: None, output: String::new() };
    for line in text.split_inclusive('\n') {
        if let Some(code) = line.strip_prefix("#exit ") {
            expected.exit = code.trim().parse().unwrap();
        } else if let Some(error) = line.strip_prefix("#stderr ") {
            expected.last_error = Some(error.trim_end().to_owned());
        } else {
            expected.output += line;
        }
    }
    expected
}

fn check(name: &str) -> Result<(), String> {
    let python = std::env::var("SOCKPIT_CPYTHON").unwrap_or_else(|_| "python3".to_owned());
    let alone = OURS_ALONE.iter().any(|(alone, _)| *alone == name);
    let compared = !alone && is_new_enough(&python);
    let theirs = compared.then(|| run_program(Command::new(&python), name));
    if let Some(theirs) = &theirs
        && std::env::var_os("SOCKPIT_RECORD").is_some()
    {
        record(name, theirs);
    }
    let expected = expected(name);
    if let Some(theirs) = &theirs {
        compare("CPython", theirs, &expected)?;
    }
    if TAB_ALONE.iter().any(|(alone, _)| *alone == name) {
        return Ok(());
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_python"));
    command.args(["--backend", &backend().url]);
    compare("Sockpit", &run_program(command, name), &expected)
}

/// Tells whether the machine's Python is one to compare with.
fn is_new_enough(python: &str) -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let check = "import sys; sys.exit(sys.version_info < (3, 11))";
        Command::new(python).args(["-c", check]).status().is_ok_and(|status| status.success())
    })
}

fn record(name: &str, output: &Output) {
    let mut text = String::new();
    if let Some(code) = exit_code(output.status).filter(|code| *code != 0) {
        text += &format!("#exit {code}\n");
    }
    if let Some(last) = String::from_utf8_lossy(&output.stderr).lines().last() {
        text += &format!("#stderr {last}\n");
    }
    text += &String::from_utf8_lossy(&output.stdout);
    std::fs::write(programs().join(format!("{name}.out")), text).unwrap();
}

fn compare(whose: &str, output: &Output, expected: &Expected) -> Result<(), String> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    if stdout != expected.output {
        let (theirs, ours) = first_difference(&expected.output, &stdout);
        return Err(format!("expected {theirs:?}, {whose} printed {ours:?}; stderr:\n{stderr}"));
    }
    if exit_code(output.status) != Some(expected.exit) {
        return Err(format!("{whose} ended with {}; stderr:\n{stderr}", output.status));
    }
    if stderr.lines().last() != expected.last_error.as_deref() {
        return Err(format!("{whose} ends its stderr with another line:\n{stderr}"));
    }
    Ok(())
}

fn first_difference<'a>(expected: &'a str, got: &'a str) -> (&'a str, &'a str) {
    let mut lines = (expected.lines(), got.lines());
    loop {
        match (lines.0.next(), lines.1.next()) {
            (Some(expected), Some(got)) if expected == got => {}
            (None, None) => return ("", ""),
            (expected, got) => return (expected.unwrap_or("nothing"), got.unwrap_or("nothing")),
        }
    }
}

/// Programs run at once: they wait more than they compute.
const AT_ONCE: usize = 4;

#[test]
fn every_program_does_what_is_recorded() {
    let mut names: Vec<String> = std::fs::read_dir(programs())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".py").map(str::to_owned))
        .collect();
    names.sort_unstable();
    if let Ok(wanted) = std::env::var("SOCKPIT_PROGRAM") {
        names.retain(|name| *name == wanted);
    }
    assert!(!names.is_empty());
    backend();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = check(name) {
                        failures.lock().unwrap().push(format!("{name}: {failure}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "of {}:\n{}", names.len(), failures.join("\n"));
}

#[test]
fn a_missing_program_is_exit_2() {
    let output = ours(&["absent.py"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("can't open file"));
}

#[test]
fn arguments_reach_the_program() {
    let output = ours(&["-c", "import sys; print(sys.argv, sys.platform)", "a", "-b"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "['-c', 'a', '-b'] linux\n");
}

#[test]
fn a_prompt_keeps_its_state_and_shows_values() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_python"));
    command.args(["--backend", &backend().url]).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let typed = "import socket\nsocket.AF_INET\nx = 1\ndef f():\n    return x + 1\n\nf()\n1/0\nx\n";
    std::io::Write::write_all(&mut process.stdin.take().unwrap(), typed.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout, "<AddressFamily.AF_INET: 2>\n2\n1\n");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.ends_with("ZeroDivisionError: division by zero\n"), "{stderr}");
}

#[test]
fn without_a_backend_the_error_names_the_fix() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_python"));
    // Port 1 of the loopback: nobody listens there.
    command.args(["--backend", "ws://127.0.0.1:1/ws", "-c", "import socket; socket.socket()"]);
    let output = run(command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("OSError: [Errno 100]"), "{stderr}");
    assert!(stderr.contains("cargo run -p backend"), "{stderr}");
}
