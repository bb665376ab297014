#!/usr/bin/env python3
"""Fetch a Debian source package and unpack its upstream tarball: sourcepkg.py PACKAGE FOLDER.

The system's own package lists stay as they are: a private list holds the deb-src lines made from them. What is
fetched lies in a cache below the build folder's parent, so that several builds share one download.
"""
import glob
import os
import re
import subprocess
import sys
import tarfile


def deb_src_lines():
    """The system's package sources, as sources of source packages."""
    for path in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*.list"))]:
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    if re.match(r"deb\s", line):
                        yield re.sub(r"^deb\s", "deb-src ", line).strip()
    for path in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
        with open(path, encoding="utf-8") as file:
            for stanza in re.split(r"\n\s*\n", file.read()):
                yield from stanza_lines(stanza)


def stanza_lines(stanza):
    field = {}
    for line in stanza.splitlines():
        if ":" in line and not line.startswith(("#", " ")):
            key, value = line.split(":", 1)
            field[key.strip().lower()] = value.strip()
    if field.get("enabled", "yes").lower() == "no" or "uris" not in field or "deb" not in field.get("types", "").split():
        return
    option = f" [signed-by={field['signed-by']}]" if field.get("signed-by", "").startswith("/") else ""
    for uri in field["uris"].split():
        for suite in field.get("suites", "").split():
            yield f"deb-src{option} {uri} {suite} {field.get('components', '')}"


def apt(folder, *words):
    options = {
        "Dir::Etc::SourceList": os.path.join(folder, "sources.list"),
        "Dir::Etc::SourceParts": "-",
        "Dir::State::lists": os.path.join(folder, "lists"),
        "APT::Sandbox::User": "",
    }
    line = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in options.items()), *words]
    done = subprocess.run(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stdout}\nsourcepkg: {' '.join(words)} failed: is there a package source to reach?")


def upstream_tarball(folder, package):
    found = glob.glob(os.path.join(folder, f"{package}_*.orig.tar.*"))
    found = [path for path in found if not path.endswith(".asc")]
    return found[0] if found else None


def download(cache, package):
    os.makedirs(os.path.join(cache, "lists", "partial"), exist_ok=True)
    with open(os.path.join(cache, "sources.list"), "w", encoding="utf-8") as file:
        file.write("\n".join(deb_src_lines()) + "\n")
    apt(cache, "update")
    apt(cache, "source", "--download-only", package)


def main():
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    package, folder = sys.argv[1], os.path.abspath(sys.argv[2])
    cache = os.path.join(os.path.dirname(os.path.dirname(folder)), "sources")
    if os.path.isdir(folder):
        return
    if not upstream_tarball(cache, package):
        download(cache, package)
    with tarfile.open(upstream_tarball(cache, package)) as archive:
        members = archive.getmembers()
        for member in members:
            member.name = member.name.partition("/")[2]
        archive.extractall(folder + ".new", [member for member in members if member.name])
    os.rename(folder + ".new", folder)


main()
