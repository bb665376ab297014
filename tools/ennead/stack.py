"""How deep a kernel's stack gets, from gcc's own call graph (-fcallgraph-info=su): the deepest path from any function
that no C calls, and on it what the port says that interrupts and faults add (kernel/arch/<isa>/stack.json). A call
through a pointer goes to what the sources put there: the table below says where to look, and a call through a pointer
in a file that it does not name is a problem; so are recursion, a stack of unknown size and a function of unknown depth."""
import glob
import json
import os
import re

import build

NODE = re.compile(r'^node: \{ title: "([^"]*)" label: "([^"]*)"')
EDGE = re.compile(r'^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)" label: "([^"]*)"')
BYTES = re.compile(r"\\n(\d+) bytes \(([\w,]+)\)")
POINTER = "__indirect_call"
FOREIGN = "-source/"  # of a library: what nobody calls there is not in the image

# File with calls through pointers: where the functions are named that it can reach, and how.
OPERATION = r"\[ENNEAD_\w+\] = \{?(\w+)"
INDIRECT = {
    **{f"kernel/generic/{name}.c": [f"kernel/generic/{name}.c", OPERATION]
       for name in ("invoke", "pool_ops", "region", "space_ops", "thread_ops", "notification", "irq", "sched_context")},
    "kernel/generic/clock.c": ["kernel/generic/*.c", r"expire = (\w+);"],
    "kernel/generic/destroy.c": ["kernel/generic/destroy.c", r"\brun\((\w+_step),"],
}


class Problem(Exception):
    pass


class Graph:
    def __init__(self, target, port):
        self.bytes, self.calls, self.pointers = dict(port["assembly"]), {}, {}
        self.foreign = set()
        for path in glob.glob(os.path.join(build.folder(target), "kernel", "**", "*.ci"), recursive=True):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    self.read(line)
        table = {**INDIRECT, **port["indirect"]}
        for caller, place in self.pointers.items():
            self.calls.setdefault(caller, set()).update(self.reached(place, table))

    def read(self, line):
        node = NODE.match(line)
        if node:
            size = BYTES.search(node.group(2))
            if FOREIGN in node.group(2):
                self.foreign.add(node.group(1))
            if size and size.group(2) not in ("static", "dynamic,bounded"):
                raise Problem(f"{node.group(1)}: a stack frame without bound")
            if size:
                self.bytes[node.group(1)] = int(size.group(1))
        edge = EDGE.match(line)
        if edge and edge.group(2) == POINTER:
            self.pointers[edge.group(1)] = os.path.relpath(edge.group(3).split(":")[0], build.SOURCE)
        elif edge:
            self.calls.setdefault(edge.group(1), set()).add(edge.group(2))

    def reached(self, place, table):
        if place not in table:
            raise Problem(f"{place}: a call through a pointer; say in tools/ennead/stack.py what it can reach")
        files, pattern = table[place]
        found = set()
        for path in glob.glob(os.path.join(build.SOURCE, files)):
            with open(path, encoding="utf-8") as file:
                found |= {(path, name) for name in re.findall(pattern, file.read())}
        if not found:
            raise Problem(f"{place}: nothing found that its calls through pointers reach")
        return {title for path, name in found for title in self.titles(path, name)}

    def titles(self, path, name):
        """A function that gcc made no code for was inlined wherever it is used: no pointer leads to it."""
        return [title for title in (f"{path}:{name}", name) if title in self.bytes]

    def roots(self):
        called = {name for names in self.calls.values() for name in names}
        return [name for name in self.bytes if name not in called | self.foreign]

    def deepest(self, name, path=(), known=None):
        """(bytes, the path)"""
        if name in path:
            raise Problem(f"recursion: {' -> '.join(short(n) for n in (*path[path.index(name):], name))}")
        if name in known:
            return known[name]
        if name not in self.bytes:
            raise Problem(f"{name}(): gcc says nothing of its stack; an assembly function stands in the port's stack.json")
        below, way = max((self.deepest(n, (*path, name), known) for n in self.calls.get(name, ())), default=(0, ()))
        known[name] = self.bytes[name] + below, (name, *way)
        return known[name]


def short(name):
    return name.rsplit(":", 1)[-1]


def available(port):
    size = port["size"]
    with open(os.path.join(build.SOURCE, size["file"]), encoding="utf-8") as file:
        found = re.search(rf"#define {size['define']} +(0x[0-9a-fA-F]+|\d+)", file.read())
    return int(found.group(1), 0) - size["guard"]


def measure(target):
    """(bytes needed, bytes there are, what to say of it); raises Problem."""
    path = os.path.join(build.SOURCE, "kernel", "arch", build.isa_of(target), "stack.json")
    with open(path, encoding="utf-8") as file:
        port = json.load(file)
    graph = Graph(target, port)
    if not graph.calls:
        raise Problem("no call graph: build the target again")
    known = {}
    depth, way = max(graph.deepest(root, (), known) for root in graph.roots())
    interrupt = port["nested"] * (port["frame"] + graph.deepest(port["entry"], (), known)[0])
    there = available(port)
    said = (f"{target}: stack: {depth + interrupt} of {there} bytes: {interrupt} for interrupts and faults, {depth} by\n"
            f"      {' > '.join(short(name) for name in way)}")
    return depth + interrupt, there, said
