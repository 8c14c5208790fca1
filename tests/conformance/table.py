"""Writes docs/conformance.md from the results, with the reasons that reasons.toml keeps by hand."""

import fnmatch
import json
import re
import tomllib
from collections import Counter, defaultdict

WRONG = ("failed", "error", "hung", "crashed")
# A module's file lies elsewhere on every machine.
MODULE = re.compile(r"object <module '(\w+)'[^>]*>")
WHO = {"native": "native", "tab": "tab"}

HEAD = """\
# Conformance

<!-- Written by scripts/conformance; the reasons are kept in tests/conformance/reasons.toml. -->

CPython's own test suites for the network modules, run under CPython and under Sockpit's
interpreter on the same machine: natively, and as a program in headless Chromium.

```
scripts/conformance                      every suite, under CPython and natively
scripts/conformance --tab test_select    one suite, also in the tab
scripts/conformance --check              the quick suites, natively; fails if one got worse
```

*Passed by CPython* counts the tests that {python} passes here. *Beside the point* are those of
them that concern kernel families for the few, `fork`, other processes, real signals (natively: in
the tab their tests pass and count) or CPython's own implementation. The percentage is of the rest;
what is skipped there counts against it, and so does what is RustPython's own: the tests that it
fails as it comes, with sockets of its own (`scripts/conformance --only stock` runs them there).
"""


class Reasons:
    """Why tests do not pass, by pattern."""

    def __init__(self, path):
        self.all = tomllib.loads(path.read_text())["reason"] if path.exists() else []

    def of(self, name, who, text=""):
        for reason in self.all:
            if who not in reason.get("where", [who]):
                continue
            if "text" in reason and not fnmatch.fnmatchcase(text, reason["text"]):
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
    read = read_results(results, suites)
    pythons = {f"CPython {result['python']}" for (_, who), result in read.items() if who == "cpython"}
    text = [HEAD.format(python=" or ".join(sorted(pythons)) or "CPython")]
    text += summary(read, reasons, suites)
    for suite in suites:
        text += details(suite, read, reasons)
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(text).rstrip() + "\n")


def read_results(results, suites):
    """Returns what was kept of the last runs, by suite and by who ran it."""
    read = {}
    for suite in suites:
        for who in ("cpython", *WHO, "stock"):
            file = results / f"{suite}.{who}.json"
            if file.exists():
                read[suite, who] = json.loads(file.read_text())
    return read


def wrong(read, reasons, suite):
    """Returns the tests that CPython passes and Sockpit fails, but for those beside the point."""
    return sorted({
        name for who in WHO for name, test in counted(read, reasons, suite, who).items()
        if test["outcome"] in WRONG
    })


def unknown(read, reasons, suite):
    """Returns the tests that CPython passes, Sockpit does not, and no reason is known for."""
    return sorted({
        name for who in WHO for name, test in counted(read, reasons, suite, who).items()
        if test["outcome"] != "passed" and reasons.of(name, who, test["text"]) is None
    })


def counted(read, reasons, suite, who):
    """Returns how the tests went that CPython passes and that are not beside the point."""
    if (suite, who) not in read or (suite, "cpython") not in read:
        return {}
    never_ran = {"outcome": "error", "text": "it never ran"}
    ours = read[suite, who]["tests"]
    found = {
        name: ours.get(name, never_ran) for name, test in read[suite, "cpython"]["tests"].items()
        if test["outcome"] == "passed"
    }
    return {
        name: test for name, test in found.items()
        if not (reasons.of(name, who, test["text"]) or {}).get("beside_the_point")
    }


def stock_failures(read, suite):
    """Returns the tests that RustPython fails as it comes, and the words it fails them with."""
    stock = read.get((suite, "stock"), {"tests": {}})["tests"]
    return {name: test["text"] for name, test in stock.items() if test["outcome"] in WRONG}


def summary(read, reasons, suites):
    lines = [
        "| suite | tests | passed by CPython | beside the point | where | passed | failed "
        "| of these RustPython's | skipped | of the rest |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    totals = defaultdict(Counter)
    for suite in suites:
        for who in WHO:
            if (suite, who) not in read or (suite, "cpython") not in read:
                continue
            tests = read[suite, "cpython"]["tests"]
            rest = counted(read, reasons, suite, who)
            outcomes = Counter(test["outcome"] for test in rest.values())
            theirs = stock_failures(read, suite)
            counts = Counter(
                tests=len(tests),
                passed=sum(test["outcome"] == "passed" for test in tests.values()),
                rest=len(rest),
                ours=outcomes["passed"],
                wrong=sum(outcomes[outcome] for outcome in WRONG),
                theirs=sum(rest[name]["outcome"] in WRONG for name in theirs if name in rest),
                skipped=outcomes["skipped"],
            )
            totals[who] += counts
            lines.append(row(f"`{suite}`", counts, who))
    for who, counts in totals.items():
        lines.append(row("**all**", counts, who))
    return [*lines, ""]


def row(name, counts, who):
    share = f"{100 * counts['ours'] / counts['rest']:.1f} %" if counts["rest"] else "–"
    beside = counts["passed"] - counts["rest"]
    return (
        f"| {name} | {counts['tests']} | {counts['passed']} | {beside} | {WHO[who]} "
        f"| {counts['ours']} | {counts['wrong']} | {counts['theirs']} | {counts['skipped']} | {share} |"
    )


def details(suite, read, reasons):
    if (suite, "cpython") not in read:
        return []
    cpython = read[suite, "cpython"]["tests"]
    lines = [f"## {suite}", ""]
    lines += skips("CPython", cpython, lambda name, test: None)
    wrong = defaultdict(lambda: defaultdict(list))
    for who in WHO:
        if (suite, who) not in read:
            continue
        ours = read[suite, who]["tests"]
        lines += skips(WHO[who], {
            name: test for name, test in ours.items()
            if cpython.get(name, {}).get("outcome") == "passed"
        }, lambda name, test: reasons.of(name, who, test["text"]))
        for name, test in ours.items():
            if test["outcome"] in WRONG and cpython.get(name, {}).get("outcome") == "passed":
                reason = reasons.of(name, who, test["text"])
                about = reason["about"] if reason else "Not explained yet."
                if reason and reason.get("beside_the_point"):
                    about = f"{about.strip()} *(Beside the point.)*"
                wrong[about][name].append((WHO[who], test))
    theirs = stock_failures(read, suite)
    for about, tests in wrong.items():
        lines += [about.strip(), ""]
        for name, failures in tests.items():
            where = ", ".join(who for who, _ in failures)
            text = failures[0][1]["text"].replace("`", "'")
            lines.append(f"- {name.removeprefix('test.' + suite + '.')} ({where}): `{text}`")
            if name in theirs:
                said = theirs[name].replace("`", "'")
                lines.append(f"  *RustPython's own:* as it comes it fails this too: `{said}`")
        lines.append("")
    return lines if len(lines) > 2 else [*lines, "Nothing fails, nothing is skipped.", ""]


def skips(whose, tests, reason_of):
    counts = Counter(
        (MODULE.sub(r"module '\1'", test["text"]), explained(reason_of(name, test)))
        for name, test in tests.items() if test["outcome"] == "skipped"
    )
    if not counts:
        return []
    return [f"Skipped by {whose}:", "",
            *(f"- {count} × {text or 'without a reason'}{why}"
              for (text, why), count in counts.most_common()), ""]


def explained(reason):
    if not reason:
        return ""
    point = " *(Beside the point.)*" if reason.get("beside_the_point") else ""
    return f": {reason['about'].strip()}{point}"
