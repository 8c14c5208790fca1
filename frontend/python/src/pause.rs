//! Waits that are no calls on the host: sleeping, and waiting for another thread.
//!
//! The kernel worker is told of them, so that the page can say what a program waits for, and
//! an interrupt ends them.

use std::time::{Duration, Instant};

use rustpython_vm::VirtualMachine;
#[cfg(target_arch = "wasm32")]
use shared::guest::Pause;

use crate::client::Timeout;
#[cfg(target_arch = "wasm32")]
use crate::site;

/// How long the main thread waits for a lock before it looks whether it was interrupted. Only
/// the thread that has the lock can wake it, and a person does not notice a tenth of a second.
pub(crate) const LOCK_LOOK: Duration = Duration::from_millis(100);

/// A wait for a lock that ends sooner is not told of: nobody could be shown it.
pub(crate) const LOCK_TOLD: Duration = Duration::from_millis(15);

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "names functions that the tab provides")]
mod tab {
    #[link(wasm_import_module = "sockpit")]
    unsafe extern "C" {
        /// Returns 0 when the time is over, and something else when the sleep was interrupted.
        pub(super) fn sleep(milliseconds: f64, about: *const u8, about_len: u32) -> i32;
        pub(super) fn wait(about: *const u8, about_len: u32);
        pub(super) safe fn awake();
        #[link_name = "keep-thread"]
        pub(super) safe fn keep_thread() -> i32;
        /// Returns the number of the next signal.
        pub(super) safe fn interrupted() -> i32;
        /// Sends a signal, at once or so many milliseconds later; with -1 none.
        pub(super) safe fn signal(signal: i32, milliseconds: i32) -> i32;
    }
}

/// Sleeps, at most until the next interrupt; tells whether the time is over.
#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "calls a function that the tab provides")]
fn sleep_once(time: Duration, about: &str) -> bool {
    let milliseconds = time.as_secs_f64() * 1000.0;
    // SAFETY: the text outlives the call.
    unsafe { tab::sleep(milliseconds, about.as_ptr(), about.len() as u32) == 0 }
}

#[cfg(not(target_arch = "wasm32"))]
fn sleep_once(time: Duration, _about: &str) -> bool {
    std::thread::sleep(time);
    true
}

/// Sleeps for `method` as long as its timeout says. An interrupt whose handler returns is no
/// reason to sleep shorter (PEP 475).
pub(crate) fn sleep(
    method: &'static str,
    timeout: Timeout,
    vm: &VirtualMachine,
) -> rustpython_vm::PyResult<()> {
    /// Longer than any tab is open.
    const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    let time = match timeout {
        Timeout::Never => return Ok(()),
        Timeout::After(time) => time.min(FOREVER),
        Timeout::Forever => FOREVER,
    };
    let about = about(method, vm);
    let deadline = Instant::now() + time;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if vm.allow_threads(|| sleep_once(left, &about)) {
            return Ok(());
        }
        crate::interrupt::check(vm)?;
    }
}

/// Says what a thread waits for, and where, until it is dropped.
pub(crate) struct Told(());

impl Told {
    /// Tells that this thread waits in `method`, or rather in what the program called and came
    /// to it: in `get` of a queue, in `join` of a thread.
    #[cfg(target_arch = "wasm32")]
    #[expect(unsafe_code, reason = "calls a function that the tab provides")]
    pub(crate) fn of(method: &'static str, vm: &VirtualMachine) -> Told {
        let about = about(method, vm);
        // SAFETY: the text outlives the call.
        unsafe { tab::wait(about.as_ptr(), about.len() as u32) };
        Told(())
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn of(_method: &'static str, _vm: &VirtualMachine) -> Told {
        Told(())
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        #[cfg(target_arch = "wasm32")]
        tab::awake();
    }
}

#[cfg(target_arch = "wasm32")]
fn about(method: &'static str, vm: &VirtualMachine) -> String {
    let (method, site) = site::waiting(method, vm);
    shared::frame::to_json(&Pause { method, site })
}

#[cfg(not(target_arch = "wasm32"))]
fn about(_method: &'static str, _vm: &VirtualMachine) -> String {
    String::new()
}

/// Has the kernel worker keep the thread that is started next until the first interrupt.
#[cfg(target_arch = "wasm32")]
pub(crate) fn keep_next_thread() {
    tab::keep_thread();
}

/// Waits until the program is sent a signal again, and returns its number.
#[cfg(target_arch = "wasm32")]
pub(crate) fn next_signal() -> u32 {
    tab::interrupted().unsigned_abs()
}

/// Has the kernel worker send the program a signal, at once or so many milliseconds later; with
/// -1 it forgets the one that was to come later.
#[cfg(target_arch = "wasm32")]
pub(crate) fn send_signal(signal: i32, milliseconds: i32) {
    tab::signal(signal, milliseconds);
}

/// Natively signals are the system's.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn send_signal(_signal: i32, _milliseconds: i32) {}
