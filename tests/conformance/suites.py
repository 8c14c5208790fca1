"""Finds CPython's suites on this machine, and gives them to those that run them."""

import json
import os
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What suites read beside their own file: certificates, and what they share.
DATA = ["certdata/*.pem", "*.pem", "mock_socket.py", "smtpd.py", "asyncore.py", "asynchat.py",
        "ssl_servers.py", "test_ftplib.py", "__main__.py", "xmltestdata/*.xml"]


def find_cpython(python):
    """Returns the CPython that was asked for, or the newest here, and where its suites are."""
    if python:
        probe = "import os, test; print(os.path.dirname(test.__file__))"
        package = subprocess.check_output([python, "-c", probe], text=True).strip()
        return python, Path(package)
    found = versions()
    if not found:
        raise SystemExit("no CPython here has its test package; on Debian: "
                         "apt install libpython3.11-testsuite, or what it is for the version there")
    return found[0]


def versions():
    """Pythons of this machine, newest first, that have CPython's test package."""
    candidates = ["python3.14", "python3.13", "python3.12", "python3.11", "python3",
                  "/usr/bin/python3"]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += [str(path) for path in pyenv.glob("3.*/bin/python3")]
    found = {}
    for candidate in candidates:
        probe = "import sys, test.support, test.test_socket, test.test_selectors as t; " \
                "print(sys.version_info[1], t.__file__)"
        try:
            done = subprocess.run([candidate, "-c", probe], capture_output=True, text=True)
        except OSError:
            continue
        if done.returncode == 0:
            minor, file = done.stdout.split(None, 1)
            found.setdefault(int(minor), (candidate, Path(file.strip()).parent))
    return [found[minor] for minor in sorted(found, reverse=True)]


def suites_only(package):
    """A directory in which only CPython's `test` package is found, not its library."""
    directory = Path(tempfile.mkdtemp(prefix="sockpit-suites-"))
    (directory / "test").symlink_to(package)
    return directory


def imports_ssl(package, suite):
    text = (package / suite.replace(".", "/")).with_suffix(".py").read_text()
    return re.search(r"^\s*import ssl$", text, re.MULTILINE) is not None


def pack(path, suite, package, plan):
    """Writes what a program in the tab needs to run a suite."""
    files = [package / "__init__.py", *package.glob("support/**/*.py")]
    module = package / suite.replace(".", "/")
    if "." in suite:
        files += [module.parent / "__init__.py", *module.parent.glob("*.py")]
    else:
        files.append(module.with_suffix(".py"))
    files += [file for name in DATA for file in package.glob(name)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in dict.fromkeys(files):
            archive.write(file, f"test/{file.relative_to(package)}")
        archive.write(HERE / "harness.py", "harness.py")
        archive.writestr("suite.json", json.dumps({"suite": f"test.{suite}", **plan}))
