"""Names for the addresses in backtraces: `  #n 0xaddress` of the kernel, `  #n program+0xaddress` of a program."""
import glob
import os
import re
import subprocess

FRAME = re.compile(rb"^(\s*#\d+ )(?:([A-Za-z0-9_.-]+)\+)?0x([0-9a-f]+)(\r?\n?)$")
START = re.compile(rb"^ *(#(\d+( ([A-Za-z0-9_.+-]+\r?)?)?)?)?$")


class Symbols:
    """Looks into the ELF files of one build folder."""

    def __init__(self, folder):
        self.folder = folder
        self.known = {}

    def elf(self, program):
        if not program:
            return os.path.join(self.folder, "kernel", "ennead.elf")
        for pattern in (f"**/{program}", f"**/{program}.elf"):
            for path in glob.glob(os.path.join(self.folder, pattern), recursive=True):
                if os.path.isfile(path):
                    return path
        return None

    def name(self, program, address):
        key = (program, address)
        if key not in self.known:
            self.known[key] = self._look_up(program, address)
        return self.known[key]

    def _look_up(self, program, address):
        path = self.elf(program)
        if not path or not os.path.exists(path):
            return None
        try:
            done = subprocess.run(["addr2line", "-f", "-s", "-e", path, hex(address)], capture_output=True, text=True,
                                  check=False, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            return None
        lines = done.stdout.split("\n")
        if len(lines) < 2 or lines[0] == "??":
            return None
        return f"{lines[0]} ({lines[1].split(' ')[0]})"

    def line(self, raw):
        """The line with a name behind the address, if it is a frame of a backtrace."""
        match = FRAME.match(raw)
        if not match:
            return raw
        head, program, address, end = match.groups()
        number = int(head.strip(b" #"))
        # All but the innermost are return addresses: the call ends before, and bit 0 may say what set of instructions it is of.
        name = self.name(program.decode() if program else None, int(address, 16) - 2 * (number > 0))
        if not name:
            return raw
        return raw[:len(raw) - len(end)] + b" " + name.encode() + end


class Filter:
    """Passes a console through as it comes; only what may be a backtrace line waits for its end."""

    def __init__(self, symbols, write):
        self.symbols = symbols
        self.write = write
        self.held = b""
        self.at_start = True

    def __call__(self, data):
        for line in data.splitlines(keepends=True):
            self._piece(line)

    def _piece(self, piece):
        if not self.at_start:
            self.write(piece)
            self.at_start = piece.endswith(b"\n")
            return
        self.held += piece
        if self.held.endswith(b"\n"):
            self.write(self.symbols.line(self.held))
            self.held = b""
        elif not START.match(self.held):
            self.write(self.held)
            self.held = b""
            self.at_start = False

    def flush(self):
        self.write(self.held)
        self.held = b""
