//! An order of calls that is repeated: each call waits for its turn, so that an interleaving of
//! programs and threads comes out as it did before.

use std::collections::{BTreeSet, HashMap};

use super::Caller;
use crate::messages::{ProgramName, Turn, Why};

/// An order and how far it is.
#[derive(Debug)]
pub struct Repeat {
    turns: Vec<Turn>,
    next: usize,
    /// Calls of it that were made and have not ended, by who made them.
    open: HashMap<(ProgramName, u32), usize>,
    /// When it went on last.
    moved_us: u64,
}

impl Repeat {
    /// Returns the repetition of an order, or nothing where it has no calls.
    pub fn new(turns: Vec<Turn>, now_us: u64) -> Option<Repeat> {
        let repeat = Repeat { turns, next: 0, open: HashMap::new(), moved_us: now_us };
        (!repeat.turns.is_empty()).then_some(repeat)
    }

    /// Returns whether a thread may make its call now: it is next, and what had ended before
    /// has ended again.
    pub fn is_turn_of(&self, caller: &Caller) -> bool {
        let Some(turn) = self.turns.get(self.next) else { return false };
        let open: BTreeSet<usize> = self.open.values().copied().collect();
        turn.program == caller.program
            && turn.thread == caller.thread
            && open.iter().all(|&index| turn.beside.iter().any(|&beside| beside as usize == index))
    }

    /// Returns whose turn it is, as a reason to wait.
    pub fn next(&self) -> Option<Why> {
        let Turn { program, thread, method, .. } = self.turns.get(self.next)?;
        Some(Why::Turn { program: program.clone(), thread: *thread, method: method.clone() })
    }

    /// Says how a call differs from what the thread did in the order, if it does.
    pub fn differs(&self, caller: &Caller, method: &str) -> Option<String> {
        let Caller { program, thread, .. } = caller;
        let turn = self.turns[self.next..]
            .iter()
            .find(|turn| turn.program == *program && turn.thread == *thread)?;
        (turn.method != method).then(|| {
            format!("{program} is about to call {method}() where it called {}().", turn.method)
        })
    }

    /// Says what a program that ended has not done, if there is something.
    pub fn cut_short(&self, program: &str) -> Option<String> {
        let turn = self.turns[self.next..].iter().find(|turn| turn.program == program)?;
        Some(format!("{program} ended where it called {}().", turn.method))
    }

    /// A call was made. Returns how many of the order were, and whether it was the last one.
    pub fn made(&mut self, caller: &Caller, now_us: u64) -> Option<(u32, bool)> {
        if !self.is_turn_of(caller) {
            return None;
        }
        self.open.insert((caller.program.clone(), caller.thread), self.next);
        self.next += 1;
        self.moved_us = now_us;
        Some((self.next as u32, self.next == self.turns.len()))
    }

    /// A thread's call has ended.
    pub fn ended(&mut self, program: &str, thread: u32, now_us: u64) {
        if self.open.remove(&(program.to_owned(), thread)).is_some() {
            self.moved_us = now_us;
        }
    }

    /// Returns when it went on last.
    pub fn moved_us(&self) -> u64 {
        self.moved_us
    }
}
