#!/usr/bin/env python3
"""`ennead debug` in a batch: what each of the debugger's helpers shows of the running system, and a panic.

The panic is made without a hook in the kernel: gdb changes a variable so that an assertion fails.
"""
import argparse
import os
import re
import subprocess
import sys

ENNEAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ennead")
LIMIT_S = 240
ADDRESS = r"0x[0-9a-f]{8,16}"

# The gdb command, what its answer must contain (regular expressions).
HELPERS = [
    ("ennead threads", [rf"^{ADDRESS} root +{ADDRESS} receiving +63 +{ADDRESS.replace('8,', '5,')} {ADDRESS}$",
                        rf"^{ADDRESS} registry +{ADDRESS} receiving +40 ", rf"^{ADDRESS} console +{ADDRESS} receiving +45 ",
                        rf"^{ADDRESS} line +{ADDRESS} calling +30 ", rf"^{ADDRESS} shell +{ADDRESS} calling +10 "]),
    ("ennead spaces", [rf"^{ADDRESS} root +\d+ +\d+ +\d+ +[01]+$", rf"^{ADDRESS} shell +128 "]),
    ("ennead cpus", [r"^cpu 0: thread 0x\w+ space 0x\w+ ready mask 0x\w+$"]),
    ("ennead caps root", [rf"^ +1 space {ADDRESS} +rwxcp badge 0x0 depth 1$", rf"^ +2 thread {ADDRESS} +rwxcp",
                          rf"^ +3 sched_context {ADDRESS} ", rf"^ +4 pool {ADDRESS} ", rf"^ +5 irq {ADDRESS} ",
                          rf"^ +\d+ pool {ADDRESS} +rwxcp badge 0x0 depth 3$"]),
    ("ennead caps shell", [rf"^ +3 endpoint {ADDRESS} +-w--- badge 0x60007 depth \d$"]),
    ("ennead map shell", [r"^ +0x400000 +0x\w+ bytes r-x-- physical 0x\w+  mapping$", r"bytes rw--- physical 0x\w+  utcb$"]),
    ("ennead tree", [rf"^space {ADDRESS} rwxcp badge 0x0$", rf"^  endpoint {ADDRESS} rwxcp badge 0x0$",
                     rf"^    endpoint {ADDRESS} -w--- badge 0x60007$", rf"^      space {ADDRESS} rwxcp badge 0x0$",
                     rf"mapping 0x400000 in space {ADDRESS}, 0x\w+ bytes r-x-- "]),
    ("ennead symbols shell", [r"add symbol table from file .*user/shell"]),
    ("info line main", [r"user/shell/main\.c.* starts at address 0x4\w+ <main>"]),
    ("ennead caps nobody", [r"'nobody' is neither a component nor the address of a space"]),
    ("ennead symbols nobody", [r"no program 'nobody' below"]),
    ("ennead help", [r"threads \| spaces \| caps SPACE"]),
]

# An assertion of node_insert_child(): a node that is to be inserted is empty.
PANIC = ["--ex", "tbreak node_insert_child if cpus[0].current", "--batch", "set var node->kind = 1", "--batch", "continue"]
PANIC_SHOWS = [r"^panic: assertion failed: node->kind == NODE_EMPTY.*, .*node\.c:\d+$", r"(rip|pc) +([0-9a-f]{16}|[0-9a-f]{8} )",
               r"^  #0 0x[0-9a-f]{8,16} panic \(print\.c:\d+\)$", r"^  #1 0x[0-9a-f]{8,16} node_insert_child \(node\.c:\d+\)$",
               r"^  #\d+ 0x[0-9a-f]{8,16} kernel_\w+ \(\w+\.c:\d+\)$", r"^ennead: the machine ended with status [1-9]\d*$"]


def debug(target, words):
    """(exit status, output); a status of None: it did not end in time."""
    try:
        done = subprocess.run([ENNEAD, "debug", target, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired as end:
        return None, (end.stdout or b"").decode("utf-8", "replace")
    return done.returncode, done.stdout.decode("utf-8", "replace").replace("\r", "")


def missing(text, patterns):
    return [f"does not show {p!r} but {text[-3000:]!r}" for p in patterns if not re.search(p, text, re.MULTILINE)]


def check_helpers(target, cpus):
    words = [part for command, _ in HELPERS for part in ("--batch", command)]
    status, text = debug(target, [*words, "--cpus", str(cpus)])
    parts = dict(part.split("\n", 1) for part in text.split("(gdb) ")[1:])
    problems = [f"'{command}' {p}" for command, patterns in HELPERS for p in missing(parts.get(command, ""), patterns)]
    if len(re.findall(r"^cpu \d+: ", parts.get("ennead cpus", ""), re.MULTILINE)) != cpus:
        problems.append(f"not {cpus} CPUs")
    return problems if status == 0 else [f"status {status}: {text[-1000:]!r}", *problems]


def check_panic(target):
    status, text = debug(target, PANIC)
    return missing(text, PANIC_SHOWS) + ([] if status == 1 else [f"status {status}, not 1"])


def check_too_early(target):
    """Before the first instruction of the kernel its memory is not there."""
    status, text = debug(target, ["--ex", "ennead cpus", "--batch", "ennead cpus"])
    return missing(text, [r"^cpu 0: "]) + ([] if status == 0 else [f"status {status}"])


def check_limit(target):
    status, text = debug(target, ["--until", "this is never printed", "--limit", "3", "--batch", "ennead cpus"])
    return missing(text, ["'this is never printed' did not appear"]) + ([] if status == 1 else [f"status {status}, not 1"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", required=True)
    target = parser.parse_args().target
    checks = [("helpers, 1 CPU", lambda: check_helpers(target, 1)), ("helpers, 4 CPUs", lambda: check_helpers(target, 4)),
              ("too early", lambda: check_too_early(target)), ("time limit", lambda: check_limit(target))]
    if target.endswith("-debug"):
        checks.append(("panic", lambda: check_panic(target)))
    failed = 0
    for name, check in checks:
        problems = check()
        print(f"not ok {name}" if problems else f"ok {name}", flush=True)
        for problem in problems:
            print(f"    {problem}")
        failed += bool(problems)
    print(f"verdict: {len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
