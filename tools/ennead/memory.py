"""A kernel's memory that was written to files, read by the names and layouts of its debugging information."""
import json
import struct
import subprocess
import sys

import build

LAYOUT = f"{build.SOURCE}/tools/gdb/layout.py"


class Image:
    """An ELF file's word size, byte order and segments, and what it has at an address."""

    def __init__(self, elf, load_offset=0):
        self.elf = elf
        with open(elf, "rb") as file:
            head = file.read(64)
            self.word = {1: 4, 2: 8}[head[4]]
            self.order = {1: "little", 2: "big"}[head[5]]
            self.segments = [(virtual, physical + load_offset, size, offset)
                             for virtual, physical, size, offset in self._segments(file, head)]

    def _segments(self, file, head):
        """(virtual, physical, bytes, place in the file) of what is loaded."""
        mark = "<" if self.order == "little" else ">"
        if self.word == 8:
            start, size, count = *struct.unpack_from(mark + "Q", head, 32), *struct.unpack_from(mark + "HH", head, 54)
        else:
            start, size, count = *struct.unpack_from(mark + "I", head, 28), *struct.unpack_from(mark + "HH", head, 42)
        segments = []
        for index in range(count):
            file.seek(start + index * size)
            entry = file.read(size)
            if self.word == 8:
                kind, _, place, virtual, physical, _, length, _ = struct.unpack(mark + "IIQQQQQQ", entry[:56])
            else:
                kind, place, virtual, physical, _, length, _, _ = struct.unpack(mark + "IIIIIIII", entry[:32])
            if kind == 1:
                segments.append((virtual, physical, length, place))
        return segments

    def physical(self, address):
        for virtual, physical, size, _ in self.segments:
            if virtual <= address < virtual + size:
                return physical + address - virtual
        raise LookupError(f"{address:#x} is in no segment")

    def bytes(self, address, size):
        """As the file has them."""
        for virtual, _, length, place in self.segments:
            if virtual <= address and address + size <= virtual + length:
                with open(self.elf, "rb") as file:
                    file.seek(place + address - virtual)
                    return file.read(size)
        raise LookupError(f"{address:#x} is in no segment")


class Layout(Image):
    """Structures and symbols of one kernel image, beside that."""

    def __init__(self, elf, load_offset=0):
        super().__init__(elf, load_offset)
        done = subprocess.run(["gdb-multiarch", "-q", "-nx", "-batch", "-x", LAYOUT, elf], capture_output=True, text=True,
                              check=False)
        line = next((text for text in done.stdout.splitlines() if text.startswith("LAYOUT ")), None)
        if not line:
            sys.exit(f"ennead: gdb does not tell the layout of {elf}:\n{done.stdout}{done.stderr}")
        found = json.loads(line.removeprefix("LAYOUT "))
        self.structs, self.symbols = found["structs"], found["symbols"]

    def offset(self, kind, field):
        return self.structs[kind]["fields"][field][0]

    def size(self, kind):
        return self.structs[kind]["size"]


class Memory:
    """Pieces of memory by their addresses. `window`: virtual less physical address where the kernel reaches RAM."""

    def __init__(self, layout):
        self.layout = layout
        self.pieces = []  # (virtual address, bytes)
        self.window = 0

    def add(self, address, data):
        self.pieces.append((address, data))

    def place(self, address, size):
        for base, data in self.pieces:
            if base <= address and address + size <= base + len(data):
                return data, address - base
        raise LookupError(f"nothing was kept of address {address:#x}")

    def number(self, address, size):
        data, at = self.place(address, size)
        return int.from_bytes(data[at:at + size], self.layout.order)

    def pointer(self, address):
        return self.number(address, self.layout.word)

    def at(self, kind, address):
        return Struct(self, kind, address)


class Struct:
    """One structure at an address: fields by name, as numbers."""

    def __init__(self, memory, kind, address):
        self.memory, self.kind, self.address = memory, kind, address

    def field(self, name, index=0):
        """Address and size."""
        offset, size, _ = self.memory.layout.structs[self.kind]["fields"][name]
        return self.address + offset + index * size, size

    def count(self, name):
        return self.memory.layout.structs[self.kind]["fields"][name][2]

    def __getitem__(self, name):
        return self.memory.number(*self.field(name))

    def element(self, name, index):
        return self.memory.number(*self.field(name, index))

    def members(self, head, kind, link):
        """Those in a list, in order."""
        start = self.field(head)[0]
        yield from list_members(self.memory, start, kind, link)


def list_members(memory, start, kind, link):
    offset, seen = memory.layout.offset(kind, link), 0
    at = memory.pointer(start)
    while at not in (0, start):
        seen += 1
        if seen > 1 << 16:
            raise LookupError("a list without end")
        yield memory.at(kind, at - offset)
        at = memory.pointer(at)
