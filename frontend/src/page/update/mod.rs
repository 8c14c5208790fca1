//! The only place where the state changes.

mod document;
mod drafts;
mod gate;
mod kernel;
mod learn;
mod limits;
mod look;
mod programs;
mod prompt;
mod replay;
mod run;
mod screen;
mod share;
#[cfg(test)]
mod tests;
mod together;

use super::event::{Effect, Event};
use super::state::State;

pub use gate::{SPEEDS_MS, has_order};
pub use share::{embed, link, markdown};

/// Takes in what happened, and answers with what to do.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    let out = &mut effects;
    if ends_replay(&event) {
        replay::leave(state, out);
    }
    match event {
        Event::Opened { surroundings, theme, kept, fragment } => {
            state.host.surroundings = surroundings;
            state.screen.theme = theme;
            document::open_first(state, kept.unwrap_or_default(), &fragment, out);
        }
        Event::Kernel(batch, payload) => kernel::take(state, &batch, &payload, out),
        Event::Narrow(narrow) => state.screen.narrow = narrow,
        Event::Tick(now_ms) => {
            run::tick(state, now_ms, out);
            replay::tick(state, now_ms, out);
            together::tell(state, out);
            together::release(state, out);
        }
        Event::KernelFailed(message) => state.host.trouble = Some(message),
        Event::NotKept(reason) => state.host.not_kept = reason,
        Event::DraftTaken(id) => drafts::taken(state, &id),

        Event::Run(program) => run::run_one(state, &program, out),
        Event::Stop(program) => run::stop(state, &program, out),
        Event::RunAll => run::run_all(state, out),
        Event::RunThese(names) => run::run_these(state, names, out),
        Event::StopAll => run::stop_all(state, out),
        Event::Reconnect => out.push(Effect::Post(crate::messages::Command::Reconnect)),
        Event::Pace(pace) => gate::pace(state, pace, out),
        Event::StepMode => gate::step_mode(state, out),
        Event::NextSpeed => gate::next_speed(state, out),
        Event::Step { program, thread } => gate::step(state, &program, thread, out),
        Event::BreakDraft(text) => state.gate.method_draft = text,
        Event::BreakSubmit => gate::break_submit(state, out),
        Event::BreakRemove(method) => gate::break_remove(state, &method, out),
        Event::BreakLines { id, lines } => gate::break_lines(state, id, lines, out),
        Event::RepeatOrder => gate::repeat_order(state, out),
        Event::Consent { ticket, consent } => gate::consent(state, ticket, consent, out),
        Event::Grant(rule) => gate::grant(rule, out),
        Event::Revoke(rule) => out.push(Effect::Post(crate::messages::Command::Revoke(rule))),
        Event::InputDraft { program, text } => run::input_draft(state, &program, text),
        Event::InputSubmit { program } => run::input_submit(state, &program, out),
        Event::Input { program, text } => run::input(state, &program, &text, out),
        Event::Eof { program } => run::eof(state, &program, out),

        Event::PromptDraft { program, text } => prompt::draft(state, &program, text),
        Event::PromptSubmit { program } => prompt::submit(state, &program, out),
        Event::PromptEnter { program, source } => prompt::enter(state, &program, &source, out),
        Event::PromptOlder { program } => prompt::older(state, &program),
        Event::PromptNewer { program } => prompt::newer(state, &program),
        Event::PromptComplete { program } => prompt::complete(state, &program, out),

        Event::ShowTab { program, tab } => screen::show_tab(state, &program, tab, out),
        Event::ClearConsole { program } => screen::clear_console(state, &program),
        Event::Jump { program, line } => screen::jump(state, &program, line, out),
        Event::Edited { id, code } => document::edited(state, id, code, out),
        Event::Convert { program } => document::convert(state, &program, out),
        Event::EditorIsPlain => state.host.surroundings.plain_editor = true,

        Event::Load { session, origin } => document::load(state, *session, origin, out),
        Event::Fragment(fragment) => {
            // What the page was opened by was another link.
            state.host.surroundings.came_from = None;
            document::fragment(state, &fragment, out);
        }
        Event::OpenExample(id) => learn::open_example(state, &id, out),
        Event::OpenRecent(index) => document::open_recent(state, index, out),
        Event::CloseNotes => state.document.notes_closed = true,
        Event::ProgramDraft(text) => programs::program_draft(state, text),
        Event::ArgumentsDraft(text) => programs::arguments_draft(state, text),
        Event::ProgramConfirm => programs::program_confirm(state, out),
        Event::ProgramRemove(id) => programs::program_remove(state, id, out),
        Event::ProgramMove { id, by } => programs::program_move(state, id, by, out),
        Event::ProgramDrag(dragged) => state.screen.dragged = dragged,
        Event::ProgramDrop => programs::program_drop(state, out),
        Event::Undo => document::undo(state, out),
        Event::ForgetRecent => drafts::forget_recent(state, out),
        Event::DismissLink => document::dismiss_link(state, out),
        Event::SaveLongest => programs::save_longest(state, out),

        Event::Replay(playback) => replay::playback(state, playback, out),
        Event::PickFile => out.push(Effect::PickFile),
        Event::File { name, bytes } => share::open_file(state, &name, &bytes, out),
        Event::FileFailed(reason) => screen::toast(state, reason, true),
        Event::ShareReplay(with) => share::with_replay(state, with),

        Event::Share => share::open(state, out),
        Event::Save(what) => share::save(state, what, out),
        Event::StartRoom => out.push(Effect::StartRoom),
        Event::LeaveRoom => out.push(Effect::LeaveRoom),
        Event::ShareCalls(sharing) => together::share(state, sharing, out),
        Event::OpenTab => out.push(Effect::OpenTab(link(state))),
        Event::DismissToast => state.screen.toast = None,
        Event::Copy(what) => share::copy(state, what, out),
        Event::Copied { what, done } => share::copied(state, what, done),

        Event::OpenDialog(dialog) => screen::open_dialog(state, dialog, out),
        Event::CloseDialog => screen::close_dialog(state, out),
        Event::Sized(sizes) => state.screen.sizes = sizes,
        Event::Divide { divider, percent } => screen::divide(state, divider, percent, out),
        Event::DivideBy { divider, percent } => screen::divide_by(state, divider, percent, out),
        Event::DivideReset(divider) => screen::divide_reset(state, divider, out),
        Event::NextTheme => screen::next_theme(state, out),
        Event::ShowPlace(place) => state.screen.place = place,
        Event::ShowPane(pane) => screen::show_pane(state, pane),
        Event::ShowDock(dock) => state.screen.dock = dock,
        Event::FocusPane(pane) => screen::focus_pane(state, pane, out),
        Event::FilterText(text) => screen::filter_text(state, text),
        Event::FilterProgram(program) => screen::filter_program(state, program),
        Event::FocusFilter => out.push(Effect::Focus(super::event::Focus::Filter)),
        Event::FollowToggle => screen::follow(state, out),
        Event::Scrolled { top, height } => screen::scrolled(state, top, height, out),
        Event::Select(number) => screen::select(state, number, out),
        Event::SelectBy(rows) => screen::select_by(state, rows, out),
        Event::ClearCalls => {
            replay::leave(state, out);
            screen::clear_calls(state);
        }
        Event::Look(event) => look::update(state, event, out),
        Event::OpenOnlyToggle => state.screen.open_only = !state.screen.open_only,
        Event::QuickKeysToggle => state.screen.quick_keys = !state.screen.quick_keys,
        Event::DismissLimit => limits::over(state),
        Event::DismissTrouble => state.host.trouble = None,

        Event::Learn(event) => learn::take(state, event, out),
    }
    if let Some(replay) = &state.replay {
        // What the page shows is of that time.
        state.now_ms = replay.clock_us as f64 / 1000.0;
    }
    effects
}

/// Tells whether something cannot happen while a recording is replayed, and so ends that.
fn ends_replay(event: &Event) -> bool {
    matches!(
        event,
        Event::Run(_)
            | Event::RunAll
            | Event::RunThese(_)
            | Event::Step { .. }
            | Event::RepeatOrder
            | Event::Stop(_)
            | Event::StopAll
            | Event::PromptSubmit { .. }
            | Event::PromptEnter { .. }
            | Event::Convert { .. }
            | Event::ProgramConfirm
            | Event::ProgramRemove(_)
            | Event::Undo
    )
}
