//! Relative paths. The C library that the toolchain brings makes them absolute in one buffer
//! that all threads share, so that one thread could get the file that another one named. Its
//! function is a weak symbol; this one takes its place. Later releases of wasi-libc lock there.

#![expect(unsafe_code, reason = "is a function of the C library, and calls two")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::wasi::ffi::OsStringExt;

unsafe extern "C" {
    fn realloc(memory: *mut c_void, bytes: usize) -> *mut c_void;
    /// Returns the open directory above an absolute path, or -1. `rest` is then the path from
    /// there on, within `path` or of the library's own.
    fn __wasilibc_find_abspath(
        path: *const c_char,
        prefix: *mut *const c_char,
        rest: *mut *const c_char,
    ) -> c_int;
}

/// Returns the open directory above any path, or -1, and writes the path from there on into a
/// buffer, which it may replace by a longer one.
///
/// # Safety
///
/// Only the C library calls it: with a C string, and with a buffer that belongs to the thread
/// and, where `may_grow` is not 0, to `realloc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wasilibc_find_relpath_alloc(
    path: *const c_char,
    prefix: *mut *const c_char,
    buffer: *mut *mut c_char,
    buffer_bytes: *mut usize,
    may_grow: c_int,
) -> c_int {
    // SAFETY: the caller's.
    let path = unsafe { CStr::from_ptr(path) };
    let Some(absolute) = absolute(path) else { return -1 };
    let mut rest = std::ptr::null();
    // SAFETY: both results have room.
    let directory = unsafe { __wasilibc_find_abspath(absolute.as_ptr(), prefix, &raw mut rest) };
    if directory == -1 {
        return -1;
    }
    // SAFETY: it is a C string, in `absolute` or in the library.
    let mut rest = unsafe { CStr::from_ptr(rest) };
    if path.is_empty() {
        // Leads nowhere; the current directory is `.`.
        rest = c"";
    }
    let rest = rest.to_bytes_with_nul();
    // SAFETY: the caller's; the buffer has room once it has grown.
    unsafe {
        if *buffer_bytes < rest.len() {
            if may_grow == 0 {
                return -1;
            }
            let grown = realloc((*buffer).cast(), rest.len());
            if grown.is_null() {
                return -1;
            }
            *buffer = grown.cast();
            *buffer_bytes = rest.len();
        }
        rest.as_ptr().copy_to_nonoverlapping((*buffer).cast(), rest.len());
    }
    directory
}

/// Returns a path from the root on.
fn absolute(path: &CStr) -> Option<CString> {
    let path = path.to_bytes();
    if path.starts_with(b"/") {
        return CString::new(path).ok();
    }
    // What `chdir` is given becomes the current directory, and is read by people.
    let mut absolute = std::env::current_dir().ok()?.into_os_string().into_vec();
    match path.strip_prefix(b"./").unwrap_or(path) {
        b"" | b"." => {}
        below => {
            if !absolute.ends_with(b"/") {
                absolute.push(b'/');
            }
            absolute.extend_from_slice(below);
        }
    }
    CString::new(absolute).ok()
}
