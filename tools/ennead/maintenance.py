"""What the plugin of tools/plugin/maintenance is told of a kernel, and what it has to have seen: a guest boots with it, and its
verdict counts as well as the guest's own."""
import os
import re
import subprocess
import tempfile

import build
import machine
import plugin
import suite

IDENTIFIERS = 0xff  # as many as the architectures have at least
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t((?:[0-9a-f]+ )+) *\t(\S+)(?:\t([^<#;/]*))?")
FOUND = re.compile(r"^maintenance: found (\S+): (\d+)", re.MULTILINE)
SEEN = re.compile(r"^maintenance: seen (\S+): (\d+)", re.MULTILINE)


class Isa:
    """`words`: instructions of four bytes are shown as numbers, little-endian in memory. `here`: the name, in the emulator's
    dump of registers, of the one that says where the processor is. `seen`: what has to have
    been looked at. `empty`: symbols of tables with nothing of users'. `narrow`: the symbol of the mask of identifiers, where a processor has so many that they would not run
    out."""

    def __init__(self, here, decode, seen, empty=(), words=True, narrow=None):
        self.here, self.decode, self.seen, self.empty, self.words, self.narrow = here, decode, seen, empty, words, narrow


# ---- which instructions there are: (what they do, their operands) or None ----

def aarch64(name, operands):
    last = operands[-1] if operands else ""
    register = "0" if last == "xzr" else f"X{int(last[1:]):02}" if re.fullmatch(r"x\d+", last) else None
    if name == "tlbi":
        return {"vae1": ("page", register), "vaae1is": ("page-any", register), "aside1": ("space", register),
                "vmalle1": ("all",)}[operands[0]]
    if name in ("dc", "ic"):
        return {"cvau": ("clean", register), "ivau": ("invalidate", register), "ialluis": ("invalidate-all",)}[operands[0]]
    if name == "msr" and operands[0] == "ttbr0_el1":
        return "root", register
    return {"dsb": ("barrier",), "isb": ("context",)}.get(name)


ISAS = {
    "aarch64": Isa("PC", aarch64, empty=["no_user", "boot_root"], narrow="asid_mask",
                   seen="pages tables loads identifiers reuses pages-forgotten spaces-forgotten all-forgotten returns "
                        "code-lines lines-cleaned lines-invalidated barriers"),
}


def tool(folder, name):
    with open(os.path.join(folder, "CMakeCache.txt"), encoding="utf-8") as file:
        return re.search(rf"^CMAKE_{name}:FILEPATH=(.+)$", file.read(), re.MULTILINE).group(1)


def symbols_of(folder, kernel):
    done = subprocess.run([tool(folder, "NM"), kernel], capture_output=True, text=True, check=True)
    return {words[2]: int(words[0], 16) for words in map(str.split, done.stdout.splitlines()) if len(words) == 3}


def instructions(folder, program):
    """(address, bytes as hexadecimal digits, name, operands)"""
    done = subprocess.run([tool(folder, "OBJDUMP"), "-d", program], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        match = INSTRUCTION.match(line)
        if match:
            address, code, name, rest = match.groups()
            yield int(address, 16), code.split(), name, [word.strip() for word in (rest or "").split(",") if word.strip()]


def watch_list(isa, folder, kernel, symbols):
    """The plugin's lines, and the ranges of addresses at which the emulator dumps registers."""
    lines, dumps = [], []
    for address, code, name, operands in instructions(folder, kernel):
        found = isa.decode(name, operands)
        if isinstance(found, str):
            raise LookupError(f"{address:x}: {name} {','.join(operands)}: {found}")
        raw = bytes.fromhex(code[0])[::-1] if isa.words else bytes.fromhex("".join(code))
        starts = address in (symbols["kernel_start"], symbols["kernel_start_cpu"])
        if starts:
            lines.append(f"{address:x} {raw[:4].hex()} start")
        if found:
            here = [isa.here] if found[1:] else []
            lines.append(" ".join([f"{address:x}", raw[:4].hex(), found[0], *here, *found[1:]]))
            dumps += [f"{address:#x}+{1 if not isa.words else 4}"] if found[1:] else []
    return lines, dumps


def physical(kernel, name, address):
    import memory  # gdb is not needed for it, but its module reads the file's head
    with open(kernel, "rb") as file:
        layout = memory.Layout.__new__(memory.Layout)
        head = file.read(64)
        layout.word, layout.order = {1: 4, 2: 8}[head[4]], {1: "little", 2: "big"}[head[5]]
        offset = machine.MACHINES[name].get("load_offset", 0)
        for virtual, start, size in layout._segments(file, head):
            if virtual <= address < virtual + size:
                return start + offset + address - virtual
    raise LookupError(f"{address:#x} is in no segment of {kernel}")


def bytes_of(memory):
    return int(memory[:-1]) << {"K": 10, "M": 20, "G": 30}[memory[-1]]


class Boot:
    """A guest's command line with the plugin, and the files that it needs while it runs."""

    def __init__(self, name, kernel, archive, cpus, memory, append, more):
        folder = os.path.dirname(os.path.dirname(kernel))
        isa_name = build.isa_of(name)
        isa, symbols = ISAS[isa_name], symbols_of(folder, kernel)
        size = machine.memory_of(machine.MACHINES[name], memory)
        self.files = tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        ram, watch, log = (os.path.join(self.files.name, part) for part in ("ram", "watch", "log"))
        lines, dumps = watch_list(isa, folder, kernel, symbols)
        with open(watch, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.mkfifo(log)
        self.log = os.open(log, os.O_RDWR)
        options = {"isa": isa_name, "watch": watch, "ram": ram, "bytes": bytes_of(size), "log": self.log}
        if isa.empty:
            options["empty"] = [physical(kernel, name, symbols[symbol]) for symbol in isa.empty]
        if isa.narrow:
            options["narrow"] = [physical(kernel, name, symbols[isa.narrow]), IDENTIFIERS]
        self.line = machine.command(name, kernel, archive, cpus, memory, append, extra=[
            "-object", f"memory-backend-file,id=ram,size={size},mem-path={ram},share=on", "-machine", "memory-backend=ram",
            "-accel", "tcg,thread=single", "-singlestep", "-d", "cpu", "-D", log, "-dfilter", ",".join(dumps),
            *plugin.option("maintenance", options), *more])

    def close(self):
        os.close(self.log)
        self.files.cleanup()


def judge(isa, text):
    """What is wrong with what the plugin says."""
    problems = [f"maintenance: {kind}" for kind, _ in FOUND.findall(text)]
    seen = dict(SEEN.findall(text))
    if "maintenance: end" not in text:
        problems.append("the plugin did not come to its end")
    problems += [f"maintenance: saw no {what}" for what in isa.seen.split() if seen.get(what, "0") == "0"]
    return problems


def maintenance_test(args):
    """What CTest calls."""
    boot = Boot(args.machine, args.kernel, args.archive, args.cpus, args.memory, args.append, args.qemu)
    try:
        text, _, problems = suite.judge(args.machine, boot.line, args.limit, pass_fds=[boot.log])
    finally:
        boot.close()
    problems += judge(ISAS[build.isa_of(args.machine)], text)
    suite.show(text, os.path.dirname(os.path.dirname(args.kernel)))
    if problems:
        print(f"guest: {', '.join(problems)}")
    return 1 if problems else 0
