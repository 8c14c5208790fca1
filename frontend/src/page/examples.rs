//! The examples, compiled into the page: the first screen needs no further request.
//!
//! Each is a folder of `web/examples` with an `example.toml` and the programs it names.

use shared::session::{Program, SESSION_VERSION, Session, View};

/// An example.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// Its folder's name, and what `#example=` asks for.
    pub id: &'static str,
    pub title: &'static str,
    /// What it shows, in a sentence.
    pub summary: &'static str,
    /// Something to change and see what happens.
    pub try_this: &'static str,
    files: &'static [(&'static str, &'static str)],
    about: &'static str,
}

macro_rules! examples {
    ($($id:literal: $($file:literal)*;)*) => {
        const SOURCES: &[(&str, &str, &[(&str, &str)])] = &[$((
            $id,
            include_str!(concat!("../../../web/examples/", $id, "/example.toml")),
            &[$(($file, include_str!(concat!("../../../web/examples/", $id, "/", $file)))),*],
        )),*];
    };
}

// The first one is what a first visit shows.
examples! {
    "http-basic-client": "server.py" "client.py";
    "tcp-echo": "server.py" "client.py";
    "udp-pair": "receiver.py" "sender.py";
    "threaded-echo": "server.py" "clients.py";
    "connect-vs-connect-ex": "client.py";
    "recv-into": "server.py" "client.py";
}

/// Returns every example, in the order of the gallery.
pub fn all() -> impl Iterator<Item = Example> {
    SOURCES.iter().map(|&(id, about, files)| Example {
        id,
        title: field(about, "title"),
        summary: field(about, "summary"),
        try_this: field(about, "try"),
        files,
        about,
    })
}

/// Returns the example of this id.
pub fn find(id: &str) -> Option<Example> {
    all().find(|example| example.id == id)
}

/// Returns the example that a first visit shows.
pub fn first() -> Example {
    all().next().unwrap_or(EMPTY)
}

const EMPTY: Example = Example {
    id: "",
    title: "",
    summary: "",
    try_this: "",
    files: &[("main.py", "import socket\n")],
    about: "",
};

impl Example {
    /// Returns the example as a session.
    pub fn session(&self) -> Session {
        let program = |&(name, code): &(&str, &str)| Program {
            name: name.to_owned(),
            code: code.to_owned(),
            args: Vec::new(),
            autostart: true,
        };
        Session {
            v: SESSION_VERSION,
            title: self.title.to_owned(),
            notes: String::new(),
            programs: self.files.iter().map(program).collect(),
            view: View::default(),
        }
    }

    /// Returns the topics it is listed under.
    pub fn topics(&self) -> impl Iterator<Item = &'static str> {
        field(self.about, "topics").split(',').map(str::trim).filter(|topic| !topic.is_empty())
    }

    /// Returns the names of its programs.
    pub fn files(&self) -> impl Iterator<Item = &'static str> {
        self.files.iter().map(|(name, _)| *name)
    }
}

/// Reads `name = "value"` of an `example.toml`. Those files hold one-line strings without
/// escapes and nothing else, which a test sees to.
fn field(about: &'static str, name: &str) -> &'static str {
    about
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map_or("", |(_, value)| value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_example_is_whole() {
        for example in all() {
            let id = example.id;
            assert!(!example.title.is_empty(), "{id} has no title");
            assert!(example.summary.ends_with('.'), "{id}: the summary is a sentence");
            assert!(example.try_this.ends_with(['.', '?']), "{id} has something to try");
            assert!(example.topics().count() > 0, "{id} has a topic");
            example.session().check().unwrap();
            for line in example.about.lines().filter(|line| !line.is_empty()) {
                let (_, value) = line.split_once(" = ").unwrap_or_default();
                let plain = value.len() > 1 && !value.contains('\\');
                assert!(plain && value.starts_with('"') && value.ends_with('"'), "{id}: {line}");
            }
        }
    }

    #[test]
    fn every_folder_is_in_the_gallery() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/examples");
        let mut folders: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        folders.sort();
        let mut listed: Vec<&str> = all().map(|example| example.id).collect();
        listed.sort_unstable();
        assert_eq!(folders, listed);
    }

    #[test]
    fn an_unknown_example_is_none() {
        assert!(find("nothing").is_none());
        assert_eq!(first().id, "http-basic-client");
    }
}
