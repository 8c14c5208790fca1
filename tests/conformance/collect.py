"""Runs a suite in an interpreter of its own, again and again until every test has had its turn."""

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading

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


def collect(suite, who, start, never, only=None):
    """Runs a suite to its end, in as many processes as it takes, and returns its results.

    `never` has patterns of tests that are not run; with `only`, the names of tests, no others are.
    """
    results = {"suite": suite, "who": who, "python": "", "tests": {}}
    tests, names = results["tests"], []
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
                raise SystemExit(f"{suite} under {who}: {why}; see {suite}.{who}.log")
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
