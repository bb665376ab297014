#!/usr/bin/env python3
"""The system as its user sees it: commands typed at the prompt, and what each must show.

Ends by the guest's own power-off; everything the shell can do is typed at least once, on several machines' shapes.
"""
import argparse
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools", "ennead"))
import latency  # noqa: E402
import machine  # noqa: E402
import symbols  # noqa: E402

PROMPT = b"ennead> "
LIMIT_S = 60
UP, LEFT, BACKSPACE, CTRL_U, CTRL_C, CTRL_A = "\033[A", "\033[D", "\177", "\025", "\003", "\001"

# What is typed, what the answer must contain (regular expressions).
SESSION = [
    ("help", [r"pingpong", r"poweroff"]),
    ("ps", [r"0 root +running", r"\d console +running", r"crash +idle"]),
    ("components", [r"\d shell +running"]),
    ("threads", [r"0 root +ready +63", r"registry +receiving +40", r"shell +calling +10"]),
    ("mem", [r"RAM +\d+K, +\d+K free", r"pager +1024K", r"shell +131072 bytes"]),
    ("caps shell", [r"endpoint +-w--- +0x0006000\d +\d+ root.control"]),
    ("caps console", [r"region", r"irq", r"notification +.*interrupt", r"endpoint +-w--- .*root.log"]),
    ("caps nobody", [r"nobody: not found"]),
    ("caps", [r"usage: caps COMPONENT"]),
    ("services", [r"console +by component", r"pong +by component"]),
    ("send pong 38 1 3 4", [r"answer: ok 0x7 0x1"]),
    ("send pong 38 9", [r"answer: no such operation"]),
    ("send pong 38 1", [r"answer: bad argument"]),
    ("send nobody 38 1", [r"nobody: not found"]),
    ("send pong x 1", [r"x: not a number below 256"]),
    ("pingpong 100", [r"100 round trips: \d+ ns each"]),
    ("echo one  two", [r"^one two$"]),
    ("echo x" + BACKSPACE + "y" + LEFT + "z", [r"^zy$"]),
    ("wrong" + CTRL_U + "echo right", [r"^right$"]),
    ("cho first" + CTRL_A + "e", [r"^first$"]),
    (UP, [r"^first$"]),
    ("never" + CTRL_C, [r"\^C"]),
    ("uptime", [r"up \d+\.\d+ s"]),
    ("nonsense", [r"nonsense: no such command"]),
    ("start pong", [r"pong: wrong state"]),
    ("kill pong", [r"pong killed"]),
    ("pingpong", [r"ping: not found"]),
    ("start pong", [r"pong started"]),
    ("pingpong 10", [r"10 round trips"]),
    ("kill pong", [r"pong killed"]),
    ("start pong", [r"pong started"]),
    ("pingpong 10", [r"10 round trips"]),
    ("kill ping", [r"ping killed"]),
    ("start ping", [r"ping started"]),
    ("pingpong 10", [r"10 round trips"]),
    ("kill registry", [r"registry: denied"]),
    ("kill console", [r"root: console restarted", r"console killed"]),
    ("kill line", [r"root: line restarted", r"line killed"]),
    ("kill pager", [r"root: pager restarted"]),
    # What a component said is out before what the root task says of it, and whole.
    ("start crash", [r"^crash: about to write to address 16\nfault: crash: page fault at 0x10, write", r"(rip|pc) [0-9a-f]{16}",
                     r"#0 crash\+0x4\w+ write_word \(main\.c:\d+\)", r"#\d crash\+0x4\w+ descend \(main\.c:\d+\)",
                     r"#\d crash\+0x4\w+ ennead_start \(start\.c:\d+\)", r"#\d crash\+0x4\w+ _start \("]),
    ("ps", [r"crash +faulted"]),
    ("start grow", [r"48 pages of heap", r"262144 of 262144 bytes"]),
    ("mem", [r"3 page faults served"]),
    ("start grow", [r"262144 of 262144 bytes"]),
    ("ps", [r"grow +ended"]),
    ("start twins", [r"1000 calls from one thread to the other"]),
    ("start pair", [r"pair started"]),
    ("threads", [r"pair +receiving +12", r"pair\.2 +receiving +12"]),
    ("send pair 38 1 16 1", [r"fault: pair: page fault at 0x10, write", r"in its thread 2", r"(rip|pc) [0-9a-f]{16}",
                             r"#0 pair\+0x4\w+ poke \(main\.c:\d+\)", r"#\d pair\+0x4\w+ ennead_thread_entry",
                             r"answer: dead"]),
    ("ps", [r"pair +faulted"]),
]


def run(args, cpus, memory):
    line = machine.command(args.machine, args.kernel, args.archive, cpus=cpus, memory=memory,
                           extra=latency.words(args.machine, args.kernel, cpus))
    guest = machine.Guest(line, LIMIT_S)
    names = symbols.Symbols(os.path.dirname(os.path.dirname(args.kernel)))
    problems, at = [], guest.wait_for(PROMPT)
    for typed, patterns in SESSION:
        if at is None:
            break
        guest.send(typed.encode() + ("" if typed.endswith(CTRL_C) else "\r").encode())
        begin = guest.wait_for(b"\n", at)
        end = guest.wait_for(PROMPT, begin) if begin is not None else None
        lines = guest.output[at:end].splitlines(keepends=True) if end else []
        text = b"".join(map(names.line, lines)).decode("utf-8", "replace").replace("\r", "")
        problems += [f"'{typed!r}' does not show {p!r} but {text!r}" for p in patterns
                     if not re.search(p, text, re.MULTILINE)]
        at = end
    if at is None:
        problems.append(f"no prompt; the console's end: {guest.output[-500:]!r}")
    guest.send(b"poweroff\r")
    status = guest.finish()
    if status != machine.MACHINES[args.machine]["success"]:
        problems.append(f"power-off: {guest.why or f'QEMU ended with status {status}'}")
    return problems + latency.judge(line, guest.text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("machine", "kernel", "archive"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    failed = 0
    shapes = [(1, None), (4, None), (1, "16M")]
    for cpus, memory in shapes:
        problems = run(args, cpus, memory)
        name = f"shell, {cpus} CPUs, {memory or 'default memory'}"
        print(f"not ok {name}" if problems else f"ok {name}", flush=True)
        for problem in problems:
            print(f"    {problem}")
        failed += bool(problems)
    print(f"verdict: {len(shapes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
