//! Runs every example of the gallery natively: all its programs together, in our interpreter
//! against a real backend and, where the machine has one, under CPython.
//!
//! What each has to print stands beside it (see `web/examples/README.md`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::backend;

/// How long an example may take before it has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at what a program does.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Looks in a row at which a program sleeps and has computed nothing: it waits in a call.
const QUIET_LOOKS: u32 = 15;

/// One folder of the gallery.
struct Example {
    folder: PathBuf,
    programs: Vec<String>,
    unordered: Vec<String>,
}

#[test]
fn every_example_prints_what_is_recorded_natively() {
    let examples = gallery();
    assert!(examples.len() >= 24, "{}", examples.len());
    let url = &backend().url;
    let python = std::env::var("SOCKPIT_CPYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_python = Command::new(&python).arg("-V").output().is_ok();
    let mut wrong = Vec::new();
    for example in &examples {
        let ours = |program: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_python"));
            command.args(["--backend", url, program]);
            command
        };
        wrong.extend(check("Sockpit", example, ours).err());
        let theirs = |program: &str| {
            let mut command = Command::new(&python);
            command.args(["-u", program]);
            command
        };
        if has_python {
            wrong.extend(check("CPython", example, theirs).err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn gallery() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/examples");
    let mut folders: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.into_iter().filter(|folder| folder.is_dir()).map(read).collect()
}

fn read(folder: PathBuf) -> Example {
    let text = fs::read_to_string(folder.join("example.toml")).unwrap();
    Example { programs: names(&text, "programs"), unordered: names(&text, "unordered"), folder }
}

/// Returns the list of names under a key: the file has one line a key.
fn names(text: &str, key: &str) -> Vec<String> {
    let line = text.lines().find(|line| line.split('=').next().is_some_and(|k| k.trim() == key));
    let quoted = line.map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned));
    quoted.map(Iterator::collect).unwrap_or_default()
}

/// Runs an example's programs, each when the one before it is ready, and compares.
fn check(who: &str, example: &Example, command: impl Fn(&str) -> Command) -> Result<(), String> {
    let mut running = Vec::new();
    for program in &example.programs {
        let mut command = command(program);
        command.current_dir(&example.folder).stdin(Stdio::null());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut child = Running { program, child };
        child.wait_until_ready();
        running.push(child);
    }
    running.into_iter().try_for_each(|child| child.compare(who, example))
}

/// A program of an example. Ended when dropped.
struct Running<'a> {
    program: &'a str,
    child: Child,
}

impl Running<'_> {
    fn wait_until_ready(&mut self) {
        let begun = Instant::now();
        let (mut quiet, mut before) = (0, None);
        while quiet < QUIET_LOOKS && begun.elapsed() < PATIENCE {
            if self.child.try_wait().unwrap().is_some() {
                return;
            }
            let now = sleeping(self.child.id());
            quiet = if now.is_some() && now == before { quiet + 1 } else { 0 };
            before = now;
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn compare(mut self, who: &str, example: &Example) -> Result<(), String> {
        let begun = Instant::now();
        let name = format!("{who}: {}/{}", example.folder.display(), self.program);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("{name} does not end"));
            }
            std::thread::sleep(LOOK_AGAIN);
        };
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let file = Path::new(self.program).with_extension("out");
        let wanted = fs::read_to_string(example.folder.join(file)).unwrap();
        let same = if example.unordered.iter().any(|unordered| unordered == self.program) {
            sorted(&stdout) == sorted(&wanted)
        } else {
            stdout == wanted
        };
        if status.success() && same && stderr.is_empty() {
            return Ok(());
        }
        Err(format!("{name}: {status}\n{stdout}{stderr}--- instead of\n{wanted}"))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // It has ended already, unless something went wrong.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

/// Returns the processor time a process has used if it sleeps, as `/proc/PID/stat` has both.
fn sleeping(pid: u32) -> Option<(u64, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the process stands in parentheses and may hold anything.
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let is_asleep = fields.first() == Some(&"S");
    is_asleep.then(|| Some((fields.get(11)?.parse().ok()?, fields.get(12)?.parse().ok()?)))?
}
