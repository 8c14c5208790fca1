"""Writes docs/conformance.md from the results, with the reasons that reasons.toml keeps by hand."""

import fnmatch
import json
import tomllib
from collections import Counter, defaultdict

WRONG = ("failed", "error", "hung", "crashed")
WHO = {"native": "native", "tab": "tab"}

HEAD = """\
# Conformance

<!-- Written by scripts/conformance; the reasons are kept in tests/conformance/reasons.toml. -->

CPython's own test suites for the network modules, run under CPython and under Sockpit's
interpreter on the same machine: natively, and as a program in headless Chromium.

```
scripts/conformance                      every suite, under CPython and natively
scripts/conformance --tab test_select    one suite, also in the tab
```

*Passed by CPython* counts the tests that {python} passes here. *Beside the point* are those of
them that concern kernel families for the few, `fork`, other processes or real signals, which a
tab does not have, or CPython's own implementation; the percentage is of the rest, and what is
skipped there counts against it: the tests of `ssl` too, which these figures were measured without.
"""


class Reasons:
    """Why tests do not pass, by pattern."""

    def __init__(self, path):
        self.all = tomllib.loads(path.read_text())["reason"] if path.exists() else []

    def of(self, name, who, text=""):
        for reason in self.all:
            if who not in reason.get("where", [who]) or reason.get("text", text) != text:
                continue
            if any(fnmatch.fnmatchcase(name, f"test.{pattern}") for pattern in reason["tests"]):
                return reason
        return None

    def never(self, who):
        """Returns patterns of the tests that are not run, because they would only hang."""
        return [
            f"test.{pattern}" for reason in self.all
            if reason.get("hangs") and who in reason.get("where", [who])
            for pattern in reason["tests"]
        ]


def write(results, path, reasons, suites):
    reasons = Reasons(reasons)
    read = {}
    for suite in suites:
        for who in ("cpython", *WHO):
            file = results / f"{suite}.{who}.json"
            if file.exists():
                read[suite, who] = json.loads(file.read_text())
    pythons = {f"CPython {result['python']}" for (_, who), result in read.items() if who == "cpython"}
    text = [HEAD.format(python=" or ".join(sorted(pythons)) or "CPython")]
    text += summary(read, reasons, suites)
    for suite in suites:
        text += details(suite, read, reasons)
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(text).rstrip() + "\n")


def judged(read, reasons, suite, who):
    """Returns what CPython passes, what of it is beside the point, and how the rest went."""
    cpython = read[suite, "cpython"]["tests"]
    ours = read[suite, who]["tests"]
    passed = [name for name, test in cpython.items() if test["outcome"] == "passed"]
    text = {name: ours.get(name, {"text": ""})["text"] for name in passed}
    beside = {
        name for name in passed
        if (reasons.of(name, who, text[name]) or {}).get("beside_the_point")
    }
    outcomes = Counter(
        ours.get(name, {"outcome": "error"})["outcome"] for name in passed if name not in beside
    )
    return len(passed), len(beside), outcomes


def summary(read, reasons, suites):
    lines = [
        "| suite | tests | passed by CPython | beside the point | where | passed | failed | skipped | of the rest |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    totals = defaultdict(Counter)
    for suite in suites:
        for who in WHO:
            if (suite, who) not in read or (suite, "cpython") not in read:
                continue
            tests = len(read[suite, "cpython"]["tests"])
            passed, beside, outcomes = judged(read, reasons, suite, who)
            counts = Counter(
                tests=tests, passed=passed, beside=beside, ours=outcomes["passed"],
                wrong=sum(outcomes[outcome] for outcome in WRONG), skipped=outcomes["skipped"],
            )
            totals[who] += counts
            lines.append(row(f"`{suite}`", counts, who))
    for who, counts in totals.items():
        lines.append(row("**all**", counts, who))
    return [*lines, ""]


def row(name, counts, who):
    rest = counts["passed"] - counts["beside"]
    share = f"{100 * counts['ours'] / rest:.1f} %" if rest else "–"
    return (
        f"| {name} | {counts['tests']} | {counts['passed']} | {counts['beside']} | {WHO[who]} "
        f"| {counts['ours']} | {counts['wrong']} | {counts['skipped']} | {share} |"
    )


def details(suite, read, reasons):
    if (suite, "cpython") not in read:
        return []
    cpython = read[suite, "cpython"]["tests"]
    lines = [f"## {suite}", ""]
    lines += skips("CPython", cpython)
    wrong = defaultdict(lambda: defaultdict(list))
    for who in WHO:
        if (suite, who) not in read:
            continue
        ours = read[suite, who]["tests"]
        lines += skips(WHO[who], {
            name: test for name, test in ours.items()
            if cpython.get(name, {}).get("outcome") == "passed"
        })
        for name, test in ours.items():
            if test["outcome"] in WRONG and cpython.get(name, {}).get("outcome") == "passed":
                reason = reasons.of(name, who, test["text"])
                about = reason["about"] if reason else "Not explained yet."
                if reason and reason.get("beside_the_point"):
                    about = f"{about.strip()} *(Beside the point.)*"
                wrong[about][name].append((WHO[who], test))
    for about, tests in wrong.items():
        lines += [about.strip(), ""]
        for name, failures in tests.items():
            where = ", ".join(who for who, _ in failures)
            text = failures[0][1]["text"].replace("`", "'")
            lines.append(f"- {name.removeprefix('test.' + suite + '.')} ({where}): `{text}`")
        lines.append("")
    return lines if len(lines) > 2 else [*lines, "Nothing fails, nothing is skipped.", ""]


def skips(whose, tests):
    counts = Counter(test["text"] for test in tests.values() if test["outcome"] == "skipped")
    if not counts:
        return []
    return [f"Skipped by {whose}:", "",
            *(f"- {count} × {text or 'without a reason'}" for text, count in counts.most_common()), ""]
