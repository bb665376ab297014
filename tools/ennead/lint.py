"""`lint`: layout, conditionals and sizes of the sources."""
import bisect
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys

import analysis
import build
import disassembly
import stack

# Code lines (non-blank, non-comment) and bytes that may not be exceeded.
GENERIC_MAX = 6000
INTERFACE_MAX = 250
ISA_C_MAX, ISA_ASM_MAX = 1500, 300
BOARD_MAX = 500
# What a release keeps of text and constants. Instructions are of four bytes each on three, and, with 32 bits, 64-bit numbers in
# pairs of registers. ppc64: each address by two of them, and 6 KiB that the vectors are spread over.
RESIDENT_MAX = 40 * 1024
RESIDENT_OF_ISA = {"ppc32": 63 * 1024, "aarch64": 50 * 1024, "arm": 37 * 1024, "riscv64": 39 * 1024, "ppc64": 69 * 1024}
FILE_MAX, FUNCTION_MAX = 800, 100
SOURCE_MAX = 64 * 1024  # bytes of any file

C_SUFFIXES = (".c", ".h")
ASM_SUFFIXES = (".S",)

# Words that make a source depend on its machine.
FORBIDDEN = re.compile(
    r"\b(__has_include|__asm__|__asm|asm|__LP64__|_LP64|__ILP32__|UINTPTR_MAX|INTPTR_MAX|ULONG_MAX|LONG_MAX|"
    r"SIZE_MAX|__SIZEOF_\w+|__BYTE_ORDER__|__ORDER_\w+|__(?:x86_64|i386|aarch64|arm|powerpc|powerpc64|riscv|mips|s390x|"
    r"sparc|loongarch\w*|m68k|or1k)__|weak|__WORDSIZE)\b|\bsizeof\s*\(\s*(?:unsigned\s+)?long\s*\)|"
    r"\bsizeof\s*\(\s*(?:void\s*\*|u?intptr_t|size_t|ennead_word)\s*\)\s*(?:[=!]=|[<>])")
CONDITIONAL = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif|else)\b\s*(.*)$")

# Other machines, as far as the preprocessor can tell.
WORLDS = [
    ["-U__x86_64__", "-U__x86_64", "-U__amd64__", "-U__amd64", "-U__LP64__", "-U_LP64", "-D__powerpc__=1", "-D__PPC__=1",
     "-D__BIG_ENDIAN__=1", "-D__BYTE_ORDER__=4321", "-D__SIZEOF_POINTER__=4", "-D__SIZEOF_LONG__=4",
     "-D__SIZEOF_SIZE_T__=4", "-D__UINTPTR_MAX__=0xffffffffU", "-D__SIZE_MAX__=0xffffffffU", "-D__LONG_MAX__=0x7fffffffL"],
    ["-U__x86_64__", "-U__x86_64", "-U__amd64__", "-U__amd64", "-D__aarch64__=1", "-D__ARM_ARCH=8"],
    ["-U__x86_64__", "-U__x86_64", "-U__amd64__", "-U__amd64", "-D__riscv=1", "-D__riscv_xlen=64"],
]


class Report:
    def __init__(self):
        self.problems = 0

    def problem(self, text):
        self.problems += 1
        print(f"lint: {text}")

    def budget(self, name, value, limit, unit="lines"):
        print(f"  {name:44} {value:6} of {limit} {unit}")
        if value > limit:
            self.problem(f"{name}: {value} {unit}, and {limit} are allowed")


def sources():
    """All files of the project: what git knows, or would."""
    if shutil.which("git") and os.path.exists(os.path.join(build.SOURCE, ".git")):
        done = subprocess.run(["git", "-c", f"safe.directory={build.SOURCE}", "ls-files", "-co", "--exclude-standard"],
                              cwd=build.SOURCE, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return sorted(f for f in set(done.stdout.split("\n")) if f and os.path.isfile(os.path.join(build.SOURCE, f)))
    found = []
    for folder, folders, files in os.walk(build.SOURCE):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in ("build", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, f), build.SOURCE) for f in files]
    return sorted(found)


def read(path):
    with open(os.path.join(build.SOURCE, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def blank(match):
    return "\n" * match.group(0).count("\n") if match.group(0).startswith("/") else match.group(0)


def without_comments(text):
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.DOTALL)


def code_lines(text):
    return sum(1 for line in without_comments(text).split("\n") if line.strip())


def function_lengths(text):
    """(name, lines) of each function: with this layout a brace in the first column is a function's."""
    lines = text.split("\n")
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            head = " ".join(lines[max(0, start - 3):start])
            names = re.findall(r"(\w+)\s*\(", head)
            yield (names[0] if names else "?"), number - start + 1
            start = None


def is_portable(path):
    return path.startswith("kernel/generic/") or (path.startswith("user/") and not path.startswith("user/start/"))


def check_conditionals(path, text, report):
    code = without_comments(text)
    lines = code.split("\n")
    guard = None
    for number, line in enumerate(lines, 1):
        match = CONDITIONAL.match(line)
        if match:
            word, condition = match.group(1), match.group(2).strip()
            follows = lines[number].strip() if number < len(lines) else ""
            is_guard = word == "ifndef" and guard is None and follows.split() == ["#define", condition]
            if is_guard:
                guard = condition
            elif word != "else" and condition != "NDEBUG":
                report.problem(f"{path}:{number}: conditional '{line.strip()}': only include guards and NDEBUG may be here")
        unquoted = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
        found = FORBIDDEN.search(unquoted)
        if found:
            report.problem(f"{path}:{number}: '{found.group(0)}' depends on the machine")


def own_lines(command, folder):
    """What the preprocessor leaves of files under `folder` themselves, without what they include from elsewhere."""
    done = subprocess.run(command, cwd=build.SOURCE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None, done.stderr
    kept, inside = [], False
    for line in done.stdout.split("\n"):
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            name = os.path.relpath(os.path.join(build.SOURCE, marker.group(1)), build.SOURCE)
            inside = name.startswith(folder)
        elif inside and line.strip():
            kept.append(line)
    return kept, None


def check_preprocessed(files, report):
    """A source that becomes the same on every machine cannot have asked which one it is on."""
    checked = 0
    for path in files:
        if not is_portable(path) or not path.endswith(".c"):
            continue
        folder = "kernel/generic/" if path.startswith("kernel/generic/") else "user/"
        base = ["gcc", "-E", "-w", "-std=gnu17", "-ffreestanding", "-Ikernel/abi", "-Ikernel/include", "-Ikernel/generic",
                "-Ikernel/arch/x86_64/include", "-Iuser/lib", "-Iuser/start/x86_64", f"-I{os.path.dirname(path)}"]
        base += [f"-I{part}" for part in generated_folders()] + [path]
        native, error = own_lines(base, folder)
        if native is None:
            report.problem(f"{path}: cannot be preprocessed: {error.splitlines()[0]}")
            continue
        for world in WORLDS:
            other, error = own_lines([*base[:3], *world, *base[3:]], folder)
            if other != native:
                report.problem(f"{path}: differs between machines after preprocessing ({world[-1]})")
        checked += 1
    print(f"  {checked} files are the same after preprocessing for {len(WORLDS)} other machines")


def generated_folders():
    for folder, _, files in os.walk(os.path.join(build.folder("x86_64-q35"), "user")):
        if any(name.endswith(".h") for name in files):
            yield folder
            yield os.path.dirname(folder)


def check_format(files, report):
    tool = shutil.which("clang-format")
    if not tool:
        report.problem("clang-format is missing")
        return
    done = subprocess.run([tool, "--dry-run", "-Werror", *[f for f in files if f.endswith(C_SUFFIXES)]], cwd=build.SOURCE,
                          capture_output=True, text=True, check=False)
    bad = sorted({line.split(":")[0] for line in done.stderr.split("\n") if "clang-format" in line})
    for path in bad:
        report.problem(f"{path}: layout differs: clang-format -i {path}")


def check_python(report):
    """A command must not be the first to notice that one of its paths names what does not exist."""
    tool = shutil.which("pyflakes3")
    if not tool:
        report.problem("pyflakes3 is missing")
        return
    done = subprocess.run([tool, "tools", "tests"], cwd=build.SOURCE, capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        report.problem(line)


TIDY_TARGETS = ("x86_64-q35", "ppc32-ppce500", "aarch64-virt", "arm-virt", "riscv64-virt", "ppc64le-pseries", "skeleton")


def check_tidy(report):
    """Each source of the kernel once, as the first target that was built and compiles it does."""
    tool = shutil.which("clang-tidy")
    if not tool or not os.path.exists(os.path.join(build.SOURCE, ".clang-tidy")):
        return
    done = set()
    for target in TIDY_TARGETS:
        path = os.path.join(build.folder(target), "compile_commands.json")
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            compiled = {os.path.relpath(entry["file"], build.SOURCE) for entry in json.load(file)}
        paths = sorted(f for f in compiled - done if f.startswith("kernel/") and f.endswith(".c"))
        done.update(paths)
        check_tidy_files(tool, os.path.dirname(path), paths, report)


def check_tidy_files(tool, folder, paths, report):
    done = subprocess.run([tool, "-quiet", "-p", folder, *paths], cwd=build.SOURCE, capture_output=True, text=True, check=False)
    for line in done.stdout.split("\n"):
        if re.search(r": (warning|error): ", line):
            report.problem(line.replace(build.SOURCE + "/", ""))


def check_sizes_of_files(files, report):
    """What is this large was written by a program, not by us."""
    for f in files:
        if (size := os.path.getsize(os.path.join(build.SOURCE, f))) > SOURCE_MAX:
            report.problem(f"{f}: {size} bytes, and {SOURCE_MAX} are allowed: take out what a program left behind (git rm --cached {f})")


def count(files, prefix, suffixes):
    return sum(code_lines(read(f)) for f in files if f.startswith(prefix) and f.endswith(suffixes))


def subfolders(files, prefix):
    return sorted({f[len(prefix):].split("/")[0] for f in files if f.startswith(prefix) and "/" in f[len(prefix):]})


def measure_lines(files, report):
    report.budget("kernel/generic", count(files, "kernel/generic/", C_SUFFIXES), GENERIC_MAX)
    interface = count(files, "kernel/include/arch/", C_SUFFIXES) + count(files, "kernel/include/platform/", C_SUFFIXES)
    report.budget("kernel/include, the architecture interface", interface, INTERFACE_MAX)
    for isa in subfolders(files, "kernel/arch/"):
        c = count(files, f"kernel/arch/{isa}/", C_SUFFIXES)
        if isa == "host":
            print(f"  {'kernel/arch/host, C':44} {c:6}")
            continue
        report.budget(f"kernel/arch/{isa}, C", c, ISA_C_MAX)
        report.budget(f"kernel/arch/{isa}, assembly", count(files, f"kernel/arch/{isa}/", ASM_SUFFIXES), ISA_ASM_MAX)
    for board in subfolders(files, "kernel/platform/"):
        lines = count(files, f"kernel/platform/{board}/", C_SUFFIXES + ASM_SUFFIXES)
        if board == "drivers":
            print(f"  {'kernel/platform/drivers, shared by boards':44} {lines:6}")
        else:
            report.budget(f"kernel/platform/{board}", lines, BOARD_MAX)


def describe(name, values):
    values = sorted(values)
    p90 = values[min(len(values) - 1, len(values) * 9 // 10)]
    print(f"  {name:44} median {statistics.median(values):.0f}, p90 {p90}, max {values[-1]}  ({len(values)})")


def measure_shape(files, report):
    for name, prefix in (("kernel", "kernel/"), ("user", "user/"), ("tests", "tests/")):
        texts = {f: read(f) for f in files if f.startswith(prefix) and f.endswith(C_SUFFIXES)}
        if not texts:
            continue
        functions = [(f, *item) for f, text in texts.items() for item in function_lengths(text)]
        describe(f"{name}: lines of a file", [len(text.splitlines()) for text in texts.values()])
        if functions:
            describe(f"{name}: lines of a function", [length for _, _, length in functions])
        conditionals = sum(bool(CONDITIONAL.match(line)) and "else" not in line for text in texts.values()
                           for line in text.split("\n")) - sum(f.endswith(".h") for f in texts)
        total = sum(len(text.splitlines()) for text in texts.values())
        print(f"  {name + ': #if beside include guards':44} {conditionals} in {total} lines")
        for f, text in texts.items():
            if len(text.splitlines()) > FILE_MAX:
                report.problem(f"{f}: {len(text.splitlines())} lines, and {FILE_MAX} are allowed")
        for f, function, length in functions:
            if length > FUNCTION_MAX:
                report.problem(f"{f}: {function}() has {length} lines, and {FUNCTION_MAX} are allowed")


def measure_resident(report):
    for target in build.targets():
        path = build.kernel(target)
        if not build.is_machine(target) or target.endswith("-debug") or not os.path.exists(path):
            continue
        done = subprocess.run(["size", "-A", "-d", path], capture_output=True, text=True, check=False)
        sizes = {line.split()[0]: int(line.split()[1]) for line in done.stdout.split("\n") if line.startswith(".")}
        resident = sum(sizes.get(name, 0) for name in (".head", ".text", ".rest", ".rodata"))
        report.budget(f"{target}: resident text and rodata", resident,
                      RESIDENT_OF_ISA.get(build.isa_of(target), RESIDENT_MAX), "bytes")


# The image's start, where loaders enter it, goes there; others name it to give it back.
FIRST_AT_BOOT = re.compile(r"(image_start|boot_entry|vectors_start|mmu_boot_only|mmu_release_boot_only)(\.\w+)*$")


def check_boot_only(report):
    """What stays must not go to what is given back at boot."""
    for target in build.targets():
        path = build.kernel(target)
        if not build.is_machine(target) or target.endswith("-debug") or not os.path.exists(path):
            continue
        folder, count, found = build.folder(target), 0, set()
        names = sorted(disassembly.named_addresses(folder, path, "tT"))
        sections = disassembly.sections_of(folder, path)
        low, size = sections[".boot"]
        for address, _, _, operands in disassembly.instructions(build.isa_of(target), folder, path):
            to = operands and re.fullmatch(r"(?:0x)?([0-9a-f]{8,16})", operands[-1])
            if not to or not low <= int(to.group(1), 16) < low + size:
                continue
            count += 1
            function = names[bisect.bisect_right(names, (address, "~")) - 1][1]
            if not low <= address < low + size and not FIRST_AT_BOOT.match(function):
                found.add(function)
        for function in sorted(found):
            report.problem(f"{target}: {function} stays, and goes to what is given back at boot")
        if not count:
            report.problem(f"{target}: nothing goes to what is given back at boot: it was not found")


# Sections that may have addresses of strings that are given back at boot: they go as well, or are looked at at boot alone.
FIRST_STRINGS = re.compile(r"\.boot\.text|\.debug.*|\.rodata\.(regions|v2)\.\d+")
RELOCATIONS = re.compile(r"^RELOCATION RECORDS FOR \[(.*)\]:$")
STRINGS = re.compile(r"\.rodata\.str1\.\d")


def users_of_strings(folder, path):
    """The section of each address of a string of those sections, which are named after no function."""
    done = subprocess.run([disassembly.tool(folder, "OBJDUMP"), "-t", "--special-syms", "-r", path], capture_output=True, text=True,
                          check=True)
    strings, section = set(), None
    for line in done.stdout.splitlines():
        words, found = line.split(), RELOCATIONS.match(line)
        if found:
            section = found[1]
        elif section is None and len(words) > 3 and STRINGS.fullmatch(words[-3]):
            strings.add(words[-1])
        elif section and len(words) == 3 and (STRINGS.match(words[2]) or words[2] in strings):
            yield section


def check_boot_strings(report):
    """Nor may what stays keep the address of a string that is given back at boot (kernel/boot_only.ld)."""
    for target in build.targets():
        folder, count = build.folder(target), 0
        if not build.is_machine(target) or target.endswith("-debug") or not os.path.exists(build.kernel(target)):
            continue
        for path in glob.glob(os.path.join(folder, "kernel", "**", "*.c.obj"), recursive=True):
            for section in [] if stack.FOREIGN in path else users_of_strings(folder, path):
                count += 1
                if not FIRST_STRINGS.fullmatch(section):
                    report.problem(f"{target}: {os.path.basename(path)}: {section} has a string that is given back at boot")
        if not count:
            report.problem(f"{target}: no string is given back at boot: none was found")


def measure_stack(report):
    """The deepest stack of each kernel that was built since its sources changed."""
    for target in build.targets():
        path = build.kernel(target)
        if not build.is_machine(target) or not os.path.exists(path):
            continue
        if os.path.getmtime(path) < max(os.path.getmtime(os.path.join(build.SOURCE, f)) for f in sources()
                                        if f.startswith("kernel/") and f.endswith(C_SUFFIXES)):
            print(f"  {target}: older than its sources")
            continue
        try:
            need, there, said = stack.measure(target)
        except stack.Problem as problem:
            report.problem(f"{target}: stack: {problem}")
            continue
        print(f"  {said}")
        if need > there:
            report.problem(f"{target}: the stack may need {need} bytes, and {there} are there")


def lint(args):
    if getattr(args, "build", False) and not build.build("x86_64-q35", lambda text: print(f"lint: {text}")):
        return 1
    report = Report()
    files = sources()
    print("layout and mistakes")
    check_format(files, report)
    check_python(report)
    check_tidy(report)
    analysis.check(report)
    check_sizes_of_files(files, report)
    print("conditionals")
    for path in files:
        if is_portable(path) and path.endswith(C_SUFFIXES):
            check_conditionals(path, read(path), report)
        if path.startswith("user/") and path.endswith(("CMakeLists.txt", ".cmake")):
            if re.search(r"^\s*(else)?if\s*\(.*(ENNEAD_ISA|ENNEAD_BOARD|CMAKE_SYSTEM|CMAKE_HOST)", read(path), re.MULTILINE):
                report.problem(f"{path}: a branch on the target")
    check_preprocessed(files, report)
    print("shape")
    measure_shape(files, report)
    print("sizes, in code lines")
    measure_lines(files, report)
    measure_resident(report)
    check_boot_only(report)
    check_boot_strings(report)
    print("stack")
    measure_stack(report)
    print(f"lint: {report.problems or 'no'} problem{'s' if report.problems != 1 else ''}")
    sys.stdout.flush()
    return 1 if report.problems else 0
