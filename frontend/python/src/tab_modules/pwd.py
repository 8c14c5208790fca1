"""The password database: the user whose programs run here, and root."""

from _sockpit_posix import _result

struct_passwd = _result(
    "pwd.struct_passwd", "pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"
)
_USERS = [
    struct_passwd(("root", "x", 0, 0, "root", "/root", "/bin/sh")),
    struct_passwd(("user", "x", 1000, 1000, "", "/home/user", "/bin/sh")),
]


def getpwall():
    """Return a list of all available password database entries, in arbitrary order."""
    return list(_USERS)


def getpwnam(name, /):
    """Return the password database entry for the given user name."""
    for entry in _USERS:
        if entry.pw_name == name:
            return entry
    raise KeyError(f"getpwnam(): name not found: {name!r}")


def getpwuid(uid, /):
    """Return the password database entry for the given numeric user ID."""
    for entry in _USERS:
        if entry.pw_uid == uid:
            return entry
    raise KeyError(f"getpwuid(): uid not found: {uid}")
