mod gate;
mod together;

use std::rc::Rc;

use shared::guest::{Finished, Raised, Site};

use super::*;
use crate::messages::{Batch, Blocked, Command, LinkState, Notice, ProgramState, Stream};
use crate::page::drafts::{Draft, Kept};
use crate::page::state::{Dragged, Origin, Surroundings};
use crate::session::link;
use crate::session::recording::CallStarted;

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
    let batch = Rc::new(Batch { notices: vec![notice], ..Batch::default() });
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
    let method = method.into();
    ProgramState::Blocked(Blocked { method, site: None, since_ms: 0.0, reads_input: false })
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
fn a_program_ends_in_the_diagram_when_it_ended_and_not_when_the_page_heard_of_it() {
    let mut state = opened("");
    becomes(&mut state, "server.py", ProgramState::Running);
    let started = CallStarted {
        number: 0,
        program: "server.py".into(),
        run: 0,
        thread: 0,
        site: None,
        method: "gethostname".into(),
        call: shared::call::Gethostname {}.into(),
        at_us: 5_000,
        bytes: 0..0,
    };
    let ended = ProgramState::Exited { code: 0, error: None };
    let notices = vec![
        Notice::CallStarted(started),
        Notice::State { program: "server.py".into(), state: ended },
    ];
    let batch = Rc::new(Batch { notices, times_us: vec![5_000, 7_000] });
    state.now_ms = 90.0;
    update(&mut state, Event::Kernel(batch, Rc::default()));
    let sequence = &state.calls.sequence;
    let last = sequence.slot(sequence.len() - 1).map(|slot| slot.at_us);
    assert_eq!(last, Some(7_000));
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
fn stop_interrupts_and_a_second_stop_ends() {
    let mut state = opened("");
    update(&mut state, Event::Run("server.py".into()));
    becomes(&mut state, "server.py", blocked("accept"));
    let stop = |state: &mut State| update(state, Event::Stop("server.py".into()));
    let program = || "server.py".to_owned();
    let interrupt = Effect::Post(Command::Interrupt { program: program() });
    let end = Effect::Post(Command::Stop { program: program() });
    assert_eq!(stop(&mut state), std::slice::from_ref(&interrupt));
    assert!(state.programs[0].interrupted);
    assert_eq!(stop(&mut state), [end]);
    becomes(&mut state, "server.py", ProgramState::Stopped);
    assert_eq!(stop(&mut state), []);
    update(&mut state, Event::Run("server.py".into()));
    becomes(&mut state, "server.py", ProgramState::Running);
    assert_eq!(stop(&mut state), [interrupt]);
}

#[test]
fn a_link_is_opened_and_never_run() {
    let session = crate::page::examples::first().session();
    let state = opened(&format!("#{}", link::encode(&session)));
    assert_eq!(state.document.origin, Origin::Link);
    assert_eq!(state.programs[0].name, "server.py");
    assert!(state.programs.iter().all(|program| program.state == ProgramState::Idle));
}

#[test]
fn a_damaged_link_leaves_the_page_as_it_was() {
    let mut state = opened("");
    let before = state.session();
    let effects = update(&mut state, Event::Fragment("#session=AAAA".into()));
    assert!(effects.is_empty());
    assert_eq!(state.session(), before);
    assert!(state.host.bad_link.is_some());
    assert_eq!(update(&mut state, Event::DismissLink), [Effect::ForgetFragment]);
    assert!(state.host.bad_link.is_none());
}

/// The drafts that are written down.
fn kept(effects: &[Effect]) -> Vec<&Draft> {
    let mut found = Vec::new();
    for effect in effects {
        if let Effect::Keep(draft) = effect {
            found.push(&**draft);
        }
    }
    found
}

fn example(id: &str) -> shared::session::Session {
    let gallery = crate::page::examples::tests::gallery();
    gallery.find(id).unwrap().session()
}

fn draft(id: &str, at_ms: f64, of: &str) -> Draft {
    let session = example(of);
    Draft { id: id.into(), at_ms, session }
}

fn opened_with(kept: Kept, fragment: &str) -> State {
    let mut state = State::default();
    let (surroundings, theme) = (Surroundings::default(), Default::default());
    let (kept, fragment) = (Some(kept), fragment.to_owned());
    update(&mut state, Event::Opened { surroundings, theme, kept, fragment });
    state
}

#[test]
fn what_was_edited_is_kept_when_something_else_is_opened() {
    let mut state = opened("");
    let id = state.programs[0].id;
    let effects = update(&mut state, Event::Edited { id, code: "mine".into() });
    assert_eq!(kept(&effects)[0].session.programs[0].code, "mine");
    assert!(effects.contains(&Effect::ForgetFragment));
    let first = "http-basic-client";
    let effects = update(&mut state, Event::OpenExample(first.into()));
    assert!(effects.contains(&Effect::SetFragment(format!("example={first}"))));
    assert_eq!(state.recent[0].session.programs[0].code, "mine");
    assert!(state.programs.iter().all(|program| program.id > id));
    update(&mut state, Event::OpenRecent(0));
    assert_eq!(state.programs[0].code, "mine");
    assert!(state.recent.is_empty());
}

#[test]
fn opening_something_else_can_be_undone() {
    let mut state = opened("");
    let id = state.programs[0].id;
    let effects = update(&mut state, Event::Edited { id, code: "mine".into() });
    let draft = kept(&effects)[0].id.clone();
    update(&mut state, Event::OpenExample("http-basic-client".into()));
    let effects = update(&mut state, Event::Undo);
    assert_eq!(state.programs[0].code, "mine");
    assert!(state.document.edited);
    assert!(effects.contains(&Effect::Current(Some(draft.clone()))));
    let id = state.programs[0].id;
    let effects = update(&mut state, Event::Edited { id, code: "mine too".into() });
    assert_eq!(kept(&effects)[0].id, draft, "it is the same draft again");
    assert!(update(&mut state, Event::Undo).is_empty(), "once");
}

#[test]
fn a_link_overwrites_nobodys_work() {
    let own = draft("1", 5.0, "recv-into");
    let linked = example("udp-pair");
    let fragment = format!("#{}", link::encode(&linked));
    let kept_before = Kept { current: None, drafts: vec![own.clone()] };
    let mut state = opened_with(kept_before, &fragment);
    assert_eq!(state.session(), linked);
    assert_eq!(state.recent[0].session, own.session);
    // The link's programs become a draft of their own when they are changed.
    let id = state.programs[0].id;
    let effects = update(&mut state, Event::Edited { id, code: "changed".into() });
    assert_ne!(kept(&effects)[0].id, own.id);
    update(&mut state, Event::Undo);
    assert_eq!(state.session(), own.session);
    assert_eq!(state.document.draft, Some(own.id));
    assert_eq!(state.recent[0].session.programs[0].code, "changed");
}

#[test]
fn a_draft_that_another_tab_writes_is_left_to_it() {
    let mut state =
        opened_with(Kept { current: None, drafts: vec![draft("1", 5.0, "recv-into")] }, "");
    update(&mut state, Event::DraftTaken("1".into()));
    let id = state.programs[0].id;
    let effects = update(&mut state, Event::Edited { id, code: "here".into() });
    assert_ne!(kept(&effects)[0].id, "1");
}

#[test]
fn a_kept_session_comes_back() {
    let own = draft("1", 5.0, "recv-into");
    let state = opened_with(Kept { current: None, drafts: vec![own.clone()] }, "");
    assert_eq!(state.session(), own.session);
    assert_eq!(state.document.draft, Some(own.id));
}

#[test]
fn a_session_that_is_too_large_is_not_kept_and_says_so() {
    let mut state = opened("");
    let id = state.programs[0].id;
    let code = "#".repeat(shared::session::TEXT_BYTES_MAX);
    assert!(kept(&update(&mut state, Event::Edited { id, code })).is_empty());
    assert!(state.too_large().is_some());
    let effects = update(&mut state, Event::SaveLongest);
    assert!(matches!(&effects[..], [Effect::Save { name, .. }] if name == "server.py"));
    let effects = update(&mut state, Event::Edited { id, code: String::new() });
    assert_eq!(kept(&effects).len(), 1);
    assert!(state.too_large().is_none());
}

#[test]
fn programs_can_be_moved_and_brought_back() {
    let mut state = opened("");
    let names = |state: &State| -> Vec<String> {
        state.programs.iter().map(|program| program.name.clone()).collect()
    };
    let id = state.programs[0].id;
    update(&mut state, Event::ProgramMove { id, by: 1 });
    assert_eq!(names(&state), ["client.py", "server.py"]);
    update(&mut state, Event::ProgramMove { id, by: 5 });
    assert_eq!(names(&state), ["client.py", "server.py"]);
    update(&mut state, Event::ProgramDrag(Some(Dragged { id, to: 0 })));
    update(&mut state, Event::ProgramDrop);
    assert_eq!(names(&state), ["server.py", "client.py"]);
    update(&mut state, Event::ProgramRemove(id));
    assert_eq!(names(&state), ["client.py"]);
    update(&mut state, Event::Undo);
    assert_eq!(names(&state), ["server.py", "client.py"]);
}

#[test]
fn an_error_is_marked_where_it_was_raised() {
    let mut state = opened("");
    let site = Some(Site { file: "server.py".into(), line: 3 });
    let error = Raised { kind: "ValueError".into(), message: "no".into(), site };
    let ended = ProgramState::Exited { code: 1, error: Some(error) };
    becomes(&mut state, "client.py", ended);
    assert_eq!(state.programs[1].error_line, None);
    assert_eq!(state.programs[0].error_line, Some(3));
    assert_eq!(state.programs[0].error_text, "ValueError: no (run by client.py)");
    let id = state.programs[0].id;
    update(&mut state, Event::Edited { id, code: "x = 1".into() });
    assert_eq!(state.programs[0].error_line, None);
}

#[test]
fn an_https_url_that_only_the_run_brought_up_is_explained() {
    let mut state = opened("");
    let message = "<urlopen error unknown url type: https>".into();
    let error = Raised { kind: "URLError".into(), message, site: None };
    becomes(&mut state, "client.py", ProgramState::Exited { code: 1, error: Some(error) });
    let said = format!("{:?}", state.programs[1].console);
    assert!(said.contains("put `import ssl` into the program"), "{said}");
}

#[test]
fn a_program_that_listens_keeps_its_field_and_takes_the_focus_once() {
    let mut state = opened("");
    let waits = ProgramState::Blocked(Blocked {
        method: "select".into(),
        site: None,
        since_ms: 0.0,
        reads_input: true,
    });
    let focuses = |state: &mut State, to: ProgramState| {
        let notice = Notice::State { program: "client.py".into(), state: to };
        let batch = Rc::new(Batch { notices: vec![notice], ..Batch::default() });
        let effects = update(state, Event::Kernel(batch, Rc::default()));
        effects.iter().any(|effect| matches!(effect, Effect::Focus(_)))
    };
    assert!(focuses(&mut state, waits.clone()));
    assert!(!focuses(&mut state, ProgramState::Running));
    assert!(state.programs[1].listens);
    assert!(!focuses(&mut state, waits));
    focuses(&mut state, ProgramState::Exited { code: 0, error: None });
    assert!(!state.programs[1].listens);
}

#[test]
fn a_backend_that_comes_back_is_announced() {
    let mut state = opened("");
    let lost = LinkState::Lost { message: "gone.".into(), retry_in_ms: 1_000 };
    hear(&mut state, Notice::Link(lost));
    hear(&mut state, Notice::Link(LinkState::Connecting));
    assert_eq!(crate::page::view::words::connection(&state).0, "Reconnecting");
    hear(&mut state, Notice::Link(LinkState::Open(welcome())));
    assert!(state.screen.toast.as_ref().unwrap().text.starts_with("Connected again"));
    assert!(!state.host.was_lost);

    hear(&mut state, Notice::Link(LinkState::Connecting));
    state.host.was_lost = true;
    let resumed = Some(shared::frame::Resumed { received: 7 });
    let welcome = shared::frame::Welcome { resumed, ..welcome() };
    hear(&mut state, Notice::Link(LinkState::Open(welcome)));
    assert!(state.screen.toast.as_ref().unwrap().text.contains("still open"));
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
    let batch = Rc::new(Batch { notices: vec![output], ..Batch::default() });
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
    use crate::page::state::{Dialog, Problem};
    let mut state = opened("");
    for (draft, taken) in [("server.py", false), ("../x", false), ("", false), ("third.py", true)] {
        let draft = draft.to_owned();
        let arguments = "-p 9000".to_owned();
        let dialog = Dialog::Program { id: None, draft, arguments, problem: None };
        update(&mut state, Event::OpenDialog(dialog));
        update(&mut state, Event::ProgramConfirm);
        assert_eq!(state.screen.dialog.is_none(), taken);
    }
    assert_eq!(state.programs.len(), 3);
    assert_eq!(state.programs[2].args, ["-p", "9000"]);
    let id = state.programs[0].id;
    let dialog = Dialog::Program {
        id: Some(id),
        draft: "server.py".into(),
        arguments: String::new(),
        problem: None,
    };
    update(&mut state, Event::OpenDialog(dialog));
    update(&mut state, Event::ArgumentsDraft("'not closed".into()));
    update(&mut state, Event::ProgramConfirm);
    assert!(matches!(
        state.screen.dialog,
        Some(Dialog::Program { problem: Some(Problem::Arguments(_)), .. })
    ));
    update(&mut state, Event::ArgumentsDraft("0.0.0.0 'a b'".into()));
    update(&mut state, Event::ProgramConfirm);
    assert_eq!(state.programs[0].args, ["0.0.0.0", "a b"]);
    let effects = update(&mut state, Event::ProgramRemove(id));
    assert!(effects.contains(&Effect::Post(Command::Forget { program: "server.py".into() })));
}

fn welcome() -> shared::frame::Welcome {
    let golden = include_str!("../../../../shared/tests/wire/hello.txt");
    let answer = golden.lines().find_map(|line| line.strip_prefix("← ")).unwrap();
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    serde_json::from_value(answer["hello"].clone()).unwrap()
}
