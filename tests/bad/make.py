#!/usr/bin/env python3
"""Makes the malformed boot archives beside it, which are kept so that the inputs can be looked at."""
import os
import struct

HEADER = struct.Struct("<8s10I")
FILE = struct.Struct("<24s2I")
BASE = 0x400000
HERE = os.path.dirname(os.path.abspath(__file__))


def archive(name, files=(("root", 4096, 4096),), size=8192, parts=(4096, 0, 0), address=BASE, entry=BASE, magic=b"ENNEADv1",
            count=None, damage=0, keep=None):
    """An archive whose one page of contents is zero; each argument is a field that a case makes wrong."""
    table = b"".join(FILE.pack(f.encode(), offset, length) for f, offset, length in files)
    fields = [magic, size, len(files) if count is None else count, address, entry, *parts, address + 4096, 0, 62]
    body = table + bytes(8192 - HEADER.size - len(table))
    total = sum(struct.unpack("<2048I", HEADER.pack(*fields) + body))
    fields[9] = (total + damage) & 0xffffffff
    with open(os.path.join(HERE, f"{name}.archive"), "wb") as file:
        file.write((HEADER.pack(*fields) + body)[:keep])


archive("bad-magic", magic=b"ENNEADv9")
archive("truncated", keep=4096)
archive("bad-checksum", damage=1)
archive("no-root", files=(("boot", 4096, 4096),))
archive("too-many-files", count=5000)
archive("root-outside", files=(("root", 4096, 8192),))
archive("parts-beyond-file", parts=(4096, 4096, 0))
archive("parts-not-pages", parts=(4000, 0, 0))
archive("root-in-kernel", address=0, entry=0)
archive("entry-outside", entry=BASE + 8192)
