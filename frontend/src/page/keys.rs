//! Keyboard shortcuts that work everywhere on the page.

use crate::messages::Consent;

use super::event::{Event, Focus, Learn, Playback};
use super::look::LookEvent;
use super::state::{Dialog, PaneTab, State};
use super::tour::Tour;

/// A key that was pressed.
#[derive(Debug, Clone, Default)]
pub struct Key {
    /// What it writes: `a`, `?`, `Enter`.
    pub key: String,
    /// Where it is: `KeyA`, `Digit1`. With Alt, what a key writes differs between systems.
    pub code: String,
    /// Ctrl, or the command key of a Mac.
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
    /// A text field has the keyboard.
    pub in_field: bool,
    /// The prompt or the answer to `input()` has it, which use Shift Enter themselves.
    pub in_console: bool,
    /// The program whose pane has it.
    pub program: Option<String>,
}

/// What a shortcut does.
#[derive(Debug, Clone)]
pub enum Shortcut {
    Send(Event),
    Focus(Focus),
}

/// Returns what a key does, if it is a shortcut.
pub fn shortcut(state: &State, key: &Key) -> Option<Shortcut> {
    let here = key
        .program
        .clone()
        .or_else(|| state.programs.get(state.screen.pane).map(|program| program.name.clone()));
    let send = |event: Event| Some(Shortcut::Send(event));
    let whole = !state.host.surroundings.embedded;
    match (key.ctrl, key.alt, key.shift, key.key.as_str(), key.code.as_str()) {
        (false, false, _, "Escape", _) if state.gate.question.is_some() => {
            let ticket = state.gate.question?.ticket;
            send(Event::Consent { ticket, consent: Consent::No })
        }
        // So has a question.
        _ if state.gate.question.is_some() => None,
        (false, false, _, "Escape", _) if state.screen.dialog.is_some() => send(Event::CloseDialog),
        // A dialog has the keyboard to itself.
        _ if state.screen.dialog.is_some() => None,
        (false, false, false, "Escape", _) if !key.in_field && state.learn.tour != Tour::Off => {
            send(Event::Learn(Learn::TourEnd))
        }
        (false, false, false, "F1", _) if whole => send(Event::OpenDialog(Dialog::Reference)),
        (true, false, false, "Enter", _) => send(Event::RunAll),
        (true, false, false, ".", _) => send(Event::StopAll),
        (true, false, false, "s", _) if whole => send(Event::Share),
        (true, false, false, "o", _) if whole => send(Event::OpenDialog(Dialog::Examples)),
        (false, false, true, "Enter", _) if !key.in_console => send(Event::Run(here?)),
        (false, true, false, _, "Period") => send(Event::Stop(here?)),
        (false, false, false, "F8", _) => send(Event::StepMode),
        (false, false, false, "F10", _) => {
            let program = halted(state, here.as_deref()).or(here)?;
            send(Event::Step { program, thread: None })
        }
        (false, true, false, _, "KeyM") => send(Event::NextSpeed),
        (false, true, false, _, "KeyL") => send(Event::NextTheme),
        (false, true, false, _, "KeyP") => {
            send(Event::ShowTab { program: here?, tab: PaneTab::Prompt })
        }
        (false, true, false, "PageUp", _) => {
            send(Event::ProgramMove { id: state.program(&here?)?.id, by: -1 })
        }
        (false, true, false, "PageDown", _) => {
            send(Event::ProgramMove { id: state.program(&here?)?.id, by: 1 })
        }
        (false, true, false, _, "KeyW") => send(Event::Look(LookEvent::WhyToggle)),
        (false, true, false, _, "KeyT") => Some(Shortcut::Focus(Focus::Timeline)),
        (false, true, false, _, "KeyB") => Some(Shortcut::Focus(Focus::Bytes)),
        (false, true, false, _, "KeyK") => Some(Shortcut::Focus(Focus::Sockets)),
        (false, true, false, _, code) => {
            let digit: usize = code.strip_prefix("Digit")?.parse().ok()?;
            let pane = digit.checked_sub(1).filter(|pane| *pane < state.programs.len())?;
            send(Event::FocusPane(pane))
        }
        (false, false, _, single, _) if !key.in_field && state.screen.quick_keys => match single {
            "?" if whole => send(Event::OpenDialog(Dialog::Keys)),
            "f" => send(Event::FocusFilter),
            "." => send(Event::FollowToggle),
            "p" => send(Event::Replay(Playback::Toggle)),
            "[" => send(Event::Replay(Playback::Step(-1))),
            "]" => send(Event::Replay(Playback::Step(1))),
            "{" => send(Event::Replay(Playback::Speed(-1))),
            "}" => send(Event::Replay(Playback::Speed(1))),
            digit if state.programs.iter().any(|program| program.next_step().is_some()) => {
                let index = digit.parse::<usize>().ok()?.checked_sub(1)?;
                let program = state.programs.get(index)?;
                program.next_step()?;
                send(Event::Step { program: program.name.clone(), thread: None })
            }
            _ => None,
        },
        _ => None,
    }
}

/// Returns the program that a step is meant for: the one that has the keyboard if it is halted,
/// or else the one that is halted longest.
fn halted(state: &State, here: Option<&str>) -> Option<String> {
    let halted = state.programs.iter().filter_map(|program| program.next_step());
    let first = halted.min_by_key(|call| (Some(call.program.as_str()) != here, call.ticket))?;
    Some(first.program.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::state::Program;

    fn state() -> State {
        let program = |name: &str| Program { name: name.into(), ..Program::default() };
        State { programs: vec![program("a.py"), program("b.py")], ..State::default() }
    }

    fn pressed(key: &str, code: &str) -> Key {
        Key { key: key.into(), code: code.into(), ..Key::default() }
    }

    #[test]
    fn single_keys_stay_out_of_text_fields() {
        let state = state();
        assert!(shortcut(&state, &pressed("?", "Slash")).is_some());
        let typing = Key { in_field: true, ..pressed("?", "Slash") };
        assert!(shortcut(&state, &typing).is_none());
    }

    #[test]
    fn shift_enter_runs_the_program_that_has_the_keyboard() {
        let state = state();
        let key = Key { shift: true, program: Some("b.py".into()), ..pressed("Enter", "Enter") };
        assert!(matches!(
            shortcut(&state, &key),
            Some(Shortcut::Send(Event::Run(name))) if name == "b.py"
        ));
        assert!(shortcut(&state, &Key { in_console: true, ..key }).is_none());
    }

    #[test]
    fn alt_and_a_digit_goes_to_a_program_that_is_there() {
        let state = state();
        let alt = |code: &str| Key { alt: true, ..pressed("", code) };
        assert!(shortcut(&state, &alt("Digit2")).is_some());
        assert!(shortcut(&state, &alt("Digit3")).is_none());
        assert!(shortcut(&state, &alt("Digit0")).is_none());
    }

    #[test]
    fn a_dialog_has_the_keyboard_to_itself() {
        let mut state = state();
        state.screen.dialog = Some(Dialog::Keys);
        let run = Key { ctrl: true, ..pressed("Enter", "Enter") };
        assert!(shortcut(&state, &run).is_none());
        assert!(shortcut(&state, &pressed("Escape", "Escape")).is_some());
    }
}
