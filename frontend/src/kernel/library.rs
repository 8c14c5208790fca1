//! The standard library's files, fetched when a program first opens them and then kept.

use std::rc::Rc;

use serde::Deserialize;

/// The listing of the standard library, `index.json`.
#[derive(Debug, Deserialize)]
pub struct Listing {
    /// Paths below the library's directory, and lengths in bytes.
    pub files: Vec<(String, u32)>,
}

/// The files that were fetched so far.
#[derive(Debug, Default)]
pub struct Library {
    /// The listing's URL up to and with its last slash.
    base: String,
    files: Vec<(String, File)>,
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
        let files = listing.files.into_iter().map(|(path, _)| (path, File::Unknown)).collect();
        Library { base, files }
    }

    /// Returns a file if it is here.
    pub fn get(&self, index: u32) -> Option<Rc<[u8]>> {
        match self.files.get(index as usize) {
            Some((_, File::Here(bytes))) => Some(bytes.clone()),
            _ => None,
        }
    }

    /// Returns where to fetch a file, unless it is on its way.
    pub fn ask(&mut self, index: u32) -> Option<String> {
        match self.files.get_mut(index as usize) {
            Some((path, file @ File::Unknown)) => {
                *file = File::Coming;
                Some(format!("{}{path}", self.base))
            }
            _ => None,
        }
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

    #[test]
    fn a_file_is_asked_for_once_and_again_when_it_did_not_come() {
        let listing = Listing { files: vec![("json/decoder.py".into(), 7)] };
        let mut library = Library::new("https://host/library/0/index.json", listing);
        assert_eq!(library.ask(0).as_deref(), Some("https://host/library/0/json/decoder.py"));
        assert_eq!(library.ask(0), None);
        library.arrived(0, None);
        assert!(library.ask(0).is_some());
        library.arrived(0, Some(b"import re".to_vec()));
        assert_eq!(library.get(0).as_deref(), Some(&b"import re"[..]));
        assert_eq!(library.ask(0), None);
        assert_eq!(library.ask(9), None);
    }
}
