"""One bit of each field of the kernel's state is turned in a copy of its memory: the digest must notice each."""
import state

# What the abstract state consists of. `number` tells which bit: the lowest, but where that means nothing.
FIELDS = {
    "node": ["kind", "rights", "badge", "depth", "object", "next", "passes"],
    "object": ["type", "dying", "root", "container", "pool", "revoking"],
    "region": ["base", "size", "mappings", "mapped_low", "mapped_high", "flags", "cache", "is_pool", "converting"],
    "pool": ["size_bytes", "free_bytes", "objects.next", "free"],
    "space": ["map.root", "slot_pages", "free_entry_count", "extent_count", "threads.next", "slots"],
    "handler": ["node.kind", "node.object", "node.badge", "register_first", "register_count"],
    "entry": ["link.key", "phys", "order_log2", "utcb_used", "node.kind", "node.rights", "dropped", "dropping"],
    "thread": ["state", "priority", "priority_max", "again", "finishing", "stop_requested", "call", "badge", "space",
               "utcb_address", "own", "run", "endpoint", "notification_bound", "caller", "holder", "fault_operation",
               "fault.field", "context.target", "context.tag", "context.words"],
    "endpoint": ["queue.next"],
    "notification": ["bits", "armed_bits", "queue.next", "bound", "deadline.link.key", "deadline.link.height"],
    "sched_context": ["budget_ns", "period_ns", "owner", "runner", "cpu", "refill.link.height"],
}
BUFFER = {"window": 0, "items": 24 + 8, "words": 24 + 8 * 24 + 8 * 16}


class Corruption:
    def __init__(self, run):
        self.memory, self.world = run.state.memory, run.state.world
        self.expected = state.digest(run.lines)

    def turn(self, address, size):
        """Turn the lowest bit of a number."""
        data, at = self.memory.place(address, size)
        data[at if self.memory.layout.order == "little" else at + size - 1] ^= 1

    def is_noticed(self, address, size):
        """A state that cannot be read any more is noticed as well."""
        self.turn(address, size)
        try:
            return state.digest(state.State(self.memory, self.world).text()) != self.expected
        except (LookupError, TypeError, AttributeError, RecursionError):
            return True
        finally:
            self.turn(address, size)


def instances(found):
    """Structures of the world by kind."""
    seen = {kind: [] for kind in FIELDS}
    for node, _ in found.nodes():
        seen["node"].append(node)
        if state.KINDS[node["kind"]] == "entry":
            seen["entry"].append(found.memory.at("entry", node.address))
        obj = found.memory.at("object", node["object"])
        kind = state.TYPES[obj["type"]]
        if obj["root"] == node.address and kind in seen:
            seen["object"].append(obj)
            seen[kind].append(found.whole(obj))
    for space in seen["space"]:
        seen["handler"] += [handler for _, handler in found.handlers(space)]
        seen["entry"] += [e for e in found.entries(space) if state.KINDS[e["node.kind"]] == "utcb"]
    return seen


def places(run):
    """(name, where it stands): address and size of each instance of a field."""
    seen, window = instances(run.state), run.state.memory.window
    for kind, fields in FIELDS.items():
        for field in fields:
            yield f"{kind}.{field}", [one.field(field) for one in seen[kind]]
    buffers = [e["phys"] + window for e in seen["entry"] if state.KINDS[e["node.kind"]] == "utcb"]
    for name, offset in BUFFER.items():
        yield f"buffer.{name}", [(base + offset, 1) for base in buffers]
    yield "memory", [(run.state.world + state.LAND_OFFSET + window, 8)]
    yield "cpu.ready", [run.state.cpu.field("ready", p) for p in range(run.state.cpu.count("ready"))]


def check(runs):
    """Names of fields whose corruption shows in none of the runs; and how many fields there are."""
    noticed = {}
    for run in runs:
        corruption = Corruption(run)
        for name, fields in places(run):
            noticed[name] = noticed.get(name, False) or any(corruption.is_noticed(*field) for field in fields)
        if all(noticed.values()):
            break
    return [name for name, good in noticed.items() if not good], len(noticed)
