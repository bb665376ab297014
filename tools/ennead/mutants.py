"""`mutants`: is every mistake noticed? Each mutant is a copy of kernel/generic with one mistake in it, made by hand
(tests/mutants/*.patch) or drawn by a seed; the detectors run until one of them fails. Nothing outside build/mutants is
written. Only what a mutant changed is compiled again, into a library that all test programs share."""
import concurrent.futures
import glob
import hashlib
import os
import re
import resource
import shutil
import subprocess
import threading
import time

import build

FOLDER = os.path.join(build.SOURCE, "build", "mutants", str(os.getpid()))
HAND = os.path.join(build.SOURCE, "tests", "mutants")
SURVIVORS = os.path.join(HAND, "survivors.md")
KERNEL = ["kernel/generic", "kernel/arch/host"]
LEAST = 90  # per cent of mechanical mutants, those that survivors.md explains left aside
LIMIT = 20  # seconds of processor time for one program: a mutant that hangs is caught, however busy the machine is
PATIENCE = 600  # seconds until one that sleeps counts as hanging
FLAGS = ["-std=gnu17", "-O1", "-g0", "-w", "-fPIC"]

# What looks for mistakes, in this order: name, program, library, arguments. A program that fails caught the mutant.
UNIT = ["ipc", "fastpath", "fastways", "reply", "items", "objects", "thread", "time", "boot", "tree", "print", "refused", "exact", "cpus", "again", "end"]
STARVE = ["refused", "cpus", "thread", "objects"]
FUZZ = ["--jobs", "1", "--failure", "", "--calls"]
DETECTORS = (
    [("model", "fuzz", "kernel", [*FUZZ, "8000"])]
    + [(f"unit {name}", f"test_{name}", "kernel", ["0"]) for name in UNIT]
    + [("random", "test_random", "kernel", ["0", "20"])]
    + [(f"starve {name}", f"test_{name}", "starve", ["0"]) for name in STARVE]
    + [(f"unit {name}, soft TLB", f"test_{name}", "kernel", ["1"]) for name in ("objects", "end", "cpus", "again")]
    + [("model, more", "fuzz", "kernel", [*FUZZ, "120000", "--seed", "5000"])]
    + [("random, soft TLB", "test_random", "kernel", ["1", "20"]), ("random, more", "test_random", "kernel", ["0", "40", "1000"])]
)
WRAPPED = ["invoke", "pool_allocate", "pool_make_object", "pool_format"]
# The random driver goes round these (tests/fuzz/CMakeLists.txt); in a kernel that is a library they are what they are.
WRAPPED_BY_FUZZ = ["fastpath_fault", "fastpath_fault_answer", "cpu_resume", "fastpath_capability"]


class Mutant:
    """`change(folder)` changes a copy of the tree's kernel and returns the sources that differ."""

    def __init__(self, name, what, change):
        self.name, self.what, self.change = name, what, change
        self.result = None


# ---- building ----

def includes(folder):
    return [f"-I{folder}/kernel/{part}" for part in ("abi", "include", "generic", "arch/host", "arch/host/include")]


def compile_one(folder, source, output, more=()):
    line = ["gcc", *FLAGS, *includes(folder), *more, "-c", source, "-o", output]
    return subprocess.run(line, cwd=build.SOURCE, capture_output=True, text=True, check=False)


def must(done):
    if done.returncode:
        raise SystemExit(f"{' '.join(done.args)}\n{done.stderr}")


def link(output, objects, more):
    return subprocess.run(["gcc", "-shared", "-o", output, *objects, *more], capture_output=True, text=True, check=False)


class Base:
    """The unchanged kernel: its objects, and the test programs, which load the kernel from where LD_LIBRARY_PATH says."""

    def __init__(self, jobs):
        self.folder = os.path.join(FOLDER, "base")
        self.cmocka = os.path.join(FOLDER, "cmocka")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        copy_tree(build.SOURCE, self.folder)
        subprocess.run(["python3", os.path.join(build.SOURCE, "tools", "sourcepkg.py"), "cmocka", self.cmocka], check=True)
        self.tests = [f"-I{build.SOURCE}/tests/host", f"-I{self.cmocka}/include"]
        sources = kernel_sources(self.folder)
        host = [os.path.join(build.SOURCE, "tests", "host", name) for name in ("fixture.c", "invariants.c", "starve.c")]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda s: must(compile_one(self.folder, s, self.object_of(s), self.tests)), sources + host))
        known = ["-D_GNU_SOURCE", "-DHAVE_STDINT_H", "-DHAVE_INTTYPES_H", "-DHAVE_STRINGS_H", "-DHAVE_SIGNAL_H",
                 "-DHAVE_SNPRINTF", "-DHAVE_VSNPRINTF", "-DHAVE_STRUCT_TIMESPEC", "-DHAVE_CLOCK_REALTIME", "-DHAVE_TIME_H"]
        must(compile_one(self.folder, f"{self.cmocka}/src/cmocka.c", self.object_of("cmocka.c"), [*known, *self.tests]))
        self.fixed = [self.object_of(name) for name in ("fixture.c", "invariants.c", "cmocka.c")]
        self.starve = self.object_of("starve.c")
        self.objects = {os.path.basename(s): self.object_of(s) for s in sources}
        must(self.libraries(self.folder, self.objects))
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(self.program, sorted({program for _, program, _, _ in DETECTORS})))

    def object_of(self, source):
        return os.path.join(self.folder, os.path.basename(source) + ".o")

    def libraries(self, folder, objects):
        done = link(os.path.join(folder, "libkernel.so"), [*objects.values(), *self.fixed], [])
        if done.returncode:
            return done
        os.makedirs(os.path.join(folder, "starve"), exist_ok=True)
        return link(os.path.join(folder, "starve", "libkernel.so"), [*objects.values(), *self.fixed, self.starve],
                    [f"-Wl,--wrap={name}" for name in WRAPPED])

    def fuzz(self):
        """The random driver with the reference model: in one program of its own."""
        tests = os.path.join(build.SOURCE, "tests")
        pairs = [os.path.join(tests, "fuzz", "pairs.py"), os.path.join(build.SOURCE, "docs", "abi.md")]
        must(subprocess.run(["python3", *pairs, os.path.join(self.folder, "pairs.inc")], capture_output=True, text=True, check=False))
        sources = glob.glob(os.path.join(tests, "fuzz", "*.c")) + glob.glob(os.path.join(tests, "model", "*.c"))
        sources = [s for s in sources if os.path.basename(s) not in ("exhaustive.c", "libfuzzer.c")]
        objects = []
        for source in sources:
            objects.append(os.path.join(self.folder, f"{os.path.basename(os.path.dirname(source))}-{os.path.basename(source)}.o"))
            must(compile_one(self.folder, source, objects[-1], [*self.tests, f"-I{tests}/model", f"-I{tests}/fuzz", f"-I{self.folder}"]))
        must(subprocess.run(["gcc", "-o", os.path.join(self.folder, "fuzz"), *objects, f"-L{self.folder}", "-lkernel",
                             *(f"-Wl,--wrap={name}" for name in WRAPPED_BY_FUZZ)],
                            capture_output=True, text=True, check=False))

    def program(self, name):
        if name == "fuzz":
            self.fuzz()
            return
        source = os.path.join(build.SOURCE, "tests", "host", f"{name}.c")
        must(compile_one(self.folder, source, self.object_of(source), self.tests))
        must(subprocess.run(["gcc", "-o", os.path.join(self.folder, name), self.object_of(source), f"-L{self.folder}",
                             "-lkernel"], capture_output=True, text=True, check=False))


def copy_tree(origin, folder):
    for part in ("kernel/abi", "kernel/include", *KERNEL):
        shutil.copytree(os.path.join(origin, part), os.path.join(folder, part))


def kernel_sources(folder):
    return [path for part in KERNEL for path in sorted(glob.glob(os.path.join(folder, part, "*.c")))]


# ---- running ----

def quiet_limits():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 5))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def fails(base, folder, detector):
    _, program, library, arguments = detector
    where = folder if library == "kernel" else os.path.join(folder, library)
    try:
        done = subprocess.run([os.path.join(base.folder, program), *arguments], env={"LD_LIBRARY_PATH": where},
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                              timeout=PATIENCE, preexec_fn=quiet_limits, check=False)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def same_code(one, other):
    def code(path):
        done = subprocess.run(["objdump", "-s", "-r", path], capture_output=True, text=True, check=True)
        return done.stdout.split("\n", 3)[3]
    return code(one) == code(other)


def examine(base, folder, mutant):
    """None if it cannot be compiled, or is the same program; else the name of the detector, or SURVIVED."""
    changed = mutant.change(folder)
    headers = any(path.endswith(".h") for path in changed)
    objects = dict(base.objects)
    for source in kernel_sources(folder) if headers else changed:
        output = os.path.join(folder, os.path.basename(source) + ".o")
        if compile_one(folder, source, output).returncode:
            return None
        if not headers and len(changed) == 1 and same_code(output, base.object_of(source)):
            return None
        objects[os.path.basename(source)] = output
    if base.libraries(folder, objects).returncode:
        return None
    for detector in DETECTORS:
        if fails(base, folder, detector):
            return detector[0]
    return "SURVIVED"


class Workers:
    def __init__(self, base, jobs):
        self.base, self.jobs = base, jobs
        self.local = threading.local()
        self.numbers = iter(range(1000))
        self.lock = threading.Lock()

    def folder(self):
        if not hasattr(self.local, "folder"):
            with self.lock:
                self.local.folder = os.path.join(FOLDER, f"worker{next(self.numbers)}")
        shutil.rmtree(self.local.folder, ignore_errors=True)
        os.makedirs(self.local.folder)
        copy_tree(self.base.folder, self.local.folder)
        return self.local.folder

    def examine(self, mutant):
        mutant.result = examine(self.base, self.folder(), mutant)
        return mutant

    def all(self, mutants):
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            yield from pool.map(self.examine, mutants)


# ---- mutants made by hand ----

def patch(path):
    def change(folder):
        done = subprocess.run(["patch", "-p1", "-s", "--no-backup-if-mismatch", "-i", path], cwd=folder,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{path} does not apply: {done.stdout}{done.stderr}")
        with open(path, encoding="utf-8") as file:
            return [os.path.join(folder, name) for name in re.findall(r"^\+\+\+ b/(\S+)", file.read(), re.MULTILINE)]
    return change


def by_hand():
    found = []
    for path in sorted(glob.glob(os.path.join(HAND, "*.patch"))):
        with open(path, encoding="utf-8") as file:
            found.append(Mutant(os.path.basename(path), file.readline().strip(), patch(path)))
    return found


# ---- mechanical mutants ----

OPPOSITE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&",
            "true": "false", "false": "true", "+": "-", "-": "+"}
OPERATOR = re.compile(r"(?<= )(<=|>=|==|!=|&&|\|\||<|>|\+|-)(?= )|\b(true|false)\b")
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-f]+|\d+)(u|ull|ll)?\b")
CONDITION = re.compile(r"^(\s*(?:\} else )?(?:if|while) \()(.*)(\)(?: \{)?)$")
STATEMENT = re.compile(r"^(\s+)(?!return\b|break;|continue;|goto\b|case\b|default\b|else\b|do\b|for\b|if\b|while\b|_Noreturn\b|static\b|"
                       r"const\b|struct\b|union\b|unsigned\b|uint\w+\b|bool\b|error_t\b|char\b|int\b|size_t\b|void \*|void\b\*|va_list\b|"
                       r"long\b|ennead_word\b|list_init\(&boot)(\S.*;)$")


def code_of(line):
    """The line with strings and comments blanked, as long as it was."""
    return re.sub(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|/\*.*|//.*|\'(?:\\.|[^\'\\])\'', lambda m: " " * len(m.group(0)), line)


def changes_of(line, previous):
    """Each way to get one line wrong: (what, new line)."""
    code = code_of(line)
    if not code.startswith(" ") or "ASSERT" in code or "_Static_assert" in code:
        return
    match = CONDITION.match(line)
    if match and code.count("(") == code.count(")"):
        yield "negated condition", f"{match.group(1)}!({match.group(2)}){match.group(3)}"
    match = STATEMENT.match(line)
    whole = previous.rstrip().endswith((";", "{", "}", ")", "else", "*/", ":"))
    if match and whole and code.count("(") == code.count(")") and not re.match(r"\s+\w+ \*?\w+( =|;)", line):
        yield "dropped statement", f"{match.group(1)};"
    for found in OPERATOR.finditer(code):
        text = found.group(0)
        kind = "off by one" if text[0] in "<>" else "changed operator" if not text[0].isalpha() else "changed constant"
        yield kind, line[:found.start()] + OPPOSITE[text] + line[found.end():]
    for found in NUMBER.finditer(code):
        value, suffix = int(found.group(1), 0), found.group(2) or ""
        yield "changed constant", f"{line[:found.start()]}{value + 1}{suffix}{line[found.end():]}"


def replace_line(name, number, text):
    def change(folder):
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        lines[number - 1] = text
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        return [path]
    return change


def candidates():
    for path in sorted(glob.glob(os.path.join(build.SOURCE, "kernel", "generic", "*.c"))):
        name = os.path.relpath(path, build.SOURCE)
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        comment = False
        for number, line in enumerate(lines, 1):
            comment = comment or line.lstrip().startswith("/*")
            if not comment:
                for kind, text in changes_of(line, lines[number - 2]):
                    what = f"{kind}: `{line.strip()}` -> `{text.strip()}`"
                    yield Mutant(f"{os.path.basename(path)}:{number}", what, replace_line(name, number, text))
            if "*/" in line:
                comment = False


def key(mutant):
    return f"{mutant.name.split(':')[0]}: {mutant.what}"


def explained():
    """What survivors.md has to say: the mutants in its headings."""
    if not os.path.exists(SURVIVORS):
        return set()
    with open(SURVIVORS, encoding="utf-8") as file:
        return {line.removeprefix("### ").strip() for line in file if line.startswith("### ")}


# ---- the command ----

def show(mutant, verbose):
    if verbose or mutant.result == "SURVIVED":
        print(f"  {mutant.result or 'not a program':22} {mutant.name}: {mutant.what}", flush=True)


def run_hand(workers, chosen):
    survivors = 0
    for mutant in workers.all(chosen):
        if mutant.result is None:
            mutant.result = "SURVIVED"
            print(f"  {mutant.name} is no program, or the same")
        show(mutant, True)
        survivors += mutant.result == "SURVIVED"
    print(f"mutants by hand: {len(chosen) - survivors} of {len(chosen)} caught", flush=True)
    return survivors == 0


def draw(workers, count, seed, start):
    """`count` mutants that are programs and not the same one. The order is by a hash, so that most of what a seed draws
    stays when the sources change."""
    pool = sorted(candidates(), key=lambda m: hashlib.sha256(f"{seed} {key(m)}".encode()).digest())
    drawn = []
    at = start
    while len(drawn) < count and at < len(pool):
        some = pool[at:at + count - len(drawn)]
        at += len(some)
        for mutant in workers.all(some):
            if mutant.result:
                drawn.append(mutant)
                show(mutant, False)
    return drawn


def run_mechanical(workers, count, seed, start):
    drawn = draw(workers, count, seed, start)
    known = explained()
    alive = [m for m in drawn if m.result == "SURVIVED"]
    open_ones = [m for m in alive if key(m) not in known]
    caught = len(drawn) - len(alive)
    by = {}
    for mutant in drawn:
        by[mutant.result] = by.get(mutant.result, 0) + 1
    print(f"mechanical mutants, seed {seed}: {caught} of {len(drawn)} caught, "
          f"{len(alive) - len(open_ones)} survivors explained, {len(open_ones)} not")
    print("  " + ", ".join(f"{name} {n}" for name, n in sorted(by.items(), key=lambda item: -item[1])), flush=True)
    for mutant in open_ones:
        print(f"  not explained: {key(mutant)}")
    return bool(drawn) and 100 * caught >= LEAST * (caught + len(open_ones))


def run(jobs, hand, mechanical, seed, start=0):
    """True if enough was caught."""
    try:
        return run_here(jobs, hand, mechanical, seed, start)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


def run_here(jobs, hand, mechanical, seed, start):
    began = time.monotonic()
    base = Base(jobs)
    for detector in DETECTORS:
        if fails(base, base.folder, detector):
            print(f"mutants: '{detector[0]}' fails without a mutant")
            return False
    workers = Workers(base, jobs)
    good = run_hand(workers, by_hand()) if hand else True
    if mechanical:
        good = run_mechanical(workers, mechanical, seed, start) and good
    print(f"mutants: {time.monotonic() - began:.0f} s", flush=True)
    return good


def step(length):
    """What `./ennead test` runs: those made by hand, and the first of the mechanical ones."""
    if length == "long":
        return run(os.cpu_count(), True, 500, 1)
    return run(os.cpu_count(), True, 20, 1)


def command(args):
    hand = args.hand or not args.mechanical
    return 0 if run(args.jobs, hand, args.mechanical, args.seed) else 1
