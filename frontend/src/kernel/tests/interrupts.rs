//! Stop and alarms: how a program takes notice, and what becomes of its calls.

use super::*;

/// Makes the thread that takes notice of interrupts, as an interpreter does when it begins.
pub(super) fn with_interrupter(tab: &mut Tab, main: WorkerId) {
    tab.syscall(main, Syscall::KeepThread, &[]);
    let running = tab.world.borrow().running.len();
    tab.syscall(main, Syscall::ThreadSpawn, &[99]);
    assert!(tab.world.borrow().answers[&main] > 0);
    assert_eq!(tab.world.borrow().running.len(), running, "it begins with the first interrupt");
}

pub(super) fn interrupter(tab: &Tab) -> WorkerId {
    let started = ThreadStart::Thread { tid: 1, argument: 99 };
    let world = tab.world.borrow();
    *world.running.iter().find(|(_, (_, start))| *start == started).unwrap().0
}

/// The number of the signal that Stop sends.
const SIGINT: i32 = 2;

/// Lets the thread that has just begun take notice: it comes for the signal, and then for the next.
pub(super) fn take_notice(tab: &mut Tab, interrupter: WorkerId) {
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    assert_eq!(tab.world.borrow().answers[&interrupter], SIGINT);
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
}

#[test]
fn an_alarm_rings_when_its_time_has_come() {
    const SIGALRM: i32 = 14;
    const SIGUSR1: i32 = 10;
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    with_interrupter(&mut tab, main);
    // The second takes the place of the first, and -1 takes it back.
    for (signal, after_ms) in [(SIGALRM, 50), (SIGALRM, 100), (SIGALRM, -1), (SIGALRM, 200)] {
        tab.syscall(main, Syscall::Signal, &[signal as u32, after_ms as u32]);
    }
    tab.kernel.update(Event::Told {
        worker: main,
        syscall: Syscall::Sleep,
        argument: 9000,
        text: String::new(),
    });
    tab.pass(150_000);
    assert!(tab.world.borrow().running.values().all(|(_, start)| *start == ThreadStart::Main));
    tab.pass(100_000);
    let interrupter = interrupter(&tab);
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    assert_eq!(tab.world.borrow().answers[&interrupter], SIGALRM);
    // Another that comes meanwhile waits its turn.
    tab.kernel.update(Event::Told {
        worker: main,
        syscall: Syscall::Awake,
        argument: 0,
        text: String::new(),
    });
    tab.syscall(main, Syscall::Signal, &[SIGUSR1 as u32, 0]);
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    assert_eq!(tab.world.borrow().answers[&interrupter], SIGUSR1);
}

#[test]
fn an_interrupt_ends_a_call_after_the_program_took_notice() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    tab.socket(main, 70);
    with_interrupter(&mut tab, main);
    tab.call(main, json!({"op": "accept", "socket": 3, "wait": "forever"}));
    let (id, _) = tab.last_call();
    tab.command(Command::Interrupt { program: "a.py".into() });
    assert_eq!(tab.take_sent(), []);
    let interrupter = interrupter(&tab);
    take_notice(&mut tab, interrupter);
    assert_eq!(tab.take_sent()[0].0, json!({"cancel": id}));
    tab.tell(
        &json!({"id": id, "error": {"errno": "EINTR", "message": ""}, "host_us": 5}).to_string(),
    );
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "EINTR");

    // The next one finds the main thread computing: its next wait ends.
    tab.command(Command::Interrupt { program: "a.py".into() });
    assert_eq!(tab.world.borrow().answers[&interrupter], SIGINT);
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    tab.call(main, json!({"op": "accept", "socket": 3, "wait": "forever"}));
    assert_eq!(tab.answer(main).unwrap()["error"]["errno"], "EINTR");
    assert_eq!(tab.take_sent(), []);
}

#[test]
fn an_interrupt_ends_a_sleep_and_a_wait_for_input() {
    let mut tab = Tab::warm();
    let main = tab.run("a.py");
    with_interrupter(&mut tab, main);
    let text = json!({"method": "sleep", "site": {"file": "a.py", "line": 7}}).to_string();
    tab.kernel.update(Event::Told { worker: main, syscall: Syscall::Sleep, argument: 9000, text });
    let states = tab.states();
    let [.., ProgramState::Blocked(blocked)] = &states[..] else { panic!("{states:?}") };
    assert_eq!(blocked.site.as_ref().unwrap().line, 7);
    tab.command(Command::Interrupt { program: "a.py".into() });
    let interrupter = interrupter(&tab);
    take_notice(&mut tab, interrupter);
    assert!(tab.world.borrow().woken.contains(&main));

    tab.memory(main).write(64, &[128, 0, 0, 0, 9, 0, 0, 0]).unwrap();
    tab.syscall(main, Syscall::FdRead, &[0, 64, 1, 32]);
    assert_eq!(tab.states(), [ProgramState::Running, ProgramState::Input]);
    tab.command(Command::Interrupt { program: "a.py".into() });
    tab.syscall(interrupter, Syscall::Interrupted, &[]);
    assert_eq!(tab.world.borrow().answers[&main], 6);
}

#[test]
fn a_program_that_cannot_take_notice_is_ended() {
    let mut tab = Tab::warm();
    tab.run("a.py");
    tab.states();
    tab.command(Command::Interrupt { program: "a.py".into() });
    assert_eq!(tab.states(), [ProgramState::Stopped]);
}
