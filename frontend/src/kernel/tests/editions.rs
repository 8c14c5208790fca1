//! Which interpreter a program gets.

use std::collections::HashSet;

use super::*;

/// Runs a program with this text.
fn run_text(tab: &mut Tab, name: &str, text: &str) {
    let files = vec![SourceFile { name: name.into(), text: text.into() }];
    tab.command(Command::Run { program: name.into(), files, args: Vec::new() });
}

fn state(program: &str, state: ProgramState) -> (String, ProgramState) {
    (program.to_owned(), state)
}

#[test]
fn a_program_with_tls_gets_the_interpreter_that_has_it() {
    let mut tab = Tab::warm();
    run_text(&mut tab, "tls.py", "import ssl");
    assert_eq!(tab.world.borrow().loads, [Edition::Plain, Edition::Tls]);
    // The spare is not for it, but for whoever comes after it.
    run_text(&mut tab, "plain.py", "import socket");
    let states = [
        state("tls.py", ProgramState::Loading),
        state("plain.py", ProgramState::Loading),
        state("plain.py", ProgramState::Running),
    ];
    assert_eq!(tab.states_of_programs(), states);
    let before: HashSet<WorkerId> = tab.world.borrow().running.keys().copied().collect();
    tab.kernel.update(Event::GuestLoaded(Edition::Tls, Ok(())));
    assert_eq!(tab.world.borrow().made.last(), Some(&Edition::Tls));
    let running: Vec<WorkerId> = tab.world.borrow().running.keys().copied().collect();
    let worker = running.into_iter().find(|worker| !before.contains(worker)).unwrap();
    tab.ask(worker, json!("next_task"), b"");
    assert_eq!(tab.states_of_programs(), [state("tls.py", ProgramState::Running)]);
    // The module is kept.
    run_text(&mut tab, "tls.py", "import ssl");
    assert_eq!(tab.world.borrow().loads, [Edition::Plain, Edition::Tls]);
    assert_eq!(tab.world.borrow().made.iter().filter(|made| **made == Edition::Tls).count(), 2);
}

#[test]
fn where_tls_cannot_be_loaded_only_programs_that_want_it_fail() {
    let mut tab = Tab::warm();
    run_text(&mut tab, "tls.py", "import ssl");
    tab.kernel.update(Event::GuestLoaded(Edition::Tls, Err("no network".into())));
    run_text(&mut tab, "plain.py", "import socket");
    let states = [
        state("tls.py", ProgramState::Loading),
        state("tls.py", ProgramState::Failed { message: "no network".into() }),
        state("plain.py", ProgramState::Loading),
        state("plain.py", ProgramState::Running),
    ];
    assert_eq!(tab.states_of_programs(), states);
    // Wanted again, it is asked for again.
    run_text(&mut tab, "tls.py", "import ssl");
    assert_eq!(tab.world.borrow().loads, [Edition::Plain, Edition::Tls, Edition::Tls]);
}
