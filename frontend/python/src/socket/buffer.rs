//! Buffers that a program passes.

use rustpython_vm::function::{ArgMemoryBuffer, OptionalArg};
use rustpython_vm::{PyResult, VirtualMachine};
use shared::errno::Errno;

use super::{error, options};
use crate::argument::Size;
use crate::client::client;

/// Returns how many bytes to receive into a buffer.
pub(super) fn buffer_len(
    buffer: &ArgMemoryBuffer,
    nbytes: OptionalArg<Size>,
    method: &str,
    vm: &VirtualMachine,
) -> PyResult<u32> {
    // A buffer of more than 4 GiB is filled a part at a time.
    let room = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
    let asked = u64::try_from(nbytes.unwrap_or(Size(0)).0)
        .map_err(|_| vm.new_value_error(format!("negative buffersize in {method}")))?;
    let asked = u32::try_from(asked).unwrap_or(u32::MAX);
    if asked > room {
        let message = match method {
            "recv_into" => "buffer too small for requested bytes",
            _ => "nbytes is greater than the length of the buffer",
        };
        return Err(vm.new_value_error(message));
    }
    Ok(if asked == 0 { room } else { asked })
}

pub(super) fn fill(buffer: &ArgMemoryBuffer, payload: &[u8]) {
    let mut room = buffer.borrow_buf_mut();
    let len = payload.len().min(room.len());
    room[..len].copy_from_slice(&payload[..len]);
}

/// Returns the part of the data that one call carries: of a stream its beginning, of a
/// datagram all or nothing.
pub(super) fn first_part<'a>(data: &'a [u8], kind: i32, vm: &VirtualMachine) -> PyResult<&'a [u8]> {
    let max = client().map_or(usize::MAX, |client| client.transfer_bytes_max());
    if data.len() <= max {
        return Ok(data);
    }
    if kind == options::SOCK_DGRAM {
        return Err(error::os_error(Errno::EMSGSIZE, vm));
    }
    Ok(&data[..max])
}
