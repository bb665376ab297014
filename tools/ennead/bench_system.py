"""The system that the benchmark boots: a description of user/bench with what a seed draws, packed with its programs."""
import os
import random
import subprocess
import sys

import build

GRANTS_MAX = 10  # of a component: docs/system.md
GRANTS = ("endpoint", "connect", "notification", "device", "region", "ram", "grant")
PROGRAMS = ("bench", "bench-plain", "bench-echo", "bench-pager", "bench-verify", "bench-scale")


def blocks(text):
    """The components of a description, each as its lines."""
    found = []
    for line in text.splitlines():
        line = line.split("#", 1)[0].rstrip()
        if line.startswith("component "):
            found.append([])
        if line and found:
            found[-1].append(line)
    return found


def draw(text, seed):
    """The description with what the seed draws: where each component and each grant stands, and the one priority."""
    chance = random.Random(seed)
    priority = chance.randint(8, 50)
    components = blocks(text)
    for lines in components:
        grants = [line for line in lines if line.split()[0] in GRANTS]
        rest = [line for line in lines if line not in grants and line.split()[0] != "priority"]
        rest.append(f"    priority {priority}")
        extra = chance.randint(0, GRANTS_MAX - len(grants))
        grants += [f"    notification unused{number}" for number in range(extra)]
        chance.shuffle(grants)
        lines[:] = rest + grants
    for number in range(chance.randint(0, 6)):
        components.append([f"component unused{number}", "    manual", "    program bench-plain"])
    chance.shuffle(components)
    return "\n\n".join("\n".join(lines) for lines in components) + "\n"


def description(name):
    with open(os.path.join(build.SOURCE, "user", "bench", name), encoding="utf-8") as file:
        return file.read()


def archive(folder, text, scratch):
    """Packed anew with this description."""
    system, path = os.path.join(scratch, "system"), os.path.join(scratch, "bench.archive")
    with open(system, "w", encoding="utf-8") as file:
        file.write(text)
    programs = [f"{name}={os.path.join(folder, 'user', name)}" for name in PROGRAMS]
    subprocess.run([sys.executable, os.path.join(build.SOURCE, "tools", "mkarchive.py"), "--output", path, "--root",
                    os.path.join(folder, "user", "root"), *programs, system], check=True)
    return path
