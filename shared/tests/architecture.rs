//! Keeps ARCHITECTURE.md true: who may know whom, and that what it names exists.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

use std::path::{Path, PathBuf};

/// A room, words that its code must not contain, and why.
const WALLS: &[(&str, &[&str], &str)] = &[
    ("shared/src", &["std::net::Tcp", "tokio", "std::fs", "wasm_bindgen"], "shared does no I/O"),
    ("backend/src/call", &["axum", "serde_json", "AsyncFd"], "calls know sockets, not the wire"),
    ("backend/src/socket.rs", &["axum", "serde_json"], "a socket knows the system, not the wire"),
    ("backend/src/socket", &["axum", "serde_json"], "a socket knows the system, not the wire"),
    ("backend/src/names.rs", &["axum", "serde_json", "tokio"], "names are a table and a directory"),
    ("backend/src/loopback", &["axum", "serde_json", "tokio"], "addresses know no wire"),
    ("backend/src/budget", &["axum", "serde_json", "socket2"], "a budget counts and is asked"),
    ("backend/src/policy", &["axum", "serde_json", "tokio", "socket2"], "the policy is pure"),
    ("backend/src", &["rustpython", "wasm_bindgen"], "the backend knows neither guest nor page"),
    ("frontend/src/session", &["web_sys", "js_sys"], "the session is pure"),
    ("frontend/src/timeline", &["web_sys", "js_sys"], "the timeline is pure"),
    ("frontend/src/page/update", &["web_sys", "js_sys"], "decisions are pure"),
    ("frontend/src/page/view", &["web_sys", "js_sys"], "a view is a function of the state"),
    ("frontend/src/page", &["WebSocket::"], "only the kernel worker owns the WebSocket"),
    ("frontend/src/kernel", &["HtmlElement", "crate::page"], "the kernel worker knows no DOM"),
    ("frontend/src/kernel/calls.rs", &["web_sys", "js_sys"], "the browser is behind `outside`"),
    ("frontend/src/kernel/programs.rs", &["web_sys", "js_sys"], "the browser is behind `outside`"),
    ("frontend/python/src/client.rs", &["socket2"], "the guest makes no system calls of its own"),
    ("frontend/python/src/transport", &["rustpython"], "the transport knows no Python"),
];

#[test]
fn no_room_knows_what_it_must_not() {
    for (room, words, reason) in WALLS {
        let files = rust_files(&root().join(room));
        assert!(!files.is_empty(), "{room} is empty or gone");
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            for word in *words {
                assert!(!text.contains(word), "{}: {word:?}: {reason}", file.display());
            }
        }
    }
}

#[test]
fn what_the_architecture_names_exists() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in text.split('`').skip(1).step_by(2) {
        let is_path =
            name.contains('/') && !name.contains(['(', ' ', '<']) && !name.starts_with('/');
        if is_path && !name.starts_with("Lib/") && !name.starts_with("socket/") {
            assert!(root().join(name).exists(), "ARCHITECTURE.md names {name}, which is not there");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            let is_rust = path.extension().is_some_and(|extension| extension == "rs");
            if path.is_dir() || is_rust { rust_files(&path) } else { Vec::new() }
        })
        .collect()
}
