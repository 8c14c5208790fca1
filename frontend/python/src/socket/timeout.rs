//! Timeouts: seconds or `None` in Python, a [`Timeout`] for calls.

use std::time::Duration;

use crossbeam_utils::atomic::AtomicCell;
use rustpython_vm::{PyObject, PyResult, VirtualMachine};

use crate::client::Timeout;

/// Seconds beyond which a timeout does not fit CPython's clock (2^63 nanoseconds).
const TIMEOUT_SECONDS_MAX: f64 = 9_223_372_036.0;

/// What `setdefaulttimeout` sets.
pub(super) static DEFAULT_TIMEOUT: AtomicCell<Timeout> = AtomicCell::new(Timeout::Forever);

/// Reads a timeout in seconds.
pub(super) fn timeout_from_python(timeout: &PyObject, vm: &VirtualMachine) -> PyResult<Timeout> {
    if vm.is_none(timeout) {
        return Ok(Timeout::Forever);
    }
    let Some(seconds) = timeout.try_float_opt(vm) else {
        let class = timeout.class().name().to_string();
        let text = format!("'{class}' object cannot be interpreted as an integer");
        return Err(vm.new_type_error(text));
    };
    let seconds = seconds?.to_f64();
    if seconds.is_nan() {
        return Err(vm.new_value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(vm.new_value_error("Timeout value out of range"));
    }
    if seconds > TIMEOUT_SECONDS_MAX {
        return Err(vm.new_overflow_error("timestamp out of range for platform time_t"));
    }
    let time = Duration::try_from_secs_f64(seconds)
        .map_err(|_| vm.new_value_error("Timeout value out of range"))?;
    Ok(if time.is_zero() { Timeout::Never } else { Timeout::After(time) })
}

/// Writes a timeout in seconds.
pub(super) fn timeout_to_python(timeout: Timeout) -> Option<f64> {
    match timeout {
        Timeout::Forever => None,
        Timeout::Never => Some(0.0),
        Timeout::After(time) => Some(time.as_secs_f64()),
    }
}
