"""QEMU machines: their command lines, and guests that run under a time limit with their output capped."""
import configparser
import os
import selectors
import signal
import subprocess
import time

OUTPUT_MAX = 1 << 20

COMMON = ["-display", "none", "-nodefaults", "-no-reboot"]

# `success` is QEMU's exit status after the guest powered off with status 0; `memory_unit`, if there is one, what the
# machine's memory is a multiple of: less is rounded up; `debugged`, the emulator to use with gdb, which would take the other's
# registers for 64-bit ones; `flat_image`: the machine is given no ELF file, but `ennead.img` beside it; `load_offset`: where QEMU puts
# what an ELF file has at physical address 0.
MACHINES = {
    "x86_64-q35": {
        "qemu": "qemu-system-x86_64",
        "args": ["-M", "q35", "-cpu", "max", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"],
        "memory": "256M",
        "gdb": "i386:x86-64",
        "success": 0,
    },
    "ppc32-ppce500": {
        "qemu": "qemu-system-ppc64",
        "args": ["-M", "ppce500", "-cpu", "e500mc", "-device", "pvpanic-pci", "-action", "panic=exit-failure"],
        "memory": "256M",
        "memory_unit": 128 << 20,
        "gdb": "powerpc:common",
        "debugged": "qemu-system-ppc",
        "success": 0,
    },
    # The counter counts nanoseconds, which are instructions where QEMU counts those.
    "aarch64-virt": {
        "qemu": "qemu-system-aarch64",
        "args": ["-M", "virt", "-cpu", "cortex-a72,cntfrq=1000000000", "-semihosting"],
        "memory": "256M",
        "flat_image": True,
        "gdb": "aarch64",
        "success": 0,
    },
    "arm-virt": {
        "qemu": "qemu-system-arm",
        "args": ["-M", "virt", "-cpu", "cortex-a15,cntfrq=1000000000", "-semihosting"],
        "memory": "256M",
        "flat_image": True,
        "gdb": "armv7",
        "success": 0,
    },
    # With 6 MiB the kernel says that it is too little; 18 leave the tests' 8 in one piece between kernel and archive.
    "riscv64-virt": {
        "qemu": "qemu-system-riscv64",
        "args": ["-M", "virt,aia=aplic-imsic", "-cpu", "rv64"],
        "memory": "256M",
        "memory_unit": 6 << 20,
        "gdb": "riscv:rv64",
        "success": 0,
    },
}
# QEMU's own small firmware, and none of what it warns of that it cannot emulate.
PSERIES = "pseries,x-vof=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"
for _name in ("ppc64-pseries", "ppc64le-pseries"):
    MACHINES[_name] = {
        "qemu": "qemu-system-ppc64",
        "args": ["-M", PSERIES, "-cpu", "power9", "-action", "panic=exit-failure"],
        "memory": "256M",
        "memory_unit": 256 << 20,
        "load_offset": 0x400000,
        "gdb": "powerpc:common64",
        "success": 0,
    }


SKIPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "skips.ini")


def skips(machine):
    """Tests that the machine cannot run, and the fact of its hardware that is why."""
    listed = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    listed.read(SKIPS, encoding="utf-8")
    return {name: listed[name]["fact"] for name in listed.sections() if machine in listed[name]["machines"].split()}


def memory_of(board, asked):
    unit = board.get("memory_unit")
    if not asked or not unit:
        return asked or board["memory"]
    number = int(asked[:-1]) << {"K": 10, "M": 20, "G": 30}[asked[-1]]
    return f"{(number + unit - 1) // unit * unit >> 20}M"


def command(machine, kernel, archive=None, cpus=1, memory=None, append=None, serial="stdio", extra=()):
    board = MACHINES[machine]
    line = [board["qemu"], *board["args"], *COMMON, "-m", memory_of(board, memory), "-smp", str(cpus)]
    if board.get("flat_image"):
        kernel = kernel.removesuffix(".elf") + ".img"
    line += ["-serial", serial, "-kernel", kernel]
    if archive:
        line += ["-initrd", archive]
    if append:
        line += ["-append", append]
    return line + list(extra)


class Guest:
    """A guest whose console is a pipe. Ends by itself, by its time limit or by printing too much."""

    def __init__(self, line, limit_s, sink=None, pass_fds=()):
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True, pass_fds=pass_fds)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.deadline = time.monotonic() + limit_s
        self.output = b""
        self.sink = sink
        self.why = None  # what ended it, if not the guest

    def read(self):
        """Some more output; False at the end."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            return self._stop("time limit reached")
        if not self.selector.select(left):
            return True
        data = self.process.stdout.read(65536)
        if not data:
            self.process.wait()
            return False
        self.output += data
        if self.sink:
            self.sink(data)
        if len(self.output) > OUTPUT_MAX:
            return self._stop("too much output")
        return True

    def _stop(self, why):
        self.why = why
        self.close()
        return False

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def wait_for(self, text, start=0):
        """The position behind `text` in the output, or None if the guest ended without it."""
        while True:
            at = self.output.find(text, start)
            if at >= 0:
                return at + len(text)
            if not self.read():
                at = self.output.find(text, start)
                return at + len(text) if at >= 0 else None

    def send(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def finish(self):
        """Run to the end; QEMU's exit status, or None if it was stopped."""
        try:
            while self.read():
                pass
        finally:
            self.close()
        return None if self.why else self.process.returncode

    def text(self):
        return self.output.decode("utf-8", "replace").replace("\r\n", "\n")
