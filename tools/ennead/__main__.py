"""The one command of Ennead. Standard library only; thin over CMake's presets, CTest and QEMU."""
import argparse
import os
import shutil
import sys

import bench
import build
import latency
import lint
import maintenance
import matrix
import mutants
import packages
import plugin
import port_mutants
import run
import same
import scale
import suite

DEFAULT = "x86_64-q35"


def do_run(args):
    packages.need(packages.BUILD, packages.of([args.target]))
    return run.run(args)


def do_test(args):
    packages.need(packages.BUILD, packages.of(args.targets or build.targets()), packages.HOST, packages.MUTANTS, packages.LINT, packages.DEBUG)
    if args.seed is not None:
        return suite.one_seed(args)
    return suite.test(args, lambda: lint.lint(args), lambda: port_mutants.run([]))


def do_targets(_args):
    print("\n".join(build.targets()))
    return 0


def do_debug(args):
    packages.need(packages.BUILD, packages.of([args.target]), packages.DEBUG)
    return run.debug(args)


def do_lint(args):
    packages.need(packages.BUILD, packages.LINT)
    return lint.lint(args)


def do_mutants(args):
    if args.maintenance is not None:
        packages.need(packages.BUILD, packages.MUTANTS, packages.of(args.maintenance or build.targets()))
        return 0 if port_mutants.run([build.check_target(target, True) for target in args.maintenance]) else 1
    packages.need(packages.BUILD, packages.MUTANTS)
    return mutants.command(args)


def do_fuzz(args):
    packages.need(packages.BUILD, packages.HOST)
    return run.fuzz(args)


def do_bench(args):
    packages.need(packages.BUILD, packages.of(args.targets or build.targets()))
    return scale.command(args) if args.cpus else bench.command(args)


def do_latency(args):
    packages.need(packages.BUILD, packages.of(args.targets or build.targets()), packages.HOST)
    return latency.command(args)


def do_clean(_args):
    shutil.rmtree(os.path.join(build.SOURCE, "build"), ignore_errors=True)
    link = os.path.join(build.SOURCE, "compile_commands.json")
    if os.path.islink(link):
        os.unlink(link)
    return 0


def add_machine_options(parser):
    parser.add_argument("--machine", required=True)
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--archive")


def make_parser():
    parser = argparse.ArgumentParser(prog="ennead", description="Build, run, test and look into Ennead.",
                                     epilog="'ennead COMMAND --help' says more.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name, function, text):
        made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        made.set_defaults(function=function)
        return made

    one = add("run", do_run, "build a target, boot it in QEMU and talk to it; QEMU's own arguments follow --")
    one.add_argument("target", nargs="?", default=DEFAULT, help=f"one of 'ennead targets' (default: {DEFAULT})")
    one.add_argument("--cpus", type=int, default=1, help="processors of the machine (default: 1)")
    one.add_argument("--exec", action="append", default=[], metavar="COMMAND",
                     help="type COMMAND at the prompt, print what it prints, power off; may be repeated")

    one = add("test", do_test, "build and run every test of every port")
    one.add_argument("targets", nargs="*", metavar="TARGET", help="these targets only, and no lint")
    length = one.add_mutually_exclusive_group()
    length.add_argument("--quick", dest="length", action="store_const", const="quick", help="under five minutes")
    length.add_argument("--long", dest="length", action="store_const", const="long", help="also what is too slow for CI")
    one.add_argument("--seed", type=int, metavar="N",
                     help="nothing but the same program everywhere (docs/testing.md) with this seed, on each target")
    one.set_defaults(length="normal", build=False)

    add("targets", do_targets, "list the targets, one a line")

    one = add("debug", do_debug, "boot a target that waits, with gdb attached; QEMU's own arguments follow --")
    one.add_argument("target", nargs="?", default=DEFAULT + "-debug", help=f"(default: {DEFAULT}-debug)")
    one.add_argument("--cpus", type=int, default=1)
    one.add_argument("--port", type=int, help="TCP port between gdb and QEMU (default: a free one)")
    one.add_argument("--ex", action="append", default=[], metavar="COMMAND", help="a gdb command to begin with")
    one.add_argument("--batch", action="append", default=[], metavar="COMMAND",
                     help="without a terminal: run until the prompt, stop, do the gdb COMMAND, end; may be repeated")
    one.add_argument("--until", default="ennead> ", metavar="TEXT", help="in a batch: run until TEXT is on the console")
    one.add_argument("--after", type=float, metavar="SECONDS", help="in a batch: run so long instead")
    one.add_argument("--limit", type=float, default=120, metavar="SECONDS", help="for the text to appear (default: 120)")

    one = add("lint", do_lint, "check layout, conditionals and sizes of the sources, and print their measures")
    one.set_defaults(build=True)

    one = add("mutants", do_mutants, "put mistakes into copies of kernel/generic and see which test notices")
    one.add_argument("--hand", action="store_true", help="those of tests/mutants (default, without --mechanical)")
    one.add_argument("--mechanical", type=int, default=0, metavar="N", help="N drawn by the seed")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--jobs", type=int, default=os.cpu_count())
    one.add_argument("--maintenance", nargs="*", metavar="TARGET",
                     help="instead: those of tests/mutants/ports, in the kernels of these targets (default: all)")

    one = add("fuzz", do_fuzz, "random system calls on the kernel and on the reference model, compared after each")
    one.add_argument("--calls", type=int, default=1000000, metavar="N", help="(default: 1000000)")
    one.add_argument("--seed", type=int, metavar="S", help="of the first world (default: drawn from the clock, and printed)")
    one.add_argument("--jobs", type=int, default=min(os.cpu_count(), 16))
    one.add_argument("--pairs", type=int, default=0, metavar="N",
                     help="fail unless every pair of operation and error in docs/abi.md occurs N times")
    one.add_argument("--replay", metavar="FILE", help="the events of a failure again")

    one = add("bench", do_bench, "count the instructions of the kernel's operations; QEMU's own arguments follow --")
    one.add_argument("targets", nargs="*", metavar="TARGET")
    one.add_argument("--json", metavar="FILE", help="write the numbers to FILE too: an object for each target, a median for each row")
    one.add_argument("--seed", type=int, default=1, help="what slots, badges and priorities are drawn from (default: 1)")
    one.add_argument("--check", action="store_true", help="fail if a figure is above the committed one; say which miss their ceilings")
    one.add_argument("--record", action="store_true", help="commit the figures: tests/bench/budget.json, and what the docs show of it")
    one.add_argument("--cpus", action="store_true", help="instead: a pair of client and server on each of 1, 2, 4 and 8 processors")
    one.add_argument("--table", action="store_true", help="measure nothing: print the committed figures as a table")
    one.add_argument("--plot", metavar="FILE", help="measure nothing: draw the committed figures beside seL4's, as FILE.svg")

    one = add("latency", do_latency, "measure for how many instructions at most the kernel does not look at interrupts")
    one.add_argument("targets", nargs="*", metavar="TARGET")
    one.add_argument("--json", metavar="FILE", help="write the numbers to FILE too")
    one.add_argument("--above", type=int, metavar="N", help="tell of each kind of stretch with more than N instructions, by functions")

    add("clean", do_clean, "remove all that was built")
    return parser


def make_inner_parser():
    """What CTest calls; not for people."""
    parser = argparse.ArgumentParser(prog="ennead")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, function in (("guest-test", suite.guest_test), ("maintenance-test", maintenance.maintenance_test)):
        one = commands.add_parser(name)
        add_machine_options(one)
        one.add_argument("--cpus", type=int, default=1)
        one.add_argument("--memory")
        one.add_argument("--append")
        one.add_argument("--limit", type=float, default=60)
        one.set_defaults(function=function)
    one = commands.add_parser("bad-test")
    add_machine_options(one)
    one.add_argument("--cases", required=True)
    one.set_defaults(function=suite.bad_test)
    one = commands.add_parser("matrix-test")
    one.add_argument("--machine", required=True)
    one.add_argument("--kernel", required=True)
    one.add_argument("--archives", required=True, help="the folder of archives")
    one.add_argument("--all", action="store_true")
    one.add_argument("--limit", type=float, default=120)
    one.set_defaults(function=matrix.matrix_test)
    one = commands.add_parser("bench-test")
    one.add_argument("--machine", required=True)
    one.add_argument("--kernel", required=True)
    one.set_defaults(function=bench.bench_test)
    one = commands.add_parser("scale-test")
    one.add_argument("--machine", required=True)
    one.add_argument("--kernel", required=True)
    one.set_defaults(function=scale.scale_test)
    one = commands.add_parser("same-test")
    one.add_argument("--machine")
    one.add_argument("--kernel")
    one.add_argument("--archive")
    one.add_argument("--host")
    one.add_argument("--mmu", type=int, default=0)
    one.add_argument("--seed", type=int, required=True)
    one.set_defaults(function=same.same_test)
    one = commands.add_parser("corrupt-test")
    one.add_argument("--seed", type=int, required=True, nargs="+")
    one.set_defaults(function=same.corrupt_test)
    commands.add_parser("plugin-build").set_defaults(function=plugin.build_all)
    return parser


def main():
    words, qemu = sys.argv[1:], []
    if "--" in words:
        at = words.index("--")
        words, qemu = words[:at], words[at + 1:]
    inner = words[:1] and words[0] in ("guest-test", "maintenance-test", "bad-test", "matrix-test", "bench-test", "scale-test", "same-test", "corrupt-test", "plugin-build")
    args = (make_inner_parser() if inner else make_parser()).parse_args(words)
    if qemu and args.command not in ("run", "debug", "bench", "guest-test", "maintenance-test"):
        sys.exit(f"ennead: '{args.command}' takes no QEMU arguments")
    args.qemu = qemu
    try:
        return args.function(args)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
