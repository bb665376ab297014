"""`test`: every test of every port; and the guests that CTest starts."""
import configparser
import fnmatch
import glob
import hashlib
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree

import build
import clauses
import coverage
import latency
import machine
import mutants
import same
import symbols

VERDICT = re.compile(r"^verdict: (\d+) passed, (\d+) failed\s*$", re.MULTILINE)
STARVED = re.compile(r"^starved: (\d+) allocations", re.MULTILINE)
OF_THE_KERNEL = re.compile(r"boot\.(conformance|abi|storms|attacks|attacks_counted|interposed|large_memory)\.")
CMOCKA = re.compile(r"^\[  PASSED  \] (\d+) test", re.MULTILINE)


class Tally:
    """Steps with their time and result."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.steps = []
        self.targets = {}

    def count(self, target, name, passed, failed):
        """For the table of machines: their tests, and apart those of the kernel itself, which all of them run alike."""
        row = self.targets.setdefault(target, {"tests": 0, "kernel": 0, "passed": 0})
        row["tests"] += passed + failed
        row["passed"] += passed
        row["kernel"] += (passed + failed) * bool(OF_THE_KERNEL.match(name))

    def table(self):
        """False if one machine runs fewer of the kernel's tests than another."""
        if not self.targets:
            return True
        print("\n" + f"{'machine':24} {'run':>6} {'passed':>6} {'of the kernel':>14} {'skipped':>8}")
        for target, row in self.targets.items():
            skipped = len(machine.skips(build.machine_of(target)))
            print(f"{target:24} {row['tests']:>6} {row['passed']:>6} {row['kernel']:>14} {skipped:>8}")
        return len({row["kernel"] for row in self.targets.values()}) == 1

    def add(self, name, seconds, passed, failed):
        self.passed += passed
        self.failed += failed
        self.steps.append((seconds, name))
        state = "ok" if not failed else "FAILED"
        count = f" ({passed} passed, {failed} failed)" if passed + failed > 1 else ""
        print(f"[{time.strftime('%H:%M:%S')}] {state:6} {name}{count}  {seconds:.1f} s", flush=True)

    def summary(self):
        print("\nslowest steps:")
        for seconds, name in sorted(self.steps, reverse=True)[:10]:
            print(f"  {seconds:8.1f} s  {name}")
        if not self.table():
            self.failed += 1
            print("the machines do not run the same tests of the kernel: that is a failure")
        if self.passed == 0:
            self.failed += 1
            print("no test ran: that is a failure")
        print(f"\n{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0


def counts(case, output):
    """A test program's own count where it has one. A failed one counts as one failure at least."""
    bad = case.find("failure") is not None or case.get("status") == "fail"
    found = VERDICT.findall(output)
    if found:
        passed, failed = int(found[-1][0]), int(found[-1][1])
        return passed, max(failed, int(bad))
    if not bad:
        return sum(int(n) for n in CMOCKA.findall(output)) or 1, 0
    return 0, 1


FIRST_BOOT = "boot.conformance.cpus1"


def boots(target):
    """If not, each of its other tests would only wait for its time limit."""
    line = ["ctest", "--test-dir", build.folder(target), "--no-tests=error", "--output-on-failure", "-R", f"^{FIRST_BOOT}$"]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print("\n".join("    " + text for text in done.stdout.splitlines()[-60:]))
    return done.returncode == 0


def run_ctest(target, selection, tally):
    junit = os.path.join(build.folder(target), "junit.xml")
    if os.path.exists(junit):
        os.unlink(junit)
    line = ["ctest", "--test-dir", build.folder(target), "--output-junit", junit, "--no-tests=error", "-j", str(os.cpu_count()),
            "--test-output-size-passed", "200000", "--test-output-size-failed", "400000", *selection]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if not os.path.exists(junit):
        print(done.stdout)
        tally.add(f"{target}: tests", 0, 0, 1)
        return
    cases = list(xml.etree.ElementTree.parse(junit).getroot().iter("testcase"))
    starved, longest = [], []
    for case in cases:
        output = case.findtext("system-out") or ""
        longest += [(length, case.get("name")) for length in [latency.longest(output)] if length is not None]
        starved += [(int(n), sum(int(m) for m in CMOCKA.findall(output))) for n in STARVED.findall(output)]
        passed, failed = counts(case, output)
        if case.get("status") in ("notrun", "disabled"):
            passed, failed = 0, 1
        if failed:
            print("\n".join("    " + text for text in output.splitlines()[-60:]))
        if not target.startswith("host"):
            tally.count(target, case.get("name"), passed, failed)
        tally.add(f"{target}: {case.get('name')}", float(case.get("time") or 0), passed, failed)
    for name, fact in machine.skips(build.machine_of(target)).items():
        print(f"    {target}: not run: {name}: {fact}")
    if starved:
        print(f"    {target}: {sum(n for n, _ in starved)} allocations of {sum(n for _, n in starved)} tests failed, once each")
    if longest:
        length, where = max(longest)
        print(f"    {target}: at most {length} instructions of the kernel without a look at interrupts, in {where}")
    if not cases:
        tally.add(f"{target}: no tests", 0, 0, 1)


def commit_seed():
    """A number that each commit draws for itself; without git, one that the sources of the kernel give."""
    try:
        done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=build.SOURCE, capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout:
            return int(done.stdout[:8], 16)
    except FileNotFoundError:
        pass
    digest = hashlib.sha256()
    for path in sorted(glob.glob(os.path.join(build.SOURCE, "kernel", "generic", "*"))):
        with open(path, "rb") as file:
            digest.update(file.read())
    return int(digest.hexdigest()[:8], 16)


def test(args, lint, mutants_of_ports):
    tally = Tally()
    os.environ.setdefault("ENNEAD_SEED", str(commit_seed()))
    print(f"seed of what is new in each commit: {os.environ['ENNEAD_SEED']} (ENNEAD_SEED)", flush=True)
    selection = {"quick": ["-LE", "slow|long"], "long": [], "normal": ["-LE", "long"]}[args.length]
    all_targets = [t for t in build.targets() if args.length != "quick" or not t.endswith("-debug")]
    for target in args.targets or all_targets:
        build.check_target(target)
        start = time.monotonic()
        built = build.build(target, lambda text: print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True))
        tally.add(f"{target}: build", time.monotonic() - start, int(built), int(not built))
        if not built:
            continue
        if target == coverage.TARGET:
            start = time.monotonic()
            enough = coverage.measure()
            tally.add(f"{target}: unit tests reach enough", time.monotonic() - start, int(enough), int(not enough))
        elif build.is_machine(target) and not boots(target):
            tally.add(f"{target}: {FIRST_BOOT}, so that nothing else was run", time.monotonic() - start, 0, 1)
        elif target != build.SKELETON:
            run_ctest(target, selection, tally)
    if not args.targets:
        problems = clauses.check()
        for problem in problems:
            print(f"    {problem}")
        tally.add("clauses", 0, int(not problems), int(bool(problems)))
        start = time.monotonic()
        status = lint()
        tally.add("lint", time.monotonic() - start, int(status == 0), int(status != 0))
        if args.length != "quick":
            start = time.monotonic()
            caught = mutants.step(args.length)
            tally.add("mutants", time.monotonic() - start, int(caught), int(not caught))
        if args.length == "long":
            start = time.monotonic()
            caught = mutants_of_ports()
            tally.add("mutants of ports", time.monotonic() - start, int(caught), int(not caught))
    return tally.summary()


def one_seed(args):
    """The same program with one seed, on each target that is a machine or a host port with unit tests."""
    tally = Tally()
    others = ("host-coverage", "host-libfuzzer", same.HOST)
    hosts = [t for t in build.targets() if t.startswith("host") and t not in others]
    machines = [t for t in build.targets() if build.is_machine(t) and not t.endswith("-debug")]
    for target in args.targets or hosts + machines:
        build.check_target(target)
        start = time.monotonic()
        is_host = target.startswith("host")
        if not is_host and not build.build(target):
            tally.add(f"{target}: build", time.monotonic() - start, 0, 1)
            continue
        line = [sys.executable, os.path.join(build.SOURCE, "tools", "ennead"), "same-test", "--seed", str(args.seed)]
        if is_host:
            line += ["--host", target]
        else:
            line += ["--machine", build.machine_of(target), "--kernel", build.kernel(target), "--archive",
                     build.archive(target, "test-same")]
        good = subprocess.run(line, check=False).returncode == 0
        tally.add(f"{target}: same program, seed {args.seed}", time.monotonic() - start, int(good), int(not good))
    return tally.summary()


def show(text, folder):
    names = symbols.Symbols(folder)
    for line in text.splitlines(keepends=True):
        sys.stdout.write(names.line(line.encode()).decode("utf-8", "replace"))
    sys.stdout.write("\n")


def judge(name, line, limit, pass_fds=()):
    """Run a guest that tells its verdict: (its console, "N passed, N failed" or None, what is wrong)."""
    guest = machine.Guest(line, limit, pass_fds=pass_fds)
    status = guest.finish()
    text = guest.text()
    verdicts = VERDICT.findall(text)
    problems = []
    if guest.why:
        problems.append(guest.why)
    elif status != machine.MACHINES[name]["success"]:
        problems.append(f"QEMU ended with status {status}")
    if len(verdicts) != 1:
        problems.append("no verdict" if not verdicts else "several verdicts")
    elif verdicts[0][1] != "0":
        problems.append(f"{verdicts[0][1]} failed")
    elif verdicts[0][0] == "0":
        problems.append("no test ran")
    problems += latency.judge(line, text)
    return text, f"{verdicts[0][0]} passed, {verdicts[0][1]} failed" if verdicts else None, problems


def guest_test(args):
    """One guest that tells its verdict: the line, and the exit status with it."""
    line = machine.command(args.machine, args.kernel, args.archive, args.cpus, args.memory, args.append,
                           extra=[*args.qemu, *latency.words(args.machine, args.kernel, args.cpus)])
    text, _, problems = judge(args.machine, line, args.limit)
    show(text, os.path.dirname(os.path.dirname(args.kernel)))
    if problems:
        print(f"guest: {', '.join(problems)}")
    return 1 if problems else 0


def bad_test(args):
    """Inputs that make no sense: the line expected, a failure and no hang."""
    cases = configparser.ConfigParser(interpolation=None)
    cases.read(args.cases, encoding="utf-8")
    passed = failed = 0
    skipped = machine.skips(args.machine)
    for name in cases.sections():
        if f"bad.inputs/{name}" in skipped:
            continue
        problem = bad_case(args, cases[name])
        print(f"not ok {name}: {problem}" if problem else f"ok {name}", flush=True)
        failed += bool(problem)
        passed += not problem
    print(f"verdict: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def bad_case(args, case):
    archive = case.get("archive", "system")
    if archive == "none":
        archive = None
    elif archive.startswith("zeroes:"):
        size = int(archive.removeprefix("zeroes:"))
        archive = args.archive + ".zeroes"
        with open(archive, "wb") as file:
            file.write(bytes(size))
    elif archive == "system":
        archive = args.archive
        if not os.path.exists(archive):
            return f"{archive} is missing"
    else:
        archive = os.path.join(os.path.dirname(args.cases), archive)
    line = machine.command(args.machine, args.kernel, archive, 1, case.get("memory"), case.get("append"))
    guest = machine.Guest(line, 60)
    status = guest.finish()
    if guest.why:
        return guest.why
    if not any(fnmatch.fnmatchcase(text.strip(), case["expect"]) for text in guest.text().splitlines()):
        return f"the line expected is missing; the console says: {guest.text()[-500:]!r}"
    if status == machine.MACHINES[args.machine]["success"]:
        return "the machine ended as if all were well"
    return None
