"""What is in a program: its symbols and its instructions, by the target's own nm and objdump."""
import os
import re
import string
import subprocess

INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t((?:[0-9a-f]+ )+) *\t(\S+)(?:\s+([^<#;/]*))?")
DIALECTS = {"ppc32": ["-M", "e500mc"]}  # words for objdump


def tool(folder, name):
    with open(os.path.join(folder, "CMakeCache.txt"), encoding="utf-8") as file:
        return re.search(rf"^CMAKE_{name}:FILEPATH=(.+)$", file.read(), re.MULTILINE).group(1)


def named_addresses(folder, program, kinds=string.ascii_letters):
    """Those of nm's kinds: (address, name). Functions of different files may have the same name."""
    done = subprocess.run([tool(folder, "NM"), program], capture_output=True, text=True, check=True)
    return [(int(words[0], 16), words[2]) for words in map(str.split, done.stdout.splitlines())
            if len(words) == 3 and words[1] in kinds]


def symbols_of(folder, program, kinds=string.ascii_letters):
    """The same, where names tell them apart: {name: address}."""
    return {name: address for address, name in named_addresses(folder, program, kinds)}


def sections_of(folder, program):
    """{name: (address, size)}"""
    done = subprocess.run([tool(folder, "OBJDUMP"), "-h", "-w", program], capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return {row[1]: (int(row[3], 16), int(row[2], 16)) for row in rows if len(row) > 6 and row[0].isdigit()}


def instructions(isa, folder, program):
    """(address, bytes as hexadecimal digits, name, operands)"""
    done = subprocess.run([tool(folder, "OBJDUMP"), "-d", *DIALECTS.get(isa, []), program], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        match = INSTRUCTION.match(line)
        if match:
            address, code, name, rest = match.groups()
            yield int(address, 16), code.split(), name, [word.strip() for word in (rest or "").split(",") if word.strip()]
