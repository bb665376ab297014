"""The same program everywhere (tests/same): its run on the host port, with the model beside the kernel, is what every
machine's run is compared with: all results, call by call, and the kernel's state at the end."""
import array
import fcntl
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import build
import corrupt
import counting
import latency
import machine
import memory
import state

HOST = "host-fuzz"  # the port as a native program, which runs fastest
MEMORY = "64M"
LIMIT_S = 300
VERDICT = re.compile(r"^same: seed=(\d+) (.*)$", re.MULTILINE)
RAM_ALIGN = 1 << 28  # RAM begins at a multiple of this on every board
DUMP_MIN = 64 << 20
STRIDE = 1000  # events between comparisons with the model where that is slow; the native port compares after each


class Run:
    """What one run left behind."""

    def __init__(self, name, score, trace, kernel_state):
        self.name, self.score, self.trace, self.state = name, score, trace, kernel_state
        self.lines = kernel_state.text()


def numbers(text):
    return {name: int(value, 16) for name, value in re.findall(r"(\w+)=0x([0-9a-f]+)", text)}


def score_of(output):
    found = VERDICT.search(output)
    return re.sub(r" world=.*", "", found.group(2)) if found else None


def read_trace(data, order):
    trace = array.array("I", bytes(data))
    if order != sys.byteorder:
        trace.byteswap()
    return trace


# ---- on the host ----

def host_program(target):
    return os.path.join(build.folder(target), "tests", "same", "same")


def on_host(seed, target=HOST, mmu=0):
    """Built if it is not there; run once for each seed. Tests run side by side, so one at a time."""
    os.makedirs(build.folder(target), exist_ok=True)
    with open(os.path.join(build.folder(target), "same.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return run_on_host(seed, target, mmu)


def run_on_host(seed, target, mmu):
    for step in ([["cmake", "--preset", target], ["cmake", "--build", build.folder(target), "--target", "same"]]):
        done = subprocess.run(step, cwd=build.SOURCE, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the host port is not built: {done.stdout}{done.stderr}")
    program = host_program(target)
    folder = os.path.join(build.folder(target), "same")
    prefix = os.path.join(folder, f"{seed}.{mmu}")
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(prefix + ".out") or os.path.getmtime(prefix + ".out") < os.path.getmtime(program):
        emulator = ["qemu-ppc", "-L", "/usr/powerpc-linux-gnu"] if "powerpc" in target else []
        done = subprocess.run([*emulator, program, str(seed), str(mmu), str(1 if target == HOST else STRIDE), prefix], capture_output=True, text=True, check=False,
                              timeout=1200)
        if done.returncode:
            raise RuntimeError(f"the program fails on {target}: {done.stdout}{done.stderr}")
        with open(prefix + ".out", "w", encoding="utf-8") as file:
            file.write(done.stdout)
    return read_host(target, program, prefix)


def read_host(name, program, prefix):
    with open(prefix + ".out", encoding="utf-8") as file:
        output = file.read()
    layout, places, pieces = memory.Layout(program), numbers(output), {}
    for suffix in ("ram", "cpus", "clock", "trace"):
        with open(f"{prefix}.{suffix}", "rb") as file:
            pieces[suffix] = bytearray(file.read())
    kept = memory.Memory(layout)
    kept.add(places["ram"], pieces["ram"])
    kept.add(places["cpus"], pieces["cpus"])
    kept.add(places["clock"], pieces["clock"])
    kept.window = places["ram"]
    layout.symbols["cpus"] = places["cpus"]
    layout.symbols["platform_clock"] = places["clock"]
    return Run(name, score_of(output), read_trace(pieces["trace"], layout.order), state.State(kept, places["world"]))


# ---- on a machine ----

class Monitor:
    """QEMU's, by its machine protocol."""

    def __init__(self, path):
        deadline = time.monotonic() + 20
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.socket.settimeout(60)
        self.stream = self.socket.makefile("rw", encoding="utf-8")
        self.stream.readline()
        self.do("qmp_capabilities")

    def do(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        while True:
            answer = json.loads(self.stream.readline())
            if "error" in answer:
                raise RuntimeError(f"QEMU: {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def close(self):
        self.stream.close()
        self.socket.close()


def memory_bytes(name):
    return max(int(machine.memory_of(machine.MACHINES[name], MEMORY)[:-1]) << 20, DUMP_MIN)


def on_machine(name, kernel, archive, seed):
    with tempfile.TemporaryDirectory() as folder:
        path, dump = os.path.join(folder, "monitor"), os.path.join(folder, "ram")
        # Guest time goes on with the instructions: where an interrupt comes does not hang on how busy this host is.
        line = machine.command(name, kernel, archive, memory=MEMORY, append=f"-- seed={seed}",
                               extra=["-qmp", f"unix:{path},server=on,wait=off", *counting.ICOUNT, *latency.words(name, kernel, 1)])
        guest = machine.Guest(line, LIMIT_S)
        layout = memory.Layout(kernel, machine.MACHINES[name].get("load_offset", 0))
        base = min(physical for _, physical, *_ in layout.segments) // RAM_ALIGN * RAM_ALIGN
        try:
            if guest.wait_for(b"same: done") is None:
                raise RuntimeError(f"the program did not come to its end ({guest.why}): {guest.text()[-1000:]}")
            monitor = Monitor(path)
            monitor.do("stop")
            monitor.do("pmemsave", val=base, size=memory_bytes(name), filename=dump)
            monitor.do("cont")
            monitor.close()
            guest.send(b"x")
            status = guest.finish()
        finally:
            guest.close()
        with open(dump, "rb") as file:
            ram = bytearray(file.read())
    if guest.why or status != machine.MACHINES[name]["success"]:
        raise RuntimeError(f"the machine ended with status {status} ({guest.why}): {guest.text()[-1000:]}")
    problems = latency.judge(line, guest.text())
    if problems:
        raise RuntimeError(f"{problems[0]}: {guest.text()[-3000:]}")
    return read_machine(name, layout, ram, base, guest.text())


def read_machine(name, layout, ram, base, output):
    """The image's segments are at their own addresses, RAM in the window; an empty list of the pool's tells how far that is."""
    kept, places = memory.Memory(layout), numbers(output)
    for virtual, physical, length, _ in layout.segments:
        kept.add(virtual, memoryview(ram)[physical - base:physical - base + length])
    offset, size, count = layout.structs["pool"]["fields"]["free"]
    last = places["world"] - base + offset + size * (count - 1)
    itself = int.from_bytes(ram[last:last + layout.word], layout.order)
    kept.window = itself - (places["world"] + offset + size * (count - 1))
    kept.add(base + kept.window, memoryview(ram))
    found = state.State(kept, places["world"])
    return Run(name, score_of(output), trace_of(found, places["trace"]), found)


def trace_of(found, address):
    """Out of the root task's memory, page by page."""
    pages = {}
    for entry in found.entries(found.root):
        for offset in range(0, 1 << entry["order_log2"], state.PAGE):
            pages[entry["link.key"] + offset] = entry["phys"] + offset
    data = b""
    for at in range(address // state.PAGE * state.PAGE, address + 4 * steps(), state.PAGE):
        piece, start = found.memory.place(pages[at] + found.memory.window, state.PAGE)
        data += bytes(piece[start:start + state.PAGE])
    skip = address % state.PAGE
    return read_trace(data[skip:skip + 4 * steps()], found.layout.order)


def steps():
    with open(os.path.join(build.SOURCE, "tests", "same", "same.h"), encoding="utf-8") as file:
        return int(re.search(r"#define SAME_STEPS\s+(\d+)u", file.read()).group(1))


# ---- comparing ----

def difference(reference, run):
    """What differs, or None."""
    for step, (expected, got) in enumerate(zip(reference.trace, run.trace)):
        if expected != got:
            return f"the results part at step {step} of {len(reference.trace)}"
    if reference.score != run.score:
        return f"the score is {run.score!r}, not {reference.score!r}"
    if reference.lines == run.lines:
        return None
    pairs = [(a, b) for a, b in zip(reference.lines, run.lines) if a != b]
    first = pairs[0] if pairs else ("(the end)", "(more)")
    return (f"the results are the same, and the kernel's state differs in {len(pairs)} of {len(reference.lines)} lines; "
            f"first:\n    {reference.name}: {first[0]}\n    {run.name}: {first[1]}")


def keep(run, seed):
    """For diff: the state in lines."""
    path = os.path.join(build.SOURCE, "build", f"same.{run.name}.{seed}.state")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(run.lines) + "\n")
    return os.path.relpath(path, build.SOURCE)


def report(reference, run, seed):
    problem = difference(reference, run)
    if problem:
        problem += f"\n    states: {keep(reference, seed)} {keep(run, seed)}"
        print(f"not ok same.seed{seed}: {problem}")
    else:
        print(f"ok same.seed{seed}: {run.score}, state {state.digest(run.lines)} of {len(run.lines)} lines, as on {reference.name}")
    return problem is None


def corrupt_test(args):
    """What CTest calls: is each field of the state in the digest?"""
    missed, count = corrupt.check(on_host(seed) for seed in args.seed)
    for name in missed:
        print(f"not ok corrupt.{name}: the digest does not change")
    print(f"{count} fields of the kernel's state, one bit of each turned")
    print(f"verdict: {count - len(missed)} passed, {len(missed)} failed")
    return 1 if missed else 0


def same_test(args):
    """What CTest calls: one seed on one machine, or on another host port."""
    try:
        reference = on_host(args.seed)
        run = on_machine(args.machine, args.kernel, args.archive, args.seed) if args.machine else on_host(
            args.seed, args.host, args.mmu)
        good = report(reference, run, args.seed)
    except (RuntimeError, LookupError, OSError) as error:
        print(f"not ok same.seed{args.seed}: {error}")
        good = False
    print(f"verdict: {int(good)} passed, {int(not good)} failed")
    return 0 if good else 1
