//! Errors as they cross the wire: by name, because numbers differ between platforms
//! (`ECONNREFUSED` is 111 on Linux and 14 in WASI).
//!
//! The numbers and texts beside the names are Linux's: what a Python program is shown.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limit::LimitName;

/// Why a call failed: a code to branch on and prose to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    pub errno: Errno,
    pub message: String,
    /// The limit that was hit, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitName>,
}

impl Failure {
    /// Returns a failure that carries the error's standard text.
    pub fn new(errno: Errno) -> Self {
        Self { errno, message: errno.text().to_owned(), limit: None }
    }

    /// Returns a failure with an explanation of its own.
    pub fn explained(errno: Errno, message: impl Into<String>) -> Self {
        Self { errno, message: message.into(), limit: None }
    }

    /// Returns the failure of a call for which a limit leaves no room.
    pub fn limited(errno: Errno, limit: LimitName, message: impl Into<String>) -> Self {
        Self { errno, message: message.into(), limit: Some(limit) }
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::new(errno)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.errno.name(), self.message)
    }
}

impl std::error::Error for Failure {}

macro_rules! errnos {
    ($($name:ident = $number:expr, $text:literal;)*) => {
        /// A POSIX error (`errno(3)`) or a resolver error (`gai_strerror(3)`, the `EAI_` names).
        #[allow(clippy::upper_case_acronyms, non_camel_case_types, reason = "POSIX spells them so")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Errno {
            $(#[doc = $text] $name,)*
        }

        impl Errno {
            /// Every error there is a name for.
            pub const ALL: &'static [Errno] = &[$(Errno::$name,)*];

            /// Returns the standard name, such as `"ECONNREFUSED"`.
            pub fn name(self) -> &'static str {
                match self { $(Errno::$name => stringify!($name),)* }
            }

            /// Returns Linux's number; resolver errors are negative, as in `netdb.h`.
            pub fn number(self) -> i32 {
                match self { $(Errno::$name => $number,)* }
            }

            /// Returns the text that glibc's `strerror` or `gai_strerror` gives.
            pub fn text(self) -> &'static str {
                match self { $(Errno::$name => $text,)* }
            }

            /// Returns the error with this Linux number.
            pub fn from_number(number: i32) -> Option<Errno> {
                $(if number == $number { return Some(Errno::$name); })*
                None
            }
        }

        impl FromStr for Errno {
            type Err = UnknownErrno;

            fn from_str(name: &str) -> Result<Self, UnknownErrno> {
                match name {
                    $(stringify!($name) => Ok(Errno::$name),)*
                    _ => Err(UnknownErrno(name.to_owned())),
                }
            }
        }
    };
}

errnos! {
    EPERM = 1, "Operation not permitted";
    ENOENT = 2, "No such file or directory";
    ESRCH = 3, "No such process";
    EINTR = 4, "Interrupted system call";
    EIO = 5, "Input/output error";
    ENXIO = 6, "No such device or address";
    E2BIG = 7, "Argument list too long";
    ENOEXEC = 8, "Exec format error";
    EBADF = 9, "Bad file descriptor";
    ECHILD = 10, "No child processes";
    EAGAIN = 11, "Resource temporarily unavailable";
    ENOMEM = 12, "Cannot allocate memory";
    EACCES = 13, "Permission denied";
    EFAULT = 14, "Bad address";
    ENOTBLK = 15, "Block device required";
    EBUSY = 16, "Device or resource busy";
    EEXIST = 17, "File exists";
    EXDEV = 18, "Invalid cross-device link";
    ENODEV = 19, "No such device";
    ENOTDIR = 20, "Not a directory";
    EISDIR = 21, "Is a directory";
    EINVAL = 22, "Invalid argument";
    ENFILE = 23, "Too many open files in system";
    EMFILE = 24, "Too many open files";
    ENOTTY = 25, "Inappropriate ioctl for device";
    ETXTBSY = 26, "Text file busy";
    EFBIG = 27, "File too large";
    ENOSPC = 28, "No space left on device";
    ESPIPE = 29, "Illegal seek";
    EROFS = 30, "Read-only file system";
    EMLINK = 31, "Too many links";
    EPIPE = 32, "Broken pipe";
    EDOM = 33, "Numerical argument out of domain";
    ERANGE = 34, "Numerical result out of range";
    EDEADLK = 35, "Resource deadlock avoided";
    ENAMETOOLONG = 36, "File name too long";
    ENOLCK = 37, "No locks available";
    ENOSYS = 38, "Function not implemented";
    ENOTEMPTY = 39, "Directory not empty";
    ELOOP = 40, "Too many levels of symbolic links";
    ENOMSG = 42, "No message of desired type";
    EIDRM = 43, "Identifier removed";
    ECHRNG = 44, "Channel number out of range";
    EL2NSYNC = 45, "Level 2 not synchronized";
    EL3HLT = 46, "Level 3 halted";
    EL3RST = 47, "Level 3 reset";
    ELNRNG = 48, "Link number out of range";
    EUNATCH = 49, "Protocol driver not attached";
    ENOCSI = 50, "No CSI structure available";
    EL2HLT = 51, "Level 2 halted";
    EBADE = 52, "Invalid exchange";
    EBADR = 53, "Invalid request descriptor";
    EXFULL = 54, "Exchange full";
    ENOANO = 55, "No anode";
    EBADRQC = 56, "Invalid request code";
    EBADSLT = 57, "Invalid slot";
    EBFONT = 59, "Bad font file format";
    ENOSTR = 60, "Device not a stream";
    ENODATA = 61, "No data available";
    ETIME = 62, "Timer expired";
    ENOSR = 63, "Out of streams resources";
    ENONET = 64, "Machine is not on the network";
    ENOPKG = 65, "Package not installed";
    EREMOTE = 66, "Object is remote";
    ENOLINK = 67, "Link has been severed";
    EADV = 68, "Advertise error";
    ESRMNT = 69, "Srmount error";
    ECOMM = 70, "Communication error on send";
    EPROTO = 71, "Protocol error";
    EMULTIHOP = 72, "Multihop attempted";
    EDOTDOT = 73, "RFS specific error";
    EBADMSG = 74, "Bad message";
    EOVERFLOW = 75, "Value too large for defined data type";
    ENOTUNIQ = 76, "Name not unique on network";
    EBADFD = 77, "File descriptor in bad state";
    EREMCHG = 78, "Remote address changed";
    ELIBACC = 79, "Can not access a needed shared library";
    ELIBBAD = 80, "Accessing a corrupted shared library";
    ELIBSCN = 81, ".lib section in a.out corrupted";
    ELIBMAX = 82, "Attempting to link in too many shared libraries";
    ELIBEXEC = 83, "Cannot exec a shared library directly";
    EILSEQ = 84, "Invalid or incomplete multibyte or wide character";
    ERESTART = 85, "Interrupted system call should be restarted";
    ESTRPIPE = 86, "Streams pipe error";
    EUSERS = 87, "Too many users";
    ENOTSOCK = 88, "Socket operation on non-socket";
    EDESTADDRREQ = 89, "Destination address required";
    EMSGSIZE = 90, "Message too long";
    EPROTOTYPE = 91, "Protocol wrong type for socket";
    ENOPROTOOPT = 92, "Protocol not available";
    EPROTONOSUPPORT = 93, "Protocol not supported";
    ESOCKTNOSUPPORT = 94, "Socket type not supported";
    EOPNOTSUPP = 95, "Operation not supported";
    EPFNOSUPPORT = 96, "Protocol family not supported";
    EAFNOSUPPORT = 97, "Address family not supported by protocol";
    EADDRINUSE = 98, "Address already in use";
    EADDRNOTAVAIL = 99, "Cannot assign requested address";
    ENETDOWN = 100, "Network is down";
    ENETUNREACH = 101, "Network is unreachable";
    ENETRESET = 102, "Network dropped connection on reset";
    ECONNABORTED = 103, "Software caused connection abort";
    ECONNRESET = 104, "Connection reset by peer";
    ENOBUFS = 105, "No buffer space available";
    EISCONN = 106, "Transport endpoint is already connected";
    ENOTCONN = 107, "Transport endpoint is not connected";
    ESHUTDOWN = 108, "Cannot send after transport endpoint shutdown";
    ETOOMANYREFS = 109, "Too many references: cannot splice";
    ETIMEDOUT = 110, "Connection timed out";
    ECONNREFUSED = 111, "Connection refused";
    EHOSTDOWN = 112, "Host is down";
    EHOSTUNREACH = 113, "No route to host";
    EALREADY = 114, "Operation already in progress";
    EINPROGRESS = 115, "Operation now in progress";
    ESTALE = 116, "Stale file handle";
    EUCLEAN = 117, "Structure needs cleaning";
    ENOTNAM = 118, "Not a XENIX named type file";
    ENAVAIL = 119, "No XENIX semaphores available";
    EISNAM = 120, "Is a named type file";
    EREMOTEIO = 121, "Remote I/O error";
    EDQUOT = 122, "Disk quota exceeded";
    ENOMEDIUM = 123, "No medium found";
    EMEDIUMTYPE = 124, "Wrong medium type";
    ECANCELED = 125, "Operation canceled";
    ENOKEY = 126, "Required key not available";
    EKEYEXPIRED = 127, "Key has expired";
    EKEYREVOKED = 128, "Key has been revoked";
    EKEYREJECTED = 129, "Key was rejected by service";
    EOWNERDEAD = 130, "Owner died";
    ENOTRECOVERABLE = 131, "State not recoverable";
    ERFKILL = 132, "Operation not possible due to RF-kill";
    EAI_BADFLAGS = -1, "Bad value for ai_flags";
    EAI_NONAME = -2, "Name or service not known";
    EAI_AGAIN = -3, "Temporary failure in name resolution";
    EAI_FAIL = -4, "Non-recoverable failure in name resolution";
    EAI_NODATA = -5, "No address associated with hostname";
    EAI_FAMILY = -6, "ai_family not supported";
    EAI_SOCKTYPE = -7, "ai_socktype not supported";
    EAI_SERVICE = -8, "Servname not supported for ai_socktype";
    EAI_ADDRFAMILY = -9, "Address family for hostname not supported";
    EAI_MEMORY = -10, "Memory allocation failure";
    EAI_SYSTEM = -11, "System error";
    EAI_OVERFLOW = -12, "Argument buffer overflow";
}

impl Errno {
    /// Tells whether this came from the resolver: Python raises `gaierror` then, not `OSError`.
    pub fn is_resolver(self) -> bool {
        self.number() < 0
    }
}

/// A name that is no error's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownErrno(pub String);

impl fmt::Display for UnknownErrno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown errno {:?}", self.0)
    }
}

impl std::error::Error for UnknownErrno {}

impl Serialize for Errno {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Errno {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_lead_back_to_the_error() {
        for &errno in Errno::ALL {
            assert_eq!(errno.name().parse(), Ok(errno));
            assert_eq!(Errno::from_number(errno.number()), Some(errno));
        }
    }

    #[test]
    fn an_error_is_its_name_on_the_wire() {
        assert_eq!(serde_json::to_string(&Errno::ECONNREFUSED).unwrap(), "\"ECONNREFUSED\"");
        assert!(serde_json::from_str::<Errno>("\"EWHATEVER\"").is_err());
    }
}
