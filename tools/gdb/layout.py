"""The layout of the kernel's structures, out of its debugging information: run by gdb with the kernel's image and no process.

Prints one JSON object: `structs` (name: size, fields by path as [offset, size, count], count 1 but for arrays), `symbols`."""
import json

import gdb

STRUCTS = ["cpu", "object", "node", "handler", "entry", "region", "pool", "space", "thread", "endpoint", "notification", "irq",
           "sched_context", "platform_clock"]
AGGREGATES = (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION)


def flatten(kind, prefix, base, fields):
    for field in kind.fields():
        inner = field.type.strip_typedefs()
        name, offset = prefix + (field.name or ""), base + field.bitpos // 8
        if inner.code in AGGREGATES:
            flatten(inner, name + "." if field.name else prefix, offset, fields)
            fields.setdefault(name, [offset, inner.sizeof, 1])
        elif inner.code == gdb.TYPE_CODE_ARRAY:
            first, last = inner.range()
            fields[name] = [offset, inner.sizeof // (last - first + 1), last - first + 1]
        else:
            fields[name] = [offset, inner.sizeof, 1]


def main():
    structs = {}
    for name in STRUCTS:
        kind = gdb.lookup_type(f"struct {name}")
        fields = {}
        flatten(kind, "", 0, fields)
        structs[name] = {"size": kind.sizeof, "fields": fields}
    symbols = {name: int(gdb.parse_and_eval(f"(unsigned long long)&{name}")) for name in ("cpus", "cpu_count", "platform_clock")}
    print("LAYOUT " + json.dumps({"structs": structs, "symbols": symbols}))


main()
