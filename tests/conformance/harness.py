"""Runs one of CPython's test suites inside the interpreter that is asked, and reports each test.

    harness.py SUITE [PLAN_FILE]

Every line of the report begins with a record separator, so that what the tests print by
themselves is told apart from it. PLAN_FILE says in JSON which tests not to run: `done` has those
that an earlier process has reported on before it hung or crashed, `never` patterns of those that
would only hang; where there is `only`, no others are run.
"""

import fnmatch
import json
import os
import sys
import time
import unittest

if "CONFORMANCE_SUITES" in os.environ:
    # Only CPython's `test` package is there, not its library.
    sys.path.insert(1, os.environ["CONFORMANCE_SUITES"])
if "CONFORMANCE_NO_SSL" in os.environ:
    # RustPython as it comes ends the process at `import ssl`, for want of cryptography.
    sys.modules["ssl"] = None

MARK = "\x1e"

# Seconds after which a suite no longer believes that its other side will come; 5 unless told
# otherwise. `python -m test --timeout=2400` gives the same to CPython on a slow machine.
LOOPBACK_SECONDS_MAX = 20.0


def emit(**event):
    # Tests put other streams in the place of sys.stdout.
    sys.__stdout__.write(MARK + json.dumps(event) + "\n")
    sys.__stdout__.flush()


class Report(unittest.TestResult):
    """Tells of each test when it begins and when it has ended."""

    def __init__(self, tests):
        super().__init__()
        self.tests = tests
        self.outcome = None

    def startTest(self, test):
        super().startTest(test)
        self.outcome = ("passed", "")
        emit(begin=test.id())

    def stopTest(self, test):
        super().stopTest(test)
        outcome, text = self.outcome
        emit(end=test.id(), outcome=outcome, text=text)

    def note(self, test, outcome, text):
        if isinstance(test, unittest.TestCase):
            self.outcome = (outcome, text)
            return
        # A fixture: setUpClass (test.test_socket.NAME) or setUpModule (test.test_socket).
        scope = test.id().partition("(")[2].rstrip(")")
        for name in self.tests:
            if name.startswith(scope + "."):
                emit(end=name, outcome=outcome, text=text)

    def addError(self, test, error):
        super().addError(test, error)
        self.note(test, "error", last_line(error))

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.note(test, "failed", last_line(error))

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.note(test, "failed", last_line(error))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "skipped", reason)

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note(test, "failed", "unexpected success")


def last_line(error):
    import traceback

    kind, value, trace = error
    traceback.print_exception(kind, value, trace, file=sys.__stderr__)
    sys.__stderr__.flush()
    text = traceback.format_exception_only(kind, value)[0].strip()
    return text.splitlines()[0][:300] if text else kind.__name__


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def mind_versions(suite):
    """Gives the fixtures of an older CPython's suites what its library had and this one's lacks."""
    if "asyncio" not in suite:
        return
    from asyncio import events

    policy = getattr(events, "_AbstractEventLoopPolicy", None)
    if policy is not None and not hasattr(policy, "get_child_watcher"):
        # Every test ends with a look at the processes that it watched; 3.14 has no watchers.
        def get_child_watcher(self):
            raise NotImplementedError

        policy.get_child_watcher = get_child_watcher


def main(suite, done=(), never=(), only=None):
    from test import support

    # The network is what most suites ask for before they use the loopback; nothing that takes
    # long. What reaches for the Internet fails under CPython too, and so does not count.
    support.use_resources = {"network": None}
    support.verbose = 0
    support.LOOPBACK_TIMEOUT = LOOPBACK_SECONDS_MAX
    mind_versions(suite)
    tests = list(flatten(unittest.defaultTestLoader.loadTestsFromName(suite)))
    if only is not None:
        tests = [test for test in tests if test.id() in only]
    names = [test.id() for test in tests]
    emit(tests=names, python=sys.version.split()[0])
    done = set(done)
    for name in names:
        if name not in done and any(fnmatch.fnmatchcase(name, pattern) for pattern in never):
            done.add(name)
            emit(end=name, outcome="skipped", text="not run")
    left = [test for test in tests if test.id() not in done]
    unittest.TestSuite(left).run(Report([test.id() for test in left]))
    emit(finished=True, seconds=round(time.perf_counter(), 1))


if __name__ == "__main__":
    plan = {}
    if len(sys.argv) > 2:
        with open(sys.argv[2]) as file:
            plan = json.load(file)
    main(sys.argv[1], **plan)
    sys.stdout.flush()
    # Threads that a failed test left behind do not hold the end up.
    os._exit(0)
