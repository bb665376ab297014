#!/usr/bin/env python3
"""Does the reference model stand alone? No symbol of the kernel in its library, no header but its own and the ABI's."""
import argparse
import os
import re
import subprocess
import sys

HEADERS = {"calls.h", "internal.h", "model.h", "ennead/abi.h"}
LIBC = {"stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h"}


def symbols(nm, library, *options):
    out = subprocess.run([nm, "-P", *options, library], stdout=subprocess.PIPE, check=True).stdout.decode()
    return {line.split()[0] for line in out.splitlines() if line and not line.endswith(":")}


def includes(folder):
    for name in sorted(os.listdir(folder)):
        if name.endswith((".c", ".h")):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                for header in re.findall(r'^#include ["<]([^">]+)[">]', file.read(), re.MULTILINE):
                    yield name, header


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nm", required=True)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--sources", required=True)
    parser.add_argument("library")
    args = parser.parse_args()
    own = symbols(args.nm, args.library, "--defined-only")
    wanted = symbols(args.nm, args.library, "--undefined-only") - own
    shared = wanted & symbols(args.nm, args.kernel, "--defined-only", "--extern-only")
    shared = {name for name in shared if not name.startswith("__")}
    strange = [f"{name} includes {header}" for name, header in includes(args.sources) if header not in HEADERS | LIBC]
    for problem in [f"needs '{name}' of the kernel" for name in sorted(shared)] + strange:
        print(f"not ok {problem}")
    print(f"verdict: {2 - bool(shared) - bool(strange)} passed, {bool(shared) + bool(strange)} failed")
    return 1 if shared or strange or not own else 0


if __name__ == "__main__":
    sys.exit(main())
