#!/usr/bin/env python3
"""Generate client stubs and server skeletons from interface descriptions.

A description holds one protocol:

    # a comment runs to the end of the line
    protocol NAME NUMBER [kernel]
    OPERATION NUMBER (TYPE NAME, ...) [-> (TYPE NAME, ...)]

`kernel` marks the kernel's own objects, which need no server side. Types: u64, u32, bool, name (a short text), data
(bytes, once, last), fields (any number of 64-bit values, once, last), word (a machine word), cap (a capability), item (a
typed item; as an argument it may be none), page (a flexpage into a window; a result only).

Messages use 64-bit fields in the order written, so one description gives the same protocol on every port. Words are for what has
the machine's own width: one way of an operation has either words or fields.
"""
import argparse
import os
import re
import sys

SCALARS = {"u64": "uint64_t", "u32": "uint32_t", "bool": "bool", "word": "ennead_word"}
ITEMS = {"cap", "item", "page"}
TAILS = {"data", "fields"}
FIELDS_OF = {"u64": 1, "u32": 1, "bool": 1, "word": 1, "name": 3, "data": 1, "fields": 0}
REGISTER_WORDS = 4
STRUCT_FROM = 4  # as many scalar results and more come in a struct


class Malformed(Exception):
    def __init__(self, place, text):
        super().__init__(f"{place}: {text}")


class Param:
    def __init__(self, kind, name):
        self.kind, self.name, self.field = kind, name, 0


class Operation:
    def __init__(self, name, number, ins, outs):
        self.name, self.number, self.ins, self.outs = name, number, ins, outs
        self.in_fields, self.out_fields = layout(ins), layout(outs)

    def struct_out(self):
        return sum(p.kind in SCALARS or p.kind == "name" for p in self.outs) >= STRUCT_FROM


class Protocol:
    def __init__(self, name, number, kernel):
        self.name, self.number, self.kernel, self.operations = name, number, kernel, []


def layout(params):
    """Give each parameter its first field; return the number of fields."""
    count = 0
    for p in params:
        p.field = count
        count += FIELDS_OF.get(p.kind, 0)
    return count


def is_of_words(params):
    return any(p.kind == "word" for p in params)


def words_of(params):
    """The C expression of how many words the parameters' fields take, and of an array that holds them in registers."""
    count = sum(FIELDS_OF.get(p.kind, 0) for p in params)
    if is_of_words(params):
        return f"{count}u", f"{max(count, REGISTER_WORDS)}u"
    return f"ENNEAD_FIELDS({count})", f"ENNEAD_BUFFER({count})"


def item_of(params):
    return next((p for p in params if p.kind in ITEMS), None)


def tail_of(params):
    return next((p for p in params if p.kind in TAILS), None)


# ---- reading ----


def logical_lines(path):
    """(line number, text) with comments gone and lines joined until their parentheses close."""
    held, start = "", 0
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.split("#", 1)[0].strip()
            if not line:
                continue
            start = start if held else number
            held = f"{held} {line}".strip()
            if held.count("(") > held.count(")") or held.endswith("->"):
                continue
            yield start, held
            held = ""
    if held:
        raise Malformed(f"{path}:{start}", "a parenthesis opened here is never closed")


def parse_params(text, result, place):
    params, names = [], set()
    for part in filter(None, (p.strip() for p in text.split(","))):
        words = part.split()
        if len(words) != 2 or not re.fullmatch(r"[a-z][a-z0-9_]*", words[1]):
            raise Malformed(place, f"expected TYPE NAME, found '{part}'")
        kind, name = words
        if kind not in FIELDS_OF and kind not in ITEMS:
            raise Malformed(place, f"unknown type '{kind}'; known: {', '.join(sorted(set(FIELDS_OF) | ITEMS))}")
        if name in names:
            raise Malformed(place, f"'{name}' appears twice")
        if kind == "page" and not result:
            raise Malformed(place, "'page' can only be a result; send a page as 'item'")
        names.add(name)
        params.append(Param(kind, name))
    if sum(p.kind in ITEMS for p in params) > 1:
        raise Malformed(place, "at most one capability, page or item each way")
    if is_of_words(params) and any(p.kind != "word" and p.kind not in ITEMS for p in params):
        raise Malformed(place, "words and fields in one message")
    for p in params[:-1]:
        if p.kind in TAILS:
            raise Malformed(place, f"'{p.kind} {p.name}' must come last")
    return params


OPERATION = re.compile(r"([a-z][a-z0-9_]*)\s+(\d+)\s*\(([^()]*)\)(?:\s*->\s*\(([^()]*)\))?")


def parse_operation(text, protocol, place):
    match = OPERATION.fullmatch(text)
    if not match:
        raise Malformed(place, f"expected NAME NUMBER (TYPE NAME, ...) [-> (...)], found '{text}'")
    name, number = match[1], int(match[2])
    if number > 255:
        raise Malformed(place, f"operation number {number} is above 255")
    for other in protocol.operations:
        if name == other.name or number == other.number:
            raise Malformed(place, f"operation '{name}' {number} repeats '{other.name}' {other.number}")
    ins = parse_params(match[3], False, place)
    outs = parse_params(match[4] or "", True, place)
    for p in ins:
        if any(p.name == o.name for o in outs):
            raise Malformed(place, f"'{p.name}' is both argument and result")
    if not protocol.kernel and any(p.kind == "fields" for p in ins + outs):
        raise Malformed(place, "'fields' is for the kernel's protocols; use 'data'")
    return Operation(name, number, ins, outs)


def parse(path):
    protocol = None
    for number, text in logical_lines(path):
        place = f"{path}:{number}"
        if text.startswith("protocol "):
            match = re.fullmatch(r"protocol ([a-z][a-z0-9_]*) (\d+)( kernel)?", text)
            if not match or int(match[2]) > 255:
                raise Malformed(place, f"expected 'protocol NAME NUMBER [kernel]', NUMBER below 256, found '{text}'")
            if protocol:
                raise Malformed(place, "one file describes one protocol")
            protocol = Protocol(match[1], int(match[2]), bool(match[3]))
        elif protocol is None:
            raise Malformed(place, "the first line must be 'protocol NAME NUMBER'")
        else:
            protocol.operations.append(parse_operation(text, protocol, place))
    if protocol is None or not protocol.operations:
        raise Malformed(path, "no protocol with operations")
    return protocol


# ---- writing: common ----


def out_struct(protocol, op):
    return f"struct {protocol.name}_{op.name}_out"


def write_common(protocol, out):
    guard = f"{protocol.name.upper()}_PROTOCOL_H"
    out(f"/* Generated by tools/idl.py: numbers and results of protocol {protocol.name}. */")
    out(f"#ifndef {guard}\n#define {guard}\n\n#include <ennead/ipc.h>\n")
    if not protocol.kernel:
        out(f"#define {protocol.name.upper()}_PROTOCOL {protocol.number}u")
        for op in protocol.operations:
            out(f"#define {protocol.name.upper()}_{op.name.upper()} {op.number}u")
    for op in filter(Operation.struct_out, protocol.operations):
        out(f"\n{out_struct(protocol, op)} {{")
        for p in op.outs:
            if p.kind in SCALARS or p.kind == "name":
                out(f"    {SCALARS.get(p.kind, 'struct ennead_name')} {p.name};")
        out("};")
    out("\n#endif")


# ---- writing: client ----


def client_params(protocol, op):
    params = ["uint32_t ennead_slot"]
    for p in op.ins:
        params += {
            "name": [f"const char *{p.name}"],
            "data": [f"const void *{p.name}", f"size_t {p.name}_bytes"],
            "fields": [f"const uint64_t *{p.name}", f"unsigned {p.name}_count"],
            "cap": [f"uint32_t {p.name}"],
            "item": [f"struct ennead_item {p.name}"],
        }.get(p.kind) or [f"{SCALARS[p.kind]} {p.name}"]
    if op.struct_out():
        params.append(f"{out_struct(protocol, op)} *out")
    for p in op.outs:
        if p.kind in SCALARS or p.kind == "name":
            if not op.struct_out():
                params.append(f"{SCALARS.get(p.kind, 'struct ennead_name')} *{p.name}")
        else:
            params += {
                "data": [f"void *{p.name}", f"size_t *{p.name}_bytes"],
                "fields": [f"uint64_t *{p.name}", f"unsigned *{p.name}_count"],
                "cap": [f"uint32_t {p.name}"],
                "item": [f"uint32_t {p.name}"],
                "page": [f"uint64_t {p.name}_window", f"unsigned {p.name}_order_log2"],
            }[p.kind]
    return params


def client_send(op, out):
    """Statements that fill words and items; returns the tag's expression for words and for items."""
    tail, item = tail_of(op.ins), item_of(op.ins)
    items = "0"
    words, array = words_of(op.ins)
    out(f"    ennead_word w[{array}] = {{0}};")
    for p in op.ins:
        if p.kind == "word":
            out(f"    w[{p.field}] = {p.name};")
        elif p.kind in SCALARS:
            out(f"    ennead_put(w, {p.field}, {p.name});")
        elif p.kind == "name":
            out(f"    ennead_put_name(w, {p.field}, {p.name});")
        elif p.kind == "data":
            out(f"    ennead_put(w, {p.field}, {p.name}_bytes);")
    out(f"    ennead_overflow(w, {words});")
    if tail and tail.kind == "data":
        start = f"ENNEAD_DATA_WORD({op.in_fields})"
        out(f"    ennead_put_data({start}, {tail.name}, {tail.name}_bytes);")
        words = f"{start} + ENNEAD_DATA_WORDS({tail.name}_bytes)"
    elif tail:
        out(f"    ennead_put_fields(w, {op.in_fields}, {tail.name}, {tail.name}_count);")
        words = f"ENNEAD_FIELDS({op.in_fields} + {tail.name}_count)"
    if item:
        value = item.name if item.kind == "item" else f"ennead_item_cap({item.name}, ENNEAD_RIGHTS_ALL, 0)"
        out(f"    ennead_put_item(0, {value});")
        items = "1" if item.kind == "cap" else f"({item.name}.kind != ENNEAD_ITEM_NONE)"
    return words, items


def client_receive(op, out):
    where = "out->" if op.struct_out() else "*"
    for p in op.outs:
        if p.kind == "word":
            out(f"    {where}{p.name} = ennead_word_at(&msg, {p.field});")
        elif p.kind in SCALARS:
            out(f"    {where}{p.name} = ({SCALARS[p.kind]})ennead_get(&msg, {p.field});")
        elif p.kind == "name":
            out(f"    {where}{p.name} = ennead_get_name(&msg, {p.field});")
        elif p.kind == "data":
            out(f"    *{p.name}_bytes = ennead_get_data(&msg, ENNEAD_DATA_WORD({op.out_fields}), "
                f"ennead_get(&msg, {p.field}), {p.name}, *{p.name}_bytes);")
        elif p.kind == "fields":
            out(f"    *{p.name}_count = ennead_get_fields(&msg, {op.out_fields}, {p.name}, *{p.name}_count);")


def write_client_operation(protocol, op, out):
    tail, item = tail_of(op.ins), item_of(op.outs)
    out(f"\nstatic inline __attribute__((warn_unused_result)) enum ennead_error {protocol.name}_{op.name}(")
    out("    " + ", ".join(client_params(protocol, op)) + ")\n{")
    if tail:
        limit = "ENNEAD_DATA_BYTES" if tail.kind == "data" else "ENNEAD_FIELDS_MAX"
        size = f"{tail.name}_bytes" if tail.kind == "data" else f"{tail.name}_count"
        out(f"    if ({size} > {limit})\n        return ENNEAD_RANGE;")
    words, items = client_send(op, out)
    if item:
        window = (f"ennead_window_memory({item.name}_window, {item.name}_order_log2)"
                  if item.kind == "page" else f"ennead_window_caps({item.name}, 1)")
        out(f"    {window};")
    out(f"    struct ennead_msg msg = ennead_call(ennead_slot, ENNEAD_TAG({protocol.number}, {op.number}, "
        f"{words}, {items}), w);")
    if item:
        out("    ennead_window_close();")
    fields = any(p.kind not in ITEMS for p in op.outs)
    if fields:
        out("    if (ENNEAD_UNLIKELY(ennead_outcome(&msg) != ENNEAD_OK))\n        return ennead_outcome(&msg);")
        client_receive(op, out)
    out("    return ENNEAD_OK;\n}" if fields else "    return ennead_outcome(&msg);\n}")


def write_client(protocol, out):
    guard = f"{protocol.name.upper()}_CLIENT_H"
    out(f"/* Generated by tools/idl.py: client stubs of protocol {protocol.name}. */")
    out(f"#ifndef {guard}\n#define {guard}\n\n#include <{protocol.name}_protocol.h>")
    if any(p.kind == "fields" for op in protocol.operations for p in op.ins + op.outs):
        out("#include <ennead/fields.h>")
    for op in protocol.operations:
        write_client_operation(protocol, op, out)
    out("\n#endif")


# ---- writing: server ----


def server_params(protocol, op):
    params = ["uint32_t badge"]
    for p in op.ins:
        params += {
            "name": [f"const char *{p.name}"],
            "data": [f"const void *{p.name}", f"size_t {p.name}_bytes"],
            "cap": [f"const struct ennead_item *{p.name}"],
            "item": [f"const struct ennead_item *{p.name}"],
        }.get(p.kind) or [f"{SCALARS[p.kind]} {p.name}"]
    if op.struct_out():
        params.append(f"{out_struct(protocol, op)} *out")
    for p in op.outs:
        if p.kind in SCALARS or p.kind == "name":
            if not op.struct_out():
                params.append(f"{SCALARS.get(p.kind, 'struct ennead_name')} *{p.name}")
        elif p.kind == "data":
            params += [f"void *{p.name}", f"size_t *{p.name}_bytes"]
        else:
            params.append(f"struct ennead_item *{p.name}")
    return params


def server_arguments(protocol, op, out):
    """Locals for one operation; returns the call's arguments."""
    arguments = ["msg->badge"]
    for p in op.ins:
        if p.kind == "word":
            arguments.append(f"ennead_word_at(msg, {p.field})")
        elif p.kind in SCALARS:
            arguments.append(f"({SCALARS[p.kind]})ennead_get(msg, {p.field})")
        elif p.kind == "name":
            out(f"    struct ennead_name in_{p.name} = ennead_get_name(msg, {p.field});")
            arguments.append(f"in_{p.name}.text")
        elif p.kind == "data":
            start = f"ENNEAD_DATA_WORD({op.in_fields})"
            arguments += [f"ennead_data({start})", f"ennead_data_bytes(msg, {start}, ennead_get(msg, {p.field}))"]
        else:
            out(f"    struct ennead_item in_{p.name} = ennead_get_item(msg);")
            arguments.append(f"&in_{p.name}")
    if op.struct_out():
        out(f"    {out_struct(protocol, op)} results = {{0}};")
        arguments.append("&results")
    for p in op.outs:
        if p.kind in SCALARS or p.kind == "name":
            if not op.struct_out():
                kind = SCALARS.get(p.kind, "struct ennead_name")
                out(f"    {kind} out_{p.name} = {'{0}' if p.kind == 'name' else '0'};")
                arguments.append(f"&out_{p.name}")
        elif p.kind == "data":
            out(f"    size_t out_{p.name}_bytes = ENNEAD_DATA_BYTES;")
            arguments += [f"&ennead_utcb()->words[ENNEAD_DATA_WORD({op.out_fields})]", f"&out_{p.name}_bytes"]
        else:
            out(f"    struct ennead_item out_{p.name} = {{0}};")
            arguments.append(f"&out_{p.name}")
    return arguments


def server_results(op, out):
    where = "results." if op.struct_out() else "out_"
    items = "0"
    words, array = words_of(op.outs)
    out(f"    ennead_word w[{array}] = {{0}};")
    fixed = words
    for p in op.outs:
        if p.kind == "word":
            out(f"    w[{p.field}] = {where}{p.name};")
        elif p.kind in SCALARS:
            out(f"    ennead_put(w, {p.field}, {where}{p.name});")
        elif p.kind == "name":
            out(f"    ennead_put_name(w, {p.field}, {where}{p.name}.text);")
        elif p.kind == "data":
            out(f"    ennead_put(w, {p.field}, out_{p.name}_bytes);")
            out(f"    ennead_pad_data(ENNEAD_DATA_WORD({op.out_fields}), out_{p.name}_bytes);")
            words = f"ENNEAD_DATA_WORD({op.out_fields}) + ENNEAD_DATA_WORDS(out_{p.name}_bytes)"
        else:
            out(f"    ennead_put_item(0, out_{p.name});")
            items = f"(out_{p.name}.kind != ENNEAD_ITEM_NONE)"
    out(f"    ennead_overflow(w, {fixed});")
    out(f"    *msg = (struct ennead_msg){{.tag = ENNEAD_TAG(0, 0, {words}, {items}), "
        ".w = {w[0], w[1], w[2], w[3]}};")


def write_server_operation(protocol, op, out):
    out(f"\nstatic inline bool {protocol.name}_take_{op.name}(struct ennead_msg *msg)\n{{")
    if op.in_fields:
        out(f"    if (ENNEAD_UNLIKELY(ENNEAD_TAG_WORDS(msg->tag) < {words_of(op.ins)[0]}))")
        out("        return ennead_answer(msg, ENNEAD_INVALID_ARG), true;")
    arguments = server_arguments(protocol, op, out)
    out(f"    enum ennead_error error = {protocol.name}_serve_{op.name}({', '.join(arguments)});")
    out("    if (ENNEAD_UNLIKELY(error != ENNEAD_OK))")
    out("        return ennead_answer(msg, error), error != ENNEAD_DEFERRED;")
    server_results(op, out)
    out("    return true;\n}")


def write_server(protocol, out):
    guard = f"{protocol.name.upper()}_SERVER_H"
    out(f"/* Generated by tools/idl.py: server side of protocol {protocol.name}. */")
    out(f"#ifndef {guard}\n#define {guard}\n\n#include <{protocol.name}_protocol.h>\n")
    out("/* The server defines these; data is valid until its next system call, results of type data go last. */")
    for op in protocol.operations:
        out(f"enum ennead_error {protocol.name}_serve_{op.name}({', '.join(server_params(protocol, op))});")
    for op in protocol.operations:
        write_server_operation(protocol, op, out)
    out("\n/* Serve one message and turn it into its answer; false if there is none to send now. */")
    out(f"static inline bool {protocol.name}_dispatch(struct ennead_msg *msg)\n{{")
    out("    switch (ENNEAD_TAG_LABEL(msg->tag)) {")
    for op in protocol.operations:
        out(f"    case {protocol.number}u << 8 | {op.number}u:\n        return {protocol.name}_take_{op.name}(msg);")
    out("    default:\n        return ennead_answer(msg, ENNEAD_INVALID_OP), true;\n    }\n}")
    out("\n/* The loop of a server to which nothing else is sent. */")
    out(f"static inline _Noreturn void {protocol.name}_loop(uint32_t endpoint)\n{{")
    out("    struct ennead_msg msg = ennead_recv(endpoint);\n    for (;;)")
    out(f"        msg = {protocol.name}_dispatch(&msg) ? ennead_reply_recv(endpoint, &msg) : ennead_recv(endpoint);")
    out("}\n\n#endif")


def emit(path, writer, protocol):
    lines = []
    writer(protocol, lines.append)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="directory for the headers")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    numbers = {}
    try:
        for path in options.files:
            protocol = parse(path)
            if protocol.number in numbers:
                raise Malformed(path, f"protocol number {protocol.number} is that of {numbers[protocol.number]}")
            numbers[protocol.number] = path
            base = os.path.join(options.out, protocol.name)
            emit(f"{base}_protocol.h", write_common, protocol)
            emit(f"{base}_client.h", write_client, protocol)
            if not protocol.kernel:
                emit(f"{base}_server.h", write_server, protocol)
    except (Malformed, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
