//! The examples of the gallery.
//!
//! Each is a folder of `web/examples`. The first is compiled in, because the first screen needs
//! no further request; the gallery is loaded when it is first opened.

use serde::Deserialize;

use shared::session::{Program, SESSION_VERSION, Session, View};

/// The gallery, as the build makes it of `web/examples`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Gallery {
    pub groups: Vec<Group>,
}

/// Examples about one subject, from easy to hard.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Group {
    pub name: String,
    pub about: String,
    pub examples: Vec<Example>,
}

/// An example.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Example {
    /// Its folder's name, and what `#example=` asks for.
    pub id: String,
    pub title: String,
    /// What it shows, in a sentence or two.
    pub about: String,
    /// What to look at in the diagram.
    pub look: String,
    /// Something to change and see what happens.
    #[serde(rename = "try")]
    pub try_this: String,
    /// From 1, first steps, to [`LEVEL_MAX`].
    pub level: u8,
    pub programs: Vec<Source>,
}

/// A program of an example.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Source {
    pub name: String,
    pub code: String,
}

/// The hardest level.
pub const LEVEL_MAX: u8 = 3;

macro_rules! first {
    ($id:literal: $($file:literal)*) => {
        const FIRST_ID: &str = $id;
        const FIRST: &str = include_str!(concat!("../../../web/examples/", $id, "/example.toml"));
        const FIRST_FILES: &[(&str, &str)] = &[$(
            ($file, include_str!(concat!("../../../web/examples/", $id, "/", $file)))
        ),*];
    };
}

first!("http-basic-client": "server.py" "client.py");

/// Returns the example that a first visit shows.
pub fn first() -> Example {
    let text = |name| field(FIRST, name).trim_matches('"').to_owned();
    let source = |&(name, code): &(&str, &str)| Source { name: name.into(), code: code.into() };
    Example {
        id: FIRST_ID.to_owned(),
        title: text("title"),
        about: text("about"),
        look: text("look"),
        try_this: text("try"),
        level: field(FIRST, "level").parse().unwrap_or(1),
        programs: FIRST_FILES.iter().map(source).collect(),
    }
}

/// Reads a line `name = value` of an `example.toml`; a test sees that this is enough.
fn field(about: &'static str, name: &str) -> &'static str {
    about
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map_or("", |(_, value)| value.trim())
}

impl Gallery {
    /// Returns every example, in order.
    pub fn all(&self) -> impl Iterator<Item = &Example> {
        self.groups.iter().flat_map(|group| &group.examples)
    }

    /// Returns the example of this id.
    pub fn find(&self, id: &str) -> Option<&Example> {
        self.all().find(|example| example.id == id)
    }

    /// Returns the groups, each with those of its examples in which every word is found.
    pub fn search(&self, words: &str) -> Vec<(&Group, Vec<&Example>)> {
        let parts = self.groups.iter().map(|group| (group, group.holding(words)));
        parts.filter(|(_, examples)| !examples.is_empty()).collect()
    }
}

impl Group {
    fn holding(&self, words: &str) -> Vec<&Example> {
        self.examples.iter().filter(|example| example.holds(&self.name, words)).collect()
    }
}

impl Example {
    /// Returns the example as a session.
    pub fn session(&self) -> Session {
        let program = |source: &Source| Program {
            name: source.name.clone(),
            code: source.code.clone(),
            args: Vec::new(),
            autostart: true,
        };
        Session {
            v: SESSION_VERSION,
            title: self.title.clone(),
            notes: String::new(),
            programs: self.programs.iter().map(program).collect(),
            view: View::default(),
        }
    }

    /// Returns what it wants to teach.
    pub fn lesson(&self) -> Lesson {
        Lesson {
            about: self.about.clone(),
            look: self.look.clone(),
            try_this: self.try_this.clone(),
        }
    }

    /// Tells whether every word is in its texts, its code or its group's name.
    fn holds(&self, group: &str, words: &str) -> bool {
        let mut text = [group, &self.title, &self.about, &self.look, &self.try_this].join("\n");
        for source in &self.programs {
            text.push_str(&source.code);
        }
        super::reference::holds_all(&text, words)
    }
}

/// What an example wants to teach; shown above its programs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lesson {
    pub about: String,
    pub look: String,
    pub try_this: String,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::page::lessons;
    use std::path::{Path, PathBuf};

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/examples")
    }

    pub(in crate::page) fn gallery() -> Gallery {
        serde_json::from_value(lessons::gallery(&folder()).unwrap()).unwrap()
    }

    #[test]
    fn every_example_is_whole() {
        let gallery = gallery();
        assert!(gallery.all().count() >= 24);
        for example in gallery.all() {
            let Example { id, title, about, look, try_this, level, .. } = example;
            assert!(!title.is_empty() && title.len() < 36, "{id} has a short title");
            for text in [about, look, try_this] {
                assert!(text.ends_with(['.', '?', ')']), "{id}: {text:?} is a sentence");
                assert!(text.len() < 220, "{id}: {text:?} is two lines");
            }
            assert!((1..=LEVEL_MAX).contains(level), "{id}");
            example.session().check().unwrap();
            for source in &example.programs {
                let printed = folder().join(id).join(&source.name).with_extension("out");
                assert!(printed.exists(), "{id}: what {} prints is not recorded", source.name);
            }
        }
    }

    #[test]
    fn every_folder_is_in_the_gallery_once() {
        let mut folders: Vec<String> = std::fs::read_dir(folder())
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        folders.sort();
        let gallery = gallery();
        let mut listed: Vec<&str> = gallery.all().map(|example| example.id.as_str()).collect();
        listed.sort_unstable();
        assert_eq!(folders, listed);
    }

    #[test]
    fn the_first_example_is_compiled_in_as_it_is_in_the_gallery() {
        assert_eq!(gallery().all().next(), Some(&first()));
    }

    #[test]
    fn a_search_looks_into_the_code_too() {
        let gallery = gallery();
        let ids = |words| -> Vec<String> {
            let found = gallery.search(words);
            found.iter().flat_map(|(_, e)| e.iter().map(|e| e.id.clone())).collect()
        };
        assert_eq!(ids("so_linger"), ["reset"]);
        assert_eq!(ids("UDP broadcast receiver").len(), 1);
        assert!(ids("xyzzy").is_empty());
        assert_eq!(ids("").len(), gallery.all().count());
    }
}
