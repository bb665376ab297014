"""What the unit tests reach of kernel/generic, line by line and branch by branch; and apart from that, what the random
driver adds. gcc counts (`--coverage`, unoptimised), gcov tells, this adds up.

One rule of exclusion, and there is no mark for sources: a line that begins with ASSERT( counts as a line but not by its
branches, since the branch that fails is a panic."""
import glob
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import build

TARGET = "host-coverage"
LINES, BRANCHES = 95, 90
ASSERTION = "ASSERT("


class File:
    """Which lines and branches of one source ran, out of those there are."""

    def __init__(self):
        self.lines, self.branches = {}, {}

    def add(self, other):
        for mine, theirs in ((self.lines, other.lines), (self.branches, other.branches)):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count


def ratio(counts):
    return sum(1 for n in counts.values() if n), len(counts)


def percent(reached, there):
    return 100 * reached / there if there else 100


def objects():
    return os.path.join(build.folder(TARGET), "tests", "host", "CMakeFiles", "kernel-host.dir")


def counters():
    return glob.glob(os.path.join(objects(), "**", "*.gcda"), recursive=True)


def forget():
    for path in counters():
        os.unlink(path)


def gcov(path):
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", path], cwd=os.path.dirname(path),
                          capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def collect():
    """path below kernel/generic: File"""
    found = {}
    generic = os.path.join(build.SOURCE, "kernel", "generic") + "/"
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        documents = [document for some in pool.map(gcov, counters()) for document in some]
    for document in documents:
        for file in document["files"]:
            path = os.path.normpath(os.path.join(document["current_working_directory"], file["file"]))
            if path.startswith(generic):
                found.setdefault(path.removeprefix(generic), File()).add(read(path, file))
    return found


def read(path, document):
    with open(path, encoding="utf-8") as file:
        source = file.read().split("\n")
    result = File()
    for line in document["lines"]:
        number = line["line_number"]
        # An inline function of a header is counted in each object: a line is one, whoever reached it.
        result.lines[number] = result.lines.get(number, 0) + line["count"]
        if source[number - 1].lstrip().startswith(ASSERTION):
            continue
        for index, branch in enumerate(line["branches"]):
            key = number, index
            result.branches[key] = result.branches.get(key, 0) + branch["count"]
    return result


def run(label):
    line = ["ctest", "--test-dir", build.folder(TARGET), "--no-tests=error", "--output-on-failure", "-L", f"^{label}$",
            "-j", str(os.cpu_count())]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print(done.stdout)
    return done.returncode == 0


def row(name, file, added):
    cells = []
    for counts, more in ((file.lines, added.lines), (file.branches, added.branches)):
        reached, there = ratio(counts)
        also = sum(1 for key, n in more.items() if n and not counts.get(key))
        cells.append(f"{reached:5} of {there:5} {percent(reached, there):6.1f} %  +{also:<3}")
    print(f"  {name:22} {cells[0]}   {cells[1]}")


def missing(name, file):
    lines = [str(n) for n, count in sorted(file.lines.items()) if not count]
    branches = sorted({n for (n, _), count in file.branches.items() if not count})
    if lines:
        print(f"    {name}: lines not reached: {' '.join(lines)}")
    if branches:
        print(f"    {name}: branches not taken in lines: {' '.join(str(n) for n in branches)}")


def below(file):
    return percent(*ratio(file.lines)) < LINES or percent(*ratio(file.branches)) < BRANCHES


def show(unit, both, all_missing):
    """The table; the names that are below the limits."""
    total, total_added = File(), File()
    print(f"  {'kernel/generic':22} {'lines by unit tests, + by random':30} {'branches, + by random':30}")
    for name in sorted(unit):
        row(name, unit[name], both[name])
        for whole, part in ((total, unit), (total_added, both)):
            keyed = File()
            keyed.lines = {(name, key): n for key, n in part[name].lines.items()}
            keyed.branches = {(name, key): n for key, n in part[name].branches.items()}
            whole.add(keyed)
    row("all", total, total_added)
    bad = [name for name in sorted(unit) if below(unit[name])] + (["all"] if below(total) else [])
    for name in sorted(unit):
        if name in bad or all_missing:
            missing(name, unit[name])
    return bad


def measure(all_missing=False):
    """True if the unit tests pass and reach enough. The folder has been built."""
    forget()
    if not run("unit"):
        return False
    unit = collect()
    if not run("random"):
        return False
    bad = show(unit, collect(), all_missing)
    for name in bad:
        print(f"coverage: {name}: below {LINES} % of lines or {BRANCHES} % of branches")
    return not bad and bool(unit)
