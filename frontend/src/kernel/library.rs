//! The standard library's files, fetched when a program first opens them and then kept.
//!
//! A module imports others, so those are fetched along with it: one by one, each would cost a
//! program the time to the backend and back.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Deserialize;

/// Files fetched together at most; more than any module of the library leads to.
const TOGETHER_MAX: usize = 200;

/// How the path of the module begins that says what an exception was and where.
const TRACEBACK: &str = "__pycache__/traceback.";

/// The listing of the standard library, `index.json`.
#[derive(Debug, Default, Deserialize)]
pub struct Listing {
    /// Paths below the library's directory, and lengths in bytes.
    pub files: Vec<(String, u32)>,
    /// Files, by their places in the list, and those that are opened soon after.
    #[serde(default)]
    pub next: Vec<(u32, Vec<u32>)>,
}

/// The files that were fetched so far.
#[derive(Debug, Default)]
pub struct Library {
    /// The listing's URL up to and with its last slash.
    base: String,
    files: Vec<(String, File)>,
    next: BTreeMap<u32, Vec<u32>>,
    /// The module that says what an exception was.
    traceback: Option<u32>,
}

#[derive(Debug)]
enum File {
    Unknown,
    Coming,
    Here(Rc<[u8]>),
}

impl Library {
    pub fn new(listing_url: &str, listing: Listing) -> Library {
        let base =
            listing_url.rsplit_once('/').map_or(String::new(), |(base, _)| format!("{base}/"));
        let traceback = listing.files.iter().position(|(path, _)| path.starts_with(TRACEBACK));
        let files = listing.files.into_iter().map(|(path, _)| (path, File::Unknown)).collect();
        let next = listing.next.into_iter().collect();
        let traceback = traceback.and_then(|place| u32::try_from(place).ok());
        Library { base, files, next, traceback }
    }

    /// Returns the module that says what an exception was. A program that waits for the backend
    /// may end because that is gone, and then nothing more comes from there.
    pub fn traceback(&self) -> Option<u32> {
        self.traceback
    }

    /// Returns a file if it is here.
    pub fn get(&self, index: u32) -> Option<Rc<[u8]>> {
        match self.files.get(index as usize) {
            Some((_, File::Here(bytes))) => Some(bytes.clone()),
            _ => None,
        }
    }

    /// Returns what to fetch for a file, and from where: itself unless it is on its way, and
    /// what is opened after it, in the order in which it is.
    pub fn ask(&mut self, index: u32) -> Vec<(u32, String)> {
        let mut asked = Vec::new();
        let mut todo = vec![index];
        while let Some(index) = todo.pop() {
            let Some((path, file @ File::Unknown)) = self.files.get_mut(index as usize) else {
                continue;
            };
            *file = File::Coming;
            asked.push((index, format!("{}{path}", self.base)));
            if asked.len() == TOGETHER_MAX {
                break;
            }
            todo.extend(self.next.get(&index).into_iter().flatten().rev());
        }
        asked
    }

    /// A file came, or did not; then it can be asked for again.
    pub fn arrived(&mut self, index: u32, bytes: Option<Vec<u8>>) {
        if let Some((_, file)) = self.files.get_mut(index as usize) {
            *file = bytes.map_or(File::Unknown, |bytes| File::Here(bytes.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(files: &[&str], next: &[(u32, &[u32])]) -> Library {
        let listing = Listing {
            files: files.iter().map(|path| ((*path).to_owned(), 7)).collect(),
            next: next.iter().map(|(index, next)| (*index, next.to_vec())).collect(),
        };
        Library::new("https://host/library/0/index.json", listing)
    }

    #[test]
    fn a_file_is_asked_for_once_and_again_when_it_did_not_come() {
        let mut library = library(&["json/decoder.py"], &[]);
        let asked = vec![(0, "https://host/library/0/json/decoder.py".to_owned())];
        assert_eq!(library.ask(0), asked);
        assert_eq!(library.ask(0), []);
        library.arrived(0, None);
        assert_eq!(library.ask(0), asked);
        library.arrived(0, Some(b"import re".to_vec()));
        assert_eq!(library.get(0).as_deref(), Some(&b"import re"[..]));
        assert_eq!(library.ask(0), []);
        assert_eq!(library.ask(9), []);
    }

    #[test]
    fn what_a_module_imports_comes_along_in_the_order_of_its_imports() {
        let next: [(u32, &[u32]); 3] = [(0, &[2, 1]), (2, &[3, 0]), (3, &[9])];
        let mut library = library(&["a", "b", "c", "d"], &next);
        let order = |asked: Vec<(u32, String)>| asked.into_iter().map(|(index, _)| index).collect();
        let asked: Vec<u32> = order(library.ask(0));
        assert_eq!(asked, [0, 2, 3, 1]);
        library.arrived(2, None);
        let asked: Vec<u32> = order(library.ask(2));
        assert_eq!(asked, [2]);
    }
}
