#!/usr/bin/env python3
"""The table "Errors by operation" of docs/abi.md as a C initialiser: one line for each pair."""
import re
import sys


def main():
    text = open(sys.argv[1], encoding="utf-8").read().split("## Errors by operation", 1)[1]
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        for operation, errors in re.findall(r"^\| ([a-z._ ]+) \| ([A-Z_ ]+) \|$", text, re.MULTILINE):
            for error in errors.split():
                out.write(f'{{"{operation}", ENNEAD_{error}}},\n')


if __name__ == "__main__":
    main()
