//! Holding calls at the gate, and letting them go.

use shared::address::Address;
use shared::call::Call;
use shared::errno::{Errno, Failure};
use shared::guest::{GuestAnswer, GuestCall};
use shared::reply::{HostName, Resolved};

use super::calls::Shape;
use super::gate::turns::Repeat;
use super::gate::{Caller, Held, Stage};
use super::link::Road;
use super::lookup::Lookup;
use super::outside::Outside;
use super::process::{AnswerPlace, ThreadId, WaitingOn};
use super::{Kernel, ProcessId};
use crate::messages::{
    Command, Consent, Destination, Notice, Pace, REFUSED, Reach, Repetition, SLOW_MS_MAX,
    TURNS_MAX, Ticket, Turn, Why,
};

impl<O: Outside> Kernel<O> {
    /// A thread is about to make a socket call: makes it, or holds it.
    pub(super) fn socket_call(
        &mut self,
        id: ProcessId,
        thread: ThreadId,
        place: AnswerPlace,
        call: GuestCall,
        payload: &[u8],
    ) {
        if self.take_interrupt(id, thread) {
            return self.interrupted_call(id, thread, place);
        }
        let Some(process) = self.processes.get(&id) else { return };
        let Some(state) = process.threads.get(&thread) else { return };
        if state.parts.is_some() && matches!(call.call, Call::Sendall(_)) {
            // The call was let go with its first part.
            return self.make_call(id, thread, place, call, payload, None);
        }
        // A socket without an address gets one from `listen`: every one.
        let given = match &call.call {
            Call::Listen(listen) if process.sockets.lacks_place(listen.socket) => {
                Some(Address::Inet("0.0.0.0".to_owned(), 0))
            }
            _ => None,
        };
        let program = process.program.clone().unwrap_or_default();
        let caller = Caller { process: id, thread, program, shown: process.is_shown() };
        let differs = |repeat: &Repeat| repeat.differs(&caller, &call.method);
        if let Some(message) = self.gate.repeat.as_ref().and_then(differs) {
            self.diverged(message);
        }
        self.try_call(caller, place, call, payload, Stage::Arrived, given);
    }

    /// Makes a call, or holds it.
    pub(super) fn try_call(
        &mut self,
        caller: Caller,
        place: AnswerPlace,
        call: GuestCall,
        payload: &[u8],
        stage: Stage,
        resolved: Option<Address>,
    ) {
        let now_us = self.outside.now_us();
        let why = self.gate.holds(&caller, &call, stage, resolved.as_ref(), [now_us; 2]);
        let Some(why) = why else {
            return self.pass(caller, place, call, payload, stage, resolved);
        };
        let (id, thread) = (caller.process, caller.thread);
        let (since_us, payload) = (now_us, payload.to_vec());
        let held = Held { caller, place, call, payload, stage, resolved, why, since_us };
        let ticket = self.gate.put(held);
        self.wait(id, thread, WaitingOn::Held);
        self.note_held(ticket);
    }

    /// Makes a call that nothing holds any more, unless the visitor has refused it.
    fn pass(
        &mut self,
        caller: Caller,
        place: AnswerPlace,
        call: GuestCall,
        payload: &[u8],
        stage: Stage,
        resolved: Option<Address>,
    ) {
        let now_us = self.outside.now_us();
        let grants = &self.gate.grants;
        let refused = stage < Stage::Allowed
            && grants.refuses(&caller, &call.call, resolved.as_ref()).is_some();
        if resolved.is_none()
            && !refused
            && grants.wants_lookup(&call.call)
            && self.link.road() != Road::None
        {
            let payload = payload.to_vec();
            return self.look_up(Lookup { caller, place, call, payload, stage });
        }
        let made = self.gate.repeat.as_mut().and_then(|repeat| repeat.made(&caller, now_us));
        if let Some((calls, is_last)) = made {
            let repetition = if is_last { Repetition::Complete } else { Repetition::Made(calls) };
            if is_last {
                self.gate.repeat = None;
            }
            self.note(Notice::Repetition(repetition));
        }
        let grants = &mut self.gate.grants;
        let refused =
            if refused { grants.refuses(&caller, &call.call, resolved.as_ref()) } else { None };
        let Caller { process, thread, program, .. } = caller;
        match refused {
            Some(destination) => {
                let failure = Failure::explained(Errno::EACCES, refusal(&program, &destination));
                self.refuse_call(process, thread, place, call, failure);
            }
            None => {
                grants.spend(process, &call.call, resolved.as_ref());
                self.make_call(process, thread, place, call, payload, resolved);
            }
        }
    }

    /// Lets the calls go that nothing holds any more.
    pub(super) fn let_calls_go(&mut self, now_us: u64) {
        while let Some((ticket, why)) = self.gate.changed(now_us) {
            match why {
                Some(why) => {
                    if let Some(held) = self.gate.get_mut(ticket) {
                        held.why = why;
                    }
                    self.note_held(ticket);
                }
                None => self.let_go(ticket),
            }
        }
    }

    fn let_go(&mut self, ticket: Ticket) {
        let Some(held) = self.gate.take(ticket) else { return };
        let Held { caller, place, call, payload, stage, resolved, .. } = held;
        self.note(Notice::LetGo { ticket, made: true });
        let thread = self
            .processes
            .get_mut(&caller.process)
            .and_then(|process| process.threads.get_mut(&caller.thread));
        if let Some(thread) = thread {
            thread.waiting = None;
        }
        self.pass(caller, place, call, &payload, stage, resolved);
    }

    /// A process ends: its calls are not made.
    pub(super) fn withdraw_held(&mut self, id: ProcessId) {
        for ticket in self.gate.withdraw(id) {
            self.note(Notice::LetGo { ticket, made: false });
        }
    }

    /// Has a call that is held end with `EINTR`, unmade.
    pub(super) fn interrupt_held(&mut self, id: ProcessId, thread: ThreadId) {
        if let Some((ticket, held)) = self.gate.withdraw_thread(id, thread) {
            self.note(Notice::LetGo { ticket, made: false });
            self.interrupted_call(id, thread, held.place);
        }
    }

    fn interrupted_call(&mut self, id: ProcessId, thread: ThreadId, place: AnswerPlace) {
        let header = shared::frame::to_json(&GuestAnswer::Error(Failure::new(Errno::EINTR)));
        self.answer_request(id, thread, place, header.as_bytes(), &[]);
    }

    fn note_held(&mut self, ticket: Ticket) {
        if let Some(held) = self.gate.get_mut(ticket) {
            let notice = Notice::Held(Box::new(held.notice(ticket)));
            self.note(notice);
        }
    }

    /// The page says something about the gate.
    pub(super) fn gate_command(&mut self, command: Command) {
        let now_us = self.outside.now_us();
        match command {
            Command::Pace(Pace::Slow { hold_ms }) => {
                let hold_ms = hold_ms.min(SLOW_MS_MAX);
                self.gate.set_pace(Pace::Slow { hold_ms }, now_us);
            }
            Command::Pace(pace) => self.gate.set_pace(pace, now_us),
            Command::Step { program, thread } => self.gate.step(&program, thread),
            Command::Breakpoints(breakpoints) => self.gate.breakpoints = breakpoints,
            Command::Repeat(turns) => self.repeat(turns, now_us),
            Command::Consent { ticket, consent } => self.consent(ticket, consent),
            Command::Framed => self.gate.grants.framed = true,
            Command::Grant(rule) => self.gate.grants.grant(rule),
            Command::Revoke(rule) => self.gate.grants.revoke(rule.as_ref()),
            Command::ForgetConsent => self.gate.grants.forget(),
            // Every other command has its own place.
            _ => {}
        }
        self.note_grants();
    }

    /// Tells the page what is allowed, where that changed.
    fn note_grants(&mut self) {
        let granted = self.gate.grants.granted();
        if granted != self.gate.told {
            self.gate.told.clone_from(&granted);
            self.note(Notice::Granted(granted));
        }
    }

    fn repeat(&mut self, mut turns: Vec<Turn>, now_us: u64) {
        turns.truncate(TURNS_MAX);
        self.gate.repeat = Repeat::new(turns, now_us);
    }

    fn consent(&mut self, ticket: Ticket, consent: Consent) {
        let Some(held) = self.gate.get_mut(ticket) else { return };
        let Why::Consent(destination) = &held.why else { return };
        let (process, destination) = (held.caller.process, destination.clone());
        if consent == Consent::Once {
            held.stage = Stage::Allowed;
        }
        self.gate.grants.answer(process, destination, consent);
    }

    /// A program did something else than in the order that is repeated. Everything halts there.
    fn diverged(&mut self, message: String) {
        self.gate.repeat = None;
        self.gate.set_pace(Pace::Step, self.outside.now_us());
        self.note(Notice::Repetition(Repetition::Diverged { message }));
    }

    /// A program has ended: says so if an order that is repeated waits for it.
    pub(super) fn cut_short(&mut self, program: &str) {
        let repeat = self.gate.repeat.as_ref();
        if let Some(message) = repeat.and_then(|repeat| repeat.cut_short(program)) {
            self.diverged(message);
        }
    }

    /// A thread's call has ended: another one's turn may have come.
    pub(super) fn turn_over(&mut self, id: ProcessId, thread: ThreadId) {
        let now_us = self.outside.now_us();
        if let Some(repeat) = &mut self.gate.repeat
            && let Some(process) = self.processes.get(&id)
            && let Some(program) = &process.program
        {
            repeat.ended(program, thread, now_us);
        }
    }

    /// Learns from a reply which addresses a name's consent covers.
    pub(super) fn learn(&mut self, id: ProcessId, shape: &Shape, reply: &str) {
        match shape {
            Shape::Resolves(name) => {
                if let Ok(resolved) = shared::json::read::<Resolved>(reply) {
                    let addresses: Vec<Address> =
                        resolved.entries.into_iter().map(|entry| entry.address).collect();
                    self.gate.grants.learn(id, name, &addresses);
                }
            }
            Shape::NamesHost => {
                if let Ok(HostName { name }) = shared::json::read(reply) {
                    self.gate.grants.learn_own_name(&name);
                }
            }
            Shape::Plain | Shape::Names(_) | Shape::Closes(_) | Shape::Places(_) => {}
        }
    }
}

/// Says why a call was not made; Python shows it below the error.
fn refusal(program: &str, destination: &Destination) -> String {
    let Destination { reach, host, port, .. } = destination;
    let place = match port {
        Some(port) if host.contains(':') => format!("[{host}]:{port}"),
        Some(port) if *reach != Reach::Lookup => format!("{host}:{port}"),
        _ => host.clone(),
    };
    let what = match reach {
        Reach::Connect => format!("connect to {place}"),
        Reach::Send => format!("send to {place}"),
        Reach::Bind => format!("open {place} to the network"),
        Reach::Lookup => format!("look up {place}"),
    };
    format!("{REFUSED}: {program} was not allowed to {what}. Run it again to be asked again.")
}
