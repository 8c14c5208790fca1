//! Lines of output, in blocks that are laid out once.

use std::rc::Rc;

use crate::page::console::{Block, Console, Ink, Piece, TextLine, place};
use crate::page::event::Event;
use crate::page::node::{Element, Lazy, Node, div, el, span};

/// Makes a console's blocks.
pub(super) fn blocks(console: &Console) -> impl Iterator<Item = Node> + '_ {
    console.blocks().map(|block: &Block| {
        let (lines, open) = (Rc::clone(&block.lines), block.open);
        Node::Lazy(Lazy {
            key: block.id.to_string(),
            revision: block.revision,
            make: Box::new(move || div("block").children(paragraphs(&lines, open))),
        })
    })
}

/// Makes the lines of a block. Plain output, which may come in floods, is one text however many
/// lines it has: a browser lays that out many times faster than a line at a time.
fn paragraphs(lines: &[TextLine], open: bool) -> Vec<Element> {
    let (closed, last) = match lines.split_last() {
        Some((last, closed)) if open => (closed, Some(last)),
        _ => (lines, None),
    };
    let mut made = Vec::new();
    for group in closed.chunk_by(|a, b| is_plain(a) && is_plain(b)) {
        match group {
            [one] => made.push(line(one).text("\n")),
            many => {
                let mut text = String::new();
                for piece in many.iter().flat_map(|line| line.iter().map(Some).chain([None])) {
                    text.push_str(piece.map_or("\n", |piece| &piece.text));
                }
                made.push(div("ln").text(text));
            }
        }
    }
    // Every line ends with its newline but the one that goes on, so that text copied or read
    // from the page is the text that was written.
    made.extend(last.map(|last| line(last).attr("data-open", "")));
    made
}

fn is_plain(line: &TextLine) -> bool {
    line.iter().all(|piece| piece.ink == Ink::Stdout)
}

fn line(pieces: &TextLine) -> Element {
    let all_errors = !pieces.is_empty() && pieces.iter().all(|piece| piece.ink == Ink::Stderr);
    let class = if all_errors { "ln se" } else { "ln" };
    div(class).children(pieces.iter().flat_map(piece))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(nodes: &[Node]) -> String {
        let text = |node: &Node| match node {
            Node::Text(text) => text.clone(),
            Node::Element(element) => text(&element.children),
            Node::Lazy(_) => String::new(),
        };
        nodes.iter().map(text).collect()
    }

    #[test]
    fn the_text_in_the_page_is_the_text_that_was_written() {
        let mut console = Console::default();
        console.write(Ink::Stdout, "one\n\nthree\n");
        console.write(Ink::Stderr, "  File \"a.py\", line 3\nError\n");
        console.write(Ink::Stdout, "name? ");
        let block = console.blocks().next().unwrap();
        let made = paragraphs(&block.lines, block.open);
        let written = "one\n\nthree\n  File \"a.py\", line 3\nError\nname? ";
        let nodes: Vec<Node> = made.into_iter().map(Node::from).collect();
        assert_eq!(text(&nodes), written);
        assert_eq!(nodes.len(), 4, "plain lines are one piece");
    }
}
