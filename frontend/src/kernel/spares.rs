//! Warm interpreters and workers: started before somebody wants them.

use super::edition::Edition;
use super::limits::{SPARE_DELAY_US, SPARES_WARM, WORKERS_WARM};
use super::outside::{Outside, ThreadStart};
use super::process::{Activity, MAIN, Process};
use super::wasi::FileTable;
use super::{Kernel, ProcessId, WorkerId};

impl<O: Outside> Kernel<O> {
    /// Starts interpreters: as many as programs wait for, and of those that most programs need
    /// one spare after the other.
    pub(super) fn fill_spares(&mut self) {
        if self.template.is_none() {
            return;
        }
        for edition in Edition::ALL {
            while self.is_loaded(edition) && self.is_one_due(edition) {
                if let Err(message) = self.start_process(edition) {
                    let message = format!("No interpreter can be started: {message}");
                    self.no_interpreter(edition, message);
                    break;
                }
            }
        }
    }

    fn is_one_due(&self, edition: Edition) -> bool {
        let unassigned = self.processes.values();
        let unassigned = unassigned.filter(|it| it.program.is_none() && it.edition == edition);
        let (mut starting, mut ready) = (0, 0);
        for process in unassigned {
            if process.activity == Activity::Starting { starting += 1 } else { ready += 1 }
        }
        // Spares start one at a time, and not while a program that just began needs the
        // processor.
        let spare_due = edition == Edition::Plain
            && !self.spares_broken
            && starting == 0
            && ready < SPARES_WARM
            && self.spares_us.is_none();
        starting < self.waiting_for(edition) || spare_due
    }

    fn start_process(&mut self, edition: Edition) -> Result<(), String> {
        let Some(files) = self.template.clone() else { return Ok(()) };
        let id = ProcessId(self.next_process);
        self.next_process += 1;
        let memory = self.outside.new_memory(id, edition)?;
        let worker = self.take_worker()?;
        self.outside.run_thread(worker, &memory, ThreadStart::Main)?;
        self.workers.insert(worker, (id, MAIN));
        self.processes.insert(id, Process::new(edition, memory, FileTable::new(files), worker));
        Ok(())
    }

    /// Returns a worker that waits to be told what to run.
    pub(super) fn take_worker(&mut self) -> Result<WorkerId, String> {
        if let Some(worker) = self.idle_workers.pop() {
            let soon_us = self.outside.now_us() + SPARE_DELAY_US;
            self.spares_us.get_or_insert(soon_us);
            return Ok(worker);
        }
        self.start_worker()
    }

    fn start_worker(&mut self) -> Result<WorkerId, String> {
        let worker = WorkerId(self.next_worker);
        self.next_worker += 1;
        self.outside.start_worker(worker)?;
        Ok(worker)
    }

    /// Starts workers until there are enough warm ones.
    pub(super) fn fill_workers(&mut self) {
        while self.idle_workers.len() < WORKERS_WARM {
            match self.start_worker() {
                Ok(worker) => self.idle_workers.push(worker),
                Err(message) => return self.trouble(message),
            }
        }
    }
}
