//! Calls that are held, as the page takes them.

use super::*;
use crate::messages::{Breakpoints, Consent, Destination, HeldCall, Pace, Reach, Why};

fn held(ticket: u64, program: &str, why: Why) -> Notice {
    Notice::Held(Box::new(HeldCall {
        ticket,
        program: program.into(),
        thread: 0,
        site: Some(Site { file: program.into(), line: 2 }),
        method: "connect".into(),
        call: shared::call::Gethostname {}.into(),
        sends: 0,
        why,
        since_ms: 0.0,
    }))
}

fn asks() -> Why {
    let reach = Reach::Connect;
    Why::Consent(Destination {
        reach,
        host: "example.org".into(),
        names: vec![],
        port: Some(80),
        inside: false,
    })
}

fn posted(effects: &[Effect]) -> Vec<Command> {
    let post = |effect: &Effect| match effect {
        Effect::Post(command) => Some(command.clone()),
        _ => None,
    };
    effects.iter().filter_map(post).collect()
}

#[test]
fn a_held_call_makes_a_program_ready_in_step_mode_alone() {
    for (why, ready) in
        [(Why::Step, true), (Why::Slow, false), (Why::Breakpoint, false), (asks(), false)]
    {
        let mut state = opened("");
        update(&mut state, Event::RunAll);
        becomes(&mut state, "server.py", ProgramState::Loading);
        becomes(&mut state, "server.py", ProgramState::Running);
        let next = hear(&mut state, held(1, "server.py", why.clone()));
        assert_eq!(!next.is_empty(), ready, "{why:?}");
        // Nor does being held count as computing.
        let late = update(&mut state, Event::Tick(60_000.0));
        assert!(started(&late).is_empty(), "{why:?}");
        if !ready {
            hear(&mut state, Notice::LetGo { ticket: 1, made: true });
            assert_eq!(becomes(&mut state, "server.py", blocked("accept")), ["client.py"]);
        }
    }
}

#[test]
fn questions_come_one_after_the_other_and_go_with_their_program() {
    let mut state = opened("");
    hear(&mut state, held(1, "server.py", asks()));
    hear(&mut state, held(2, "client.py", asks()));
    assert_eq!(state.asked().unwrap().program, "server.py");
    hear(&mut state, Notice::LetGo { ticket: 1, made: false });
    assert_eq!(state.asked().unwrap().program, "client.py");
    hear(&mut state, Notice::LetGo { ticket: 2, made: true });
    assert_eq!(state.gate.question, None);
}

#[test]
fn a_yes_counts_when_the_question_can_have_been_read_and_never_in_a_frame() {
    let answers = |state: &mut State, consent| {
        posted(&update(state, Event::Consent { ticket: 1, consent })).len()
    };
    let mut state = opened("");
    hear(&mut state, held(1, "server.py", asks()));
    assert_eq!(answers(&mut state, Consent::Session), 0);
    assert_eq!(answers(&mut state, Consent::No), 1);
    update(&mut state, Event::Tick(10_000.0));
    assert_eq!(answers(&mut state, Consent::Session), 1);
    state.host.surroundings.framed = true;
    assert_eq!(answers(&mut state, Consent::Once), 0);
    assert_eq!(answers(&mut state, Consent::No), 1);
}

#[test]
fn step_lets_a_held_call_go_or_begins_step_mode() {
    let mut state = opened("");
    let step = Event::Step { program: "server.py".into(), thread: None };
    let commands = posted(&update(&mut state, step.clone()));
    assert!(commands.contains(&Command::Pace(Pace::Step)));
    assert!(commands.iter().any(|command| matches!(command, Command::Run { .. })));
    hear(&mut state, held(1, "server.py", Why::Step));
    let commands = posted(&update(&mut state, step));
    assert_eq!(commands, [Command::Step { program: "server.py".into(), thread: Some(0) }]);
    assert_eq!(posted(&update(&mut state, Event::StepMode)), [Command::Pace(Pace::Free)]);
}

#[test]
fn a_method_to_halt_at_is_named_as_it_is_called() {
    let mut state = opened("");
    update(&mut state, Event::BreakDraft(" accept() ".into()));
    let id = state.programs[0].id;
    update(&mut state, Event::BreakSubmit);
    let commands = posted(&update(&mut state, Event::BreakLines { id, lines: vec![7] }));
    let sites = vec![Site { file: "server.py".into(), line: 7 }];
    let methods = vec!["accept".to_owned()];
    assert_eq!(commands, [Command::Breakpoints(Breakpoints { methods, sites })]);
}
