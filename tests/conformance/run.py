"""Runs CPython's own test suites for the network modules under CPython and under Sockpit.

`scripts/conformance --help` says how. Nothing of the suites is kept: they come from a CPython
on this machine that has its `test` package.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import suites
import table
from collect import Process, collect

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


def run_native(suite, who, interpreter, environment, only=None):
    RESULTS.mkdir(parents=True, exist_ok=True)
    with open(RESULTS / f"{suite}.{who}.log", "w") as log:
        def start(plan):
            command = [*interpreter, str(HERE / "harness.py"), f"test.{suite}"]
            return Process(command, {**os.environ, **environment}, log, plan)

        return collect(suite, who, start, never(who), only)


def run_tab(suite, package, backend):
    RESULTS.mkdir(parents=True, exist_ok=True)
    with open(RESULTS / f"{suite}.tab.log", "w") as log, tempfile.TemporaryDirectory() as directory:
        def start(plan):
            program = Path(directory) / "suite.zip"
            suites.pack(program, suite, package, plan)
            command = ["node", str(HERE / "tab.mjs"), f"http://{backend}/", str(program)]
            command += ["ssl"] if suites.imports_ssl(package, suite) else []
            return Process(command, dict(os.environ), log, plan)

        return collect(suite, "tab", start, never("tab"))


def never(who):
    """Returns patterns of the tests that `who` does not run."""
    return [] if who == "cpython" else table.Reasons(REASONS).never(who)


def save(results, directory=RESULTS):
    path = directory / f"{results['suite']}.{results['who']}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    counts = Counter(test["outcome"] for test in results["tests"].values())
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    print(f"{results['suite']} under {results['who']}: {summary}", flush=True)


class Runner:
    """Runs suites wherever they are to run."""

    def __init__(self, options):
        self.python, self.package = suites.find_cpython(options.python)
        self.guest, self.stock = options.guest, options.stock
        self.backend = Backend(options.backend)
        self.suites = suites.suites_only(self.package)

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
