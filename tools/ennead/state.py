"""The abstract state of a kernel, as lines of text that are the same on every port: see tests/same/same.h.

Objects are named by their place in the world's region; what lies outside it is left out, but for the conductor's slots."""
import hashlib
import struct

from memory import list_members

PAGE = 4096
TYPES = ["none", "region", "pool", "space", "thread", "endpoint", "notification", "irq", "sched_context"]
KINDS = ["empty", "cap", "entry", "utcb", "reply"]
STATES = ["stopped", "ready", "sending", "receiving", "calling", "waiting", "starved"]
SLOTS_PER_PAGE = 128
WORLD_SLOT = 1024
WORLD_BYTES = 3 << 20
LAND_OFFSET, LAND_BYTES = 2 << 20, 4 << 16
REG_WORDS, MSG_WORDS = 4, 200
TIME_STEP = 1 << 20 # in ns: deadlines are multiples of it, and no tick is as long
UTCB_BYTES, MSG_ITEMS = 2048, 2
UTCB_ITEMS_END = 24 + MSG_ITEMS * 24


class State:
    def __init__(self, memory, world):
        self.memory, self.world = memory, world
        self.layout = memory.layout
        self.cpu = memory.at("cpu", self.layout.symbols["cpus"])
        self.clock = memory.at("platform_clock", self.layout.symbols["platform_clock"])
        running = memory.at("thread", self.cpu["current"])
        self.root = memory.at("space", running["space"])
        self.frame = running.address % (1 << running["object.order_log2"]) # before a thread, in its block
        self.lines = []
        self.places = {}

    # ---- names ----

    def offset(self, address):
        """In the world, or None."""
        offset = address - self.memory.window - self.world
        return offset if 0 <= offset < WORLD_BYTES else None

    def name(self, address):
        """Of a block."""
        if address == 0:
            return "-"
        offset = self.offset(address)
        if offset is not None:
            return f"+{offset:x}"
        return "root" if address == self.root.address else "outside"

    def thread_name(self, address):
        return self.name(address and address - self.frame)

    def object_name(self, address):
        """Of an object's header, which is not where its block begins if it is a thread's."""
        if address == 0:
            return "-"
        kind = TYPES[self.memory.at("object", address)["type"]]
        start = address - self.layout.offset(kind, "object")
        name = self.thread_name(start) if kind == "thread" else self.name(start)
        if kind == "region" and name == "outside":
            region = self.memory.at("region", address)
            if 0 <= region["base"] - self.world <= WORLD_BYTES - region["size"]:
                return f"region+{region['base'] - self.world:x}/{region['size']:x}"
        return name

    def whole(self, obj):
        """The structure that the object's header belongs to."""
        kind = TYPES[obj["type"]]
        return self.memory.at(kind, obj.address - self.layout.offset(kind, "object"))

    def place(self, address):
        return self.places.get(address, "nowhere") if address else "-"

    # ---- what there is ----

    def nodes(self):
        """The world's subtree, in preorder."""
        first = self.slot(self.root, WORLD_SLOT)
        depth, node = first["depth"], first
        while node.address == first.address or node["depth"] > depth:
            yield node, node["depth"] - depth
            node = self.memory.at("node", node["next"])

    def slot(self, space, index):
        page = space.element("slots", index // SLOTS_PER_PAGE)
        return self.memory.at("node", page + index % SLOTS_PER_PAGE * self.layout.size("node"))

    def slots(self, space):
        size = self.layout.size("node")
        for page in range(space["slot_pages"]):
            base = space.element("slots", page)
            for index in range(SLOTS_PER_PAGE):
                yield page * SLOTS_PER_PAGE + index, self.memory.at("node", base + index * size)

    def entries(self, space):
        offset = self.layout.offset("entry", "link")
        children = self.layout.offset("entry", "link.child") - offset

        def walk(link):
            if link:
                yield from walk(self.memory.pointer(link + children))
                yield self.memory.at("entry", link - offset)
                yield from walk(self.memory.pointer(link + children + self.layout.word))

        yield from walk(space["map.root"])

    def handlers(self, space):
        for index in range(space.count("handler")):
            yield index, self.memory.at("handler", space.field("handler", index)[0])

    def find_places(self, objects):
        for obj in objects:
            if TYPES[obj["type"]] == "space":
                self.find_places_in(self.memory.at("space", obj.address))
            elif TYPES[obj["type"]] == "thread":
                thread = self.whole(obj)
                self.places[thread.field("exception.node")[0]] = f"exception of {self.object_name(obj.address)}"

    def find_places_in(self, space):
        for index, node in self.slots(space):
            self.places[node.address] = f"{self.name(space.address)}[{index}]"
        for entry in self.entries(space):
            self.places[entry.address] = f"{self.name(space.address)} at {entry['link.key']:x}"
        for index, handler in self.handlers(space):
            self.places[handler.address] = f"handler {index} of {self.name(space.address)}"

    # ---- lines ----

    def say(self, *words):
        self.lines.append(" ".join(str(word) for word in words))

    def text(self):
        objects = {}
        for node, _ in self.nodes():
            obj = self.memory.at("object", node["object"])
            objects[obj.address] = obj
        self.find_places(objects.values())
        self.find_places_in(self.root)
        self.tree()
        self.processor()
        for obj in sorted(objects.values(), key=lambda o: self.object_name(o.address)):
            self.object(obj)
        self.land(objects.values())
        return self.lines

    def tree(self):
        for node, depth in self.nodes():
            obj = self.memory.at("object", node["object"])
            marks = "root" if obj["root"] == node.address else ""
            self.say("node", depth, KINDS[node["kind"]], f"{node['rights']:x}", f"badge={node['badge']:x}",
                     f"dropping={self.dropping(node)}", f"passes={node['passes']:x}", self.object_name(obj.address), "in", self.place(node.address), marks)

    def dropping(self, node):
        return self.memory.at("entry", node.address)["dropping"] if KINDS[node["kind"]] == "entry" else 0

    def queue(self, owner, head):
        return ",".join(self.thread_name(thread.address) for thread in owner.members(head, "thread", "queue_link"))

    def processor(self):
        for priority in range(self.cpu.count("ready")):
            start = self.cpu.field("ready", priority)[0]
            names = [self.thread_name(t.address) for t in list_members(self.memory, start, "thread", "queue_link")
                     if self.offset(t.address) is not None]
            if names:
                self.say("ready", priority, *names)
        self.say("starved", self.queue(self.cpu, "starved"))

    def object(self, obj):
        kind = TYPES[obj["type"]]
        self.say(kind, self.object_name(obj.address), f"dying={obj['dying']}", "in", self.object_name(obj["container"]), "paid by",
                 self.name(obj["pool"]), "root", self.place(obj["root"]), "revoking", self.place(obj["revoking"]))
        getattr(self, kind)(self.whole(obj))

    def region(self, region):
        low, high = (region["mapped_low"], region["mapped_high"]) if region["mappings"] else (0, 0)
        self.say("  base", f"{region['base'] - self.world:x}", "size", f"{region['size']:x}", "mappings", region["mappings"],
                 f"{low:x}..{high:x}", "flags", region["flags"], "cache", region["cache"], "pool", region["is_pool"],
                 region["converting"])

    def pool(self, pool):
        self.say("  size", pool["size_bytes"], "free", pool["free_bytes"])
        self.say("  objects", *(self.object_name(o.address) for o in pool.members("objects", "object", "pool_link")))
        for index in range(pool.count("free")):
            start, blocks = pool.field("free", index)[0], []
            at = self.memory.pointer(start)
            while at != start:
                blocks.append(self.name(at))
                at = self.memory.pointer(at)
            if blocks:
                self.say("  free blocks", index, *blocks)

    def space(self, space):
        self.say("  slot pages", space["slot_pages"], "free entries", space["free_entry_count"], "extents",
                 space["extent_count"], "threads",
                 *(self.thread_name(t.address) for t in space.members("threads", "thread", "space_link")))
        for index, handler in self.handlers(space):
            if handler["node.kind"]:
                self.say("  handler", index, self.object_name(handler["node.object"]), f"badge={handler['node.badge']:x}",
                         "registers", handler["register_first"], handler["register_count"])
        for index, node in self.slots(space):
            if node["kind"]:
                self.say("  slot", index, KINDS[node["kind"]], self.object_name(node["object"]), f"{node['rights']:x}",
                         f"badge={node['badge']:x}")
        for entry in self.entries(space):
            offset = entry["phys"] - self.world
            if 0 <= offset < WORLD_BYTES:
                kind = KINDS[entry["node.kind"]]
                self.say("  map", f"{entry['link.key']:x}", entry["order_log2"], kind, f"+{offset:x}",
                         f"{entry['node.rights']:x}", f"dropped={entry['dropped']}", f"used={entry['utcb_used']}")
                if kind == "utcb":
                    self.buffers(offset)

    def fields(self, words):
        """Words of this machine as 64-bit fields."""
        if self.layout.word == 8:
            return words
        return [low | high << 32 for low, high in zip(words[::2], words[1::2])]

    def buffers(self, offset):
        """What is no register's on any port: window, items, and fields from the fifth on."""
        mark = "<" if self.layout.order == "little" else ">"
        for part in range(0, PAGE, UTCB_BYTES):
            data, at = self.memory.place(self.world + offset + part + self.memory.window, UTCB_BYTES)
            data = bytes(data[at:at + UTCB_BYTES])
            words = struct.unpack_from(f"{mark}{MSG_WORDS}{'Q' if self.layout.word == 8 else 'I'}", data, UTCB_ITEMS_END)
            numbers = [*struct.unpack_from(mark + "IIQII", data), *self.fields(list(words))[REG_WORDS:100]]
            for index in range(MSG_ITEMS):
                numbers += struct.unpack_from(mark + "BBBBIQQ", data, 24 + index * 24)
            self.say("    buffer", part, hashlib.sha256(repr(numbers).encode()).hexdigest()[:16])

    def thread(self, thread):
        state = STATES[thread["state"]]
        waits_at = self.name(thread["endpoint"]) if state in ("sending", "receiving") else "-"
        self.say("  state", state, "priority", thread["priority"], thread["priority_max"], "again", thread["again"],
                 thread["finishing"], thread["stop_requested"], "space", self.name(thread["space"]), "buffer",
                 f"{thread['utcb_address']:x}", "at", waits_at, "bound", self.name(thread["notification_bound"]))
        self.say("  own", self.name(thread["own"]), "run", self.name(thread["run"]), "caller", self.thread_name(thread["caller"]),
                 "holder", self.thread_name(thread["holder"]), "stored", self.place(thread["reply_slot"]), "fault",
                 thread["fault_operation"])
        if thread["fault_operation"] == 1:
            self.say("  fault", f"{thread.element('fault.field', 0) & ~4:x}", thread.element("fault.field", 1))
        elif state == "sending": # of others nothing is kept: their message has gone, or is to come, or was no more than a call to wait
            self.message(thread)

    def message(self, thread):
        tag = thread["context.tag"]
        count = tag & 0xff
        words = [thread.element("context.words", i) for i in range(REG_WORDS)]
        fields = self.fields(words)[:min(count * self.layout.word // 8, 2)]
        self.say("  call", f"target={thread['context.target']:x}", f"label={tag >> 16:x}", "items", tag >> 8 & 15, "fields",
                 count * self.layout.word // 8, *(f"{value:x}" for value in fields))
        self.say("  sends with", thread["call"], f"badge={thread['badge']:x}")

    def endpoint(self, endpoint):
        queue = self.queue(endpoint, "queue")
        self.say("  queue", queue)

    def time(self, ticks):
        """In ns, if it is the first tick of a whole step."""
        scale, since = self.clock["ns_per_tick"], ticks - self.clock["at_boot"]
        ns = (since * scale >> 32) // TIME_STEP * TIME_STEP
        return f"{ns:x}" if -(-(ns << 32) // scale) == since else f"tick {since:x}"

    def notification(self, notification):
        armed = self.time(notification["deadline.link.key"]) if notification["deadline.link.height"] else "-"
        self.say("  bits", f"{notification['bits']:x}", f"{notification['armed_bits']:x}", "waiting",
                 self.queue(notification, "queue"), "bound", self.thread_name(notification["bound"]), "deadline", armed)

    def irq(self, irq):
        self.say("  source", irq["source"], "taken", irq["taken"])

    def sched_context(self, context):
        cpu = divmod(context["cpu"] - self.cpu.address, self.layout.size("cpu"))
        self.say("  budget", context["budget_ns"], context["period_ns"], "owner", self.thread_name(context["owner"]), "runner",
                 self.thread_name(context["runner"]), "cpu", cpu, "waits for refill", context["refill.link.height"] != 0)

    def land(self, objects):
        """Memory that users write: numbers of 64 bits, as they stored them, or as a region's STORE did, which may be narrower. So it is
        told which bytes each 64 bits have, not in which order: that is the machine's."""
        pools = [(r["base"], r["base"] + r["size"]) for o in objects if TYPES[o["type"]] == "region"
                 for r in [self.memory.at("region", o.address)] if r["is_pool"] or r["converting"]]
        for offset in range(LAND_OFFSET, LAND_OFFSET + LAND_BYTES, PAGE):
            base = self.world + offset
            if any(low <= base < high for low, high in pools):
                continue
            data, at = self.memory.place(base + self.memory.window, PAGE)
            page = data[at:at + PAGE]
            if any(page):
                parts = [bytes(sorted(page[i:i + 8])) for i in range(0, PAGE, 8)]
                self.say("memory", f"+{offset:x}", hashlib.sha256(b"".join(parts)).hexdigest()[:16])


def digest(lines):
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
