"""Committed figures of the benchmark and their ceilings (tests/bench/budget.json), and seL4's on the same machines."""
import json
import os

import build

FOLDER = os.path.join(build.SOURCE, "tests", "bench")
BUDGET = os.path.join(FOLDER, "budget.json")
SEL4 = os.path.join(FOLDER, "sel4.json")


def load(path=BUDGET):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def sel4():
    return load(SEL4)["figures"]


def text_of(budget):
    """A line for each row of a target, so that a change of one is one line."""
    lines = ["{"]
    lines += [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in budget.items() if key != "rows"]
    lines.append('  "rows": {')
    rows = []
    for row, targets in budget["rows"].items():
        entries = ",\n".join(f"      {json.dumps(target)}: {json.dumps(entry)}" for target, entry in targets.items())
        rows.append(f"    {json.dumps(row)}: {{\n{entries}\n    }}")
    lines += [",\n".join(rows), "  }", "}"]
    return "\n".join(lines) + "\n"


def record(budget, target, medians):
    """The figures of a target into the budget, which keeps its ceilings; what rose, as lines."""
    rose = []
    for row, figure in medians.items():
        entry = budget["rows"].setdefault(row, {}).setdefault(target, {"ceiling": None, "figure": None})
        if entry["figure"] is not None and figure > entry["figure"]:
            rose.append(f"{target}: {row}: {figure}, {figure - entry['figure']} more than before")
        entry["figure"] = figure
    for row in [row for row, targets in budget["rows"].items() if target in targets and row not in medians]:
        del budget["rows"][row][target]
    return rose


def save(budget, path=BUDGET):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text_of(budget))


def compare(budget, target, medians):
    """(what is wrong, what else there is to say): a figure that rose; one that fell, and ceilings that are missed."""
    wrong, notes = [], []
    committed = {row: targets[target] for row, targets in budget["rows"].items() if target in targets}
    wrong += [f"{row}: committed, and not measured" for row in committed if row not in medians]
    for row, figure in medians.items():
        entry = committed.get(row)
        if entry is None:
            wrong.append(f"{row}: {figure}, and no figure is committed")
            continue
        if figure > entry["figure"]:
            wrong.append(f"{row}: {figure}, {figure - entry['figure']} above the {entry['figure']} that are committed")
        elif figure < entry["figure"]:
            notes.append(f"{row}: {figure}, {entry['figure'] - figure} below the {entry['figure']} that are committed")
        if entry["ceiling"] is not None and figure > entry["ceiling"]:
            notes.append(f"{row}: {figure} misses its ceiling {entry['ceiling']} by {over(figure, entry['ceiling'])} %")
    return wrong, notes


def over(figure, ceiling):
    """Per cent above, a beginning one counted as one."""
    return -(-100 * (figure - ceiling) // ceiling)


def misses(budget):
    """[(row, target, figure, ceiling)]"""
    return [(row, target, entry["figure"], entry["ceiling"]) for row, targets in budget["rows"].items()
            for target, entry in targets.items() if entry["ceiling"] is not None and entry["figure"] > entry["ceiling"]]
