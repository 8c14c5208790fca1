//! A picture of the page as plain data: what the views make and the browser is made to show.

use std::fmt;
use std::rc::Rc;

use super::event::Event;

/// Something in the page.
#[derive(Debug)]
pub enum Node {
    Text(String),
    Element(Box<Element>),
    /// A part that is only made when its revision changed.
    Lazy(Lazy),
}

/// An element.
#[derive(Debug)]
pub struct Element {
    pub tag: &'static str,
    /// Tells it from its siblings, so that it keeps its place in the browser.
    pub key: Option<String>,
    pub attributes: Vec<(&'static str, String)>,
    /// CSS properties, set one by one: the page's policy allows no `style` attribute.
    pub styles: Vec<(&'static str, String)>,
    pub handlers: Vec<(&'static str, Handler)>,
    pub children: Vec<Node>,
    /// What is inside belongs to somebody else (an editor), and is left alone.
    pub foreign: bool,
}

/// A part that is only made when its revision changed.
pub struct Lazy {
    pub key: String,
    pub revision: u64,
    pub make: Box<dyn FnOnce() -> Element>,
}

impl fmt::Debug for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy").field("key", &self.key).field("revision", &self.revision).finish()
    }
}

/// What an element does about something the visitor did; nothing lets the browser go on.
#[derive(Clone)]
pub struct Handler(pub Rc<Answer>);

/// From what the visitor did to what happens, if anything does.
pub type Answer = dyn Fn(&Deed) -> Option<Event>;

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handler")
    }
}

/// Something the visitor did.
#[derive(Debug, Clone, Default)]
pub struct Deed {
    /// Of a field: what stands in it.
    pub value: String,
    /// Of a key: its name.
    pub key: String,
    pub shift: bool,
    pub ctrl: bool,
    pub alt: bool,
    /// Of a field with several lines: the caret is in the first, in the last.
    pub first_line: bool,
    pub last_line: bool,
    /// Of a scrolled element: how far, and how high it is, in pixels.
    pub scroll_top: f64,
    pub height: f64,
    /// The deed was done to the element itself and not to one inside it.
    pub on_itself: bool,
}

/// Makes an element.
pub fn el(tag: &'static str) -> Element {
    Element {
        tag,
        key: None,
        attributes: Vec::new(),
        styles: Vec::new(),
        handlers: Vec::new(),
        children: Vec::new(),
        foreign: false,
    }
}

/// Makes a `div` of a class.
pub fn div(class: &str) -> Element {
    el("div").class(class)
}

/// Makes a `span` of a class with a text.
pub fn span(class: &str, text: impl Into<String>) -> Element {
    el("span").class(class).text(text)
}

/// Makes an icon; its drawing is a symbol in `index.html`.
pub fn icon(name: &str) -> Element {
    el("svg")
        .class("i")
        .attr("aria-hidden", "true")
        .child(el("use").attr("href", format!("#i-{name}")))
}

impl Element {
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub fn class(self, class: impl Into<String>) -> Self {
        let class = class.into();
        if class.is_empty() { self } else { self.attr("class", class) }
    }

    pub fn attr(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Sets an attribute where there is a value.
    pub fn maybe(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Sets an attribute that has no value.
    pub fn flag(self, name: &'static str, on: bool) -> Self {
        if on { self.attr(name, "") } else { self }
    }

    /// Sets an attribute that is `true` or `false`.
    pub fn bool(self, name: &'static str, on: bool) -> Self {
        self.attr(name, if on { "true" } else { "false" })
    }

    pub fn style(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.styles.push((name, value.into()));
        self
    }

    pub fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }

    pub fn text(self, text: impl Into<String>) -> Self {
        self.child(Node::Text(text.into()))
    }

    pub fn child(mut self, child: impl Into<Node>) -> Self {
        self.children.push(child.into());
        self
    }

    /// Adds a child where there is one.
    pub fn option(mut self, child: Option<impl Into<Node>>) -> Self {
        self.children.extend(child.map(Into::into));
        self
    }

    pub fn children(mut self, children: impl IntoIterator<Item = impl Into<Node>>) -> Self {
        self.children.extend(children.into_iter().map(Into::into));
        self
    }

    /// Answers something the visitor does with an event.
    pub fn on(self, name: &'static str, event: Event) -> Self {
        self.hear(name, move |_| Some(event.clone()))
    }

    /// Answers something the visitor does, looking at what it was.
    pub fn hear(
        mut self,
        name: &'static str,
        handler: impl Fn(&Deed) -> Option<Event> + 'static,
    ) -> Self {
        self.handlers.push((name, Handler(Rc::new(handler))));
        self
    }
}

impl From<Element> for Node {
    fn from(element: Element) -> Node {
        Node::Element(Box::new(element))
    }
}

impl From<Lazy> for Node {
    fn from(lazy: Lazy) -> Node {
        Node::Lazy(lazy)
    }
}

impl From<String> for Node {
    fn from(text: String) -> Node {
        Node::Text(text)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Node {
        Node::Text(text.to_owned())
    }
}
