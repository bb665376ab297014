"""The committed figures of the benchmark as a table and as a picture, in the documentation and apart."""
import os
import re

import budget
import build

PAGE = os.path.join(build.SOURCE, "docs", "performance.md")
PICTURE = os.path.join(build.SOURCE, "docs", "benchmark.svg")
BEGIN, END = "<!-- ./ennead bench --table -->", "<!-- end -->"

NAMES = {
    "x86_64-q35": "x86_64", "aarch64-virt": "aarch64", "arm-virt": "arm", "riscv64-virt": "riscv64",
    "ppc32-ppce500": "ppc32", "ppc64-pseries": "ppc64", "ppc64le-pseries": "ppc64le",
}
TITLES = {
    "call_reply_0w": "call and answer, 0 words",
    "call_reply_4w": "4 words, in registers",
    "call_reply_24w": "24 words",
    "call_reply_60w": "60 words",
    "call_reply_120w": "120 words",
    "call_reply_passive_0w": "0 words, the server without time of its own",
    "call_reply_0w_live8": "0 words, eight values live in the client",
    "call_reply_0w_fpu_owned": "0 words, the FPU owned by a third thread",
    "delegate_cap": "a call that delegates a capability",
    "delegate_page": "a call that delegates a page",
    "signal_wait_pingpong": "signal, wait, signal, wait, two switches",
    "null_object_call": "a call of a kernel object that does nothing",
    "copy_delete_cap": "copying and deleting a capability",
    "endpoint_create_delete": "making and deleting an endpoint",
    "thread_create_delete": "making and deleting a thread",
    "space_create_delete": "making and deleting a space",
    "revoke_1000": "revoking a thousand capabilities",
    "map_unmap_page": "mapping and unmapping a page, untouched",
    "unmap_page": "unmapping a page that was touched",
    "map_64_pages": "mapping 64 pages as one, touching each",
    "page_fault_map": "a page fault, answered with a page",
    "fault_reply": "an exception, answered",
    "irq_to_thread": "from an interrupt to its driver",
    "yield_pair": "yield, yield, two switches",
}


def number(value):
    """With a gap at each thousand."""
    return f"{value:,}".replace(",", " ")


def cell(entry, other):
    """The figure, bold if it is below its ceiling, and seL4's."""
    if entry is None:
        return ""
    kept = entry["ceiling"] is not None and entry["figure"] <= entry["ceiling"]
    text = f"**{number(entry['figure'])}**" if kept else number(entry["figure"])
    if entry["ceiling"] is not None and not kept:
        text += f" > {number(entry['ceiling'])}"
    return f"{text} ({number(other)})" if other else text


def table(committed):
    others = budget.sel4()
    lines = [f"| operation | {' | '.join(NAMES.values())} |", "| --- " * (len(NAMES) + 1) + "|"]
    for row, targets in committed["rows"].items():
        cells = [cell(targets.get(target), others.get(row, {}).get(target)) for target in NAMES]
        lines.append(f"| {TITLES[row]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def missed(committed):
    """Which figures are above their ceilings, a line for each operation."""
    found = budget.misses(committed)
    ceilings = sum(entry["ceiling"] is not None for targets in committed["rows"].values() for entry in targets.values())
    lines = [f"Of {ceilings} ceilings {len(found)} are missed, by so many per cent:", ""]
    for row in committed["rows"]:
        texts = [f"{NAMES[target]} {budget.over(figure, ceiling)}"
                 for name, target, figure, ceiling in found if name == row]
        if texts:
            lines.append(f"- {TITLES[row]}: {', '.join(texts)}")
    return "\n".join(lines)


# ---- the picture ----

CHARTED = {
    "call_reply_0w": "call and answer, 0 words",
    "call_reply_4w": "4 words",
    "call_reply_24w": "24 words",
    "call_reply_120w": "120 words",
    "signal_wait_pingpong": "signal and wait, both ways",
    "null_object_call": "a call that does nothing",
    "fault_reply": "an exception, answered",
    "copy_delete_cap": "copying, deleting a capability",
    "map_unmap_page": "mapping, unmapping a page",
    "thread_create_delete": "making, deleting a thread",
}
ISAS = ("x86_64-q35", "aarch64-virt", "arm-virt", "riscv64-virt")
WIDTH, LEFT, RIGHT, TOP = 860, 270, 60, 64
BAR, GAP, GROUP_GAP = 9, 3, 16
BAR_MAX = WIDTH - LEFT - RIGHT

# A page of its own, dark where the reader's is; whoever does not ask for that has a light one with dark text.
STYLE = """.page { fill: #ffffff } text { font: 12px sans-serif; fill: #24292f }
.small { font-size: 9px } .title { font-size: 14px; font-weight: bold }
.ours { fill: #2f81f7 } .other { fill: #9a8c7a } .axis { stroke: #8c959f; stroke-width: 1 }
@media (prefers-color-scheme: dark) { .page { fill: #0d1117 } text { fill: #e6edf3 } .other { fill: #8b7f70 } }"""


class Svg:
    def __init__(self):
        self.parts = []

    def text(self, x, y, text, kind="", anchor="start"):
        self.parts.append(f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{text}</text>')

    def bar(self, x, y, width, kind):
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width:.1f}" height="{BAR}" class="{kind}"/>')

    def line(self, x1, y1, x2, y2):
        self.parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="axis"/>')

    def document(self, height):
        size = f'width="{WIDTH}" height="{height}"'
        return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {WIDTH} {height}">',
                          f"<style>{STYLE}</style>", f'<rect {size} rx="6" class="page"/>', *self.parts, "</svg>", ""])


def charted(committed):
    """(row, [(target, figure, seL4's)])"""
    others = budget.sel4()
    rows = committed["rows"]
    return [(row, [(target, rows[row][target]["figure"], others[row][target]) for target in ISAS]) for row in CHARTED]


def pair(svg, y, isa, scale, figures):
    """Two bars, seL4's all of one length, `scale`."""
    svg.text(LEFT - 8, y + BAR + 3, isa, "small", "end")
    for at, value, kind in zip((y, y + BAR), figures, ("ours", "other")):
        width = value / figures[1] * scale
        svg.bar(LEFT, at, width, kind)
        svg.text(f"{LEFT + width + 4:.1f}", at + BAR - 1, number(value), "small")


def picture(committed):
    groups, svg, y = charted(committed), Svg(), TOP
    title = "Instructions of an operation: Ennead (blue) and seL4 (grey), each pair on the scale of seL4's"
    svg.text(12, 22, title, "title")
    svg.text(12, 40, "QEMU, one processor, both sides' stubs and loops included; shorter is better", "small")
    scale = BAR_MAX / max(1, *(ours / other for _, pairs in groups for _, ours, other in pairs))
    for row, pairs in groups:
        svg.text(12, y + 12, CHARTED[row])
        svg.line(LEFT, y - 2, LEFT, y + len(pairs) * (2 * BAR + GAP))
        for target, *figures in pairs:
            pair(svg, y, NAMES[target], scale, figures)
            y += 2 * BAR + GAP
        y += GROUP_GAP
    return svg.document(y)


def write(path, committed):
    with open(path, "w", encoding="utf-8") as file:
        file.write(picture(committed))


def page_of(text, committed):
    """The page with the table as it has to be."""
    shown = f"{BEGIN}\n{table(committed)}\n\n{missed(committed)}\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: shown, text, flags=re.DOTALL)


def refresh(committed):
    """What the documentation shows of the figures."""
    write(PICTURE, committed)
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page_of(text, committed))
