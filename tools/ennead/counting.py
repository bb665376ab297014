"""The plugin of tools/plugin/count: what it is told of a kernel and of a program with rows, and what it tells."""
import os
import re
import subprocess

import disassembly
import maintenance
import memory
import plugin

NOW = "bench_now"  # reads the clock, before and after each row
LINES = "call_reply_0w"  # the row whose lines are counted

# As in the plugin's count.h.
COUNTS = ("user", "kernel", "again", "loads", "stores", "tlb", "space", "serial", "lock")
MARK_TLB, MARK_SPACE, MARK_SERIAL, MARK_RETURN, MARK_LOCK = 1, 2, 4, 8, 16
LOCKS = ("lock_wait", "lock_spin", "lock_pass", "shut_out_others", "cpu_serve_requests")

# QEMU's clock goes on with the instructions.
ICOUNT = ["-icount", "shift=0,sleep=off"]


class Problem(Exception):
    """What is wrong, for people."""


# ---- what the plugin is told ----

SERIAL = {
    "x86_64": ("wrmsr", "iretq", "cpuid", "invlpg", "lgdt", "lidt", "ltr", "lldt"),
    "aarch64": ("isb", "dsb"),
    "arm": ("isb", "dsb"),
    "riscv64": ("fence", "fence.i", "sfence.vma"),
    "ppc32": ("isync", "sync", "hwsync", "msync"),
    "ppc64": ("isync", "sync", "hwsync", "ptesync"),
}
RETURNS = ("sysretq", "iretq", "eret", "rfeia", "sret", "rfi", "rfid", "hrfid")


def marks_of(isa, name, operands):
    try:
        found = maintenance.ISAS[isa].decode(name, operands)
    except (KeyError, AttributeError) as error:
        raise Problem(f"nothing is known of the instruction {name} {','.join(operands)}") from error
    kind = found[0] if found else None
    marks = MARK_TLB * (kind in ("page", "page-any", "space", "all"))
    marks |= (MARK_SPACE | MARK_TLB * (isa == "x86_64")) * (kind == "root")
    to_control = isa == "x86_64" and name == "mov" and operands[-1].startswith(("%cr", "%db"))
    marks |= MARK_SERIAL * (name in SERIAL[isa] or to_control)
    return marks | MARK_RETURN * (name in RETURNS)


def write_marks(isa, folder, kernel, path):
    locks = [range(start, start + size) for name, (start, size) in functions(folder, kernel).items()
             if name.split(".")[0] in LOCKS]
    with open(path, "w", encoding="utf-8") as file:
        for address, _, name, operands in disassembly.instructions(isa, folder, kernel):
            marks = marks_of(isa, name, operands) | MARK_LOCK * any(address in lock for lock in locks)
            if marks:
                file.write(f"{address:x} {marks}\n")


LINE = re.compile(r"^ *([0-9a-f]+):\t.*<(\w+)(?:\+0x([0-9a-f]+))?>")
FUNCTION = re.compile(r"^([0-9a-f]+) <(\w+)>:$")


def loop_of(disassembly):
    """Where the outermost loop of a function begins: what the branch that goes back furthest goes to."""
    start, name, best = None, None, None
    for line in disassembly:
        match = FUNCTION.match(line)
        if match:
            start, name = int(match.group(1), 16), match.group(2)
            continue
        match = LINE.match(line)
        if not match or match.group(2) != name:
            continue
        here, there = int(match.group(1), 16), start + int(match.group(3) or "0", 16)
        if there <= here and (best is None or here - there > best[0]):
            best = here - there, there
    return best[1] if best else start


def functions(folder, program):
    """name: (address, size)"""
    done = subprocess.run([disassembly.tool(folder, "NM"), "-S", program], capture_output=True, text=True, check=True)
    found = {}
    for words in map(str.split, done.stdout.splitlines()):
        if len(words) == 4:
            found[words[3]] = int(words[0], 16), int(words[1], 16)
    return found


def write_rows(isa, folder, path, component):
    """Of the component's program. Rows are called by their addresses, and so begin there; others may begin where
    the table of constants is known already."""
    entry = maintenance.ISAS[isa].entry
    program = os.path.join(folder, "user", component)
    text = memory.Image(program)
    with open(path, "w", encoding="utf-8") as file:
        for name, (address, size) in functions(folder, program).items():
            if not name.startswith("row_") and name != NOW:
                continue
            skipped = entry if name == NOW else 0
            address, size = address + skipped, size - skipped
            code = text.bytes(address, size).hex()
            done = subprocess.run([disassembly.tool(folder, "OBJDUMP"), "-d", f"--disassemble={name}", program],
                                  capture_output=True, text=True, check=True)
            head = loop_of(done.stdout.splitlines())
            row = "now" if name == NOW else name.removeprefix("row_")
            file.write(f"{row} {address:x} {size} {head:x} {int(row == LINES)} {code}\n")


def options(isa, folder, kernel, program, scratch):
    """QEMU's words for a kernel and a program with rows, and the file for results."""
    files = {part: os.path.join(scratch, part) for part in ("rows", "marks", "out")}
    write_rows(isa, folder, files["rows"], program)
    write_marks(isa, folder, kernel, files["marks"])
    return [*ICOUNT, *plugin.option("count", {"isa": isa, **files})], files["out"]


# ---- what comes back ----

class Batch:
    def __init__(self):
        self.samples, self.arrivals, self.whole, self.lines = [], [], None, None


def read_results(path):
    """row: its batches."""
    rows, ended = {}, False
    open_batch = Batch()
    with open(path, encoding="utf-8") as file:
        for words in map(str.split, file):
            if words[0] == "end":
                ended = True
                continue
            numbers = list(map(int, words[2:]))
            if words[0] == "total":
                continue
            if words[0] == "lines":
                open_batch.lines = numbers
                continue
            counts = dict(zip(COUNTS, numbers))
            if words[0] == "batch":
                open_batch.whole = counts
                rows.setdefault(words[1], []).append(open_batch)
                open_batch = Batch()
            else:
                (open_batch.samples if words[0] == "sample" else open_batch.arrivals).append(counts)
    if not ended:
        raise Problem("the plugin did not come to its end")
    return rows


def read_total(path, row):
    """What the rounds of a row took, on all processors, and how many there were."""
    with open(path, encoding="utf-8") as file:
        for words in map(str.split, file):
            if words[:2] == ["total", row]:
                *counts, rounds = map(int, words[2:])
                return dict(zip(COUNTS, counts)), rounds
    raise Problem(f"the plugin saw no row {row}")


def instructions(counts):
    """One that begins again after a fault is one instruction."""
    return counts["user"] + counts["kernel"] - counts["again"]
