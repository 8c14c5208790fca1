//! What opens over the page.

use crate::page::event::Event;
use crate::page::examples::{self, Example};
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::{Copied, Dialog, Saved, State};
use crate::page::update::embed;
use crate::session::link::LINK_CHARS_COMFORTABLE;

use super::words::{self, count, thousands};
use super::{button, icon_button, mark};

/// Makes the open dialog.
pub(super) fn dialog(state: &State) -> Option<Element> {
    let (class, title, lead, body) = match state.screen.dialog.as_ref()? {
        Dialog::Examples => (
            "d-examples",
            "Examples".to_owned(),
            "Each runs as it is. What you have now is kept under Yours.",
            gallery(state),
        ),
        Dialog::Share { link, copied } => (
            "d-share",
            format!("Share “{}”", state.document.title),
            "The link holds the whole session. Nothing is stored on a server, and it never runs by itself.",
            share(state, link, *copied),
        ),
        Dialog::Keys => ("d-keys", "Keyboard".to_owned(), "", keys(state)),
        Dialog::Program { id, draft, problem } => {
            let title = if id.is_some() { "Rename, move or remove" } else { "Add a program" };
            ("d-program", title.to_owned(), "", program(state, *id, draft, problem.as_deref()))
        }
    };
    let close = icon_button("quiet", "x", "Close (Esc)").on("click", Event::CloseDialog);
    let head = div("")
        .child(el("h1").attr("id", "dialog-title").text(title))
        .option((!lead.is_empty()).then(|| el("p").class("soft").text(lead)));
    let frame = div(&format!("dlg {class}"))
        .attr("role", "dialog")
        .attr("aria-modal", "true")
        .attr("aria-labelledby", "dialog-title")
        .child(div("head").child(head).child(close))
        .child(body.key("body"));
    let veil = div("veil").hear("click", |deed| deed.on_itself.then_some(Event::CloseDialog));
    Some(veil.child(frame))
}

fn gallery(state: &State) -> Element {
    let card = |example: Example| {
        let files = example
            .files()
            .enumerate()
            .map(|(lane, name)| span("chip", "").child(mark(lane)).child(el("code").text(name)));
        el("button")
            .class("card")
            .attr("type", "button")
            .attr("data-example", example.id)
            .child(el("h2").text(example.title))
            .child(el("p").text(example.summary))
            .child(el("p").class("try").child(el("b").text("Try: ")).text(example.try_this))
            .child(div("chips").children(files))
            .on("click", Event::OpenExample(example.id.to_owned()))
    };
    let recent = state.recent.iter().enumerate().map(|(index, draft)| {
        let session = &draft.session;
        let names: Vec<&str> = session.programs.iter().map(|p| p.name.as_str()).collect();
        let title = if session.title.is_empty() { "Untitled" } else { &session.title };
        el("button")
            .class("card")
            .attr("type", "button")
            .child(el("h3").text(title))
            .child(el("p").text(names.join(", ")))
            .on("click", Event::OpenRecent(index))
    });
    div("body")
        .child(div("cards").children(examples::all().map(card)))
        .option((!state.recent.is_empty()).then(yours))
        .child(div("cards").children(recent))
}

/// Makes the head of what the visitor wrote.
fn yours() -> Element {
    let forget = button("s quiet", Some("trash"), "Forget these")
        .attr("data-action", "forget-recent")
        .on("click", Event::ForgetRecent);
    div("yours").child(el("h2").text("Yours, on this machine only")).child(forget)
}

fn share(state: &State, link: &str, copied: Option<Copied>) -> Element {
    let chars = link.chars().count();
    let size = if chars <= LINK_CHARS_COMFORTABLE {
        format!(
            "{} characters. Under {}, which mail, chat and course systems carry unbroken.",
            thousands(chars),
            thousands(LINK_CHARS_COMFORTABLE)
        )
    } else {
        format!(
            "{} characters. Some mail and chat systems break links over {}; try yours.",
            thousands(chars),
            thousands(LINK_CHARS_COMFORTABLE)
        )
    };
    let full = (chars as f64 / LINK_CHARS_COMFORTABLE as f64 * 100.0).min(100.0);
    let copy = |what: Copied, label: &str, class: &str| {
        let done = copied == Some(what);
        let label = if done { "Copied" } else { label };
        button(class, Some("copy"), label)
            .attr("data-action", if what == Copied::Link { "copy-link" } else { "copy-embed" })
            .on("click", Event::Copy(what))
    };
    let field = el("input")
        .attr("type", "text")
        .attr("id", "share-link")
        .attr("readonly", "")
        .attr("data-role", "share-link")
        .attr("value", link);
    let snippet = embed(link, &state.document.title);
    div("body")
        .child(el("label").class("fld").attr("for", "share-link").text("Link"))
        .child(div("copy").child(field).child(copy(Copied::Link, "Copy link", "pri")))
        .child(el("p").class("hint").text(size))
        .child(div("meter").attr("aria-hidden", "true").child(el("i").style("width", format!("{full:.0}%"))))
        .child(el("h2").class("fld").text("Embed in a page"))
        .child(
            div("code")
                .child(el("code").attr("data-role", "share-embed").attr("tabindex", "0").text(snippet))
                .child(copy(Copied::Embed, "Copy", "s")),
        )
        .child(el("p").class("hint").text(
            "Readers press Run themselves. Where a frame cannot be isolated, it offers “Open in a new tab”.",
        ))
        .child(together(state))
        .child(files(state))
}

/// Offers a room, or says who is in the one that the visitor is in.
fn together(state: &State) -> Element {
    let (text, label) = match &state.host.room {
        Some(room) => (
            format!(
                "{} Whoever opens this page's address comes in; {} of {} places are taken.",
                words::room(room),
                room.members.len(),
                room.capacity
            ),
            "Start another room",
        ),
        None => (
            "In a room, one visitor's server.py and another's client.py find each other at \
             127.0.0.1, whichever machines they sit at. Programs that run are ended first."
                .to_owned(),
            "Start a room",
        ),
    };
    div("together")
        .child(el("h2").class("fld").text("Together"))
        .child(el("p").class("hint").attr("data-role", "room-about").text(text))
        .child(
            button("s", Some("out"), label)
                .attr("data-action", "start-room")
                .on("click", Event::StartRoom),
        )
}

/// Makes the files that can be saved.
fn files(state: &State) -> Element {
    let card = |what: Saved, title: &'static str, about: String, text: &'static str| {
        let head = div("head").child(span("", title)).child(span("muted num", about));
        el("button")
            .class("card")
            .attr("type", "button")
            .attr(
                "data-action",
                if what == Saved::Session { "save-session" } else { "save-recording" },
            )
            .child(head)
            .child(el("p").text(text))
            .on("click", Event::Save(what))
    };
    let calls = state.calls.recording.len();
    let session = card(
        Saved::Session,
        "Session",
        ".json".into(),
        "Programs, layout and notes, as the link holds them.",
    );
    let recording = card(
        Saved::Recording,
        "Recording",
        format!(".json, {}", count(calls, "call", "calls")),
        "Every call with its arguments, result, times and bytes.",
    );
    div("files").child(session).child(recording.flag("disabled", calls == 0))
}

fn program(state: &State, id: Option<u64>, draft: &str, problem: Option<&str>) -> Element {
    let field = el("input")
        .attr("type", "text")
        .attr("id", "program-name")
        .attr("data-role", "program-name")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .bool("aria-invalid", problem.is_some())
        .attr("aria-describedby", "program-problem")
        .attr("value", draft)
        .hear("input", |deed| Some(Event::ProgramDraft(deed.value.clone())))
        .hear("keydown", |deed| (deed.key == "Enter").then_some(Event::ProgramConfirm));
    let confirm = button("pri", None, if id.is_some() { "Rename" } else { "Add" })
        .attr("data-action", "confirm")
        .on("click", Event::ProgramConfirm);
    let remove = id.filter(|_| state.programs.len() > 1).map(|id| {
        button("danger", Some("trash"), "Remove")
            .attr("data-action", "remove")
            .on("click", Event::ProgramRemove(id))
    });
    let place = id.and_then(|id| {
        let index = state.programs.iter().position(|program| program.id == id)?;
        let last = index + 1 == state.programs.len();
        let step = |label: &str, action: &'static str, by: i32, ends: bool| {
            button("", None, label)
                .attr("data-action", action)
                .flag("disabled", ends)
                .on("click", Event::ProgramMove { id, by })
        };
        Some(div("acts").child(step("← Move left", "move-left", -1, index == 0)).child(step(
            "Move right →",
            "move-right",
            1,
            last,
        )))
    });
    let hint = problem.unwrap_or("The other programs can import it and read it under this name.");
    div("body")
        .child(el("label").class("fld").attr("for", "program-name").text("File name"))
        .child(field.class("text"))
        .child(
            el("p")
                .class(if problem.is_some() { "hint e" } else { "hint" })
                .attr("id", "program-problem")
                .text(hint),
        )
        .option(place.filter(|_| state.programs.len() > 1))
        .child(div("acts").child(confirm).child(span("sp", "")).option(remove))
}

fn keys(state: &State) -> Element {
    const KEYS: [(&str, &str); 26] = [
        ("Ctrl Enter", "Run all"),
        ("Ctrl .", "Stop all; again, at once"),
        ("Shift Enter", "Run this program"),
        ("Alt .", "Stop this program; again, at once"),
        ("F8", "Step mode; in it, continue"),
        ("F10", "Step: make this program's next call"),
        ("1 – 8", "Step the first, the second … program that is halted"),
        ("F9", "In an editor: halt at the calls of this line"),
        ("Alt M", "Slow motion: the next speed"),
        ("Alt 1 – 8", "Go to a program"),
        ("Alt PageUp / PageDown", "Move this program to the left, to the right"),
        ("Alt P", "Go to its prompt"),
        ("Alt T", "Go to the timeline"),
        ("Alt B", "Go to the bytes"),
        ("Alt K", "Go to the sockets"),
        ("↑ ↓", "In the timeline: the call before, the call after"),
        ("F", "Filter the timeline"),
        (".", "Follow the newest call"),
        ("Ctrl S", "Share"),
        ("Ctrl O", "Examples"),
        ("Alt L", "Theme"),
        ("Tab", "In an editor: indent. Esc, then Tab, leaves it"),
        ("← → Enter", "On a divider: move it, put it back"),
        ("↑ ↓ Tab", "At the prompt: history, completion"),
        ("?", "This list"),
        ("Esc", "Close"),
    ];
    let key = |(keys, what): (&'static str, &'static str)| {
        let keys = keys.split(' ').map(|key| el("kbd").text(key));
        el("li").child(span("what", what)).child(el("span").class("keys").children(keys))
    };
    let single = el("button")
        .class("btn s")
        .attr("type", "button")
        .bool("aria-pressed", state.screen.quick_keys)
        .child(icon("help"))
        .text("Single keys work outside text fields")
        .on("click", Event::QuickKeysToggle);
    div("body").child(el("ul").class("keylist").children(KEYS.map(key))).child(single)
}
