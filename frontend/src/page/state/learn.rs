//! What there is to learn from: the gallery, the reference and the tour.

use std::rc::Rc;

use crate::page::examples::Gallery;
use crate::page::reference::Reference;
use crate::page::tour::Tour;

/// What there is to learn from, besides the programs.
#[derive(Debug, Default)]
pub struct Learn {
    pub gallery: Shelf<Gallery>,
    pub reference: Shelf<Reference>,
    /// The example to put on the page as soon as the gallery is there.
    pub wanted: Option<String>,
    /// What is searched for in the gallery or the reference, whichever is open.
    pub search: String,
    /// The group of the gallery that is shown alone.
    pub group: Option<String>,
    /// The card that the reference shows.
    pub card: Option<String>,
    /// The lesson above the programs is folded to a line; until the visitor says so, it is where
    /// there is little room.
    pub folded: Option<bool>,
    pub tour: Tour,
}

/// Something that is loaded when it is first asked for.
#[derive(Debug, Clone, Default)]
pub enum Shelf<T> {
    /// Nobody has asked; next is coming.
    #[default]
    Unread,
    /// It is on its way; next is here, or failed.
    Coming,
    Here(Rc<T>),
    /// It could not be loaded, and why; next is coming, when somebody asks again.
    Failed(String),
}

impl<T> Shelf<T> {
    /// Returns what is on it, once it is here.
    pub fn get(&self) -> Option<&T> {
        match self {
            Shelf::Here(content) => Some(content),
            Shelf::Unread | Shelf::Coming | Shelf::Failed(_) => None,
        }
    }
}

/// What is loaded when it is first asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
    Examples,
    Reference,
}

impl Book {
    /// Returns its file's name, in the folder of the page's files.
    pub fn file(self) -> &'static str {
        match self {
            Book::Examples => "examples.json",
            Book::Reference => "reference.json",
        }
    }
}
