"""`bench`: what the kernel's operations cost. A guest boots under an instruction counter with the plugin of tools/plugin/count, which
takes samples of the loops of user/bench; the guest's own clock has to agree with what the plugin counted."""
import glob
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile

import budget
import build
import chart
import machine
import maintenance
import memory
import plugin

LIMIT_S = 300
COUNT = ["-icount", "shift=0,sleep=off"]
GRANTS_MAX = 10  # of a component: docs/system.md
GRANTS = ("endpoint", "connect", "notification", "device", "region", "ram", "grant")
PROGRAMS = ("bench", "bench-plain", "bench-echo", "bench-pager", "bench-verify", "bench-scale")
NOW = "bench_now"  # reads the clock, before and after each row
INTERRUPT = "irq_to_thread"  # counted from the interrupt on
LINES = "call_reply_0w"

# As in the plugin's count.h. ppc64 goes to another space by stores to its root, not by an instruction.
COUNTS = ("user", "kernel", "again", "loads", "stores", "tlb", "space", "serial", "lock")
MARK_TLB, MARK_SPACE, MARK_SERIAL, MARK_RETURN, MARK_LOCK = 1, 2, 4, 8, 16
LOCKS = ("lock_acquire", "lock_wait", "lock_pass", "cpu_serve_requests")

# Steps of the guest's clock that two readings may be wrong, and a step's nanoseconds where it is more than one.
CLOCK_ERROR_STEPS = 2
CLOCK_STEP_NS = {"riscv64": 100, "ppc32": 3, "ppc64": 2}

ROW = re.compile(r"^row (\S+) (\d+) (\d+) (\d+)\s*$", re.MULTILINE)
VERIFIED = re.compile(r"^verify: (\d+) words\s*$", re.MULTILINE)


class Problem(Exception):
    """What is wrong, for people."""


# ---- the system that is booted ----

def blocks(text):
    """The components of a description, each as its lines."""
    found = []
    for line in text.splitlines():
        line = line.split("#", 1)[0].rstrip()
        if line.startswith("component "):
            found.append([])
        if line and found:
            found[-1].append(line)
    return found


def draw(text, seed):
    """The description with what the seed draws: where each component and each grant stands, and the one priority."""
    chance = random.Random(seed)
    priority = chance.randint(8, 50)
    components = blocks(text)
    for lines in components:
        grants = [line for line in lines if line.split()[0] in GRANTS]
        rest = [f"    priority {priority}" if line.split()[0] == "priority" else line for line in lines if line not in grants]
        extra = chance.randint(0, GRANTS_MAX - len(grants))
        grants += [f"    notification unused{number}" for number in range(extra)]
        chance.shuffle(grants)
        lines[:] = rest + grants
    unused = [[f"component unused{number}", "    manual", "    program bench-plain"] for number in range(chance.randint(0, 6))]
    components += unused
    chance.shuffle(components)
    return "\n\n".join("\n".join(lines) for lines in components) + "\n"


def description(name):
    with open(os.path.join(build.SOURCE, "user", "bench", name), encoding="utf-8") as file:
        return file.read()


def archive(folder, text, scratch):
    """Packed anew with this description."""
    system, path = os.path.join(scratch, "system"), os.path.join(scratch, "bench.archive")
    with open(system, "w", encoding="utf-8") as file:
        file.write(text)
    programs = [f"{name}={os.path.join(folder, 'user', name)}" for name in PROGRAMS]
    subprocess.run([sys.executable, os.path.join(build.SOURCE, "tools", "mkarchive.py"), "--output", path, "--root",
                    os.path.join(folder, "user", "root"), *programs, system], check=True)
    return path


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
    found = maintenance.ISAS[isa].decode(name, operands)
    kind = found[0] if found else None
    marks = MARK_TLB * (kind in ("page", "page-any", "space", "all"))
    marks |= (MARK_SPACE | MARK_TLB * (isa == "x86_64")) * (kind == "root")
    to_control = isa == "x86_64" and name == "mov" and operands[-1].startswith(("%cr", "%db"))
    marks |= MARK_SERIAL * (name in SERIAL[isa] or to_control)
    return marks | MARK_RETURN * (name in RETURNS)


def write_marks(isa, folder, kernel, path):
    locks = [range(start, start + size) for name, (start, size) in functions(folder, kernel).items() if name.split(".")[0] in LOCKS]
    with open(path, "w", encoding="utf-8") as file:
        for address, _, name, operands in maintenance.instructions(maintenance.ISAS[isa], folder, kernel):
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
    done = subprocess.run([maintenance.tool(folder, "NM"), "-S", program], capture_output=True, text=True, check=True)
    found = {}
    for words in map(str.split, done.stdout.splitlines()):
        if len(words) == 4:
            found[words[3]] = int(words[0], 16), int(words[1], 16)
    return found


def write_rows(folder, entry, path, name="bench"):
    """Of the program that has the name. `entry`: where a function begins for a caller that has its table of constants; rows are called by their addresses."""
    program = os.path.join(folder, "user", name)
    text = memory.Image(program)
    with open(path, "w", encoding="utf-8") as file:
        for name, (address, size) in functions(folder, program).items():
            if not name.startswith("row_") and name != NOW:
                continue
            skipped = entry if name == NOW else 0
            address, size = address + skipped, size - skipped
            code = text.bytes(address, size).hex()
            done = subprocess.run([maintenance.tool(folder, "OBJDUMP"), "-d", f"--disassemble={name}", program],
                                  capture_output=True, text=True, check=True)
            head = loop_of(done.stdout.splitlines())
            row = "now" if name == NOW else name.removeprefix("row_")
            file.write(f"{row} {address:x} {size} {head:x} {int(row == LINES)} {code}\n")


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


def instructions(counts):
    """Of a sample: one that begins again after a fault is one instruction."""
    return counts["user"] + counts["kernel"] - counts["again"]


def samples_of(name, batches, rounds):
    """All rounds of a row. A batch's last one ends with the function; an only one is the function."""
    found = []
    for batch in batches:
        seen, what = (batch.arrivals, "interrupts") if name == INTERRUPT else (batch.samples, "rounds of its loop")
        if len(seen) != rounds:
            raise Problem(f"{name}: {len(seen)} {what} were seen, {rounds} made")
        found += seen if name == INTERRUPT else seen[:-1] or [batch.whole]
    return found


def disagreement(isa, rows, said):
    """The rows for which the guest's clock tells something else than the plugin: [(row, its nanoseconds, counted)]."""
    wrong = []
    empty_ns = said["empty"][2] / said["empty"][1]
    empty = sum(instructions(batch.whole) for batch in rows["empty"]) / len(rows["empty"])
    for name, (_, batches, spent_ns) in said.items():
        counted = sum(instructions(batch.whole) - empty for batch in rows[name])
        measured = spent_ns - batches * empty_ns
        if abs(counted - measured) > batches * CLOCK_ERROR_STEPS * CLOCK_STEP_NS.get(isa, 1):
            wrong.append((name, round(measured), round(counted)))
    return wrong


class Figures:
    """Of one row: the median of everything, and the worst round."""

    def __init__(self, samples):
        self.median = round(statistics.median(map(instructions, samples)))
        self.worst = max(map(instructions, samples))
        self.parts = {part: round(statistics.median(sample[part] for sample in samples)) for part in COUNTS}
        self.lines = None


def evaluate(isa, rows, said):
    missing = [name for name in said if len(rows.get(name, [])) != said[name][1] + 1]
    if missing or set(rows) - set(said):
        raise Problem(f"rows that only the guest or only the plugin has: {missing} {sorted(set(rows) - set(said))}")
    warm = {name: batches[1:] for name, batches in rows.items()}
    for name, measured, counted in disagreement(isa, warm, said):
        raise Problem(f"{name}: the guest's clock tells {measured} instructions, and the plugin counted {counted}")
    figures = {name: Figures(samples_of(name, warm[name], said[name][0])) for name in said if name != "empty"}
    figures[LINES].lines = warm[LINES][-1].lines
    return figures


# ---- runs ----

def boot(name, line):
    """The console of a guest that ended as it should."""
    guest = machine.Guest(line, LIMIT_S)
    status = guest.finish()
    text = guest.text()
    if guest.why or status != machine.MACHINES[name]["success"]:
        raise Problem(f"{guest.why or f'QEMU ended with status {status}'}; the console's end:\n{text[-2000:]}")
    return text


def observe(name, kernel, seed, qemu=()):
    """What plugin and guest tell of a machine: {row: its batches}, {row: (rounds, batches, nanoseconds)}. `kernel`: its image, in its
    target's folder."""
    folder, isa = os.path.dirname(os.path.dirname(kernel)), build.isa_of(name)
    with tempfile.TemporaryDirectory() as scratch:
        packed = archive(folder, draw(description("system"), seed), scratch)
        files = {part: os.path.join(scratch, part) for part in ("rows", "marks", "out")}
        write_rows(folder, maintenance.ISAS[isa].entry, files["rows"])
        write_marks(isa, folder, kernel, files["marks"])
        line = machine.command(name, kernel, packed, extra=[*COUNT, *plugin.option("count", {"isa": isa, **files}), *qemu])
        said = {row: tuple(map(int, rest)) for row, *rest in ROW.findall(boot(name, line))}
        if not said:
            raise Problem("the guest told of no row")
        return read_results(files["out"]), said


def measure(name, kernel, seed, qemu=()):
    """The figures of a machine by row."""
    return evaluate(build.isa_of(name), *observe(name, kernel, seed, qemu))


def verify(name, kernel, seed, spoil=False):
    """The same messages with every word looked at by both sides; how many words came back right."""
    folder, text = os.path.dirname(os.path.dirname(kernel)), description("verify")
    if spoil:
        text = text.replace("    endpoint", "    notification spoil\n    endpoint")
    with tempfile.TemporaryDirectory() as scratch:
        line = machine.command(name, kernel, archive(folder, draw(text, seed), scratch), extra=COUNT)
        found = VERIFIED.search(boot(name, line))
    if not found or int(found.group(1)) == 0:
        raise Problem("the verifying run looked at no word")
    return int(found.group(1))


# ---- for people ----

COLUMNS = ("kernel", "loads", "stores", "tlb", "space", "serial")


def show(target, figures):
    print(f"{target}: instructions of a round, and beside them what a count makes look free")
    print(f"  {'':26}{'median':>8}{'worst':>8}{'kernel':>8}{'seL4':>8}{'ratio':>7}{'loads':>8}{'stores':>8}"
          f"{'TLB':>6}{'space':>6}{'serial':>7}")
    others = budget.sel4()
    for row, figure in figures.items():
        other = others.get(row, {}).get(target)
        compared = f"{other:>8}{figure.median / other:>7.2f}" if other else f"{'':15}"
        parts = figure.parts
        print(f"  {row:26}{figure.median:>8}{figure.worst:>8}{parts['kernel']:>8}{compared}{parts['loads']:>8}{parts['stores']:>8}"
              f"{parts['tlb']:>6}{parts['space']:>6}{parts['serial']:>7}")
    code, data = figures[LINES].lines
    print(f"  lines of 64 bytes that the kernel touches in {LINES}: {code} of code + {data} of data", flush=True)


def compiler_of(target):
    """The version of GCC that the target was configured for."""
    [path] = glob.glob(os.path.join(build.folder(target), "CMakeFiles", "*", "CMakeCCompiler.cmake"))
    with open(path, encoding="utf-8") as file:
        return re.search(r'^set\(CMAKE_C_COMPILER_VERSION "([^"]+)"\)', file.read(), re.MULTILINE).group(1)


def check(target, medians):
    """Prints how the figures stand to the budget; True if none rose."""
    committed = budget.load()
    wrong, notes = budget.compare(committed, target, medians)
    for line in notes:
        print(f"  {target}: {line}")
    for line in wrong:
        print(f"  {target}: not ok: {line}")
    if wrong and f"GCC {compiler_of(target)}" != committed["compiler"]:
        print(f"  the committed figures are of {committed['compiler']}, and {target} was compiled by GCC {compiler_of(target)}")
    return not wrong


def record(results):
    """The figures into the budget, and what is drawn from it."""
    committed = budget.load()
    for target, medians in results.items():
        for line in budget.record(committed, target, medians):
            print(f"ennead: rose: {line}")
    budget.save(committed)
    chart.refresh(committed)


def prepare(target):
    build.check_target(target, runnable=True)
    if target.endswith("-debug"):
        sys.exit(f"ennead: {target} has assertions: its costs are nobody's")
    if not build.build(target, lambda text: print(f"ennead: {text}", file=sys.stderr, flush=True)):
        sys.exit(f"ennead: {target} does not build")


def targets():
    return [name for name in build.targets() if build.is_machine(name) and not name.endswith("-debug")]


def measure_all(args):
    """{target: {row: median}}; ends at the first target that cannot be measured."""
    results = {}
    for target in args.targets or targets():
        prepare(target)
        try:
            words = verify(target, build.kernel(target), args.seed)
            figures = measure(target, build.kernel(target), args.seed, args.qemu)
        except Problem as problem:
            sys.exit(f"ennead: the benchmark failed on {target}: {problem}")
        show(target, figures)
        print(f"  verifying run: {words} words came back right", flush=True)
        results[target] = {row: figure.median for row, figure in figures.items()}
        results[target]["lines_0w"] = sum(figures[LINES].lines)
    return results


def command(args):
    if args.table:
        print(chart.table(budget.load()))
        return 0
    if args.plot:
        chart.write(args.plot, budget.load())
        return 0
    results = measure_all(args)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
            file.write("\n")
    budgeted = {target: {row: figure for row, figure in rows.items() if row != "lines_0w"} for target, rows in results.items()}
    if args.record:
        record(budgeted)
    if args.check and not all([check(target, medians) for target, medians in budgeted.items()]):
        print("ennead: a figure rose. If that is meant: './ennead bench --record', in a commit that says why", file=sys.stderr)
        return 1
    return 0


def bench_test(args):
    """What CTest calls: the verifying run, and each figure against its committed one."""
    target = args.machine
    try:
        words = verify(target, args.kernel, budget.load()["seed"])
        figures = measure(target, args.kernel, budget.load()["seed"])
    except Problem as problem:
        print(f"not ok bench: {problem}\nverdict: 0 passed, 1 failed")
        return 1
    show(target, figures)
    medians = {row: figure.median for row, figure in figures.items()}
    print(f"verifying run: {words} words came back right")
    good = check(target, medians)
    failed = 0 if good else len(budget.compare(budget.load(), target, medians)[0])
    print(f"verdict: {len(medians) + 1 - min(failed, len(medians))} passed, {failed} failed")
    return 0 if good else 1
