"""`mutants --maintenance`: mistakes in ports (tests/mutants/ports/*.patch), each of which takes away one act of maintenance of a TLB or
a cache. Each is built in a copy of the tree, and boot.maintenance has to end with a finding of the kind that the patch names."""
import argparse
import collections
import glob
import os
import shutil
import subprocess
import time

import build
import lint
import maintenance
import mutants
import suite

FOLDER = os.path.join(build.SOURCE, "build", "mutants")
PATCHES = os.path.join(build.SOURCE, "tests", "mutants", "ports")
LIMIT_S = 300
MEMORY = "16M"

Mutant = collections.namedtuple("Mutant", "name what targets kinds cpus change")


def listed():
    """The first lines of a patch: what is wrong, `targets: ..`, `finds: ..`, and perhaps `cpus: ..`."""
    for path in sorted(glob.glob(os.path.join(PATCHES, "*.patch"))):
        with open(path, encoding="utf-8") as file:
            what, targets, kinds, cpus = (file.readline().strip() for _ in range(4))
        yield Mutant(os.path.basename(path).removesuffix(".patch"), what, targets.removeprefix("targets: ").split(),
                     kinds.removeprefix("finds: ").split(), int(cpus.removeprefix("cpus: ")) if cpus.startswith("cpus: ") else 1,
                     mutants.patch(path))


class Copy:
    """A tree of its own, configured for one target; what was fetched for the build is shared."""

    def __init__(self, target):
        self.target = target
        self.folder = os.path.join(FOLDER, f"{target}.{os.getpid()}")
        self.output = os.path.join(self.folder, "build", target)
        for name in lint.sources():
            self.put(name)
        os.makedirs(self.output)
        for name in ("sources", f"{target}/u-boot-source"):
            if os.path.exists(os.path.join(build.SOURCE, "build", name)):
                os.symlink(os.path.join(build.SOURCE, "build", name), os.path.join(self.folder, "build", name))
        if not self.make(["cmake", "--preset", target]) or not self.kernel():
            raise RuntimeError(f"{target} is not built without a mutant")

    def put(self, name):
        """The file as it was; a later time, or what it was changed to would stay built."""
        to = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copyfile(os.path.join(build.SOURCE, name), to)

    def make(self, line):
        return subprocess.run(line, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0

    def kernel(self):
        return self.make(["cmake", "--build", self.output, "--target", "ennead"])

    def boot(self, cpus, stop):
        """Kinds of what was found, and what else was wrong."""
        args = argparse.Namespace(machine=self.target, kernel=os.path.join(self.output, "kernel", "ennead.elf"),
                                  archive=build.archive(self.target, "test-maintenance"), cpus=cpus, memory=MEMORY, append=None, qemu=[])
        guest = maintenance.Boot(args, stop)
        try:
            text, _, problems = suite.judge(self.target, guest.line, LIMIT_S, pass_fds=[guest.log])
        finally:
            guest.close()
        return [kind for kind, _ in maintenance.FOUND.findall(text)], problems + maintenance.judge(guest.isa, text)

    def examine(self, mutant):
        """What is wrong with the mutant, or None if it was caught."""
        changed = [os.path.relpath(path, self.folder) for path in mutant.change(self.folder)]
        try:
            if not self.kernel():
                return "is not compiled"
            found, _ = self.boot(mutant.cpus, True)
        finally:
            for name in changed:
                self.put(name)
        if not found:
            return "SURVIVED"
        return None if set(found) & set(mutant.kinds) else f"found otherwise: {' '.join(found)}"

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def run_target(target, chosen):
    """(caught, all)"""
    copy = Copy(target)
    try:
        _, problems = copy.boot(1, False)
        if problems:
            print(f"{target}: fails without a mutant: {', '.join(problems)}")
            return 0, len(chosen)
        caught = 0
        for mutant in chosen:
            problem = copy.examine(mutant)
            caught += problem is None
            print(f"  {problem or ' '.join(mutant.kinds):22} {target} {mutant.name}: {mutant.what}", flush=True)
        return caught, len(chosen)
    finally:
        copy.close()


def run(targets):
    """True if all were caught."""
    began = time.monotonic()
    every = list(listed())
    caught = count = 0
    for target in targets or sorted({name for mutant in every for name in mutant.targets}):
        if not build.build(target):
            return False
        some, of = run_target(target, [mutant for mutant in every if target in mutant.targets])
        print(f"mutants of {target}: {some} of {of} caught", flush=True)
        caught, count = caught + some, count + of
    print(f"mutants of ports: {caught} of {count} caught, {time.monotonic() - began:.0f} s")
    return count > 0 and caught == count
