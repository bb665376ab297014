"""One image on many machines: the choices of tests/machines.ini, all of them or so many that each pair of them meets."""
import configparser
import itertools
import os

import build
import latency
import machine
import suite

MACHINES = os.path.join(build.SOURCE, "tests", "machines.ini")


def dimensions(name):
    """[(dimension, its choices)]: two amounts of memory that the machine rounds to the same one are one choice."""
    listed = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    listed.optionxform = str
    listed.read(MACHINES, encoding="utf-8")
    found = []
    for dimension, text in listed[name].items():
        choices = [line for line in text.split("\n") if line]
        if dimension == "memory":
            choices = [machine.memory_of(machine.MACHINES[name], choice) for choice in choices]
        found.append((dimension, list(dict.fromkeys(choices))))
    return found


def pairs(row):
    return set(itertools.combinations(enumerate(row), 2))


def covering(choices):
    """Rows in which any two choices of different dimensions meet: always the row with most new pairs, the first of equals."""
    rows = list(itertools.product(*choices))
    missing = set().union(*map(pairs, rows))
    chosen = []
    while missing:
        best = max(rows, key=lambda row: len(pairs(row) & missing))
        missing -= pairs(best)
        chosen.append(best)
    return chosen


def arguments(row):
    """(processors, memory, what else QEMU is told, the program that runs)"""
    other, program = [], "test-conformance"
    for dimension, choice in row.items():
        words, _, instead = choice.partition(" | ")
        program = instead or program
        if dimension not in ("cpus", "memory"):
            other += words.split()
    return int(row["cpus"]), row["memory"], other, program


def matrix_test(args):
    names, choices = zip(*dimensions(args.machine))
    rows = list(itertools.product(*choices)) if args.all else covering(choices)
    failed = 0
    for number, row in enumerate(rows, 1):
        cpus, memory, other, program = arguments(dict(zip(names, row)))
        line = machine.command(args.machine, args.kernel, os.path.join(args.archives, f"{program}.archive"), cpus, memory,
                               extra=[*other, *latency.words(args.machine, args.kernel, cpus)])
        text, verdict, problems = suite.judge(args.machine, line, args.limit)
        said = f"{number} of {len(rows)}: -smp {cpus} -m {memory} {' '.join(other)}: {program}: {verdict or 'no verdict'}"
        if problems:
            suite.show(text[-4000:], os.path.dirname(os.path.dirname(args.kernel)))
        print(f"not ok {said}: {', '.join(problems)}" if problems else f"ok {said}", flush=True)
        failed += bool(problems)
    print(f"verdict: {len(rows) - failed} passed, {failed} failed")
    return 1 if failed or not rows else 0
