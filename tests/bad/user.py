#!/usr/bin/env python3
"""System descriptions, programs and interface descriptions that make no sense: the line expected, and a failure.

Each input begins with `# expect: LINE`, where * stands for anything.
"""
import argparse
import fnmatch
import glob
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(HERE, "..", "..", "tools")
sys.path.insert(0, os.path.join(TOOLS, "ennead"))
import machine  # noqa: E402

LIMIT_S = 30


def expected(path):
    with open(path, encoding="latin-1") as file:
        first = file.readline()
    mark = "# expect: "
    return first[len(mark):].strip() if first.startswith(mark) else None


def shown(text, line):
    # Names in expectations hold quotes and brackets: only * is special.
    return any(fnmatch.fnmatchcase(candidate.strip(), line.replace("[", "[[]")) for candidate in text.splitlines())


def boot(args, description, folder, program=None):
    archive = os.path.join(folder, "bad.archive")
    files = [f"system={description}", f"pong={program or args.program}"]
    subprocess.run([sys.executable, os.path.join(TOOLS, "mkarchive.py"), "--output", archive, "--root", args.root, *files],
                   check=True)
    guest = machine.Guest(machine.command(args.machine, args.kernel, archive), LIMIT_S)
    status = guest.finish()
    return guest.text(), status, guest.why


def system_case(args, path, folder, line=None, program=None):
    line = line or expected(path)
    text, status, why = boot(args, path, folder, program)
    if why:
        return why
    if not shown(text, line):
        return f"expected '{line}'; the console says: {text[-300:]!r}"
    return "the machine ended as if all were well" if status == machine.MACHINES[args.machine]["success"] else None


def damaged(path, folder, name, change):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    change(data)
    out = os.path.join(folder, name)
    with open(out, "wb") as file:
        file.write(data)
    return out


def truncate(data):
    del data[80:]


def other_machine(data):
    data[18] ^= 0x55


def relocatable(data):
    data[16] ^= 3


PROGRAMS = [
    ("truncated-program", truncate, "its program headers lie past the end of the file"),
    ("other-machine", other_machine, "built for another machine"),
    ("not-static", relocatable, "not a statically linked program; link it with -static -no-pie"),
]


def program_case(args, folder, name, change, wrong):
    description = os.path.join(folder, "system")
    with open(description, "w", encoding="utf-8") as file:
        file.write("component pong\n")
    program = damaged(args.program, folder, name, change)
    line = f"ennead: component pong: program 'pong': {wrong} (system line 1); *"
    return system_case(args, description, folder, line, program)


def idl_case(path, folder):
    done = subprocess.run([sys.executable, os.path.join(TOOLS, "idl.py"), "--out", folder, os.path.basename(path)],
                          cwd=os.path.dirname(path), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return "it was accepted"
    return None if shown(done.stderr, expected(path)) else f"expected '{expected(path)}', it says {done.stderr!r}"


def cases(args, folder):
    for path in sorted(glob.glob(os.path.join(HERE, "idl", "*.idl"))):
        yield f"idl/{os.path.basename(path)}", idl_case(path, folder)
    for path in sorted(glob.glob(os.path.join(HERE, "user", "*.system"))):
        yield f"user/{os.path.basename(path)}", system_case(args, path, folder)
    for name, change, wrong in PROGRAMS:
        yield name, program_case(args, folder, name, change, wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("machine", "kernel", "root", "program"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    count = {True: 0, False: 0}
    with tempfile.TemporaryDirectory() as folder:
        for name, problem in cases(args, folder):
            print(f"not ok {name}: {problem}" if problem else f"ok {name}", flush=True)
            count[not problem] += 1
    print(f"verdict: {count[True]} passed, {count[False]} failed")
    return 1 if count[False] or not count[True] else 0


if __name__ == "__main__":
    sys.exit(main())
