//! The session document: what a link carries. Old versions decode for ever.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The version that this code writes.
pub const SESSION_VERSION: u32 = 1;

/// Programs, how they are laid out, and what their author says about them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// [`SESSION_VERSION`] of whoever wrote it.
    pub v: u32,
    #[serde(default)]
    pub title: String,
    /// Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    pub programs: Vec<Program>,
    #[serde(default)]
    pub view: View,
}

/// One Python program, a process of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    pub name: String,
    pub code: String,
    /// `sys.argv[1:]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Whether "Run all" starts it.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub autostart: bool,
}

/// How the page shows a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    #[serde(default)]
    pub layout: Layout,
    #[serde(default)]
    pub open: Panel,
}

/// How the programs stand on the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    #[default]
    Columns,
    Rows,
}

/// What is open beside the programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Panel {
    #[default]
    Timeline,
    Bytes,
    Sockets,
    Notes,
}

/// Programs at most: each is a process with a memory of its own.
pub const PROGRAMS_MAX: usize = 8;
/// Bytes of a program's name at most.
pub const NAME_BYTES_MAX: usize = 64;
/// Bytes of all programs and notes together at most: far above any lesson, and still a
/// document that a page can hold.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

impl Session {
    /// Reads a document of any version there has been.
    pub fn decode(json: &str) -> Result<Session, SessionError> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        let Versioned { v } =
            crate::json::read(json).map_err(|error| SessionError::Json(error.to_string()))?;
        if v != SESSION_VERSION {
            return Err(SessionError::Version(v));
        }
        let session: Session =
            crate::json::read(json).map_err(|error| SessionError::Json(error.to_string()))?;
        session.check()?;
        Ok(session)
    }

    /// Checks what JSON cannot say: sizes, and names that are distinct file names.
    pub fn check(&self) -> Result<(), SessionError> {
        if self.programs.is_empty() {
            return Err(SessionError::NoProgram);
        }
        if self.programs.len() > PROGRAMS_MAX {
            return Err(SessionError::TooManyPrograms(self.programs.len()));
        }
        let text: usize = self.programs.iter().map(|program| program.code.len()).sum();
        if text + self.notes.len() > TEXT_BYTES_MAX {
            return Err(SessionError::TooLarge(text + self.notes.len()));
        }
        for (index, program) in self.programs.iter().enumerate() {
            check_name(&program.name)?;
            if self.programs[..index].iter().any(|other| other.name == program.name) {
                return Err(SessionError::NameTaken(program.name.clone()));
            }
        }
        Ok(())
    }
}

/// Checks that a program's name is a plain file name.
pub fn check_name(name: &str) -> Result<(), SessionError> {
    let plain = !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if plain { Ok(()) } else { Err(SessionError::Name(name.to_owned())) }
}

/// Why a session document cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionError {
    Json(String),
    Version(u32),
    NoProgram,
    TooManyPrograms(usize),
    TooLarge(usize),
    Name(String),
    NameTaken(String),
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionError::Json(error) => write!(f, "it is not a session document ({error})"),
            SessionError::Version(v) => {
                write!(f, "it is of version {v}, and this page reads version {SESSION_VERSION}")
            }
            SessionError::NoProgram => f.write_str("it has no program"),
            SessionError::TooManyPrograms(n) => {
                write!(f, "it has {n} programs, and {PROGRAMS_MAX} is the most")
            }
            SessionError::TooLarge(n) => {
                write!(f, "it holds {n} bytes of text, and {TEXT_BYTES_MAX} is the most")
            }
            SessionError::Name(name) => write!(f, "{name:?} is not a plain file name"),
            SessionError::NameTaken(name) => write!(f, "two programs are called {name:?}"),
        }
    }
}

impl std::error::Error for SessionError {}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(names: &[&str]) -> Session {
        Session {
            v: SESSION_VERSION,
            title: "test".into(),
            notes: String::new(),
            programs: names
                .iter()
                .map(|name| Program {
                    name: (*name).into(),
                    code: "pass".into(),
                    args: Vec::new(),
                    autostart: true,
                })
                .collect(),
            view: View::default(),
        }
    }

    #[test]
    fn the_documented_example_decodes() {
        let json = r#"{"v":1,"title":"TCP echo","notes":"markdown, optional",
            "programs":[{"name":"server.py","code":"…"},
                        {"name":"client.py","code":"…","args":[],"autostart":true}],
            "view":{"layout":"columns","open":"timeline"}}"#;
        let session = Session::decode(json).unwrap();
        assert_eq!(session.programs[0].name, "server.py");
        assert!(session.programs[0].autostart);
    }

    #[test]
    fn a_version_from_the_future_is_named() {
        assert_eq!(
            Session::decode(r#"{"v":2,"programs":[],"new":1}"#),
            Err(SessionError::Version(2))
        );
    }

    #[test]
    fn names_are_distinct_plain_file_names() {
        assert!(session(&["a.py", "b.py"]).check().is_ok());
        assert_eq!(session(&["a.py", "a.py"]).check(), Err(SessionError::NameTaken("a.py".into())));
        for name in ["", "../x.py", "a/b.py", ".hidden", "a b.py", "a\0.py"] {
            assert_eq!(session(&[name]).check(), Err(SessionError::Name(name.into())), "{name:?}");
        }
    }

    #[test]
    fn too_much_of_anything_is_refused() {
        assert_eq!(session(&[]).check(), Err(SessionError::NoProgram));
        let names: Vec<String> = (0..=PROGRAMS_MAX).map(|n| format!("p{n}.py")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(session(&names).check(), Err(SessionError::TooManyPrograms(PROGRAMS_MAX + 1)));
        let mut large = session(&["a.py"]);
        large.notes = "x".repeat(TEXT_BYTES_MAX);
        assert!(matches!(large.check(), Err(SessionError::TooLarge(_))));
    }
}
