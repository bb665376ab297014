"""gcc -fanalyzer and clang --analyze over all of the kernel, once for each source: kernel/generic, the port and its board
as the release is compiled, kernel/arch/host as it is tested. What was clean is remembered by its content."""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess

import build

TARGETS = {"x86_64-q35": "kernel/", "host": "kernel/arch/host/"}
FOLDER = os.path.join(build.SOURCE, "build", "analysis")
FINDING = re.compile(r": (warning|error): ")
NOT_CLANG = ("-fcallgraph-info=", "-fno-cse-follow-jumps", "-fcse-follow-jumps", "-fno-align-", "-fno-thread-jumps", "-fno-tree-",
             "-ftree-ch", "-fno-shrink-wrap", "-fshrink-wrap", "-fno-inline-functions-called-once", "-finline-functions-called-once", "-mno-stv", "-mpreferred-stack-boundary=",
             "-mtune-ctrl=")


def entries():
    """(source, the compiler's arguments without input's and output's fate)"""
    for target, prefix in TARGETS.items():
        path = os.path.join(build.folder(target), "compile_commands.json")
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            for entry in json.load(file):
                name = os.path.relpath(entry["file"], build.SOURCE)
                if name.startswith(prefix) and name.endswith(".c"):
                    words = shlex.split(entry["command"])
                    at = words.index("-o")
                    kept = [w for w in words[1:at] + words[at + 2:] if not w.startswith(("-fsanitize", "-fno-sanitize"))]
                    yield name, words[0], [w for w in kept if w not in ("-c", "-Werror") and not w.startswith(NOT_CLANG)]


def commands(compiler, words):
    quiet = ["-Wno-unknown-warning-option", "-Wno-unused-command-line-argument"]
    yield [compiler, "-fanalyzer", *words, "-c", "-o", os.devnull]
    yield ["clang", "--analyze", "-Xclang", "-analyzer-output=text", *words, *quiet, "-o", os.devnull]


def version(compiler):
    return subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout


def preprocessed(compiler, words):
    return subprocess.run([compiler, "-E", *words], capture_output=True, text=True, check=False).stdout


def analyse(entry):
    """Findings, a line each; those of other files too, which this one includes."""
    name, compiler, words = entry
    found = []
    for command in commands(compiler, words):
        text = "\0".join(command) + version(command[0]) + preprocessed(compiler, words)
        mark = os.path.join(FOLDER, hashlib.sha256(text.encode()).hexdigest())
        if os.path.exists(mark):
            continue
        done = subprocess.run(command, cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        problems = [line for line in done.stderr.split("\n") if FINDING.search(line)]
        if done.returncode and not problems:
            problems = [f"{name}: {command[0]} failed: {done.stderr.strip()[:300]}"]
        found += problems
        if not problems:
            with open(mark, "w", encoding="utf-8") as file:
                file.write(name)
    return found


def check(report):
    os.makedirs(FOLDER, exist_ok=True)
    every = list(entries())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for problems in pool.map(analyse, every):
            for problem in problems:
                report.problem(problem.replace(build.SOURCE + "/", ""))
    print(f"  {len(every)} sources of the kernel analysed by gcc and clang")
