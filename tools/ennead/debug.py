"""`debug`: a machine that waits, and gdb attached to it."""
import os
import selectors
import signal
import socket
import subprocess
import sys
import time

import build
import machine
import symbols

HELPERS = os.path.join(build.SOURCE, "tools", "gdb", "ennead.py")
END_OF_COMMAND = "(end of command)"
END_LINE = f"{END_OF_COMMAND}\n".encode()
GDB_LIMIT_S = 60  # for one command of a batch
STEP_S = 0.05
SETTLE_S = 0.3
TAIL_LIMIT_S = 5  # for what the machine still prints after the last one


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def gdb_line(name, kernel, port):
    # Width 0: gdb breaks no line, however long the path of the tree is.
    commands = ["set confirm off", "set pagination off", "set width 0", f"set architecture {machine.MACHINES[name]['gdb']}",
                "set remotetimeout 20", "set tcp connect-timeout 20", f"target remote 127.0.0.1:{port}"]
    line = ["gdb-multiarch", "-q", "-nx"]
    for command in commands:
        line += ["-ex", command]
    return line + ["-x", HELPERS, kernel]


def debug(args, archive):
    """Exit status: gdb's; in a batch 1 if the machine did not come that far, or ended with failure."""
    target = build.check_target(args.target, runnable=True)
    name, port = build.machine_of(target), args.port or free_port()
    waits = ["-S", "-gdb", f"tcp:127.0.0.1:{port}"]
    line = machine.command(name, build.kernel(target), archive, cpus=args.cpus, extra=[*waits, *args.qemu])
    line[0] = machine.MACHINES[name].get("debugged", line[0])
    gdb = gdb_line(name, build.kernel(target), port)
    if args.batch:
        return Batch(args, line, gdb, symbols.Symbols(build.folder(target))).run()
    return interactive(args, line, gdb, target)


def interactive(args, line, gdb, target):
    log = os.path.join(build.folder(target), "console.log")
    line[line.index("-serial") + 1] = f"file:{log}"
    print(f"ennead: the console goes to build/{target}/console.log; 'ennead help' in the debugger shows its commands",
          file=sys.stderr, flush=True)
    with subprocess.Popen(line, stdin=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            for command in args.ex:
                gdb[-1:-1] = ["-ex", command]
            # Ctrl-C is for gdb, which stops the machine.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return subprocess.run(gdb, check=False, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)).returncode
        finally:
            process.kill()


class Gdb:
    """gdb that is told commands by a pipe. Every wait has a limit."""

    def __init__(self, line):
        self.process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.output = b""

    def send(self, command):
        try:
            self.process.stdin.write(command.encode() + f"\necho {END_OF_COMMAND}\\n\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def is_done(self, limit_s):
        """Has the command ended, or does it within the time?"""
        deadline = time.monotonic() + limit_s
        while END_LINE not in self.output:
            if not self.selector.select(max(0, deadline - time.monotonic())):
                return False
            data = self.process.stdout.read(65536)
            if not data or len(self.output) > machine.OUTPUT_MAX:
                return False
            self.output += data
        return True

    def answer(self, limit_s):
        """What a command printed, or None if it did not end."""
        if not self.is_done(limit_s):
            return None
        text, self.output = self.output.split(END_LINE, 1)
        return text.replace(b"(gdb) ", b"").decode("utf-8", "replace")

    def interrupt(self):
        os.kill(self.process.pid, signal.SIGINT)

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Batch:
    """Run until a text stands on the console, interrupt, do commands, end."""

    def __init__(self, args, line, gdb, names):
        self.args, self.line, self.gdb_line, self.names = args, line, gdb, names

    def run(self):
        guest = machine.Guest(self.line, self.args.limit + GDB_LIMIT_S * (2 + len(self.args.batch)))
        gdb = None
        try:
            gdb = Gdb(self.gdb_line)
            return self._steps(guest, gdb)
        finally:
            if gdb:
                gdb.close()
            guest.close()

    def _steps(self, guest, gdb):
        gdb.send("python None")
        if (text := gdb.answer(GDB_LIMIT_S)) is None or "Remote debugging" not in text:
            return self._failed(f"gdb did not attach: {text}", guest)
        for command in self.args.ex:
            gdb.send(command)
            if (text := gdb.answer(GDB_LIMIT_S)) is None:
                return self._failed(f"'{command}' did not end", guest)
        gdb.send("continue")
        shown, stopped = self._await(guest, gdb)
        if not stopped:
            gdb.interrupt()
        if gdb.answer(GDB_LIMIT_S) is None:
            return self._failed("the machine did not stop", guest)
        if shown is None:
            return self._failed(f"'{self.args.until}' did not appear on the console", guest)
        for command in self.args.batch:
            print(f"(gdb) {command}", flush=True)
            gdb.send(command)
            text = gdb.answer(GDB_LIMIT_S)
            if text is None:
                return self._failed(f"'{command}' did not end", guest)
            sys.stdout.write(text)
        return self._end(guest, shown)

    def _await(self, guest, gdb):
        """(how much of the console was seen when it was time to stop or None, whether a breakpoint stopped it)."""
        deadline = time.monotonic() + (self.args.after or self.args.limit)
        while time.monotonic() < deadline:
            if gdb.is_done(STEP_S):
                return len(guest.output), True
            if not self.args.after and self.args.until.encode() in guest.output:
                time.sleep(SETTLE_S)  # until the machine is idle
                return len(guest.output), False
            if guest.selector.select(0) and not guest.read():
                return None, False
        return (len(guest.output) if self.args.after else None), False

    def _end(self, guest, seen):
        """Show what the console said meanwhile; if the machine ended by itself, its status counts."""
        deadline = time.monotonic() + TAIL_LIMIT_S
        ended = False
        while not ended and guest.selector.select(0.3) and time.monotonic() < deadline:
            ended = not guest.read()
        tail = guest.output[seen:].replace(b"\r\n", b"\n")
        if tail:
            print("console:", flush=True)
            show = symbols.Filter(self.names, sys.stdout.buffer.write)
            show(tail)
            show.flush()
            sys.stdout.buffer.flush()
        if not ended:
            return 0
        print(f"ennead: the machine ended with status {guest.process.returncode}", flush=True)
        return 1 if guest.process.returncode else 0

    def _failed(self, why, guest):
        sys.stdout.flush()
        tail = guest.output[-2000:].decode("utf-8", "replace")
        print(f"ennead: debug: {why}; the console's end:\n{tail}", file=sys.stderr)
        return 1
