#!/usr/bin/env python3
"""The system in machines of every size of memory: either it runs, or it says in one line why not and fails."""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools", "ennead"))
import machine  # noqa: E402

PROMPT = b"ennead> "
LINE = "ennead: "
LIMIT_S = 30
MOST_KIB = 16 * 1024
# With less QEMU puts the archive over its own loader, which lies from 0xc0000 on, and nobody of ours ever runs: the
# firmware's tables and the archive above them end where memory does.
LOADER_END_KIB = 0xc4000 // 1024
FIRMWARE_KIB = 160


def least_kib(archive):
    return LOADER_END_KIB + FIRMWARE_KIB + (os.path.getsize(archive) + 1023) // 1024


def problem_with(args, kib):
    guest = machine.Guest(machine.command(args.machine, args.kernel, args.archive, 1, f"{kib}K"), LIMIT_S)
    runs = guest.wait_for(PROMPT) is not None
    if runs:
        guest.send(b"poweroff\r")
    status = guest.finish()
    succeeded = status == machine.MACHINES[args.machine]["success"]
    lines = [line for line in guest.text().splitlines() if line.startswith(LINE)]
    if guest.why:
        return guest.why, runs
    if runs:
        return (None if succeeded else f"power-off ended with status {status}"), runs
    if len(lines) != 1 or len(guest.text().splitlines()) != 1:
        return f"not one line but {guest.text()[-300:]!r}", runs
    return ("the machine ended as if all were well" if succeeded else None), runs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("machine", "kernel", "archive"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--step", type=int, required=True, metavar="KIB")
    args = parser.parse_args()
    passed = failed = running = 0
    least = least_kib(args.archive)
    first_running = None
    for kib in range((least + 15) // 16 * 16, MOST_KIB + 1, args.step):
        problem, runs = problem_with(args, kib)
        if runs and first_running is None:
            first_running = kib
        if not runs and first_running is not None and not problem:
            problem = f"does not run, but with {first_running} KiB it does"
        if problem:
            print(f"not ok {kib} KiB: {problem}", flush=True)
        running += runs
        failed += bool(problem)
        passed += not problem
    print(f"memory: from {least} KiB one line, from {first_running} KiB on it runs")
    if not running or not passed - running:
        print("not ok: both kinds of machine must have been tried")
        failed += 1
    print(f"verdict: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
