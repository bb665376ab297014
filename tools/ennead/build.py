"""Targets, which are CMake's presets, and building them."""
import json
import os
import subprocess
import sys

import machine

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKELETON = "skeleton"  # has no test but that it is built


def targets():
    with open(os.path.join(SOURCE, "CMakePresets.json"), encoding="utf-8") as file:
        presets = json.load(file)["configurePresets"]
    return [preset["name"] for preset in presets if not preset.get("hidden")]


def is_machine(target):
    """Neither the host port, which is programs, nor the skeleton, which only links."""
    return machine_of(target) in machine.MACHINES


def check_target(name, runnable=False):
    names = [n for n in targets() if not runnable or is_machine(n)]
    if name not in names:
        sys.exit(f"ennead: there is no target '{name}': choose one of {' '.join(names)}")
    return name


def folder(target):
    return os.path.join(SOURCE, "build", target)


def kernel(target):
    return os.path.join(folder(target), "kernel", "ennead.elf")


def archive(target, name):
    return os.path.join(folder(target), f"{name}.archive")


def machine_of(target):
    return target.removesuffix("-debug")


def isa_of(target):
    """The ISA's folder: one serves both byte orders."""
    return target.split("-")[0].removesuffix("le")


def steps_of(target):
    """The commands that build a target. Configuring again is quick, and sees folders that came since."""
    return [["cmake", "--preset", target], ["cmake", "--build", folder(target)]]


def build(target, report=print):
    """True if it was built; the compiler's messages are shown only if not."""
    report(f"{target}: build")
    for step in steps_of(target):
        done = subprocess.run(step, cwd=SOURCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout, file=sys.stderr)
            return False
    link_compile_commands(target)
    return True


def link_compile_commands(target):
    link = os.path.join(SOURCE, "compile_commands.json")
    made = os.path.join("build", target, "compile_commands.json")
    if os.path.exists(os.path.join(SOURCE, made)) and not os.path.exists(link):
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(made, link)
