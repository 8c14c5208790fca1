//! The gate: where a socket call stands before it is made. It decides which calls are held and
//! why; `holding.rs` does the holding.
//!
//! A call passes in stages: breakpoints first, then its turn (step mode, slow motion, a repeated
//! order), and consent last, so that nobody is asked about a call that is not made.
//!
//! - [`consent`]: destinations, and what the visitor allowed.
//! - [`public`]: which addresses a name's consent covers.
//! - [`turns`]: an order that is repeated.

pub mod consent;
pub mod public;
pub mod turns;

use std::collections::BTreeMap;

use shared::address::Address;
use shared::guest::GuestCall;

use super::ProcessId;
use super::process::{AnswerPlace, ThreadId};
use crate::messages::{Breakpoints, Granted, HeldCall, Pace, ProgramName, Ticket, Why};
use consent::Grants;
use turns::Repeat;

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It has just arrived.
    Arrived,
    /// Its breakpoint let it go.
    Turn,
    /// It was its turn.
    Consent,
    /// The visitor allowed this call.
    Allowed,
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub process: ProcessId,
    pub thread: ThreadId,
    /// Empty for an interpreter that has no program.
    pub program: ProgramName,
    /// What it does is shown on the page; nobody could let go what is not.
    pub shown: bool,
}

/// A call that stands at the gate. It is the gate's own copy: the program's other threads cannot
/// change what the visitor was asked about.
#[derive(Debug)]
pub struct Held {
    pub caller: Caller,
    pub place: AnswerPlace,
    pub call: GuestCall,
    pub payload: Vec<u8>,
    pub stage: Stage,
    /// Where its name led, once that was looked up; the address that `listen` gives a socket.
    pub resolved: Option<Address>,
    pub why: Why,
    pub since_us: u64,
}

/// What holds calls, and the calls that are held.
#[derive(Debug, Default)]
pub struct Gate {
    pace: Pace,
    /// When the pace was set.
    paced_us: u64,
    pub breakpoints: Breakpoints,
    pub grants: Grants,
    /// What the page knows of them.
    pub told: Vec<Granted>,
    pub repeat: Option<Repeat>,
    held: BTreeMap<Ticket, Held>,
    last_ticket: Ticket,
}

impl Gate {
    /// Returns why a call is to be held now, or nothing where it may be made.
    pub fn holds(
        &self,
        caller: &Caller,
        call: &GuestCall,
        stage: Stage,
        resolved: Option<&Address>,
        [since_us, now_us]: [u64; 2],
    ) -> Option<Why> {
        if stage < Stage::Turn && caller.shown && self.breaks(call) {
            return Some(Why::Breakpoint);
        }
        if stage < Stage::Consent
            && caller.shown
            && let Some(why) = self.out_of_turn(caller, since_us, now_us)
        {
            return Some(why);
        }
        if stage < Stage::Allowed
            && let Some(destination) = self.grants.asks(caller, &call.call, resolved)
        {
            return Some(Why::Consent(destination));
        }
        None
    }

    fn breaks(&self, call: &GuestCall) -> bool {
        // Step mode holds it anyway, and a repeated order does not stop on its way.
        if self.pace == Pace::Step || self.repeat.is_some() {
            return false;
        }
        let Breakpoints { methods, sites } = &self.breakpoints;
        methods.contains(&call.method)
            || call.site.as_ref().is_some_and(|site| sites.contains(site))
    }

    fn out_of_turn(&self, caller: &Caller, since_us: u64, now_us: u64) -> Option<Why> {
        match (&self.repeat, self.pace) {
            (Some(repeat), _) if !repeat.is_turn_of(caller) => repeat.next(),
            (_, Pace::Slow { hold_ms }) => {
                (now_us < self.slow_until_us(hold_ms, since_us)).then_some(Why::Slow)
            }
            (Some(_), _) | (None, Pace::Free) => None,
            (None, Pace::Step) => Some(Why::Step),
        }
    }

    /// Puts a call at the gate.
    pub fn put(&mut self, held: Held) -> Ticket {
        self.last_ticket += 1;
        self.held.insert(self.last_ticket, held);
        self.last_ticket
    }

    /// Takes a call from the gate.
    pub fn take(&mut self, ticket: Ticket) -> Option<Held> {
        self.held.remove(&ticket)
    }

    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub fn get_mut(&mut self, ticket: Ticket) -> Option<&mut Held> {
        self.held.get_mut(&ticket)
    }

    /// Returns the first call that may be made now or is held for another reason now.
    pub fn changed(&self, now_us: u64) -> Option<(Ticket, Option<Why>)> {
        self.held.iter().find_map(|(&ticket, held)| {
            let Held { caller, call, stage, resolved, since_us, .. } = held;
            let times_us = [*since_us, now_us];
            let why = self.holds(caller, call, *stage, resolved.as_ref(), times_us);
            (why.as_ref() != Some(&held.why)).then_some((ticket, why))
        })
    }

    /// Returns when slow motion lets the next call go.
    pub fn due_us(&self) -> Option<u64> {
        let Pace::Slow { hold_ms } = self.pace else { return None };
        let slow = self.held.values().filter(|held| held.why == Why::Slow);
        slow.map(|held| self.slow_until_us(hold_ms, held.since_us)).min()
    }

    /// Returns when slow motion lets a call go that came at a time.
    fn slow_until_us(&self, hold_ms: u32, since_us: u64) -> u64 {
        let turn_us = self.repeat.as_ref().map_or(0, Repeat::moved_us);
        since_us.max(self.paced_us).max(turn_us) + u64::from(hold_ms) * 1000
    }

    /// Sets how fast calls go. `Free` lets those go that wait for somebody to let them.
    pub fn set_pace(&mut self, pace: Pace, now_us: u64) {
        (self.pace, self.paced_us) = (pace, now_us);
        if pace == Pace::Free {
            self.repeat = None;
            for held in self.held.values_mut() {
                held.stage = held.stage.max(Stage::Consent);
            }
        }
    }

    /// Lets one call go: a thread's, or the one of the program that is held longest.
    pub fn step(&mut self, program: &str, thread: Option<ThreadId>) {
        let wanted = |held: &&mut Held| {
            held.caller.program == program
                && thread.is_none_or(|thread| held.caller.thread == thread)
                && !matches!(held.why, Why::Consent(_))
        };
        if let Some(held) = self.held.values_mut().find(wanted) {
            held.stage = Stage::Consent;
            if let Why::Turn { .. } = held.why {
                self.repeat = None;
            }
        }
    }

    /// Forgets the call that a thread waits to make.
    pub fn withdraw_thread(
        &mut self,
        process: ProcessId,
        thread: ThreadId,
    ) -> Option<(Ticket, Held)> {
        let of_thread =
            |held: &Held| held.caller.process == process && held.caller.thread == thread;
        let ticket = *self.held.iter().find(|(_, held)| of_thread(held))?.0;
        Some((ticket, self.held.remove(&ticket)?))
    }

    /// Forgets the calls of a process, and what was allowed to it; returns their tickets.
    pub fn withdraw(&mut self, process: ProcessId) -> Vec<Ticket> {
        self.grants.end_process(process);
        let of_process = |held: &Held| held.caller.process == process;
        let gone: Vec<Ticket> =
            self.held.iter().filter(|(_, held)| of_process(held)).map(|(&at, _)| at).collect();
        for ticket in &gone {
            self.held.remove(ticket);
        }
        gone
    }
}

impl Held {
    /// Returns what the page is told of it.
    pub fn notice(&self, ticket: Ticket) -> HeldCall {
        HeldCall {
            ticket,
            program: self.caller.program.clone(),
            thread: self.caller.thread,
            site: self.call.site.clone(),
            method: self.call.method.clone(),
            call: self.call.call.clone(),
            sends: self.payload.len() as u64,
            why: self.why.clone(),
            since_ms: self.since_us as f64 / 1000.0,
        }
    }
}
