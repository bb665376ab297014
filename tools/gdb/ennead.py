"""gdb commands that show a stopped Ennead kernel: `ennead help` lists them. Loaded by `./ennead debug`."""
import glob
import os

import gdb

TYPES = ["none", "region", "pool", "space", "thread", "endpoint", "notification", "irq", "sched_context", "vcpu", "reply"]
STATES = ["stopped", "ready", "sending", "receiving", "calling", "waiting", "starved"]
KINDS = ["empty", "capability", "mapping", "utcb", "reply"]
SLOTS_PER_PAGE = 128
PAGE_BYTES = 4096
NODES_MAX = 1 << 18  # a list that is longer was caught in the middle of a change
ROOT_SPACE_SLOT, ROOT_THREAD_SLOT, ROOT_PRIORITY = 1, 2, 63
NAME_BYTES = 24
# Where a port's context holds the pc: the first of these that it has. On some it is in a frame below the context.
PROGRAM_COUNTERS = (("frame", "pc"), ("pc",))
FRAMES_BELOW = (("struct x86_frame", "rip"), ("struct riscv_frame", "pc"))


def nodes():
    """All nodes of the derivation tree, in preorder."""
    head = gdb.parse_and_eval("&'node.c'::head")
    node = head["next"]
    for _ in range(NODES_MAX):
        if int(node) in (0, int(head)):
            return
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
    """What the object's header belongs to."""
    kind = gdb.lookup_type(f"struct {name}")
    return gdb.Value(int(obj) - kind["object"].bitpos // 8).cast(kind.pointer())


def rights(value):
    return "".join(letter if int(value) >> bit & 1 else "-" for bit, letter in enumerate("rwxcp"))


def label(obj):
    return f"{TYPES[int(obj['type'])]} {int(obj):#x}" if int(obj) else "nothing"


def entry_of(node):
    """A mapping's entry begins with its node."""
    return node.cast(gdb.lookup_type("struct entry").pointer())


def entries_of(space):
    """The map entries of a space, by address."""
    link_offset = next(field.bitpos // 8 for field in gdb.lookup_type("struct entry").fields() if field.name is None)
    pointer = gdb.lookup_type("struct entry").pointer()

    def walk(link):
        if int(link):
            yield from walk(link["child"][0])
            yield gdb.Value(int(link) - link_offset).cast(pointer)
            yield from walk(link["child"][1])

    yield from walk(space["map"]["root"])


def slot_of(space, index):
    return space["slots"][index // SLOTS_PER_PAGE][index % SLOTS_PER_PAGE]


def is_root(space):
    """The root task holds itself in the first slots of its table, and runs at the highest priority."""
    thread = slot_of(space, ROOT_THREAD_SLOT)["object"]
    return (int(slot_of(space, ROOT_SPACE_SLOT)["object"]) == int(space) and int(thread) != 0
            and TYPES[int(thread["type"])] == "thread" and int(cast(thread, "thread")["priority"]) == ROOT_PRIORITY)


def physical(address, size):
    """Memory that the kernel need not see: the emulator reads it by physical address if told to."""
    gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    finally:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)


class Names:
    """What components are called: their start pages say it (user/lib/ennead/start.h)."""

    def __init__(self):
        self.word = gdb.lookup_type("ennead_word").sizeof
        self.order = "little" if "little" in gdb.execute("show endian", to_string=True) else "big"
        self.threads, self.known = {}, {}
        for obj in objects("thread"):
            thread = cast(obj, "thread")
            if int(thread["utcb"]):
                self.threads.setdefault(int(thread["space"]), []).append(thread)

    def of(self, address):
        """The name of the component with this space; "" if it has none, as test programs have."""
        if address not in self.known:
            space = gdb.Value(address).cast(gdb.lookup_type("struct space").pointer()) if address else None
            self.known[address] = "" if space is None else "root" if is_root(space) else self._search(space)
        return self.known[address]

    def _search(self, space):
        buffers = {int(thread["utcb_address"]) for thread in self.threads.get(int(space), [])}
        return next(filter(None, (self._start_page(entry, buffers) for entry in entries_of(space))), "")

    def _start_page(self, entry, buffers):
        if KINDS[int(entry["node"]["kind"])] != "mapping" or int(entry["node"]["rights"]) & 7 != 3:
            return None
        for offset in range(0, 1 << int(entry["order_log2"]), PAGE_BYTES):
            try:
                head = physical(int(entry["phys"]) + offset, self.word + 8 + NAME_BYTES)
            except gdb.MemoryError:
                return None
            name = head[self.word + 8:].split(b"\0")[0]
            if int.from_bytes(head[:self.word], self.order) in buffers and name and name.isascii():
                return name.decode()
        return None


def program_counter(thread):
    for path in PROGRAM_COUNTERS:
        value = thread["context"]
        try:
            for name in path:
                value = value[name]
            return int(value)
        except gdb.error:
            continue
    for name, register in FRAMES_BELOW:
        try:
            kind = gdb.lookup_type(name)
        except gdb.error:
            continue
        return int((thread["context"].address.cast(kind.pointer()) - 1)[register])
    return 0


def show_threads():
    names = Names()
    print(f"{'thread':18} {'component':15} {'space':18} {'state':10} {'prio':>4} {'pc':>18} blocked on")
    for obj in objects("thread"):
        thread = cast(obj, "thread")
        other = next((int(thread[name]["object"].address) for name in ("endpoint", "notification_waited", "holder")
                      if int(thread[name])), 0)
        print(f"{int(obj):#018x} {names.of(int(thread['space'])) or '-':15} {int(thread['space']):#018x} "
              f"{STATES[int(thread['state'])]:10} {int(thread['priority']):>4} {program_counter(thread):#18x} "
              f"{hex(other) if other else ''}".rstrip())


def show_spaces():
    names = Names()
    cpus = int(gdb.parse_and_eval("cpu_count"))
    print(f"{'space':18} {'component':15} {'slots':>6} {'free entries':>12} {'free tables':>11}  CPUs")
    for obj in objects("space"):
        space = cast(obj, "space")
        active = "".join(str(int(space["active_on"][i])) for i in reversed(range(cpus)))
        print(f"{int(obj):#018x} {names.of(int(obj)) or '-':15} {int(space['slot_pages']) * SLOTS_PER_PAGE:>6} "
              f"{int(space['free_entry_count']):>12} {int(space['mmu']['free_count']):>11}  {active}")


def find_space(words):
    """By address, or by a component's name."""
    names = Names()
    for obj in objects("space"):
        if names.of(int(obj)) == words:
            return int(obj)
    try:
        address = int(gdb.parse_and_eval(words))
    except gdb.error:
        address = 0
    if address not in {int(obj) for obj in objects("space")}:
        raise gdb.GdbError(f"'{words}' is neither a component nor the address of a space: see 'ennead spaces'")
    return address


def show_capabilities(address):
    space = gdb.Value(address).cast(gdb.lookup_type("struct space").pointer())
    for page in range(int(space["slot_pages"])):
        for index in range(SLOTS_PER_PAGE):
            node = space["slots"][page][index]
            if int(node["kind"]):
                print(f"{page * SLOTS_PER_PAGE + index:6} {label(node['object']):34} {rights(node['rights'])} "
                      f"badge {int(node['badge']):#x} depth {int(node['depth'])}")


def show_map(address):
    for entry in entries_of(gdb.Value(address).cast(gdb.lookup_type("struct space").pointer())):
        print(f"{int(entry['link']['key']):#14x} {1 << int(entry['order_log2']):>#10x} bytes {rights(entry['node']['rights'])} "
              f"physical {int(entry['phys']):#x}  {KINDS[int(entry['node']['kind'])]}")


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
    build = os.path.dirname(os.path.dirname(gdb.current_progspace().filename))
    for path in glob.glob(os.path.join(build, "**", component), recursive=True):
        if os.path.isfile(path):
            gdb.execute(f"add-symbol-file {path}")
            return
    raise gdb.GdbError(f"no program '{component}' below {build}")


class Ennead(gdb.Command):
    """ennead threads | spaces | caps SPACE | map SPACE | tree | cpus | symbols COMPONENT

SPACE is a component's name, or an address as `ennead spaces` prints it."""

    def __init__(self):
        super().__init__("ennead", gdb.COMMAND_DATA)

    def invoke(self, argument, _from_tty):
        try:
            self._do(gdb.string_to_argv(argument))
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{error}: before the kernel has booted there is nothing to show; 'continue', then Ctrl-C")

    def _do(self, words):
        plain = {"threads": show_threads, "spaces": show_spaces, "tree": show_tree, "cpus": show_cpus}
        of_space = {"caps": show_capabilities, "map": show_map}
        if len(words) == 1 and words[0] in plain:
            plain[words[0]]()
        elif len(words) == 2 and words[0] in of_space:
            of_space[words[0]](find_space(words[1]))
        elif len(words) == 2 and words[0] == "symbols":
            load_symbols(words[1])
        else:
            print(self.__doc__)

    def complete(self, text, _word):
        return [w for w in ("threads", "spaces", "caps", "map", "tree", "cpus", "symbols", "help") if w.startswith(text)]


Ennead()
