//! Makes the document look like a picture, changing only what differs.

use std::collections::HashMap;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{Document, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

use crate::page::node::{Element, Handler, Lazy, Node};

use super::app;

/// The property through which a DOM element knows its handlers.
const HANDLERS: &str = "sockpitHandlers";
const SVG: &str = "http://www.w3.org/2000/svg";

/// What an element answers to, by the event's name.
pub(super) type Heard = Vec<(&'static str, Handler)>;

/// The part of the document that shows the page.
pub(super) struct Stage {
    root: web_sys::Element,
    shown: Option<Shown>,
    handlers: HashMap<u32, Heard>,
    next_id: u32,
}

/// Something as it is in the document now.
struct Shown {
    dom: web_sys::Node,
    key: Option<String>,
    what: What,
}

enum What {
    Text(String),
    Element {
        tag: &'static str,
        attributes: Vec<(&'static str, String)>,
        styles: Vec<(&'static str, String)>,
        /// Where its handlers are, if it has any.
        handlers: Option<u32>,
        children: Vec<Shown>,
    },
    Lazy {
        revision: u64,
        inner: Box<Shown>,
    },
}

impl Stage {
    pub(super) fn new(root: web_sys::Element) -> Self {
        // What stood there while the page loaded goes.
        root.set_text_content(None);
        Stage { root, shown: None, handlers: HashMap::new(), next_id: 1 }
    }

    /// Shows a picture.
    pub(super) fn show(&mut self, page: Element) -> Result<(), JsValue> {
        let document = app::document()?;
        let old = self.shown.take();
        let root = self.root.clone();
        let had = old.as_ref().map(|shown| shown.dom.clone());
        let shown = self.patch(&document, old, page.into())?;
        if had.as_ref() != Some(&shown.dom) {
            root.append_child(&shown.dom)?;
            if let Some(had) = had {
                root.remove_child(&had)?;
            }
        }
        self.shown = Some(shown);
        Ok(())
    }

    /// Returns what an element answers to.
    pub(super) fn handlers_of(&self, element: &web_sys::Element) -> Option<&Heard> {
        let id = Reflect::get(element, &HANDLERS.into()).ok()?.as_f64()?;
        self.handlers.get(&(id as u32))
    }

    fn patch(
        &mut self,
        document: &Document,
        old: Option<Shown>,
        new: Node,
    ) -> Result<Shown, JsValue> {
        match new {
            Node::Text(text) => match old {
                Some(Shown { dom, key, what: What::Text(shown) }) => {
                    if shown != text {
                        dom.set_node_value(Some(&text));
                    }
                    Ok(Shown { dom, key, what: What::Text(text) })
                }
                other => {
                    self.forget_all(other);
                    let dom = document.create_text_node(&text).into();
                    Ok(Shown { dom, key: None, what: What::Text(text) })
                }
            },
            Node::Lazy(lazy) => self.patch_lazy(document, old, lazy),
            Node::Element(element) => self.patch_element(document, old, *element),
        }
    }

    fn patch_lazy(
        &mut self,
        document: &Document,
        old: Option<Shown>,
        lazy: Lazy,
    ) -> Result<Shown, JsValue> {
        let key = Some(lazy.key);
        let inner = match old {
            Some(Shown { dom, key: old_key, what: What::Lazy { revision, inner } })
                if old_key == key =>
            {
                if revision == lazy.revision {
                    return Ok(Shown { dom, key, what: What::Lazy { revision, inner } });
                }
                Some(*inner)
            }
            other => {
                self.forget_all(other);
                None
            }
        };
        let inner = self.patch_element(document, inner, (lazy.make)())?;
        let (dom, revision) = (inner.dom.clone(), lazy.revision);
        Ok(Shown { dom, key, what: What::Lazy { revision, inner: Box::new(inner) } })
    }

    fn patch_element(
        &mut self,
        document: &Document,
        old: Option<Shown>,
        new: Element,
    ) -> Result<Shown, JsValue> {
        let same = |shown: &Shown| {
            shown.key == new.key
                && matches!(&shown.what, What::Element { tag, .. } if *tag == new.tag)
        };
        let (dom, attributes, styles, id, children) = match old {
            Some(shown) if same(&shown) => match shown.what {
                What::Element { attributes, styles, handlers, children, .. } => {
                    (shown.dom, attributes, styles, handlers, children)
                }
                What::Text(_) | What::Lazy { .. } => {
                    return Err("a shown element changed kind".into());
                }
            },
            other => {
                self.forget_all(other);
                (create(document, new.tag)?.into(), Vec::new(), Vec::new(), None, Vec::new())
            }
        };
        let element: &web_sys::Element = dom.unchecked_ref();
        set_styles(element, &styles, &new.styles)?;
        let handlers = self.set_handlers(element, id, new.handlers)?;
        let children = if new.foreign {
            children
        } else {
            self.patch_children(document, element, children, new.children)?
        };
        // A field's value comes last: a list of options would have to be there first.
        set_attributes(element, &attributes, &new.attributes)?;
        Ok(Shown {
            dom: dom.clone(),
            key: new.key,
            what: What::Element {
                tag: new.tag,
                attributes: new.attributes,
                styles: new.styles,
                handlers,
                children,
            },
        })
    }

    fn patch_children(
        &mut self,
        document: &Document,
        parent: &web_sys::Element,
        old: Vec<Shown>,
        new: Vec<Node>,
    ) -> Result<Vec<Shown>, JsValue> {
        let mut keyed: HashMap<String, Shown> = HashMap::new();
        let mut plain = Vec::new();
        for shown in old {
            match shown.key.clone() {
                Some(key) => {
                    if let Some(double) = keyed.insert(key, shown) {
                        plain.push(double);
                    }
                }
                None => plain.push(shown),
            }
        }
        let mut plain = plain.into_iter();
        let mut next = parent.first_child();
        let mut children = Vec::with_capacity(new.len());
        for node in new {
            let old = match key_of(&node) {
                Some(key) => keyed.remove(key),
                None => plain.next(),
            };
            let had = old.as_ref().map(|shown| shown.dom.clone());
            let shown = self.patch(document, old, node)?;
            if let Some(gone) = had.filter(|had| *had != shown.dom) {
                if next.as_ref() == Some(&gone) {
                    next = gone.next_sibling();
                }
                parent.remove_child(&gone)?;
            }
            if next.as_ref() == Some(&shown.dom) {
                next = shown.dom.next_sibling();
            } else {
                put_before(parent, &shown.dom, next.as_ref())?;
            }
            children.push(shown);
        }
        for gone in keyed.into_values().chain(plain) {
            parent.remove_child(&gone.dom)?;
            self.forget_all(Some(gone));
        }
        Ok(children)
    }

    fn set_handlers(
        &mut self,
        element: &web_sys::Element,
        id: Option<u32>,
        heard: Heard,
    ) -> Result<Option<u32>, JsValue> {
        match (id, heard.is_empty()) {
            (None, true) => Ok(None),
            (Some(id), _) => {
                self.handlers.insert(id, heard);
                Ok(Some(id))
            }
            (None, false) => {
                let id = self.next_id;
                self.next_id += 1;
                Reflect::set(element, &HANDLERS.into(), &f64::from(id).into())?;
                self.handlers.insert(id, heard);
                Ok(Some(id))
            }
        }
    }

    fn forget_all(&mut self, shown: Option<Shown>) {
        let mut gone: Vec<Shown> = shown.into_iter().collect();
        while let Some(shown) = gone.pop() {
            match shown.what {
                What::Text(_) => {}
                What::Lazy { inner, .. } => gone.push(*inner),
                What::Element { handlers, children, .. } => {
                    if let Some(id) = handlers {
                        self.handlers.remove(&id);
                    }
                    gone.extend(children);
                }
            }
        }
    }
}

/// Puts a node before another one. Where the browser can, one that is there already is moved
/// as it is, with its scrolling and the keyboard's focus.
fn put_before(
    parent: &web_sys::Element,
    node: &web_sys::Node,
    next: Option<&web_sys::Node>,
) -> Result<(), JsValue> {
    if node.parent_node().as_ref() == Some(parent.as_ref())
        && let Ok(mover) = Reflect::get(parent, &"moveBefore".into())
        && let Some(mover) = mover.dyn_ref::<js_sys::Function>()
    {
        let next = next.map_or(JsValue::NULL, |next| next.into());
        return mover.call2(parent, node, &next).map(|_| ());
    }
    parent.insert_before(node, next).map(|_| ())
}

fn key_of(node: &Node) -> Option<&str> {
    match node {
        Node::Text(_) => None,
        Node::Element(element) => element.key.as_deref(),
        Node::Lazy(lazy) => Some(&lazy.key),
    }
}

fn create(document: &Document, tag: &str) -> Result<web_sys::Element, JsValue> {
    match tag {
        "svg" | "use" | "path" | "circle" | "rect" => document.create_element_ns(Some(SVG), tag),
        _ => document.create_element(tag),
    }
}

fn set_attributes(
    element: &web_sys::Element,
    old: &[(&'static str, String)],
    new: &[(&'static str, String)],
) -> Result<(), JsValue> {
    for (name, _) in old {
        if !new.iter().any(|(kept, _)| kept == name) {
            element.remove_attribute(name)?;
        }
    }
    for (name, value) in new {
        if *name == "value" {
            set_value(element, value);
            continue;
        }
        let shown = old.iter().find(|(had, _)| had == name);
        if shown.is_none_or(|(_, had)| had != value) {
            element.set_attribute(name, value)?;
        }
    }
    Ok(())
}

/// Sets what stands in a field, if it is not that already: setting it moves the caret.
fn set_value(element: &web_sys::Element, value: &str) {
    if let Some(field) = element.dyn_ref::<HtmlInputElement>() {
        if field.value() != value {
            field.set_value(value);
        }
    } else if let Some(field) = element.dyn_ref::<HtmlTextAreaElement>()
        && field.value() != value
    {
        field.set_value(value);
    }
}

fn set_styles(
    element: &web_sys::Element,
    old: &[(&'static str, String)],
    new: &[(&'static str, String)],
) -> Result<(), JsValue> {
    if old == new {
        return Ok(());
    }
    let Some(element) = element.dyn_ref::<HtmlElement>() else { return Ok(()) };
    let style = element.style();
    for (name, _) in old {
        if !new.iter().any(|(kept, _)| kept == name) {
            style.remove_property(name)?;
        }
    }
    for (name, value) in new {
        style.set_property(name, value)?;
    }
    Ok(())
}
