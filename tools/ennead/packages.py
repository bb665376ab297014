"""What each command needs from the distribution, and how it gets it."""
import os
import shutil
import subprocess
import sys

# package: why
BUILD = {
    "cmake": "configures the build",
    "ninja-build": "runs the build",
    "gcc": "compiles the kernel and its users",
    "libc6-dev": "the host port is an ordinary program",
    "binutils": "links, and names addresses in backtraces",
}
# By the first part of a target's name.
OF_ISA = {
    "x86_64": {"qemu-system-x86": "the machine"},
    "ppc32": {
        "gcc-powerpc-linux-gnu": "compiles for 32-bit PowerPC",
        "qemu-system-ppc": "the machine",
        "ca-certificates": "package sources may be reached by https",
    },
    "aarch64": {
        "gcc-aarch64-linux-gnu": "compiles for 64-bit Arm",
        "qemu-system-arm": "the machine",
        "ca-certificates": "package sources may be reached by https",
    },
    "arm": {
        "gcc-arm-linux-gnueabihf": "compiles for 32-bit Arm",
        "qemu-system-arm": "the machine",
        "ca-certificates": "package sources may be reached by https",
    },
    "riscv64": {
        "gcc-riscv64-linux-gnu": "compiles for 64-bit RISC-V",
        "qemu-system-misc": "the machine",
        "opensbi": "its firmware",
        "ca-certificates": "package sources may be reached by https",
    },
    "ppc64": {
        "gcc-powerpc64-linux-gnu": "compiles for 64-bit PowerPC",
        "qemu-system-ppc": "the machine",
        "ca-certificates": "package sources may be reached by https",
    },
    "ppc64le": {
        "gcc-powerpc64le-linux-gnu": "compiles for 64-bit PowerPC in the other byte order",
        "qemu-system-ppc": "the machine",
        "ca-certificates": "package sources may be reached by https",
    },
}
LINT = {"clang-format": "checks the layout of sources", "clang-tidy": "checks sources for mistakes", "clang": "analyses them",
        "pyflakes3": "checks the command's own sources"}
MUTANTS = {"patch": "applies the mutants made by hand"}
DEBUG = {"gdb-multiarch": "the debugger"}
HOST = {
    "gcc-i686-linux-gnu": "the host port as a 32-bit program",
    "libc6-dev-i386-cross": "its C library",
    "libc6-dev-powerpc-cross": "the C library of the host port as a big-endian program",
    "qemu-user": "runs that program",
    "gcc-powerpc-linux-gnu": "the host port as a big-endian program",
    "clang": "builds libFuzzer's target",
    "libclang-rt-14-dev": "libFuzzer",
    "ca-certificates": "package sources may be reached by https",
}


def of(targets):
    """What building and running the targets needs beyond BUILD."""
    return {name: why for target in targets for name, why in OF_ISA.get(target.split("-")[0], {}).items()}


def installed(package):
    status = subprocess.run(["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False)
    return status.stdout == "install ok installed"


def need(*groups):
    """Install what is missing of the groups given, or say the one line that does and end."""
    wanted = {name: why for group in groups for name, why in group.items()}
    if not shutil.which("dpkg-query"):
        return
    missing = [name for name in wanted if not installed(name)]
    if not missing:
        return
    for name in missing:
        print(f"ennead: {name} is missing: {wanted[name]}", file=sys.stderr)
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        print(f"ennead: as root, run:\n    apt-get update && {' '.join(install)}", file=sys.stderr)
        sys.exit(1)
    print(f"ennead: installing {' '.join(missing)}", file=sys.stderr, flush=True)
    quiet(["apt-get", "update"])
    quiet(install)


def quiet(command):
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nennead: {' '.join(command)} failed")
