"""gdb commands that show a stopped Ennead kernel: `ennead help` lists them. Loaded by `./ennead debug`."""
import glob
import os

import gdb

TYPES = ["none", "region", "pool", "space", "thread", "endpoint", "notification", "irq", "sched_context", "vcpu", "reply"]
STATES = ["stopped", "ready", "sending", "receiving", "calling", "waiting", "starved"]
KINDS = ["empty", "capability", "mapping", "utcb", "reply"]
SLOTS_PER_PAGE = 128
PAGE_BYTES = 4096


def nodes():
    """All nodes of the derivation tree, in preorder."""
    head = gdb.parse_and_eval("&'node.c'::head")
    node = head["next"]
    while int(node) not in (0, int(head)):
        yield node
        node = node["next"]


def objects(kind=None):
    """Every object that the tree names, once."""
    seen = set()
    for node in nodes():
        address = int(node["object"])
        if address and address not in seen:
            seen.add(address)
            if kind is None or TYPES[int(node["object"]["type"])] == kind:
                yield node["object"]


def cast(obj, name):
    return obj.cast(gdb.lookup_type(f"struct {name}").pointer())


def rights(value):
    return "".join(letter if int(value) >> bit & 1 else "-" for bit, letter in enumerate("rwxcp"))


def label(obj):
    return f"{TYPES[int(obj['type'])]} {int(obj):#x}" if int(obj) else "nothing"


def entry_of(node):
    """A mapping's entry begins with its node."""
    return node.cast(gdb.lookup_type("struct entry").pointer())


def show_threads():
    print(f"{'thread':18} {'space':18} {'state':10} {'prio':>4} {'pc':>18} blocked on")
    for obj in objects("thread"):
        thread = cast(obj, "thread")
        frame = thread["context"]["frame"]
        other = next((int(thread[name]) for name in ("endpoint", "notification_waited", "holder") if int(thread[name])), 0)
        print(f"{int(obj):#018x} {int(thread['space']):#018x} {STATES[int(thread['state'])]:10} {int(thread['priority']):>4} "
              f"{int(frame['rip']):#18x} {hex(other) if other else ''}")


def show_spaces():
    print(f"{'space':18} {'slots':>6} {'free entries':>12} {'free tables':>11}  CPUs")
    for obj in objects("space"):
        space = cast(obj, "space")
        print(f"{int(obj):#018x} {int(space['slot_pages']) * SLOTS_PER_PAGE:>6} {int(space['free_entry_count']):>12} "
              f"{int(space['mmu']['free_count']):>11}  {int(space['cpus_active']):b}")


def show_capabilities(address):
    space = gdb.Value(address).cast(gdb.lookup_type("struct space").pointer())
    for page in range(int(space["slot_pages"])):
        for index in range(SLOTS_PER_PAGE):
            node = space["slots"][page][index]
            if int(node["kind"]):
                print(f"{page * SLOTS_PER_PAGE + index:6} {label(node['object']):34} {rights(node['rights'])} "
                      f"badge {int(node['badge']):#x} depth {int(node['depth'])}")


def show_map(address):
    space = gdb.Value(address).cast(gdb.lookup_type("struct space").pointer())
    link_offset = next(field.bitpos // 8 for field in gdb.lookup_type("struct entry").fields() if field.name is None)

    def walk(link):
        if not int(link):
            return
        walk(link["child"][0])
        entry = gdb.Value(int(link) - link_offset).cast(gdb.lookup_type("struct entry").pointer())
        print(f"{int(link['key']):#14x} {1 << int(entry['order_log2']):>#10x} bytes {rights(entry['node']['rights'])} "
              f"physical {int(entry['phys']):#x}  {KINDS[int(entry['node']['kind'])]}")
        walk(link["child"][1])

    walk(space["map"]["root"])


def show_tree():
    for node in nodes():
        text = label(node["object"])
        if KINDS[int(node["kind"])] == "mapping":
            entry = entry_of(node)
            text = f"mapping {int(entry['link']['key']):#x} in space {int(entry['space']):#x}, {1 << int(entry['order_log2']):#x} bytes"
        print(f"{'  ' * (int(node['depth']) - 1)}{text} {rights(node['rights'])} badge {int(node['badge']):#x}")


def show_cpus():
    for index in range(int(gdb.parse_and_eval("cpu_count"))):
        cpu = gdb.parse_and_eval(f"cpus[{index}]")
        print(f"cpu {index}: thread {int(cpu['current']):#x} space {int(cpu['space']):#x} ready mask {int(cpu['ready_mask']):#x}")


def load_symbols(component):
    """The symbols of one program: `x` and breakpoints by name, while one of its threads runs."""
    build = os.path.dirname(os.path.dirname(gdb.objfiles()[0].filename))
    for path in glob.glob(os.path.join(build, "**", component), recursive=True):
        if os.path.isfile(path):
            gdb.execute(f"add-symbol-file {path}")
            return
    raise gdb.GdbError(f"no program '{component}' below {build}")


class Ennead(gdb.Command):
    """ennead threads | spaces | caps SPACE | map SPACE | tree | cpus | symbols COMPONENT

SPACE is an address, as `ennead spaces` prints it."""

    def __init__(self):
        super().__init__("ennead", gdb.COMMAND_DATA)

    def invoke(self, argument, _from_tty):
        words = gdb.string_to_argv(argument)
        plain = {"threads": show_threads, "spaces": show_spaces, "tree": show_tree, "cpus": show_cpus}
        of_space = {"caps": show_capabilities, "map": show_map}
        if len(words) == 1 and words[0] in plain:
            plain[words[0]]()
        elif len(words) == 2 and words[0] in of_space:
            of_space[words[0]](int(gdb.parse_and_eval(words[1])))
        elif len(words) == 2 and words[0] == "symbols":
            load_symbols(words[1])
        else:
            print(self.__doc__)

    def complete(self, text, _word):
        return [w for w in ("threads", "spaces", "caps", "map", "tree", "cpus", "symbols", "help") if w.startswith(text)]


Ennead()
