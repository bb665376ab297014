#!/usr/bin/env python3
"""What the benchmark has to notice: a figure that rose by one, a word that came back wrong, a count that the clock does not
agree with, a round that was not seen, code that is not the benchmark's, documentation that shows other figures."""
import argparse
import contextlib
import copy
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "ennead"))
import bench  # noqa: E402
import bench_system  # noqa: E402
import budget  # noqa: E402
import build  # noqa: E402
import chart  # noqa: E402
import counting  # noqa: E402

ROW = "call_reply_0w"
# The general way looks for the highest priority bit by bit where no instruction finds it; the fast path does not.
SEEDS_APART = 0.01


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, name, good, why=""):
        print(f"ok {name}" if good else f"not ok {name}: {why}", flush=True)
        self.passed += bool(good)
        self.failed += not good

    def that_problem(self, name, words, function, *arguments):
        """The function has to find a problem that says so."""
        try:
            function(*arguments)
        except counting.Problem as problem:
            self.that(name, words in str(problem), str(problem))
            return
        self.that(name, False, "nothing was noticed")


def check_budget(checks, target, figures):
    medians = {row: figure.median for row, figure in figures.items()}
    same = {"rows": {row: {target: {"ceiling": None, "figure": median}} for row, median in medians.items()}}
    checks.that("figures as committed", budget.compare(same, target, medians) == ([], []))
    for row, median in medians.items():
        lower = copy.deepcopy(same)
        lower["rows"][row][target]["figure"] = median - 1
        wrong, _ = budget.compare(lower, target, medians)
        expected = f"{row}: {median}, 1 above the {median - 1} that are committed"
        checks.that(f"{row} one above the committed", wrong == [expected], wrong)
    higher = copy.deepcopy(same)
    higher["rows"][ROW][target] = {"ceiling": medians[ROW] - 1, "figure": medians[ROW] + 1}
    wrong, notes = budget.compare(higher, target, medians)
    checks.that("one that fell, and one above its ceiling", not wrong and len(notes) == 2 and "below" in notes[0]
                and "misses its ceiling" in notes[1], (wrong, notes))
    checks.that("a budget that is written and read", json.loads(budget.text_of(higher)) == higher)
    budget.record(higher, target, medians)
    expected = {"ceiling": medians[ROW] - 1, "figure": medians[ROW]}
    checks.that("figures that are recorded, under the same ceiling", higher["rows"][ROW][target] == expected)
    checks.that("a row that is not measured", budget.compare(same, target, dict(list(medians.items())[1:]))[0])
    checks.that("a row that is not committed", budget.compare(same, target, {**medians, "another": 1})[0])


def check_verdict(checks, target, kernel, figures):
    """The same as the whole test would say it."""
    load = budget.load
    rows = {row: {target: {"ceiling": None, "figure": figure.median}} for row, figure in figures.items()}
    lower = {"compiler": "", "seed": 1, "rows": rows}
    args = argparse.Namespace(machine=target, kernel=kernel)
    for less in (0, 1):
        lower["rows"][ROW][target]["figure"] -= less
        budget.load = lambda path=budget.BUDGET: lower if path == budget.BUDGET else load(path)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            status = bench.bench_test(args)
        verdict = f"{len(figures) + 1 - less} passed, {less} failed"
        checks.that(f"the verdict on a figure {less} above the committed", status == less and verdict in said.getvalue(),
                    said.getvalue())
    budget.load = load


def check_observation(checks, isa, rows, said):
    rounds, batches, spent_ns = said[ROW]
    beyond = int(2 * bench.clock_error(isa, batches, spent_ns)) + 2
    for name, other in (("more", spent_ns + beyond), ("less", spent_ns - beyond)):
        checks.that_problem(f"a clock that tells {name}", "the guest's clock tells", bench.evaluate, isa, rows,
                            {**said, ROW: (rounds, batches, other)})
    missed = copy.deepcopy(rows)
    missed[ROW][1].whole["kernel"] -= beyond
    checks.that_problem("instructions that were not counted", "the guest's clock tells", bench.evaluate, isa, missed,
                        said)
    missed = copy.deepcopy(rows)
    missed[ROW][1].samples.pop()
    checks.that_problem("a round that was not seen", "rounds of its loop were seen", bench.evaluate, isa, missed, said)
    missed = {row: seen for row, seen in rows.items() if row != ROW}
    checks.that_problem("a row that was not seen", "only the guest or only the plugin", bench.evaluate, isa, missed,
                        said)


def check_code(checks, target, kernel):
    """A program with other code at the same addresses is no row."""
    written = counting.write_rows

    def write_other(isa, folder, path, component):
        written(isa, folder, path, component)
        with open(path, encoding="utf-8") as file:
            lines = [line[:-2] + "10"[line[-2] == "1"] + "\n" if line.startswith(f"{ROW} ") else line for line in file]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines)

    counting.write_rows = write_other
    checks.that_problem("code that is not the row's", f"only the guest or only the plugin has: ['{ROW}']", bench.measure,
                        target, kernel, 1)
    counting.write_rows = written


def check_seeds(checks, target, kernel, figures):
    text = bench_system.description("system")
    checks.that("seeds draw", bench_system.draw(text, 1) != bench_system.draw(text, 2) and bench_system.draw(text, 2) == bench_system.draw(text, 2))
    other = bench.measure(target, kernel, 2)
    for row, figure in figures.items():
        near = abs(other[row].median - figure.median) <= (0 if row.startswith("call_") else figure.median * SEEDS_APART)
        checks.that(f"{row} with other slots, badges and priorities", near, (figure.median, other[row].median))


def check_documents(checks):
    committed = budget.load()
    with open(chart.PAGE, encoding="utf-8") as file:
        text = file.read()
    checks.that("the page's table", chart.BEGIN in text and chart.page_of(text, committed) == text,
                "./ennead bench --record")
    with open(chart.PICTURE, encoding="utf-8") as file:
        checks.that("the picture", file.read() == chart.picture(committed), "./ennead bench --record")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machine", required=True)
    parser.add_argument("--kernel", required=True)
    args = parser.parse_args()
    checks, isa = Checks(), build.isa_of(args.machine)
    rows, said = bench.observe(args.machine, args.kernel, 1)
    figures = bench.evaluate(isa, rows, said)
    check_budget(checks, args.machine, figures)
    check_verdict(checks, args.machine, args.kernel, figures)
    check_observation(checks, isa, rows, said)
    check_code(checks, args.machine, args.kernel)
    check_seeds(checks, args.machine, args.kernel, figures)
    checks.that_problem("a word that came back wrong", "came back wrong", bench.verify, args.machine, args.kernel, 1,
                        True)
    check_documents(checks)
    print(f"verdict: {checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or not checks.passed else 0


if __name__ == "__main__":
    sys.exit(main())
