"""`bench --cpus`: pairs of client and server, one on each processor, and how many instructions a round trip takes then,
waiting for the kernel's lock included. The emulator's processors take turns, which end with the components' slices of time:
so a turn may end in the kernel."""
import os
import re
import tempfile

import bench
import bench_system
import build
import counting
import machine

CPUS = (1, 2, 4, 8)
SLICE = "200us"
TOLERANCE = 0.10
PAIRS = re.compile(r"^pairs (\d+) (\d+)\s*$", re.MULTILINE)


def component(name, lines):
    return "\n".join([f"component {name}", *(f"    {line}" for line in lines), ""])


def description(pairs):
    """A referee on the first processor, and a client with its server on each."""
    referee = ["program bench-scale", "priority 30", "endpoint referee", "connect root.control", "region debug"]
    text = [component("referee", [*referee, f"notification clients{pairs}"])]
    for i in range(pairs):
        text.append(component(f"server{i}", ["program bench-scale", f"cpu {i}", "priority 20", f"endpoint plain{i}"]))
        text.append(component(f"client{i}", ["program bench-scale", f"cpu {i}", "priority 20", f"time {SLICE} every {SLICE}",
                                             "connect referee", f"connect plain{i}", "notification never"]))
    return "\n".join(text)


def measure(name, kernel, cpus, pairs):
    """(instructions of a round trip, the lock's among them)"""
    folder = os.path.dirname(os.path.dirname(kernel))
    with tempfile.TemporaryDirectory() as scratch:
        packed = bench_system.archive(folder, description(pairs), scratch)
        options, out = counting.options(build.isa_of(name), folder, kernel, "bench-scale", scratch)
        said = PAIRS.search(bench.boot(name, machine.command(name, kernel, packed, cpus, extra=options)))
        counts, rounds = counting.read_total(out, "pair")
    if not said or int(said.group(1)) != pairs or rounds != pairs * int(said.group(2)) - 1:
        told = said.group(0) if said else "nothing"
        raise counting.Problem(f"{rounds + 1} rounds of {pairs} pairs were seen, and the guest told '{told}'")
    return counting.instructions(counts) / rounds, counts["lock"] / rounds


def show(target, kernel):
    """Prints a line for each number of processors; True if pairs on all take what one alone takes there, and what one takes with one
    processor, to the tolerance."""
    good, first = True, None
    print(f"{target}: instructions of a round trip of 0 words, waiting included; in brackets the lock's")
    print(f"  {'processors':>10}{'one pair':>16}{'a pair on each':>16}{'more':>8}{'than with one processor':>25}"
          f"{'in the lock':>13}")
    for cpus in CPUS:
        alone, alone_lock = measure(target, kernel, cpus, 1)
        each, lock = measure(target, kernel, cpus, cpus) if cpus > 1 else (alone, alone_lock)
        first = first or alone
        more = each / alone - 1
        good &= more <= TOLERANCE and each / first - 1 <= TOLERANCE
        print(f"  {cpus:>10}{f'{alone:.1f} ({alone_lock:.1f})':>16}{f'{each:.1f} ({lock:.1f})':>16}{more:>8.1%}"
              f"{each / first - 1:>25.1%}{lock / each:>13.1%}", flush=True)
    return good


def command(args):
    failed = []
    for target in args.targets or bench.targets():
        bench.prepare(target)
        try:
            if not show(target, build.kernel(target)):
                failed.append(target)
        except counting.Problem as problem:
            print(f"ennead: {target}: {problem}")
            failed.append(target)
    if failed:
        print(f"ennead: pairs on several processors take over {TOLERANCE:.0%} more than one alone, or were not measured: "
              f"{' '.join(failed)}")
    return 1 if failed else 0


def scale_test(args):
    """What CTest calls."""
    try:
        good = show(args.machine, args.kernel)
    except counting.Problem as problem:
        print(f"not ok scale: {problem}\nverdict: 0 passed, 1 failed")
        return 1
    if not good:
        print(f"not ok scale: over {TOLERANCE:.0%} more than one pair alone")
    print(f"verdict: {int(good)} passed, {int(not good)} failed")
    return 0 if good else 1
