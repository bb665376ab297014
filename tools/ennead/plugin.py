"""QEMU's plugins of the project (tools/plugin): shared objects, which the host's compiler builds."""
import fcntl
import glob
import os
import subprocess

import build

SOURCES = os.path.join(build.SOURCE, "tools", "plugin")
FOLDER = os.path.join(build.SOURCE, "build", "plugin")
FLAGS = ["-std=gnu17", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-fPIC", "-fvisibility=hidden", "-shared"]


def sources(name):
    return sorted(glob.glob(os.path.join(SOURCES, "*.c")) + glob.glob(os.path.join(SOURCES, name, "*.c")))


def headers(name):
    return glob.glob(os.path.join(SOURCES, "*.h")) + glob.glob(os.path.join(SOURCES, name, "*.h"))


def path(name):
    """The plugin, built if it is older than its sources. Tests run side by side, so one builds."""
    os.makedirs(FOLDER, exist_ok=True)
    output = os.path.join(FOLDER, f"{name}.so")
    with open(os.path.join(FOLDER, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(os.path.getmtime(file) for file in sources(name) + headers(name))
        if not os.path.exists(output) or os.path.getmtime(output) < newest:
            subprocess.run(["gcc", *FLAGS, "-o", output + ".new", *sources(name)], check=True)
            os.replace(output + ".new", output)
    return output


def option(name, values):
    """QEMU's words for loading it; a list of numbers is one value."""
    text = ",".join(f"{key}={'+'.join(map(hex, value)) if isinstance(value, list) else value}" for key, value in values.items())
    return ["-plugin", f"{path(name)},{text}" if text else path(name)]


def names():
    return sorted(name for name in os.listdir(SOURCES) if os.path.isdir(os.path.join(SOURCES, name)))


def build_all(_args):
    """What CMake calls."""
    for name in names():
        path(name)
    return 0
