"""The clauses of docs/abi.md against the tests that cite them: CLAUSES("IPC-1", ...), at most three each."""
import os
import re

import build

CLAUSE = re.compile(r"^- \*\*([A-Z]+-\d+)\.\*\*", re.MULTILINE)
CITATION = re.compile(r"CLAUSES\(([^)]*)\)")
MOST = 3

# Programs that run in user mode on the machine; other tests see the kernel from within.
USER_PROGRAMS = os.path.join("tests", "target", "")


def stated():
    with open(os.path.join(build.SOURCE, "docs", "abi.md"), encoding="utf-8") as file:
        return CLAUSE.findall(file.read())


def sources():
    for folder, _, names in os.walk(os.path.join(build.SOURCE, "tests")):
        for name in sorted(names):
            if name.endswith(".c"):
                yield os.path.join(folder, name)


def citations():
    """(place, clauses) of each citation."""
    for path in sources():
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                for found in CITATION.finditer(line):
                    place = f"{os.path.relpath(path, build.SOURCE)}:{number}"
                    yield place, re.findall(r'"([^"]+)"', found.group(1))


def check():
    """Problems, a line each; prints how many clauses there are, and how many of them user programs show."""
    clauses, cited, seen, problems = stated(), set(), set(), []
    if len(set(clauses)) != len(clauses):
        problems.append("docs/abi.md: two clauses have the same number")
    for place, names in citations():
        cited.update(names)
        if place.startswith(USER_PROGRAMS):
            seen.update(names)
        if len(names) > MOST:
            problems.append(f"{place}: cites {len(names)} clauses, {MOST} at most")
        problems += [f"{place}: there is no clause {name}" for name in names if name not in clauses]
    missing = [clause for clause in clauses if clause not in cited]
    unseen = [clause for clause in clauses if clause not in seen]
    print(f"clauses of the ABI: {len(clauses)}, without a test: {' '.join(missing) or 'none'}; "
          f"seen by user programs: {len(clauses) - len(unseen)}, not by them: {' '.join(unseen) or 'none'}", flush=True)
    problems += [f"docs/abi.md: no test cites {clause}" for clause in missing]
    return problems + [f"docs/abi.md: no user program shows {clause}" for clause in unseen if clause in cited]
