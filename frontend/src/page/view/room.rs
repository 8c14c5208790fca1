//! Who is in the room, and what its visitors show each other.

use shared::frame::{RoomMember, RoomState};

use crate::page::event::Event;
use crate::page::look::LookEvent;
use crate::page::node::{Element, div, el, icon, span};
use crate::page::state::{Dialog, State};

use super::words;
use super::{button, words::count};

/// What is said of what a room cannot carry.
const GAPS: &str = "some calls are missing: it was more than a room carries";

/// Makes the chip that says how many are there.
pub(super) fn chip(state: &State) -> Option<Element> {
    let room = state.host.room.as_ref()?;
    let sentence = words::room(room);
    let members = room.members.len();
    let shown = state.together.wanted;
    let class = if shown { "chip room shows" } else { "chip room" };
    Some(
        el("button")
            .class(class)
            .attr("type", "button")
            .attr("data-role", "room")
            .attr("data-action", "room")
            .attr("data-members", members.to_string())
            .bool("data-sharing", shown)
            .attr("title", sentence.clone())
            .option(shown.then(|| icon("seq")))
            .child(span("hide-s", "Room"))
            .child(el("b").text(members.to_string()))
            .option(shown.then(|| span("hide-m", "sees your calls")))
            .child(span("vh", format!(". {sentence}")).attr("role", "status"))
            .on("click", Event::OpenDialog(Dialog::Room)),
    )
}

/// Returns the address that leads into a room.
fn address(state: &State, room: &RoomState) -> String {
    format!("{}?room={}", state.host.surroundings.address, room.name)
}

/// Makes the dialog about the room.
pub(super) fn body(state: &State) -> Element {
    let Some(room) = &state.host.room else {
        return div("body").child(el("p").text("The room is gone, with the connection."));
    };
    let taken =
        format!("{} of {}", room.members.len(), count(room.capacity as usize, "place", "places"));
    let here = div("yours").child(el("h2").text("Here now")).child(span("muted num", taken));
    let members = room.members.iter().map(|member| person(state, room, member));
    let leave = button("", Some("out"), "Leave the room")
        .attr("data-action", "leave-room")
        .attr("title", "Programs that run are ended first")
        .on("click", Event::LeaveRoom);
    div("body")
        .child(switch(state))
        .child(here)
        .child(el("ul").class("people").attr("data-role", "members").children(members))
        .child(el("h2").text("Ask others in"))
        .child(invitation(state, room))
        .child(div("acts").child(leave))
}

fn switch(state: &State) -> Element {
    let framed = state.host.surroundings.framed;
    let on = state.together.wanted;
    let knob = span("knob", "").attr("aria-hidden", "true");
    let switch = el("button")
        .class("switch")
        .attr("type", "button")
        .attr("role", "switch")
        .bool("aria-checked", on)
        .attr("aria-describedby", "room-share-about")
        .attr("data-action", "room-share")
        .flag("disabled", framed)
        .child(knob)
        .child(span("", "Show the room what my programs do"))
        .on("click", Event::ShareCalls(!on));
    let about = if framed {
        "A page inside another page cannot switch this on: what is around it could be laid over \
         the switch. In a tab of its own it can."
    } else {
        "Everybody here then sees each socket call of your programs in their timeline, with its \
         arguments, the bytes it moves and its line number; not your code, and not what is \
         printed. It ends at once when you switch it off."
    };
    div("shows")
        .child(switch)
        .child(el("p").class("hint").attr("id", "room-share-about").text(about))
}

fn person(state: &State, room: &RoomState, member: &RoomMember) -> Element {
    let you = (member.id == room.you).then(|| span("muted", "you"));
    let sharing = if member.id == room.you { state.together.wanted } else { member.sharing };
    let shows = sharing.then(|| {
        el("span").class("chip busy").child(icon("seq")).child(span("", "shows their calls"))
    });
    let gaps = state.together.others.get(&member.id).is_some_and(|other| other.gaps);
    el("li")
        .key(member.id.to_string())
        .attr("data-member", member.name.clone())
        .bool("data-sharing", sharing)
        .child(div("who").child(span("strong", member.name.clone())).option(you).option(shows))
        .option(gaps.then(|| el("p").class("hint").text(capital(GAPS))))
}

fn invitation(state: &State, room: &RoomState) -> Element {
    let address = address(state, room);
    let done = state.look.copied == Some("room");
    let copy = button("pri", Some("copy"), if done { "Copied" } else { "Copy" })
        .attr("data-action", "copy-room")
        .on("click", Event::Look(LookEvent::CopyText { text: address.clone(), place: "room" }));
    let field = el("input")
        .attr("type", "text")
        .attr("readonly", "")
        .attr("aria-label", "Link into this room")
        .attr("data-role", "room-link")
        .attr("value", address);
    div("").child(div("copy").child(field).child(copy)).child(el("p").class("hint").text(
        "Whoever has the link comes in, for twelve hours after the room began. Nobody guesses \
             a name that Sockpit made.",
    ))
}

/// Says that something others showed is missing from the timeline.
pub(super) fn gaps(state: &State) -> Option<String> {
    let with_gaps = state.together.others.values().filter(|other| other.gaps);
    let names: Vec<&str> = with_gaps.map(|other| other.name.as_str()).collect();
    (!names.is_empty()).then(|| format!("Of {} {GAPS}.", names.join(", ")))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}
