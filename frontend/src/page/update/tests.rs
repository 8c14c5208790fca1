use std::rc::Rc;

use shared::guest::{Finished, Raised, Site};

use super::*;
use crate::messages::{Batch, Blocked, Command, Notice, ProgramState, Stream};
use crate::page::event::Kept;
use crate::page::state::{Origin, Surroundings};
use crate::session::link;

/// A page that was opened at a fragment and may run programs.
fn opened(fragment: &str) -> State {
    let mut state = State::default();
    let surroundings = Surroundings { isolated: true, ..Surroundings::default() };
    let (theme, fragment) = (Default::default(), fragment.to_owned());
    update(&mut state, Event::Opened { surroundings, theme, kept: None, fragment });
    state
}

/// Lets the kernel worker say something; returns what the page runs because of it.
fn hear(state: &mut State, notice: Notice) -> Vec<String> {
    let batch = Rc::new(Batch { notices: vec![notice] });
    started(&update(state, Event::Kernel(batch, Rc::default())))
}

fn becomes(state: &mut State, program: &str, to: ProgramState) -> Vec<String> {
    hear(state, Notice::State { program: program.into(), state: to })
}

fn started(effects: &[Effect]) -> Vec<String> {
    let run = |effect: &Effect| match effect {
        Effect::Post(Command::Run { program, .. }) => Some(program.clone()),
        _ => None,
    };
    effects.iter().filter_map(run).collect()
}

fn blocked(method: &str) -> ProgramState {
    ProgramState::Blocked(Blocked { method: method.into(), site: None, since_ms: 0.0 })
}

#[test]
fn run_all_waits_until_the_program_before_is_ready() {
    let mut state = opened("");
    assert_eq!(started(&update(&mut state, Event::RunAll)), ["server.py"]);
    assert!(becomes(&mut state, "server.py", ProgramState::Loading).is_empty());
    assert!(becomes(&mut state, "server.py", ProgramState::Running).is_empty());
    assert!(becomes(&mut state, "server.py", blocked("sleep")).is_empty());
    assert_eq!(becomes(&mut state, "server.py", blocked("accept")), ["client.py"]);
}

#[test]
fn the_end_of_an_older_run_makes_nobody_ready() {
    let mut state = opened("");
    update(&mut state, Event::RunAll);
    assert!(becomes(&mut state, "server.py", ProgramState::Stopped).is_empty());
    becomes(&mut state, "server.py", ProgramState::Loading);
    let ended = ProgramState::Exited { code: 0, error: None };
    assert_eq!(becomes(&mut state, "server.py", ended), ["client.py"]);
}

#[test]
fn a_program_that_computes_holds_the_next_one_up_for_two_seconds() {
    let mut state = opened("");
    update(&mut state, Event::RunAll);
    state.now_ms = 1_000.0;
    becomes(&mut state, "server.py", ProgramState::Running);
    assert!(started(&update(&mut state, Event::Tick(2_999.0))).is_empty());
    assert_eq!(started(&update(&mut state, Event::Tick(3_000.0))), ["client.py"]);
}

#[test]
fn stop_all_starts_nothing_more() {
    let mut state = opened("");
    update(&mut state, Event::RunAll);
    update(&mut state, Event::StopAll);
    becomes(&mut state, "server.py", ProgramState::Loading);
    assert!(becomes(&mut state, "server.py", ProgramState::Stopped).is_empty());
}

#[test]
fn a_link_is_opened_and_never_run() {
    let session = crate::page::examples::find("udp-pair").unwrap().session();
    let state = opened(&format!("#{}", link::encode(&session)));
    assert_eq!(state.document.origin, Origin::Link);
    assert_eq!(state.programs[0].name, "receiver.py");
    assert!(state.programs.iter().all(|program| program.state == ProgramState::Idle));
}

#[test]
fn a_damaged_link_leaves_the_page_as_it_was() {
    let mut state = opened("");
    let before = state.session();
    let effects = update(&mut state, Event::Fragment("#session=AAAA".into()));
    assert!(effects.is_empty());
    assert_eq!(state.session(), before);
    assert!(state.screen.toast.unwrap().text.contains("link cannot be opened"));
}

#[test]
fn what_was_edited_is_kept_when_something_else_is_opened() {
    let mut state = opened("");
    let id = state.programs[0].id;
    let effects = update(&mut state, Event::Edited { id, code: "mine".into() });
    let kept = |effect: &Effect| matches!(effect, Effect::Keep(kept) if kept.session.is_some());
    assert!(effects.iter().any(kept));
    assert!(effects.contains(&Effect::ForgetFragment));
    update(&mut state, Event::OpenExample("tcp-echo".into()));
    assert_eq!(state.recent[0].programs[0].code, "mine");
    assert!(state.programs.iter().all(|program| program.id > id));
    update(&mut state, Event::OpenRecent(0));
    assert_eq!(state.programs[0].code, "mine");
}

#[test]
fn a_kept_session_comes_back() {
    let session = crate::page::examples::find("recv-into").unwrap().session();
    let kept = Kept { session: Some(session.clone()), recent: Vec::new() };
    let mut state = State::default();
    let (surroundings, theme) = (Surroundings::default(), Default::default());
    let fragment = String::new();
    update(&mut state, Event::Opened { surroundings, theme, kept: Some(kept), fragment });
    assert_eq!(state.session(), session);
}

#[test]
fn python_2_is_explained_and_converted() {
    let mut state = opened("");
    let id = state.programs[1].id;
    update(&mut state, Event::Edited { id, code: "print 'x'\n".into() });
    let site = Some(Site { file: "client.py".into(), line: 1 });
    let error = Raised { kind: "SyntaxError".into(), message: String::new(), site };
    let ended = ProgramState::Exited { code: 1, error: Some(error) };
    becomes(&mut state, "client.py", ended);
    assert!(state.programs[1].python2.is_some());
    assert_eq!(state.programs[1].error_line, Some(1));
    update(&mut state, Event::Convert { program: "client.py".into() });
    assert_eq!(state.programs[1].code, "print('x')\n");
    assert_eq!(state.programs[1].code_revision, 1);
}

#[test]
fn output_is_shown_and_acknowledged() {
    let mut state = opened("");
    let output =
        Notice::Output {
            program: "server.py".into(), stream: Stream::Stdout, text: "hé\n".into()
        };
    let batch = Rc::new(Batch { notices: vec![output] });
    let effects = update(&mut state, Event::Kernel(batch, Rc::default()));
    let shown = Command::Shown { program: "server.py".into(), bytes: 4 };
    assert!(effects.contains(&Effect::Post(shown)));
    assert_eq!(state.programs[0].stdout.as_str(), "hé\n");
}

#[test]
fn what_the_prompt_writes_stays_with_the_prompt() {
    let mut state = opened("");
    let (program, source) = ("server.py".to_owned(), "1 + 1".to_owned());
    update(&mut state, Event::PromptEnter { program: program.clone(), source });
    let text = "2\n".to_owned();
    hear(&mut state, Notice::Output { program: program.clone(), stream: Stream::Stdout, text });
    let answer = Finished::Prompt { error: None };
    hear(&mut state, Notice::Prompt { program, answer });
    assert!(state.programs[0].console.is_empty());
    assert!(!state.programs[0].prompt.busy);
}

#[test]
fn names_of_programs_are_checked_before_they_are_taken() {
    use crate::page::state::Dialog;
    let mut state = opened("");
    for (draft, taken) in [("server.py", false), ("../x", false), ("", false), ("third.py", true)] {
        let draft = draft.to_owned();
        let dialog = Dialog::Program { id: None, draft, problem: None };
        update(&mut state, Event::OpenDialog(dialog));
        update(&mut state, Event::ProgramConfirm);
        assert_eq!(state.screen.dialog.is_none(), taken);
    }
    assert_eq!(state.programs.len(), 3);
    let id = state.programs[0].id;
    let effects = update(&mut state, Event::ProgramRemove(id));
    assert!(effects.contains(&Effect::Post(Command::Forget { program: "server.py".into() })));
}
