//! Tells the person who waits what the build is doing.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where progress goes: the screen, where there is one, and a log file.
///
/// Cargo keeps a build script's output to itself until the script fails. This one runs for
/// minutes, so it writes to the standard error of the cargo that started it.
pub(crate) struct Progress {
    screen: Option<Mutex<Screen>>,
    log: Mutex<File>,
}

struct Screen {
    file: File,
    /// Cargo's own progress bar stands on the line: erase it before writing.
    terminal: bool,
}

impl Progress {
    pub(crate) fn open(log: &Path) -> anyhow::Result<Progress> {
        Ok(Progress { screen: Screen::open().map(Mutex::new), log: Mutex::new(File::create(log)?) })
    }

    /// Says what happens, in the manner of cargo: a verb, then its object.
    pub(crate) fn say(&self, verb: &str, what: &str) {
        let line = format!("{verb:>12} {what}");
        self.note(&line);
        let Some(screen) = &self.screen else { return };
        let mut screen = hold(screen);
        // A screen that went away must not fail the build.
        let _written = if screen.terminal {
            write!(screen.file, "\r\x1b[K\x1b[1;32m{verb:>12}\x1b[0m {what}\n")
        } else {
            writeln!(screen.file, "{line}")
        };
    }

    /// Writes a line to the log alone.
    pub(crate) fn note(&self, line: &str) {
        // A full disk fails the build at a place that can say so better.
        let _written = writeln!(hold(&self.log), "{line}");
    }
}

impl Screen {
    fn open() -> Option<Screen> {
        let parent = format!("/proc/{}/fd/2", std::os::unix::process::parent_id());
        Screen::open_at(Path::new(&parent)).or_else(|| Screen::open_at(Path::new("/dev/tty")))
    }

    /// Opens a terminal or a pipe. Not a regular file: a second writer would overwrite the first.
    fn open_at(path: &Path) -> Option<Screen> {
        let kind = std::fs::metadata(path).ok()?.file_type();
        if !kind.is_fifo() && !kind.is_char_device() {
            return None;
        }
        let file = OpenOptions::new().write(true).open(path).ok()?;
        let terminal = file.is_terminal();
        Some(Screen { file, terminal })
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
