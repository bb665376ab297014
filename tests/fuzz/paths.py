"""The random driver with the fast path and without it, from the same seed: the same table of results, the same final state.

usage: paths.py FUZZ [FUZZ's further arguments]"""
import re
import subprocess
import sys

CALLS = 12000
LINE = re.compile(r"calls in|took the fast path")  # what differs: how long it took, and by which path


def run(arguments):
    done = subprocess.run([*sys.argv[1:], "--calls", str(CALLS), "--seed", "4711", "--failure", "", *arguments],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}{done.stderr}FAILED: fuzz {' '.join(arguments)} ended with {done.returncode}")
    found = re.search(r"(\d+) messages took the fast path, (\d+) faults and answers to faults, (\d+) calls of notifications, "
                      r"and (\d+) that copied", done.stdout)
    return [line for line in done.stdout.splitlines() if not LINE.search(line)], [int(number) for number in found.groups()]


def main():
    with_it, taken = run([])
    without, none = run(["--general"])
    if 0 in taken or sum(none) != 0:
        sys.exit(f"FAILED: {taken} messages, faults, calls of notifications and of spaces took the fast path where it is on, {none} where "
                 "it is off")
    if with_it != without:
        different = [pair for pair in zip(with_it, without) if pair[0] != pair[1]]
        sys.exit("FAILED: with the fast path and without it:\n" + "\n".join(f"{a}\n{b}" for a, b in different[:5]))
    print(f"{taken} messages, faults, calls of notifications and of spaces by the fast path, and none: {with_it[-1]}")


main()
