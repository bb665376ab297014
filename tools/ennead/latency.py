"""How long the kernel runs before it would see to an interrupt that is pending: guests boot with the plugin of tools/plugin/latency,
and nothing of theirs may be longer than the limit."""
import json
import os
import re
import sys

import build
import disassembly
import machine
import plugin

LIMIT = 3000
BOUND = re.compile(r"^latency: longest (\d+) of (\d+), (\d+) beyond", re.MULTILINE)
WAIT_BOUND = re.compile(r"^latency: an interrupt waited for the lock (\d+) of (\d+), (\d+) beyond", re.MULTILINE)

# After which instruction, as objdump shows it, interrupts are on: (function, pattern). A processor that sleeps with interrupts off
# comes to a window next.
WINDOWS = {
    "x86_64": [("cpu_interrupt_window", "sti"), ("cpu_wait", "sti")],
    "aarch64": [("cpu_interrupt_window", "msr daifclr")],
    "arm": [("cpu_interrupt_window", "cpsie i")],
    "riscv64": [("cpu_interrupt_window", "csrs sstatus,2")],
    "ppc32": [("cpu_interrupt_window", "wrteei 1"), ("cpu_doze", "mtmsr r3"), ("cpu_sleep", "wrteei 1")],
    "ppc64": [("cpu_wait", "sc 1"), ("cpu_interrupt_window", "mtmsrd r4,1")],
}
RETURNS = ("sysretq", "iretq", "eret", "sret", "rfi", "rfid", "rfeia")
ROLES = {"lock_wait": ["lock", "spin"], "lock_spin": ["spin"], "shut_out_others": ["sections", "spin"], "cpu_await": ["await", "spin"],
         "cpu_serve_requests": ["serve", "spin"], "lock_pass": ["pass"],
         "preemption_point": ["poll"], "cpu_interrupt_window": ["poll"], "cpu_wait": ["poll"],
         "interrupt_note_source": ["note"], "interrupt_note_timer": ["note"], "interrupt_note_ipi": ["note"],
         "kernel_start": ["start"], "kernel_start_cpu": ["start"]}
SAVED = re.compile("_(rest|save)gpr")  # what PowerPC's functions share


class Code:
    """The functions of a kernel and what is in them."""

    def __init__(self, isa, folder, kernel):
        self.isa = isa
        self.addresses = sorted(dict(disassembly.named_addresses(folder, kernel, "tTwW")).items())
        self.lines = {}
        for address, _, name, operands in disassembly.instructions(isa, folder, kernel):
            self.lines.setdefault(self.function_at(address), []).append((address, name, operands))

    def function_at(self, address):
        first, end = 0, len(self.addresses)
        while first < end:
            middle = (first + end) // 2
            first, end = (middle + 1, end) if self.addresses[middle][0] <= address else (first, middle)
        return self.addresses[first - 1][1] if first else None

    def called_by(self, function):
        """Functions that a jump or call of its goes to."""
        for _, _, operands in self.lines.get(function, []):
            for word in operands:
                if re.fullmatch("[0-9a-f]{8,16}", word):
                    yield self.function_at(int(word, 16))

    def reached_from(self, function):
        reached, left = set(), [function]
        while left:
            one = left.pop()
            if one not in reached:
                reached.add(one)
                left += self.called_by(one)
        return reached

    def windows(self):
        for function, pattern in WINDOWS[self.isa]:
            texts = [(f"{name} {','.join(operands)}".strip(), address) for address, name, operands in self.lines.get(function, [])]
            found = [i for i, (text, _) in enumerate(texts) if re.fullmatch(pattern, text)]
            if len(found) != 1:
                raise LookupError(f"{function} has not one '{pattern}': {[text for text, _ in texts]}")
            yield self.next_address(texts[found[0]][1])

    def returns(self):
        return [address for lines in self.lines.values() for address, name, _ in lines if name in RETURNS]

    def next_address(self, address):
        return min(at for lines in self.lines.values() for at, _, _ in lines if at > address)


def describe(isa, folder, kernel):
    """The lines that the plugin reads."""
    code = Code(isa, folder, kernel)
    within = {"within-sections": code.reached_from("shut_out_others"), "within-await": code.reached_from("cpu_await")}
    missing = [name for name in ROLES if name not in code.lines]
    if missing:
        raise LookupError(f"the kernel has no {' '.join(missing)}")
    for address, name in code.addresses:
        roles = ROLES.get(name, ["spin", "poll"] if SAVED.match(name) else []) + [role for role, names in within.items() if name in names]
        yield " ".join([f"{address:x}", name, str(len(code.lines.get(name, []))), *roles])
    for address in code.windows():
        yield f"{address:x} window"
    for address in code.returns():
        yield f"{address:x} return"


def description_of(machine_name, kernel):
    """The file with them, made anew if it is older than the kernel. Tests run side by side."""
    path = kernel.removesuffix(".elf") + ".latency"
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(kernel):
        folder = os.path.dirname(os.path.dirname(kernel))
        new = f"{path}.{os.getpid()}"
        with open(new, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in describe(build.isa_of(machine_name), folder, kernel))
        os.replace(new, path)
    return path


def words(machine_name, kernel, cpus, above=None):
    """QEMU's words for watching a guest; none for a kernel with assertions, which are no part of what is bounded. `above`: stretches
    that are longer are told one by one, and not the longest alone."""
    if "-debug" in os.path.basename(os.path.dirname(os.path.dirname(kernel))):
        return []
    more = {} if above is None else {"above": above}
    return plugin.option("latency", {"isa": build.isa_of(machine_name), "symbols": description_of(machine_name, kernel), "cpus": cpus,
                                     "limit": LIMIT, "wait_limit": wait_limit_of(cpus), **more})


def wait_limit_of(cpus):
    """An interrupt that waits for the lock comes next behind the step that is under way, other processors' interrupts and one that
    they may not overtake any more: each at most what one stretch may be."""
    return LIMIT * cpus


def longest(text):
    """Instructions; None if the plugin did not come to its end."""
    found = BOUND.search(text)
    return int(found[1]) if found else None


def longest_wait(text):
    """Instructions that an interrupt waited for the lock at most; None likewise."""
    found = WAIT_BOUND.search(text)
    return int(found[1]) if found else None


def judge(line, text):
    """What is wrong with the guest of that command line, if it is watched."""
    if not any("latency.so" in word for word in line):
        return []
    if longest(text) is None:
        return ["the plugin of latency did not come to its end"]
    return [f"{what} {length} instructions: more than {limit}"
            for what, pattern in (("the kernel looked at no interrupts for", BOUND), ("an interrupt waited for the lock for", WAIT_BOUND))
            for length, limit, beyond in pattern.findall(text) if beyond != "0"]


# ---- the command ----

PROGRAMS = ("test-conformance", "test-abi", "test-attacks", "test-storms")
BOOT_LIMIT_S = 600


def turns(program, cpus):
    """QEMU's words for a boot, as in tests/target/CMakeLists.txt."""
    return ["-accel", "tcg,thread=single"] if program == "test-storms" and cpus > 1 else []


def longest_of(target, program, cpus, above):
    """(longest() of one boot, longest_wait(), what is wrong); what the plugin says is shown if it was asked for, or if something is
    wrong."""
    name, kernel = build.machine_of(target), build.kernel(target)
    extra = [*turns(program, cpus), *words(name, kernel, cpus, above)]
    line = machine.command(name, kernel, build.archive(target, program), cpus, extra=extra)
    guest = machine.Guest(line, BOOT_LIMIT_S)
    status = guest.finish()
    found, waited = longest(guest.text()), longest_wait(guest.text())
    if status != machine.MACHINES[name]["success"] or found is None:
        sys.exit(f"ennead: {target}: {program} with {cpus} processors failed: {guest.why or f'status {status}'}\n{guest.text()[-2000:]}")
    problems = judge(line, guest.text())
    if above is not None or problems:
        print("".join(part + "\n" for part in guest.text().splitlines() if part.startswith("latency: ")), end="")
    print(f"{target}: {program}, {cpus} processors: {found}" + (f"; an interrupt waited for the lock {waited}" if cpus > 1 else ""), flush=True)
    for problem in problems:
        print(f"{target}: {problem}", flush=True)
    return found, waited, problems


def measure(target, above):
    """({name of a figure: instructions}, what is wrong)"""
    figures, problems = {}, []
    for cpus in (1, 4):
        boots = [longest_of(target, program, cpus, above) for program in PROGRAMS]
        figures[f"longest_nonpreemptible_cpus{cpus}"] = max(length for length, _, _ in boots)
        problems += [problem for _, _, found in boots for problem in found]
    return {"longest_nonpreemptible": max(figures.values()), **figures,
            "longest_interrupt_wait_for_lock": max(waited for _, waited, _ in boots)}, problems


def command(args):
    results, problems = {}, []
    for target in args.targets or [t for t in build.targets() if build.is_machine(t) and not t.endswith("-debug")]:
        build.check_target(target, runnable=True)
        if not build.build(target, lambda text: print(f"ennead: {text}", file=sys.stderr, flush=True)):
            sys.exit(f"ennead: {target} does not build")
        results[target], found = measure(target, args.above)
        problems += found
        for name, value in results[target].items():
            print(f"  {name:40} {value:>10}", flush=True)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
            file.write("\n")
    return 1 if problems else 0
