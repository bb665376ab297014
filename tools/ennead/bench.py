"""`bench`: what the kernel's operations cost. A guest boots under an instruction counter with the plugin of
tools/plugin/count, which takes samples of the loops of user/bench; the guest's own clock has to agree with it."""
import glob
import json
import os
import re
import statistics
import sys
import tempfile

import bench_system
import budget
import build
import chart
import counting
import machine

LIMIT_S = 300
INTERRUPT = "irq_to_thread"  # counted from the interrupt on

# Steps of the guest's clock that two readings may be wrong, and a step's nanoseconds where it is more than one.
CLOCK_ERROR_STEPS = 2
CLOCK_STEP_NS = {"riscv64": 100, "ppc32": 3, "ppc64": 2}
CLOCK_CALIBRATED = {"x86_64": 5e-5}  # the part by which a clock may be wrong whose pace the kernel measures at boot

ROW = re.compile(r"^row (\S+) (\d+) (\d+) (\d+)\s*$", re.MULTILINE)
VERIFIED = re.compile(r"^verify: (\d+) words\s*$", re.MULTILINE)


# ---- figures ----

def samples_of(name, batches, rounds):
    """All rounds of a row. A batch's last one ends with the function; an only one is the function."""
    found = []
    for batch in batches:
        seen, what = (batch.arrivals, "interrupts") if name == INTERRUPT else (batch.samples, "rounds of its loop")
        if len(seen) != rounds:
            raise counting.Problem(f"{name}: {len(seen)} {what} were seen, {rounds} made")
        found += seen if name == INTERRUPT else seen[:-1] or [batch.whole]
    return found


def clock_error(isa, batches, spent_ns):
    """What two readings for each batch may be wrong together, in nanoseconds."""
    return batches * CLOCK_ERROR_STEPS * CLOCK_STEP_NS.get(isa, 1) + CLOCK_CALIBRATED.get(isa, 0) * spent_ns


def disagreement(isa, rows, said):
    """The rows for which the guest's clock tells something else than the plugin: [(row, its nanoseconds, counted)]."""
    wrong = []
    empty_ns = said["empty"][2] / said["empty"][1]
    empty = sum(counting.instructions(batch.whole) for batch in rows["empty"]) / len(rows["empty"])
    for name, (_, batches, spent_ns) in said.items():
        counted = sum(counting.instructions(batch.whole) - empty for batch in rows[name])
        measured = spent_ns - batches * empty_ns
        if abs(counted - measured) > clock_error(isa, batches, spent_ns):
            wrong.append((name, round(measured), round(counted)))
    return wrong


class Figures:
    """Of one row: the median of everything, and the worst round."""

    def __init__(self, samples):
        self.median = round(statistics.median(map(counting.instructions, samples)))
        self.worst = max(map(counting.instructions, samples))
        self.parts = {part: round(statistics.median(sample[part] for sample in samples)) for part in counting.COUNTS}
        self.lines = None


def evaluate(isa, rows, said):
    missing = [name for name in said if len(rows.get(name, [])) != said[name][1] + 1]
    if missing or set(rows) - set(said):
        raise counting.Problem(f"rows that only the guest or only the plugin has: {missing} {sorted(set(rows) - set(said))}")
    warm = {name: batches[1:] for name, batches in rows.items()}
    for name, measured, counted in disagreement(isa, warm, said):
        raise counting.Problem(f"{name}: the guest's clock tells {measured} instructions, and the plugin counted {counted}")
    figures = {name: Figures(samples_of(name, warm[name], said[name][0])) for name in said if name != "empty"}
    figures[counting.LINES].lines = warm[counting.LINES][-1].lines
    return figures


# ---- runs ----

def boot(name, line):
    """The console of a guest that ended as it should."""
    guest = machine.Guest(line, LIMIT_S)
    status = guest.finish()
    text = guest.text()
    if guest.why or status != machine.MACHINES[name]["success"]:
        raise counting.Problem(f"{guest.why or f'QEMU ended with status {status}'}; the console's end:\n{text[-2000:]}")
    return text


def observe(name, kernel, seed, qemu=()):
    """What plugin and guest tell of a machine: {row: its batches}, {row: (rounds, batches, nanoseconds)}. `kernel`: its
    image, in its target's folder."""
    folder = os.path.dirname(os.path.dirname(kernel))
    with tempfile.TemporaryDirectory() as scratch:
        text = bench_system.draw(bench_system.description("system"), seed)
        packed = bench_system.archive(folder, text, scratch)
        options, out = counting.options(build.isa_of(name), folder, kernel, "bench", scratch)
        line = machine.command(name, kernel, packed, extra=[*options, *qemu])
        said = {row: tuple(map(int, rest)) for row, *rest in ROW.findall(boot(name, line))}
        if not said:
            raise counting.Problem("the guest told of no row")
        return counting.read_results(out), said


def measure(name, kernel, seed, qemu=()):
    """The figures of a machine by row."""
    return evaluate(build.isa_of(name), *observe(name, kernel, seed, qemu))


def verify(name, kernel, seed, spoil=False):
    """The same messages with every word looked at by both sides; how many words came back right."""
    folder, text = os.path.dirname(os.path.dirname(kernel)), bench_system.description("verify")
    if spoil:
        text = text.replace("    endpoint", "    notification spoil\n    endpoint")
    with tempfile.TemporaryDirectory() as scratch:
        packed = bench_system.archive(folder, bench_system.draw(text, seed), scratch)
        found = VERIFIED.search(boot(name, machine.command(name, kernel, packed, extra=counting.ICOUNT)))
    if not found or int(found.group(1)) == 0:
        raise counting.Problem("the verifying run looked at no word")
    return int(found.group(1))


# ---- for people ----

def show(target, figures):
    print(f"{target}: instructions of a round, and beside them what a count makes look free")
    print(f"  {'':26}{'median':>8}{'worst':>8}{'kernel':>8}{'seL4':>8}{'ratio':>7}{'loads':>8}{'stores':>8}"
          f"{'TLB':>6}{'space':>6}{'serial':>7}")
    others = budget.sel4()
    for row, figure in figures.items():
        other = others.get(row, {}).get(target)
        compared = f"{other:>8}{figure.median / other:>7.2f}" if other else f"{'':15}"
        parts = dict(figure.parts)
        print(f"  {row:26}{figure.median:>8}{figure.worst:>8}{parts['kernel']:>8}{compared}{parts['loads']:>8}"
              f"{parts['stores']:>8}{parts['tlb']:>6}{parts['space']:>6}{parts['serial']:>7}")
    code, data = figures[counting.LINES].lines
    print(f"  lines of 64 bytes that the kernel touches in {counting.LINES}: {code} of code + {data} of data", flush=True)


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
        print(f"  the committed figures are of {committed['compiler']}, and this is GCC {compiler_of(target)}")
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
        except counting.Problem as problem:
            sys.exit(f"ennead: the benchmark failed on {target}: {problem}")
        show(target, figures)
        print(f"  verifying run: {words} words came back right", flush=True)
        results[target] = {row: figure.median for row, figure in figures.items()}
        results[target]["lines_0w"] = sum(figures[counting.LINES].lines)
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
    for rows in results.values():
        del rows["lines_0w"]  # it moves with everything that is linked before: no budget
    if args.record:
        record(results)
    if args.check and not all([check(target, medians) for target, medians in results.items()]):
        print("ennead: a figure rose. If that is meant: './ennead bench --record', and say why in the commit",
              file=sys.stderr)
        return 1
    return 0


def bench_test(args):
    """What CTest calls: the verifying run, and each figure against its committed one."""
    target = args.machine
    try:
        words = verify(target, args.kernel, budget.load()["seed"])
        figures = measure(target, args.kernel, budget.load()["seed"])
    except counting.Problem as problem:
        print(f"not ok bench: {problem}\nverdict: 0 passed, 1 failed")
        return 1
    show(target, figures)
    medians = {row: figure.median for row, figure in figures.items()}
    print(f"verifying run: {words} words came back right")
    good = check(target, medians)
    failed = 0 if good else len(budget.compare(budget.load(), target, medians)[0])
    print(f"verdict: {len(medians) + 1 - min(failed, len(medians))} passed, {failed} failed")
    return 0 if good else 1
