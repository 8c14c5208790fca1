"""Runs one of CPython's test suites inside the interpreter that is asked, and reports each test.

    harness.py SUITE [SKIP_FILE]

Every line of the report begins with a record separator, so that what the tests print by
themselves is told apart from it. SKIP_FILE has a JSON list of tests not to run: those that an
earlier process has reported on before it hung or crashed.
"""

import json
import os
import sys
import time
import unittest

if "CONFORMANCE_SUITES" in os.environ:
    # Only CPython's `test` package is there, not its library.
    sys.path.insert(1, os.environ["CONFORMANCE_SUITES"])

MARK = "\x1e"


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


def main(suite, done=()):
    from test import support

    # What CPython's own runner allows when it is not told: no network, nothing that takes long.
    support.use_resources = {}
    support.verbose = 0
    tests = list(flatten(unittest.defaultTestLoader.loadTestsFromName(suite)))
    names = [test.id() for test in tests]
    emit(tests=names, python=sys.version.split()[0])
    done = set(done)
    left = [test for test in tests if test.id() not in done]
    unittest.TestSuite(left).run(Report([test.id() for test in left]))
    emit(finished=True, seconds=round(time.perf_counter(), 1))


if __name__ == "__main__":
    done = []
    if len(sys.argv) > 2:
        with open(sys.argv[2]) as file:
            done = json.load(file)
    main(sys.argv[1], done)
    sys.stdout.flush()
    # Threads that a failed test left behind do not hold the end up.
    os._exit(0)
