//! Lines of output, in blocks that are laid out once.

use std::rc::Rc;

use crate::page::console::{Block, Console, Ink, Piece, TextLine, place};
use crate::page::event::Event;
use crate::page::node::{Element, Lazy, Node, div, el, span};

/// Makes a console's blocks.
pub(super) fn blocks(console: &Console) -> impl Iterator<Item = Node> + '_ {
    console.blocks().map(|block: &Block| {
        let lines = Rc::clone(&block.lines);
        Node::Lazy(Lazy {
            key: block.id.to_string(),
            revision: block.revision,
            make: Box::new(move || div("block").children(lines.iter().map(line))),
        })
    })
}

fn line(pieces: &TextLine) -> Element {
    let all_errors = !pieces.is_empty() && pieces.iter().all(|piece| piece.ink == Ink::Stderr);
    let class = if all_errors { "ln se" } else { "ln" };
    // Every line ends with its newline, so that text copied or read from the page is the text
    // that was written.
    div(class).children(pieces.iter().flat_map(piece)).text("\n")
}

fn piece(piece: &Piece) -> Vec<Node> {
    match piece.ink {
        Ink::Stdout => vec![Node::Text(piece.text.clone())],
        Ink::Stderr => with_place(&piece.text),
        Ink::Typed => vec![span("in", piece.text.clone()).into()],
        Ink::Note => vec![span("sys", piece.text.clone()).into()],
    }
}

/// Makes the place that a traceback names a button that goes there.
fn with_place(text: &str) -> Vec<Node> {
    let Some(place) = place(text) else { return vec![span("err", text).into()] };
    let go = Event::Jump { program: place.file, line: place.line };
    let button = el("button")
        .class("place")
        .attr("type", "button")
        .text(&text[place.at.clone()])
        .on("click", go);
    vec![
        span("err", &text[..place.at.start]).into(),
        button.into(),
        span("err", &text[place.at.end..]).into(),
    ]
}
