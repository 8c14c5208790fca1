//! The host's network interfaces.

use std::ffi::{CStr, CString};
use std::io;

use shared::reply::Interface;

/// Returns every interface.
pub(crate) fn all() -> io::Result<Vec<Interface>> {
    // SAFETY: it takes nothing and returns null or an array that is ours until it is freed.
    let first = unsafe { libc::if_nameindex() };
    if first.is_null() {
        return Err(io::Error::last_os_error());
    }
    let mut interfaces = Vec::new();
    let mut next = first;
    // SAFETY: an entry without a name ends the array, and `next` is not moved past it.
    while let Some(entry) = unsafe { next.as_ref() }
        && !entry.if_name.is_null()
    {
        // SAFETY: an interface's name is a string that lives as long as the array.
        let name = unsafe { CStr::from_ptr(entry.if_name) }.to_string_lossy().into_owned();
        interfaces.push(Interface { index: entry.if_index, name });
        // SAFETY: this entry did not end the array, so there is one behind it.
        next = unsafe { next.add(1) };
    }
    // SAFETY: it is what `if_nameindex` returned, and nothing points into it any more.
    unsafe { libc::if_freenameindex(first) };
    Ok(interfaces)
}

/// Finds an interface by its name.
pub(crate) fn by_name(name: &str) -> io::Result<Interface> {
    let no_such = || io::Error::from_raw_os_error(libc::ENODEV);
    let text = CString::new(name).map_err(|_| no_such())?;
    // SAFETY: the name is a string that outlives the call.
    match unsafe { libc::if_nametoindex(text.as_ptr()) } {
        0 => Err(no_such()),
        index => Ok(Interface { index, name: name.to_owned() }),
    }
}

/// Finds an interface by its number.
pub(crate) fn by_index(index: u32) -> io::Result<Interface> {
    let mut name = [0_u8; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the length that the function asks for.
    if unsafe { libc::if_indextoname(index, name.as_mut_ptr().cast()) }.is_null() {
        return Err(io::Error::last_os_error());
    }
    let name = CStr::from_bytes_until_nul(&name).map_err(io::Error::other)?;
    Ok(Interface { index, name: name.to_string_lossy().into_owned() })
}
