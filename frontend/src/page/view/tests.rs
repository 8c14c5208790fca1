use super::*;
use crate::messages::{Blocked, ProgramState};
use crate::page::event::Event;
use crate::page::node::Node;
use crate::page::state::Surroundings;
use crate::page::update::update;

fn opened(isolated: bool) -> State {
    let mut state = State::default();
    let surroundings = Surroundings { isolated, ..Surroundings::default() };
    let (theme, fragment) = (Default::default(), String::new());
    update(&mut state, Event::Opened { surroundings, theme, kept: None, fragment });
    state
}

/// Finds every element that has an attribute with a value.
fn find<'a>(element: &'a Element, name: &str, value: &str, found: &mut Vec<&'a Element>) {
    if element.attributes.iter().any(|(n, v)| *n == name && v == value) {
        found.push(element);
    }
    for child in &element.children {
        if let Node::Element(child) = child {
            find(child, name, value, found);
        }
    }
}

fn text(element: &Element) -> String {
    let part = |node: &Node| match node {
        Node::Text(text) => text.clone(),
        Node::Element(element) => text(element),
        Node::Lazy(_) => String::new(),
    };
    element.children.iter().map(part).collect()
}

#[test]
fn the_automation_contract_is_in_the_picture() {
    let mut state = opened(true);
    state.programs[0].state = ProgramState::Exited { code: 3, error: None };
    let page = page(&state);
    for action in ["run-all", "stop-all", "share"] {
        let mut found = Vec::new();
        find(&page, "data-action", action, &mut found);
        assert_eq!(found.len(), 1, "{action}");
    }
    let mut panes = Vec::new();
    find(&page, "data-program", "server.py", &mut panes);
    let [pane] = panes[..] else { panic!("one pane of that name, not {}", panes.len()) };
    assert!(pane.attributes.contains(&("data-state", "exited".into())));
    assert!(pane.attributes.contains(&("data-exit-code", "3".into())));
    for (name, value) in [("data-role", "console"), ("data-action", "run"), ("data-action", "stop")]
    {
        let mut found = Vec::new();
        find(pane, name, value, &mut found);
        assert_eq!(found.len(), 1, "{value}");
    }
}

#[test]
fn a_blocked_program_says_in_what_and_for_how_long() {
    let mut state = opened(true);
    let blocked =
        Blocked { method: "accept".into(), site: None, since_ms: 1_000.0, reads_input: false };
    state.programs[0].state = ProgramState::Blocked(blocked);
    let status = words::status(&state.programs[0], 4_200.0);
    assert_eq!(status.sentence(), "blocked in accept() 3.2 s");
}

#[test]
fn without_shared_memory_the_page_says_so_and_offers_a_tab() {
    let page = page(&opened(false));
    let mut found = Vec::new();
    find(&page, "data-role", "open-tab", &mut found);
    assert_eq!(found.len(), 1);
    assert!(text(&page).contains("Programs need shared memory"));
}

#[test]
fn every_button_has_a_name() {
    fn check(element: &Element) {
        if element.tag == "button" {
            let labelled = element.attributes.iter().any(|(name, _)| *name == "aria-label");
            assert!(labelled || !text(element).trim().is_empty(), "{element:?}");
        }
        for child in &element.children {
            if let Node::Element(child) = child {
                check(child);
            }
        }
    }
    check(&page(&opened(true)));
}
