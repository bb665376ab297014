#!/usr/bin/env python3
"""Make a boot archive (the format stands at the end of kernel/abi/ennead/abi.h).

The root task's ELF file becomes the file "root", a flat memory image of text, read-only data and data; all other
files are packed as they are. Also says what is wrong with a root program that cannot be made such an image.
"""
import argparse
import os
import struct
import sys

PAGE = 4096
HEADER = struct.Struct("<8s10I")
FILE = struct.Struct("<24s2I")
FILES_MAX = 64
PT_LOAD, PF_X, PF_W = 1, 1, 2


class BadInput(Exception):
    """What the user is told."""


def align(size):
    return (size + PAGE - 1) & -PAGE


class Elf:
    """The parts of an ELF file, of either word size and byte order, that loading needs."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.bytes = file.read()
        if self.bytes[:4] != b"\x7fELF" or len(self.bytes) < 52:
            raise BadInput(f"{path}: not an ELF file")
        self.wide = self.bytes[4] == 2
        self.order = "<" if self.bytes[5] == 1 else ">"
        try:
            self._parse()
        except struct.error as error:
            raise BadInput(f"{path}: a truncated ELF file") from error

    def unpack(self, layout, offset):
        return struct.unpack_from(self.order + layout, self.bytes, offset)

    def _parse(self):
        self.machine = self.unpack("H", 18)[0]
        if self.wide:
            self.entry, phoff, shoff = self.unpack("QQQ", 24)
            phentsize, phnum, shentsize, shnum = self.unpack("HHHH", 54)
        else:
            self.entry, phoff, shoff = self.unpack("III", 24)
            phentsize, phnum, shentsize, shnum = self.unpack("HHHH", 42)
        self.segments = [self._segment(phoff + i * phentsize) for i in range(phnum)]
        self.segments = [s for s in self.segments if s["type"] == PT_LOAD and s["memsz"] > 0]
        self.sections = [self._section(shoff + i * shentsize) for i in range(shnum)]

    def _segment(self, at):
        if self.wide:
            names = ("type", "flags", "offset", "vaddr", "paddr", "filesz", "memsz")
            return dict(zip(names, self.unpack("IIQQQQQ", at)))
        names = ("type", "offset", "vaddr", "paddr", "filesz", "memsz", "flags")
        return dict(zip(names, self.unpack("IIIIIII", at)))

    def _section(self, at):
        names = ("name", "type", "flags", "addr", "offset", "size", "link", "info", "align", "entsize")
        return dict(zip(names, self.unpack("IIQQQQIIQQ" if self.wide else "IIIIIIIIII", at)))

    def symbol(self, wanted):
        for section in self.sections:
            if section["type"] != 2:
                continue
            names = self.sections[section["link"]]["offset"]
            for at in range(section["offset"], section["offset"] + section["size"], section["entsize"]):
                name = names + self.unpack("I", at)[0]
                end = self.bytes.index(b"\0", name)
                if self.bytes[name:end] == wanted.encode():
                    return self.unpack("Q", at + 8)[0] if self.wide else self.unpack("I", at + 4)[0]
        return None


def part_of(segment):
    if segment["flags"] & PF_W:
        if segment["flags"] & PF_X:
            raise BadInput("a segment of the root program is writable and executable: link it with separate ones")
        return 2
    return 0 if segment["flags"] & PF_X else 1


def flat_image(elf):
    """(address, sizes of text, read-only data, data, bytes)."""
    segments = sorted(elf.segments, key=lambda s: (part_of(s), s["vaddr"]))
    if not segments:
        raise BadInput(f"{elf.path}: no loadable segment")
    start = segments[0]["vaddr"]
    if start % PAGE != 0 or segments != sorted(segments, key=lambda s: s["vaddr"]):
        raise BadInput(f"{elf.path}: text, read-only data and data must follow each other from a page boundary")
    image, ends = bytearray(), [0, 0, 0]
    for segment in segments:
        at = segment["vaddr"] - start
        if at < len(image):
            raise BadInput(f"{elf.path}: segments share a page or overlap")
        image += bytes(at - len(image))
        image += elf.bytes[segment["offset"]:segment["offset"] + segment["filesz"]]
        image += bytes(align(at + segment["memsz"]) - len(image))
        ends[part_of(segment)] = len(image)
    # A gap between two parts belongs to the one before it.
    text = next((s["vaddr"] - start for s in segments if part_of(s) > 0), ends[0]) & -PAGE
    rodata = next((s["vaddr"] - start for s in segments if part_of(s) > 1), max(ends[:2])) & -PAGE
    return start, (text, rodata - text, len(image) - rodata), bytes(image)


def make(root_path, files):
    elf = Elf(root_path)
    address, parts, image = flat_image(elf)
    stack = elf.symbol("_stack_top") or elf.symbol("stack_top") or elf.symbol("__stack_top")
    if stack is None:
        raise BadInput(f"{root_path}: no symbol stack_top: the root program reserves its stack in its data")
    if max(address + len(image), elf.entry, stack) >> 32:
        raise BadInput(f"{root_path}: the root program lies above 4 GiB")
    contents = [("root", image)] + files
    if len(contents) > FILES_MAX:
        raise BadInput(f"{len(contents)} files, and an archive holds {FILES_MAX}")
    return pack(contents, (address, elf.entry, *parts, stack), elf.machine)


def loadable(path, data):
    """An ELF file's headers and segments: symbols and debug information stay on the host. Other files: all."""
    if data[:4] != b"\x7fELF":
        return data
    try:
        segments = Elf(path).segments
    except BadInput:
        return data  # the root task says what is wrong with it
    return data[:max((s["offset"] + s["filesz"] for s in segments), default=len(data))]


def pack(contents, root, machine):
    table, body = b"", b""
    offset = align(HEADER.size + FILE.size * len(contents))
    names = set()
    for name, data in contents:
        if len(name.encode()) >= 24 or name in names:
            raise BadInput(f"file name '{name}' is used twice or has more than 23 bytes")
        names.add(name)
        table += FILE.pack(name.encode(), offset + len(body), len(data))
        body += data + bytes(align(len(data)) - len(data))
    head = HEADER.size + len(table)
    header = [b"ENNEADv1", offset + len(body), len(contents), *root, 0, machine]
    archive = HEADER.pack(*header) + table + bytes(offset - head) + body
    header[9] = sum(struct.unpack(f"<{len(archive) // 4}I", archive)) & 0xffffffff
    return HEADER.pack(*header) + archive[HEADER.size:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", required=True)
    parser.add_argument("--root", required=True, help="ELF file of the root task")
    parser.add_argument("files", nargs="*", help="FILE or NAME=FILE")
    args = parser.parse_args()
    try:
        files = []
        for item in args.files:
            name, _, path = item.rpartition("=")
            with open(path, "rb") as file:
                files.append((name or os.path.basename(path), loadable(path, file.read())))
        archive = make(args.root, files)
    except (BadInput, OSError) as error:
        sys.exit(f"mkarchive: {error}")
    with open(args.output, "wb") as file:
        file.write(archive)


if __name__ == "__main__":
    main()
