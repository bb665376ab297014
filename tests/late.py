#!/usr/bin/env python3
"""A processor that comes only when its time is over: it stays where it does no harm, and the system goes on.

The second is stopped on its way, by the protocol that debuggers talk to QEMU; the first runs alone until it has given that one up;
then both run.
"""
import argparse
import os
import re
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools", "ennead"))
import disassembly  # noqa: E402
import machine  # noqa: E402

PROMPT = b"ennead> "
GIVEN_UP = "processor 1 does not start: going on with 1"
LIMIT_S, ANSWER_S = 120, 30


class Failed(Exception):
    pass


class Stub:
    """QEMU's side of the protocol (https://sourceware.org/gdb/current/onlinedocs/gdb.html/Remote-Protocol.html): as much of it as
    lets some processors run, until one comes to an address."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(ANSWER_S)
        deadline = time.monotonic() + ANSWER_S
        while True:
            try:
                self.socket.connect(path)
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def send(self, text):
        self.socket.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())

    def answer(self):
        data = b""
        while b"#" not in data[:-2]:
            try:
                part = self.socket.recv(4096)
            except TimeoutError:
                part = b""
            if not part:
                raise Failed(f"QEMU did not answer: {data}")
            data += part
        self.socket.sendall(b"+")
        return data[data.index(b"$") + 1 : data.index(b"#")].decode()

    def ask(self, text):
        self.send(text)
        if (said := self.answer()) != "OK":
            raise Failed(f"QEMU answers {text} with '{said}'")

    def stop(self):
        self.socket.sendall(b"\x03")
        self.answer()

    def run_to(self, name, address):
        """All run until one comes there, which stays in front of that; its number for QEMU. On RISC-V either may be the first to boot."""
        self.ask(f"Z0,{address:x},4")
        self.send("vCont;c")
        said = self.answer()
        self.ask(f"z0,{address:x},4")
        if not (found := re.match("T05thread:0([12]);", said)):
            raise Failed(f"no processor came to {name}, but QEMU says '{said}'")
        return int(found[1])


def await_text(guest, text, start=0):
    at = guest.wait_for(text, start)
    if at is None:
        raise Failed(f"{text!r} did not appear; the console's end: {guest.text()[-500:]!r}")
    return at


def check(guest, stub, addresses):
    second = stub.run_to("kernel_start_cpu()", addresses["kernel_start_cpu"])
    stub.send(f"vCont;c:{3 - second}")
    at = await_text(guest, PROMPT)
    if GIVEN_UP not in guest.text():
        raise Failed(f"the second processor was not given up: {guest.text()[-500:]!r}")
    stub.stop()
    came = stub.run_to("where it says that it came", addresses["cpu_arrived"])
    stub.send("vCont;c")
    # Programs that ask for memory and use it, as that of the boot might be.
    for _ in range(3):
        guest.send(b"start grow\r")
        at = await_text(guest, b"262144 of 262144 bytes", at)
    stub.stop()
    waits = stub.run_to("where it waits", addresses["cpu_arrived"])
    if not came == waits == second:
        raise Failed(f"processor {second} was stopped, {came} came and {waits} waits")
    stub.send("vCont;c")
    guest.send(b"poweroff\r")


def problem_with(args, path):
    waits = ["-S", "-chardev", f"socket,path={path},server=on,wait=off,id=stub", "-gdb", "chardev:stub"]
    guest = machine.Guest(machine.command(args.machine, args.kernel, args.archive, cpus=2, extra=waits), LIMIT_S)
    symbols = disassembly.symbols_of(os.path.dirname(os.path.dirname(args.kernel)), args.kernel)
    try:
        check(guest, Stub(path), {name: symbols[name] for name in ("kernel_start_cpu", "cpu_arrived")})
        status = guest.finish()
    except Failed as failed:
        return str(failed)
    finally:
        guest.close()
    if status != machine.MACHINES[args.machine]["success"]:
        return f"power-off: {guest.why or f'QEMU ended with status {status}'}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("machine", "kernel", "archive"):
        parser.add_argument(f"--{name}", required=True)
    with tempfile.TemporaryDirectory() as folder:
        problem = problem_with(parser.parse_args(), os.path.join(folder, "stub"))
    print(f"not ok a late processor: {problem}" if problem else "ok a late processor")
    print(f"verdict: {int(not problem)} passed, {int(bool(problem))} failed")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
