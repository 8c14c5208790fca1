//! The backend that programs under test talk to.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A backend of the test's own.
pub(crate) struct Backend {
    pub(crate) url: String,
    _process: Option<Child>,
}

/// Starts a backend on a free port, or takes the one that `SOCKPIT_BACKEND` names.
pub(crate) fn backend() -> &'static Backend {
    static BACKEND: OnceLock<Backend> = OnceLock::new();
    BACKEND.get_or_init(|| {
        if let Ok(url) = std::env::var("SOCKPIT_BACKEND") {
            return Backend { url, _process: None };
        }
        // A static is never dropped. The shell's standard input ends with this process, and
        // then the shell ends the backend.
        let mut process = Command::new("sh")
            .args(["-c", "\"$0\" --listen 127.0.0.1:0 & cat > /dev/null; kill $!"])
            .arg(backend_binary())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the backend starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split_once("http://").expect(&line).1.trim_end().trim_end_matches('/');
        Backend { url: format!("ws://{address}/ws"), _process: Some(process) }
    })
}

/// Returns the backend that `SOCKPIT_BACKEND_BINARY` names, or builds one without its page.
fn backend_binary() -> PathBuf {
    if let Some(binary) = std::env::var_os("SOCKPIT_BACKEND_BINARY") {
        return binary.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "-p", "backend", "--bin", "backend"])
        .env("SOCKPIT_SKIP_PAGE", "1")
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(&root)
        .status()
        .unwrap();
    assert!(status.success(), "the backend does not build");
    root.join("target/debug/backend")
}
