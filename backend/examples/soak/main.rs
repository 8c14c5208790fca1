//! Crowds of visitors, one after the other, and what they leave behind: nothing.
//!
//! `scripts/soak` builds and runs it. Each round, visitors arrive, each opens a session and
//! five sockets, and all of them make calls at random, while their connections are cut, with
//! and without coming back. Then they go, half of them without a word. The backend must have no
//! session, no socket, no task and no descriptor left, and no more memory than after the first
//! round. Everything stays on loopback.

mod crowd;

mod visitor;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use crowd::{Crowd, Deeds, SOCKETS_EACH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long the backend waits for who vanished; with a margin for a machine that is busy, it
/// has to be alone by then.
const RESUME_MS: u64 = 8_000;
const ALONE_MAX: Duration = Duration::from_secs(30);

/// The backend holds a name for each part of the loopback that it ever used, so that no other
/// backend does. A part is for so many sessions.
const LOOPBACKS_PER_DESCRIPTOR: usize = 256;

const SOCKET_KIB_MAX: f64 = 4.0;

/// How long after that the backend has given back what it does not need, with a margin.
const TIDY_AFTER: Duration = Duration::from_secs(12);

/// What the memory that is left may be of that at the peak.
const KEPT_MAX: f64 = 0.5;

/// What the memory after the last round may be of that after the first.
const GROWTH_MAX: f64 = 1.1;

#[derive(Debug, Parser)]
struct Arguments {
    /// The backend's executable; the one beside this one, if nothing is said
    #[arg(long)]
    backend: Option<PathBuf>,
    #[arg(long, default_value_t = 2000)]
    visitors: usize,
    #[arg(long, default_value_t = 3)]
    rounds: u64,
    /// Things that each visitor does in a round
    #[arg(long, default_value_t = 40)]
    steps: usize,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let backend = Backend::start(&arguments)?;
    let begun = Instant::now();
    let fresh = backend.figures().await?;
    let mut rounds = Vec::new();
    for number in 1..=arguments.rounds {
        let round = round(&backend, &fresh, &arguments, number).await?;
        println!("{}", round.line(number, arguments.visitors));
        rounds.push(round);
    }
    println!("{:.0} s in all", begun.elapsed().as_secs_f64());
    judge(&rounds, &arguments)
}

/// What was seen of a round.
#[derive(Debug, Default)]
struct Round {
    seconds: f64,
    before: Figures,
    sessions: Figures,
    sockets: Figures,
    after: Figures,
    deeds: Deeds,
}

async fn round(
    backend: &Backend,
    fresh: &Figures,
    arguments: &Arguments,
    number: u64,
) -> Result<Round> {
    let begun = Instant::now();
    let before = backend.figures().await?;
    let mut crowd = Crowd::arrive(backend.address, arguments.visitors, number).await?;
    let sessions = backend.figures().await?;
    crowd.open_sockets().await?;
    let sockets = backend.figures().await?;
    let expected = (arguments.visitors * SOCKETS_EACH) as f64;
    ensure!(sockets.sockets == expected, "{} sockets for {expected}", sockets.sockets);
    crowd.play(arguments.steps).await?;
    let deeds = crowd.deeds;
    crowd.go().await?;
    let sessions_max = arguments.visitors + usize::try_from(deeds.vanished)?;
    let kept = sessions_max.div_ceil(LOOPBACKS_PER_DESCRIPTOR) as f64;
    backend.alone(fresh, kept).await?;
    tokio::time::sleep(TIDY_AFTER).await;
    let after = backend.figures().await?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Round { seconds, before, sessions, sockets, after, deeds })
}

impl Round {
    fn line(&self, number: u64, visitors: usize) -> String {
        let Self { seconds, before, sessions, sockets, after, deeds } = self;
        let (session, socket) = self.each(visitors);
        format!(
            "round {number}: {visitors} WebSockets, {} sockets; {} steps, {} cuts, {} vanished; \
             {seconds:.0} s\n  \
             resident: {:.1} MiB before, {:.1} with idle sessions, {:.1} with sockets, {:.1} at \
             the peak so far, {:.1} after\n  \
             each: {session:.1} KiB a session, {socket:.2} KiB a socket\n  \
             left: {} sessions, {} sockets; {} tasks and {} descriptors, {} and {} before",
            sockets.sockets,
            deeds.steps,
            deeds.cuts,
            deeds.vanished,
            mib(before.kib),
            mib(sessions.kib),
            mib(sockets.kib),
            mib(after.peak_kib),
            mib(after.kib),
            after.sessions,
            after.sockets,
            after.tasks,
            after.descriptors,
            before.tasks,
            before.descriptors,
        )
    }

    /// Returns the memory of a session and of a socket, in KiB.
    fn each(&self, visitors: usize) -> (f64, f64) {
        let visitors = visitors as f64;
        let session = (self.sessions.kib - self.before.kib) / visitors;
        let socket = (self.sockets.kib - self.sessions.kib) / visitors / SOCKETS_EACH as f64;
        (session, socket)
    }
}

fn mib(kib: f64) -> f64 {
    kib / 1024.0
}

fn judge(rounds: &[Round], arguments: &Arguments) -> Result<()> {
    let (Some(first), Some(last)) = (rounds.first(), rounds.last()) else { return Ok(()) };
    let (_, socket) = first.each(arguments.visitors);
    ensure!(socket <= SOCKET_KIB_MAX, "a socket takes {socket:.2} KiB, not {SOCKET_KIB_MAX}");
    let growth = last.after.kib / first.after.kib;
    ensure!(growth <= GROWTH_MAX, "memory grows: {growth:.2} times that after the first round");
    let kept = last.after.kib / last.after.peak_kib;
    ensure!(kept <= KEPT_MAX, "{kept:.2} of the memory is kept that was needed at the peak");
    println!("nothing is left, and memory is flat: {growth:.2} times that after the first round");
    Ok(())
}

/// The backend; it ends when this is dropped.
#[derive(Debug)]
struct Backend {
    child: Child,
    address: SocketAddr,
    metrics: SocketAddr,
}

/// What the backend says of itself, and the kernel of it.
#[derive(Debug, Default)]
struct Figures {
    sessions: f64,
    sockets: f64,
    tasks: f64,
    descriptors: f64,
    kib: f64,
    peak_kib: f64,
}

impl Backend {
    fn start(arguments: &Arguments) -> Result<Self> {
        let beside = std::env::current_exe()?;
        let beside = beside.ancestors().nth(2).context("no target directory")?.join("backend");
        let mut child = Command::new(arguments.backend.as_ref().unwrap_or(&beside))
            .args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"])
            .args(["--preset", "isolated", "--log-level", "warn"])
            .args(["--resume-ms-max", &RESUME_MS.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("failed to start the backend")?;
        let output = child.stdout.take().context("the backend has no output")?;
        let mut urls = std::io::BufRead::lines(std::io::BufReader::new(output));
        let mut address = || {
            let line = urls.next().context("the backend ended")??;
            let (_, rest) = line.split_once("http://").context("no address")?;
            let authority = rest.split('/').next().unwrap_or_default();
            Ok::<SocketAddr, anyhow::Error>(authority.parse()?)
        };
        let (address, metrics) = (address()?, address()?);
        // What it prints later must not block it.
        std::thread::spawn(move || urls.for_each(drop));
        Ok(Self { child, address, metrics })
    }

    async fn figures(&self) -> Result<Figures> {
        let mut stream = TcpStream::connect(self.metrics).await?;
        let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        let metric = |name: &str| number_after(&text, &format!("\n{name} "));
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        Ok(Figures {
            sessions: metric("sockpit_sessions")?,
            sockets: metric("sockpit_sockets")?,
            tasks: metric("sockpit_tasks")?,
            descriptors: metric("process_open_fds")?,
            kib: number_after(&status, "\nVmRSS:")?,
            peak_kib: number_after(&status, "\nVmHWM:")?,
        })
    }

    /// Waits until nobody is there any more, and nothing but so many descriptors that the
    /// process keeps for the next ones.
    async fn alone(&self, fresh: &Figures, kept: f64) -> Result<()> {
        let begun = Instant::now();
        loop {
            let now = self.figures().await?;
            let is_alone = now.sessions == 0.0
                && now.sockets == 0.0
                && now.tasks <= fresh.tasks
                && now.descriptors <= fresh.descriptors + kept;
            if is_alone {
                return Ok(());
            }
            if begun.elapsed() > ALONE_MAX {
                bail!("left behind: {now:?}, at first: {fresh:?}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // It has no state that an orderly end would save.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Returns the number that follows `name`.
fn number_after(text: &str, name: &str) -> Result<f64> {
    let (_, rest) = text.split_once(name).with_context(|| format!("no {}", name.trim()))?;
    Ok(rest.split_whitespace().next().unwrap_or_default().parse()?)
}
