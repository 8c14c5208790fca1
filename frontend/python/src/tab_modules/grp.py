"""The group database: the group of the user whose programs run here, and root's."""

from _sockpit_posix import _result

struct_group = _result("grp.struct_group", "gr_name", "gr_passwd", "gr_gid", "gr_mem")
_GROUPS = [struct_group(("root", "x", 0, [])), struct_group(("user", "x", 1000, []))]


def getgrall():
    """Return a list of all available group entries, in arbitrary order."""
    return list(_GROUPS)


def getgrnam(name):
    """Return the group database entry for the given group name."""
    for entry in _GROUPS:
        if entry.gr_name == name:
            return entry
    raise KeyError(f"getgrnam(): name not found: {name!r}")


def getgrgid(id):
    """Return the group database entry for the given numeric group ID."""
    for entry in _GROUPS:
        if entry.gr_gid == id:
            return entry
    raise KeyError(f"getgrgid(): gid not found: {id}")
