"""Runs CPython's own test suites for the network modules under CPython and under Sockpit.

`scripts/conformance --help` says how. Nothing of the suites is kept: they come from a CPython
on this machine that has its `test` package.
"""

import argparse
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from pathlib import Path

import table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RESULTS = ROOT / "target/conformance"
REASONS = HERE / "reasons.toml"

SUITES = [
    "test_socket",
    "test_select",
    "test_selectors",
    "test_poll",
    "test_epoll",
    "test_socketserver",
    "test_httplib",
    "test_smtplib",
    "test_poplib",
    "test_ftplib",
    "test_xmlrpc",
    "test_urllib2_localnet",
    "test_asyncio.test_streams",
    "test_asyncio.test_sock_lowlevel",
    "test_asyncio.test_selector_events",
    "test_asyncio.test_server",
]

# Those that a minute is enough for.
QUICK = [
    "test_select",
    "test_selectors",
    "test_poll",
    "test_epoll",
    "test_urllib2_localnet",
    "test_asyncio.test_sock_lowlevel",
    "test_asyncio.test_server",
]

# What suites read beside their own file: certificates, and what they share.
DATA = ["certdata/*.pem", "*.pem", "mock_socket.py", "smtpd.py", "asyncore.py", "asynchat.py",
        "ssl_servers.py", "test_ftplib.py", "__main__.py", "xmltestdata/*.xml"]

# Seconds without a word after which a test counts as hung.
SILENCE_MAX = {"cpython": 60, "native": 45, "stock": 45, "tab": 60}

# Seconds for an interpreter, or a browser, to end when it is told to.
END_WAIT_MAX = 5

# Processes for one suite: each that ends early costs one test.
ATTEMPTS_MAX = 60


class Process:
    """An interpreter that runs the harness natively."""

    def __init__(self, command, environment, log, plan):
        self.plan_file = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
        json.dump(plan, self.plan_file)
        self.plan_file.close()
        self.directory = tempfile.mkdtemp(prefix="sockpit-conformance-")
        self.lines = queue.Queue()
        # In a session of its own, so that what it starts ends with it.
        self.process = subprocess.Popen(
            [*command, self.plan_file.name],
            env=environment,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def next(self, seconds):
        return self.lines.get(timeout=seconds)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(END_WAIT_MAX)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.unlink(self.plan_file.name)
        shutil.rmtree(self.directory, ignore_errors=True)
        return self.process.returncode


def collect(suite, who, start, only=None):
    """Runs a suite to its end, in as many processes as it takes, and returns its results.

    With `only`, the names of tests, no others are run.
    """
    results = {"suite": suite, "who": who, "python": "", "tests": {}}
    tests, names = results["tests"], []
    never = [] if who == "cpython" else table.Reasons(REASONS).never(who)
    silence = SILENCE_MAX[who]
    for attempt in range(ATTEMPTS_MAX):
        plan = {"done": sorted(tests), "never": never, "only": only}
        process, current, finished, why = start(plan), None, False, ""
        try:
            while not finished:
                line = process.next(silence)
                if line is None:
                    why = "the process ended"
                    break
                if "\x1e" not in line:
                    continue
                event = json.loads(line.partition("\x1e")[2])
                if "tests" in event:
                    names, results["python"] = event["tests"], event["python"]
                elif "begin" in event:
                    current = event["begin"]
                elif "end" in event:
                    tests[event["end"]] = {"outcome": event["outcome"], "text": event["text"]}
                    current = None
                    if who != "cpython" and event["outcome"] in ("failed", "error"):
                        print(f"  {event['end']}: {event['text']}", flush=True)
                else:
                    finished = True
        except queue.Empty:
            why = f"nothing happened for {silence} s"
        finally:
            code = process.end()
        if finished:
            break
        if current is None:
            if not names:
                raise SystemExit(f"{suite} under {who}: {why}; see {RESULTS}/{suite}.{who}.log")
            left = [name for name in names if name not in tests]
            if not left:
                break
            current = left[0]
        outcome = "hung" if "nothing" in why else "crashed"
        tests[current] = {"outcome": outcome, "text": f"{why} ({code})" if outcome == "crashed" else why}
        print(f"  {current}: {outcome}", flush=True)
    for name in names:
        tests.setdefault(name, {"outcome": "error", "text": "it never ran"})
    results["tests"] = {name: tests[name] for name in names}
    return results


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


class Backend:
    """A backend on a port of its own."""

    def __init__(self, binary):
        self.process = subprocess.Popen(
            [binary, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        self.address = re.search(r"http://([^/\s]+)", line)[1]

    def end(self):
        self.process.terminate()
        self.process.wait()


def suites_only(package):
    """A directory in which only CPython's `test` package is found, not its library."""
    directory = Path(tempfile.mkdtemp(prefix="sockpit-suites-"))
    (directory / "test").symlink_to(package)
    return directory


def run_native(suite, who, interpreter, environment, only=None):
    RESULTS.mkdir(parents=True, exist_ok=True)
    with open(RESULTS / f"{suite}.{who}.log", "w") as log:
        def start(plan):
            command = [*interpreter, str(HERE / "harness.py"), f"test.{suite}"]
            return Process(command, {**os.environ, **environment}, log, plan)

        return collect(suite, who, start, only)


def run_tab(suite, package, backend):
    RESULTS.mkdir(parents=True, exist_ok=True)
    with open(RESULTS / f"{suite}.tab.log", "w") as log, tempfile.TemporaryDirectory() as directory:
        def start(plan):
            program = Path(directory) / "suite.zip"
            pack(program, suite, package, plan)
            command = ["node", str(HERE / "tab.mjs"), f"http://{backend}/", str(program)]
            command += ["ssl"] if imports_ssl(package, suite) else []
            return Process(command, dict(os.environ), log, plan)

        return collect(suite, "tab", start)


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


def save(results, directory=RESULTS):
    path = directory / f"{results['suite']}.{results['who']}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    counts = Counter(test["outcome"] for test in results["tests"].values())
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    print(f"{results['suite']} under {results['who']}: {summary}", flush=True)


class Runner:
    """Runs suites wherever they are to run."""

    def __init__(self, options):
        self.python, self.package = find_cpython(options.python)
        self.guest, self.stock = options.guest, options.stock
        self.backend = Backend(options.backend)
        self.suites = suites_only(self.package)

    def run(self, suite, who, only=None):
        if who == "cpython":
            return run_native(suite, who, [self.python], {})
        if who == "tab":
            return run_tab(suite, self.package, self.backend.address)
        environment = {"CONFORMANCE_SUITES": str(self.suites)}
        if who == "stock":
            environment["CONFORMANCE_NO_SSL"] = "1"
            return run_native(suite, who, [self.stock], environment, only)
        environment["SOCKPIT_BACKEND"] = f"ws://{self.backend.address}/ws"
        return run_native(suite, who, [self.guest], environment, only)

    def end(self):
        self.backend.end()
        shutil.rmtree(self.suites)


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


def measure(options):
    """Runs the suites and keeps what they say for the table."""
    runner = Runner(options)
    reasons = table.Reasons(REASONS)
    try:
        for suite in options.suites or SUITES:
            kept = options.keep_cpython and (RESULTS / f"{suite}.cpython.json").exists()
            if options.only in (None, "cpython") and not kept:
                save(runner.run(suite, "cpython"))
            if options.only in (None, "native"):
                save(runner.run(suite, "native"))
            if options.only == "tab" or options.tab:
                save(runner.run(suite, "tab"))
            if options.only == "stock" or options.stock:
                run_stock(runner, reasons, suite)
    finally:
        runner.end()


def check(options):
    """Runs the quick suites natively and returns what fails that reasons.toml does not know."""
    runner = Runner(options)
    reasons = table.Reasons(REASONS)
    regressions = []
    directory = RESULTS / "check"
    directory.mkdir(parents=True, exist_ok=True)
    try:
        for suite in options.suites or QUICK:
            cpython, native = runner.run(suite, "cpython"), runner.run(suite, "native")
            save(native, directory)
            read = {(suite, "cpython"): cpython, (suite, "native"): native}
            unknown = table.unknown(read, reasons, suite)
            if unknown:
                # These suites have clocks of their own: a busy machine gets a second chance.
                read[suite, "native"] = runner.run(suite, "native", unknown)
                unknown = [name for name in table.unknown(read, reasons, suite) if name in unknown]
            regressions += unknown
    finally:
        runner.end()
    return regressions


def run_stock(runner, reasons, suite):
    """Has RustPython, as it comes, run what failed under Sockpit in the last runs."""
    wrong = table.wrong(table.read_results(RESULTS, [suite]), reasons, suite)
    if wrong:
        save(runner.run(suite, "stock", wrong))
    else:
        (RESULTS / f"{suite}.stock.json").unlink(missing_ok=True)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/conformance", description=__doc__)
    parser.add_argument("suites", nargs="*", help=f"of {' '.join(SUITES)}; all if none is given")
    parser.add_argument("--tab", action="store_true", help="also in headless Chromium")
    parser.add_argument("--only", choices=["cpython", "native", "tab", "stock"],
                        help="run nothing else; stock: what failed, under RustPython as it comes")
    parser.add_argument("--keep-cpython", action="store_true",
                        help="take CPython's results from the last run")
    parser.add_argument("--table", action="store_true", help="only write the table again")
    parser.add_argument("--check", action="store_true",
                        help=f"write no table; run {' '.join(QUICK)} natively, and fail if "
                        "a test fails that reasons.toml does not know")
    parser.add_argument("--python", default=os.environ.get("SOCKPIT_CPYTHON"),
                        help="the CPython whose suites run (default: the newest on this machine)")
    parser.add_argument("--guest", default=os.environ.get("SOCKPIT_GUEST_BINARY"),
                        help="the interpreter, built natively")
    parser.add_argument("--stock", default=os.environ.get("SOCKPIT_STOCK_BINARY"),
                        help="RustPython as it comes: also runs what fails under Sockpit")
    parser.add_argument("--backend", default=os.environ.get("SOCKPIT_BACKEND_BINARY"))
    return parser.parse_args()


def main():
    options = arguments()
    began = time.monotonic()
    if options.check:
        regressions = check(options)
        print(f"{time.monotonic() - began:.0f} s in all")
        if regressions:
            raise SystemExit("fails, and tests/conformance/reasons.toml does not know why:\n  "
                             + "\n  ".join(regressions))
        return
    if not options.table:
        measure(options)
        print(f"{time.monotonic() - began:.0f} s in all")
    table.write(RESULTS, ROOT / "docs/conformance.md", REASONS, SUITES)


if __name__ == "__main__":
    main()
