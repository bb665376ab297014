"""`run` and `debug`: guests for people."""
import os
import subprocess
import sys
import time

import build
import debug as debugger
import machine
import symbols

PROMPT = b"ennead> "
BOOT_LIMIT_S = 120
COMMAND_LIMIT_S = 300


def write_out(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def prepare(target, archive="system"):
    if not build.build(target, lambda text: print(f"ennead: {text}", file=sys.stderr, flush=True)):
        sys.exit(f"ennead: {target} does not build")
    path = build.archive(target, archive)
    return path if os.path.exists(path) else None


def run(args):
    target = build.check_target(args.target, runnable=True)
    archive = prepare(target)
    line = machine.command(build.machine_of(target), build.kernel(target), archive, cpus=args.cpus,
                           serial="stdio" if args.exec else "mon:stdio", extra=args.qemu)
    names = symbols.Symbols(build.folder(target))
    if args.exec:
        return drive(line, args.exec, names)
    return interactive(line, names)


def interactive(line, names):
    """The terminal is QEMU's; only its output passes through here, for the names in backtraces."""
    print("ennead: leave with 'poweroff' at the prompt, or with Ctrl-A X", file=sys.stderr, flush=True)
    console = symbols.Filter(names, write_out)
    with subprocess.Popen(line, stdout=subprocess.PIPE) as process:
        try:
            while data := os.read(process.stdout.fileno(), 65536):
                console(data)
        except KeyboardInterrupt:
            process.terminate()
        console.flush()
        status = process.wait()
    if status != 0:
        print(f"ennead: the machine ended with status {status}", file=sys.stderr)
    return 1 if status else 0


def drive(line, commands, names):
    """Type each command at the prompt and print what it prints; then power off."""
    guest = machine.Guest(line, BOOT_LIMIT_S)
    show = symbols.Filter(names, write_out)
    at = guest.wait_for(PROMPT)
    for typed in commands if at is not None else []:
        guest.deadline += COMMAND_LIMIT_S
        guest.send(typed.encode() + b"\r")
        echo = guest.wait_for(b"\n", at)
        end = guest.wait_for(PROMPT, echo) if echo is not None else None
        if end is None:
            if echo is not None:
                show(guest.output[echo:])
            at = None
            break
        show(guest.output[echo:end - len(PROMPT)].replace(b"\r\n", b"\n"))
        at = end
    show.flush()
    if at is not None:
        guest.send(b"poweroff\r")
    status = guest.finish()
    if at is None:
        print(f"ennead: the prompt '{PROMPT.decode()}' did not come: {guest.why or f'QEMU ended with status {status}'}; "
              "the console's last lines:", file=sys.stderr)
        tail = symbols.Filter(names, sys.stderr.buffer.write)
        tail(b"".join(guest.output.splitlines(keepends=True)[-30:]))
        tail.flush()
        sys.stderr.buffer.write(b"\n")
        return 1
    if status != 0:
        print(f"ennead: power-off failed: {guest.why or f'QEMU ended with status {status}'}", file=sys.stderr)
        return 1
    return 0


def debug(args):
    return debugger.debug(args, prepare(build.check_target(args.target, runnable=True)))


def fuzz(args):
    """Exit status of the driver: 0 if kernel and model agreed throughout."""
    target = "host-fuzz"
    if not build.build(target, lambda text: print(text, flush=True)):
        return 1
    line = [os.path.join(build.folder(target), "tests", "fuzz", "fuzz")]
    if args.replay:
        return subprocess.run([*line, "--replay", args.replay], check=False).returncode
    seed = args.seed if args.seed is not None else int(time.time())
    failure = os.path.join(build.SOURCE, "build", f"fuzz-{seed}.txt")
    print(f"seed {seed}", flush=True)
    line += ["--calls", str(args.calls), "--seed", str(seed), "--jobs", str(args.jobs), "--pairs", str(args.pairs),
             "--failure", failure]
    return subprocess.run(line, check=False).returncode
