"""What the plugin of tools/plugin/maintenance is told of a kernel, and what it has to have seen: a guest boots with it, and its
verdict counts as well as the guest's own."""
import os
import re
import tempfile

import build
import disassembly
import machine
import memory
import plugin
import suite

IDENTIFIERS = 0xff  # as many as the architectures have at least
FOUND = re.compile(r"^maintenance: found (\S+): (\d+)", re.MULTILINE)
SEEN = re.compile(r"^maintenance: seen (\S+): (\d+)", re.MULTILINE)


class Isa:
    """`here`: the name, in the emulator's dump of registers, of the one that says where the processor is. `seen`: what has to have
    been looked at. `empty`: symbols of tables with nothing of users'. `narrow`: the symbol of the mask of identifiers, where a
    processor has so many that they would not run out. `is_bytes`: objdump shows bytes as they are in memory, and not little-endian
    numbers, of 16 or 32 bits. `entry`: where a function begins for a caller that has its table of constants.
    `counted`: runs are the same each time, as an instruction is a nanosecond, with one processor; not where the emulator's
    dump reads a clock, which it then may not."""

    def __init__(self, here, decode, seen, empty=(), narrow=None, symbols=(), is_bytes=False, entry=0, counted=True):
        self.here, self.decode, self.seen, self.empty, self.narrow = here, decode, seen, empty, narrow
        self.symbols, self.is_bytes, self.entry, self.counted = symbols, is_bytes, entry, counted


# ---- which instructions there are: (what they do, their operands) or None; a KeyError for one whose meaning nobody wrote down ----

def arm_barrier(name, operands):
    if name == "dsb":
        return ("store-barrier",) if operands[0].endswith("st") else ("barrier",)
    return ("context",) if name == "isb" else None


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
    return arm_barrier(name, operands)


ARM_NAMES = {"sl": 10, "fp": 11, "ip": 12, "sp": 13, "lr": 14}


def arm_register(name):
    return f"R{ARM_NAMES[name] if name in ARM_NAMES else int(name[1:]):02}"


def arm(name, operands):
    if name == "mcrr" and operands[-1] == "cr2":
        return "root", arm_register(operands[2]), arm_register(operands[3])
    if name == "mcr" and operands[3] in ("cr7", "cr8"):
        found = {"cr8 cr7 {1}": "page", "cr8 cr3 {3}": "page-any", "cr8 cr7 {2}": "space", "cr8 cr7 {0}": "all",
                 "cr7 cr11 {1}": "clean", "cr7 cr5 {1}": "invalidate", "cr7 cr1 {0}": "invalidate-all",
                 "cr7 cr5 {0}": "invalidate-all", "cr7 cr1 {6}": None, "cr7 cr5 {6}": None,
                 "cr7 cr8 {0}": None, "cr7 cr8 {2}": None}[" ".join(operands[3:])]
        return found and (found, arm_register(operands[2]))
    return arm_barrier(name, operands)


RISCV_NAMES = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()


def riscv_register(name):
    return f"x{RISCV_NAMES.index(name)}/{name}"


def riscv64(name, operands):
    if name == "sfence.vma":
        used = [word != "zero" for word in operands] or [False, False]
        kind = {(False, False): "all", (True, True): "page", (True, False): "page-any", (False, True): "space"}[tuple(used)]
        return kind, *[riscv_register(word) for word in operands if word != "zero"]
    if name == "csrw" and operands[0] == "satp":
        return "root", riscv_register(operands[1])
    return ("fence",) if name == "fence.i" else None


def x86_64(name, operands):
    if name == "mov" and operands[-1] == "%cr3":
        return "root", operands[0].lstrip("%").upper()
    if name == "invlpg":
        distance, register = re.fullmatch(r"(-?0x[0-9a-f]+)?\(%(r\w+)\)", ",".join(operands)).groups()
        return "page", f"{register.upper()}:{distance}" if distance else register.upper()
    return None


def ppc_register(name):
    """Four to a line, which the first one names."""
    number = int(name.removeprefix("r"))
    return f"GPR{number // 4 * 4:02}+{number % 4}"


def ppc64(name, operands):
    if name == "tlbiel":
        return "page", ppc_register(operands[0]), ppc_register(operands[1]), operands[2]
    if name in ("mtpid", "mtpidr", "mtspr") and operands[0] in ("48", operands[-1]):
        return "root", ppc_register(operands[-1])
    return {"sync": ("barrier",), "hwsync": ("barrier",), "ptesync": ("table-barrier",), "icbi": ("invalidate",),
            "isync": ("context",)}.get(name)


def ppc32(name, operands):
    if name == "tlbwe":
        return "enter", "MAS0", "MAS1", "MAS2", "MAS3", "MAS7"
    if name == "tlbilxva":
        return "page", ppc_register(operands[-1]), "MAS6"
    if name == "tlbilxpid":
        return "space", "MAS6"
    if name in ("mtpid", "mtpidr", "mtspr") and operands[0] in ("48", operands[-1]):
        return "root", ppc_register(operands[-1]), "SPRG0"
    if name == "mtspr" and operands[0] == "1012":
        return "all", ppc_register(operands[1])
    if name in ("dcbst", "icbi"):
        return {"dcbst": "clean", "icbi": "invalidate"}[name], ppc_register(operands[1])
    return {"sync": ("barrier",), "hwsync": ("barrier",), "msync": ("barrier",), "isync": ("context",)}.get(name)


ALIKE = "pages loads identifiers returns "  # everybody has those
TABLES = "tables pages-forgotten all-forgotten "
ISAS = {
    "aarch64": Isa("PC", aarch64, ALIKE + TABLES + "reuses spaces-forgotten barriers code-lines lines-cleaned lines-invalidated",
                   empty=["no_user", "boot_root"], narrow="arm_asids"),
    "arm": Isa("R15", arm, ALIKE + TABLES + "reuses spaces-forgotten barriers code-lines lines-cleaned lines-invalidated",
               empty=["no_user", "boot_root"]),
    "riscv64": Isa("pc", riscv64, ALIKE + TABLES + "reuses spaces-forgotten code-lines fences", empty=["kernel_root"],
                   narrow="riscv_asid_mask"),
    "x86_64": Isa("RIP", x86_64, ALIKE + "tables pages-forgotten", empty=["kernel_root"], is_bytes=True),
    "ppc64": Isa("NIP", ppc64, ALIKE + TABLES + "reuses spaces-forgotten barriers code-lines lines-invalidated", empty=["kernel_root"],
                 symbols=["processes"], is_bytes=True, entry=8, counted=False),
    "ppc32": Isa("NIP", ppc32, ALIKE + "reuses pages-forgotten spaces-forgotten all-forgotten entered code-lines lines-cleaned "
                 "lines-invalidated barriers", empty=["no_tables"], is_bytes=True, counted=False),
}


def watch_list(name, folder, kernel, symbols):
    """The plugin's lines, and the ranges of addresses at which the emulator dumps registers."""
    isa = ISAS[name]
    lines, dumps = [], []
    starts = [symbols[name] + skipped for name in ("kernel_start", "kernel_start_cpu") for skipped in (0, isa.entry)]
    for address, code, instruction, operands in disassembly.instructions(name, folder, kernel):
        try:
            found = isa.decode(instruction, operands)
        except (KeyError, AttributeError) as error:
            raise LookupError(f"{address:x}: nothing is known of {instruction} {','.join(operands)}") from error
        raw = b"".join(bytes.fromhex(part)[::1 if isa.is_bytes else -1] for part in code)[:4].hex()
        if address in starts:
            lines.append(f"{address:x} {raw} start")
        if found:
            here = [isa.here] if found[1:] else []
            lines.append(" ".join([f"{address:x}", raw, found[0], *here, *found[1:]]))
            dumps += [f"{address:#x}+1"] if found[1:] else []
    return lines, dumps


def bytes_of(text):
    return int(text[:-1]) << {"K": 10, "M": 20, "G": 30}[text[-1]]


class Boot:
    """A guest's command line with the plugin, and the files that it needs while it runs. `stop`: what is found first ends it."""

    def __init__(self, args, stop=False):
        self.files = tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.isa = ISAS[build.isa_of(args.machine)]
        ram, watch, log = (os.path.join(self.files.name, part) for part in ("ram", "watch", "log"))
        os.mkfifo(log)
        self.log = os.open(log, os.O_RDWR)
        folder = os.path.dirname(os.path.dirname(args.kernel))
        symbols = disassembly.symbols_of(folder, args.kernel)
        lines, dumps = watch_list(build.isa_of(args.machine), folder, args.kernel, symbols)
        with open(watch, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        size = machine.memory_of(machine.MACHINES[args.machine], args.memory)
        options = {"isa": build.isa_of(args.machine), "watch": watch, "ram": ram, "bytes": bytes_of(size), "log": self.log,
                   "stop": int(stop), **self.places(args, symbols)}
        self.line = machine.command(args.machine, args.kernel, args.archive, args.cpus, args.memory, args.append, extra=[
            "-object", f"memory-backend-file,id=ram,size={size},mem-path={ram},share=on", "-machine", "memory-backend=ram",
            "-accel", "tcg,thread=single", "-singlestep", "-d", "cpu", "-D", log, "-dfilter", ",".join(dumps),
            *(["-icount", "shift=0"] if self.isa.counted and args.cpus == 1 else []), *plugin.option("maintenance", options), *args.qemu])

    def places(self, args, symbols):
        """Options that are physical addresses of what the kernel has."""
        image = memory.Image(args.kernel, machine.MACHINES[args.machine].get("load_offset", 0))
        options = {name: [image.physical(symbols[name])] for name in self.isa.symbols}
        if self.isa.empty:
            options["empty"] = [image.physical(symbols[name]) for name in self.isa.empty if name in symbols]
        if self.isa.narrow:
            options["narrow"] = [image.physical(symbols[self.isa.narrow]), IDENTIFIERS]
        return options

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
    boot = Boot(args)
    try:
        text, _, problems = suite.judge(args.machine, boot.line, args.limit, pass_fds=[boot.log])
    finally:
        boot.close()
    problems += judge(boot.isa, text)
    suite.show(text, os.path.dirname(os.path.dirname(args.kernel)))
    if problems:
        print(f"guest: {', '.join(problems)}")
    return 1 if problems else 0
