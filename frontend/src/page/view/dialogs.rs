//! What opens over the page.

use crate::page::event::{Event, Learn};
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::{Dialog, Problem, State};

use super::{button, gallery, icon_button, reach, reference, room, share};

/// Makes the open dialog.
pub(super) fn dialog(state: &State) -> Option<Element> {
    let (class, title, lead, body) = match state.screen.dialog.as_ref()? {
        Dialog::Examples => (
            "d-examples",
            "Examples".to_owned(),
            "Each runs as it is. What you have now is kept under Yours.",
            gallery::body(state),
        ),
        Dialog::Reference => ("d-reference", "Reference".to_owned(), "", reference::body(state)),
        Dialog::Share(sharing) => (
            "d-share",
            format!("Share “{}”", share::title(state)),
            "The link holds the whole session. Nothing is stored on a server, and it never runs by itself.",
            share::body(state, sharing),
        ),
        Dialog::NoBackend => {
            ("d-backend", "Running needs a backend".to_owned(), "", share::no_backend(state))
        }
        Dialog::Reach => ("d-reach", "What programs reach".to_owned(), "", reach::body(state)),
        Dialog::Room => (
            "d-room",
            "Room".to_owned(),
            "Your programs share one loopback: what one of you binds on 127.0.0.1, the others reach there.",
            room::body(state),
        ),
        Dialog::Keys => ("d-keys", "Keyboard".to_owned(), "", keys(state)),
        Dialog::Program { id, draft, arguments, problem } => {
            let title = if id.is_some() { "Name, arguments, place" } else { "Add a program" };
            let body = program(state, *id, draft, arguments, problem.as_ref());
            ("d-program", title.to_owned(), "", body)
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

/// Makes one field of the dialog of a program, with what it is for or what is wrong with it.
fn field(
    name: &'static str,
    label: &str,
    draft: &str,
    hint: &str,
    problem: Option<&str>,
    edited: fn(String) -> Event,
) -> [Element; 3] {
    let describes = format!("{name}-hint");
    let input = el("input")
        .class("text")
        .attr("type", "text")
        .attr("id", name)
        .attr("data-role", name)
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .bool("aria-invalid", problem.is_some())
        .attr("aria-describedby", describes.clone())
        .attr("value", draft)
        .hear("input", move |deed| Some(edited(deed.value.clone())))
        .hear("keydown", |deed| (deed.key == "Enter").then_some(Event::ProgramConfirm));
    let hint = el("p")
        .class(if problem.is_some() { "hint e" } else { "hint" })
        .attr("id", describes)
        .text(problem.unwrap_or(hint));
    [el("label").class("fld").attr("for", name).text(label), input, hint]
}

fn program(
    state: &State,
    id: Option<u64>,
    draft: &str,
    arguments: &str,
    problem: Option<&Problem>,
) -> Element {
    let (name_problem, arguments_problem) = match problem {
        Some(Problem::Name(text)) => (Some(text.as_str()), None),
        Some(Problem::Arguments(text)) => (None, Some(text.as_str())),
        None => (None, None),
    };
    let name = field(
        "program-name",
        "File name",
        draft,
        "The other programs can import it and read it under this name.",
        name_problem,
        Event::ProgramDraft,
    );
    let arguments = field(
        "program-arguments",
        "Arguments",
        arguments,
        "What follows the name on a command line; the program finds it in sys.argv.",
        arguments_problem,
        Event::ArgumentsDraft,
    );
    let confirm = button("pri", None, if id.is_some() { "Save" } else { "Add" })
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
    div("body")
        .children(name)
        .children(arguments)
        .option(place.filter(|_| state.programs.len() > 1))
        .child(div("acts").child(confirm).child(span("sp", "")).option(remove))
}

fn keys(state: &State) -> Element {
    const KEYS: [(&str, &str); 34] = [
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
        ("↑ ↓ ← →", "In the timeline: the call before, after, in the next lane"),
        ("+ − 0", "In the timeline: larger rows, smaller rows, as they were"),
        ("Ctrl wheel", "Over the timeline: larger and smaller rows, as a pinch does"),
        ("C", "In the timeline: the call's conversation"),
        ("Alt W", "Why is it stuck?"),
        ("F", "Filter the timeline"),
        (".", "Follow the newest call"),
        ("P", "Replay the run; play, pause"),
        ("[ ]", "In a replay: an event back, an event on"),
        ("{ }", "In a replay: slower, faster"),
        ("Ctrl S", "Share"),
        ("Ctrl O", "Examples"),
        ("F1", "Reference"),
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
    let tour = button("s", Some("info"), "Take the tour")
        .attr("data-action", "tour-start")
        .on("click", Event::Learn(Learn::TourStart));
    div("body")
        .child(el("ul").class("keylist").children(KEYS.map(key)))
        .child(div("acts").child(single).child(tour))
}
