//! Servers as processes of their own, and what they use.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// The kernel counts processor time in hundredths of a second (`USER_HZ`, the same everywhere).
const TICKS_PER_SECOND: f64 = 100.0;

/// Runtime threads of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Threads {
    /// One, for what a call costs on one core.
    One,
    /// As many as the machine has cores.
    All,
}

/// A server; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// The host and port it listens at.
    pub(crate) authority: String,
}

impl Server {
    /// Starts the backend.
    pub(crate) fn backend(backend: &Path, threads: Threads, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(backend);
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        // Thousands of sessions begin and end: the log of that is not what is measured.
        command.args(["--log-level", "error"]);
        Self::start(command, threads)
    }

    /// Starts a floor, which is this executable with another task.
    pub(crate) fn floor(name: &str, threads: Threads) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(name);
        Self::start(command, threads)
    }

    fn start(mut command: Command, threads: Threads) -> Result<Self> {
        match threads {
            Threads::One => command.env("TOKIO_WORKER_THREADS", "1"),
            Threads::All => command.env_remove("TOKIO_WORKER_THREADS"),
        };
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("failed to start {command:?}"))?;
        let output = child.stdout.take().context("a server has no output")?;
        let mut lines = BufReader::new(output).lines();
        let authority = loop {
            let line = lines.next().context("a server ended before it listened")??;
            if let Some((_, url)) = line.split_once("http://") {
                break url.split(['/', ' ', '?', '#']).next().unwrap_or_default().to_owned();
            }
        };
        // What it prints later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, authority })
    }

    /// Returns the processor seconds it has used.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, in parentheses, may hold anything; the fields count from behind it.
        let (_, fields) = stat.rsplit_once(')').context("no processor times")?;
        let ticks: f64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
        Ok(ticks / TICKS_PER_SECOND)
    }

    /// Returns its resident memory in KiB.
    pub(crate) fn resident_kib(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?;
        Ok(kib.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has no state that an orderly end would save.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Returns the path of an executable that cargo built together with this one.
pub(crate) fn beside_this_one(name: &str) -> Result<PathBuf> {
    let examples = std::env::current_exe()?;
    let folder = examples.parent().and_then(Path::parent).context("no target directory")?;
    Ok(folder.join(name))
}
