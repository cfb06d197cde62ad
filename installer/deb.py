"""The bundle as a package for Debian 12 and whatever has its libraries: what is in it beside the bundle, and what it
asks of the system. Packed by dpkg-deb.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from installer import properties
from installer.licences import Component
from scripts import dev

ROOT = Path(__file__).resolve().parents[1]
FILES = ROOT / "installer" / "debian"
PROGRAM = Path("usr/lib/wallboard")
"""Of what is private to one package (Filesystem Hierarchy Standard 3.0, 4.7)."""

MAINTAINER = "Wallboard <wallboard@wallboard.invalid>"
"""Whoever gives the package to others puts their own address into WALLBOARD_MAINTAINER."""

ARCHITECTURE = "amd64"
SCRIPTS = ("postinst", "prerm", "postrm")

LIBRARIES = {
    **dev.QT_LIBRARIES,
    **dev.SCREEN_LIBRARIES,
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libbz2.so.1.0": "libbz2-1.0",
    "libcrypto.so.3": "libssl3",
    "libexpat.so.1": "libexpat1",
    "libffi.so.8": "libffi8",
    "libgcc_s.so.1": "libgcc-s1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "liblzma.so.5": "liblzma5",
    "libsqlite3.so.0": "libsqlite3-0",
    "libssl.so.3": "libssl3",
    "libstdc++.so.6": "libstdc++6",
    "libuuid.so.1": "libuuid1",
    "libxcb.so.1": "libxcb1",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
"""What Qt's and Python's files may link to and the bundle does not carry: its package in Debian 12. Later ones have the
same names, or provide them (libssl3t64).
"""

LIBC = frozenset(f"{name}.so.{number}" for name, number in (
    ("ld-linux-x86-64", 2), ("libc", 6), ("libdl", 2), ("libm", 6), ("libpthread", 0), ("libresolv", 2),
))  # fmt: skip
"""Of libc6."""

BUILD_PACKAGES = ("binutils", "libpython3.11", "python3.11", *sorted(set(dev.QT_LIBRARIES.values())))
"""PyInstaller reads libraries with binutils, and loads Qt to ask it for its plugins."""

ASKED_FOR_BY_NAME = ("ca-certificates",)
"""What no file of the bundle links to: the authorities that TLS trusts."""

RECOMMENDED = {"libspeechd.so.2": "libspeechd2"}
"""Of plugins without which the wall runs all the same: alarms are spoken where there is a voice."""

RECOMMENDED_BY_NAME = ("pipewire-pulse | pulseaudio", "speech-dispatcher-espeak-ng", "x11-xserver-utils")
"""Sounds need a server of PulseAudio's protocol, speech one with a voice for Indonesian; xset keeps the screen on."""

_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)$", re.MULTILINE)
_GLIBC = re.compile(r"\bGLIBC_(\d+)\.(\d+)\b")


class LibraryError(Exception):
    """The bundle needs a library of which nobody has said what package it is in."""


def version(of: str) -> str:
    """Debian's form of a version of Python's (PEP 440), in the same order: 1.2.3~~dev1 < 1.2.3~rc1 < 1.2.3.

    Raises ValueError for what is no version.
    """
    properties.four_numbers(of)
    release, development, number = of.partition(".dev")
    before = re.sub(r"(a|b|rc)(\d+)$", r"~\1\2", release)
    if not development:
        return before
    return f"{before}~{'' if '~' in before else '~'}dev{number}"


def needed(dumps: Iterable[str]) -> set[str]:
    """The libraries that files link to, of what `objdump -p` says of each."""
    return {name for dump in dumps for name in _NEEDED.findall(dump)}


def least_libc(dumps: Iterable[str]) -> str:
    """The newest version of the C library's that a file asks for."""
    major, minor = max((int(one), int(two)) for dump in dumps for one, two in _GLIBC.findall(dump))
    return f"{major}.{minor}"


def packages(sonames: Collection[str]) -> set[str]:
    """The packages of libraries, but for the C library. Raises LibraryError."""
    if unknown := sorted(set(sonames) - LIBRARIES.keys() - LIBC):
        raise LibraryError(f"the bundle needs {', '.join(unknown)}: add the package to LIBRARIES in installer/deb.py")
    return {LIBRARIES[soname] for soname in sonames if soname not in LIBC}


def control(of: str, size_kib: int, depends: Sequence[str], recommends: Sequence[str], maintainer: str) -> str:
    return f"""\
Package: wallboard
Version: {version(of)}
Architecture: {ARCHITECTURE}
Maintainer: {maintainer}
Installed-Size: {size_kib}
Depends: {", ".join(depends)}
Recommends: {", ".join(recommends)}
Section: utils
Priority: optional
Description: wall of an emergency-call centre
 Shows live calls, incidents, agency load and alarms of a 112 centre from its
 dispatch API, full screen, in Indonesian or English. A service of the user's
 session starts the wall and starts it again whenever it ends:
 .
  systemctl --user enable --now wallboard
 .
 Layar dinding pusat panggilan darurat 112: panggilan, insiden, beban instansi
 dan alarm dari API sistem dispatch.
"""


def changelog(of: str, made_at_s: int, maintainer: str) -> str:
    when = format_datetime(datetime.fromtimestamp(made_at_s, UTC))
    return f"""\
wallboard ({version(of)}) unstable; urgency=medium

  * What changed is in CHANGELOG.md.gz beside this file.

 -- {maintainer}  {when}
"""


def copyright_file(licence: str, components: Sequence[Component]) -> str:
    """In Debian's form 1.0; the texts of what comes with it are in the package."""
    inside = "".join(f" {one.name} {one.version}: {' '.join(one.licence.split())}\n" for one in components)
    indented = "\n".join(f" {line}" if line.strip() else " ." for line in licence.strip().splitlines())
    return f"""\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Wallboard
Comment: With it come these, each under its own licence. The texts are in
 /{PROGRAM}/_internal/licences, and licences.md there says what the LGPL of Qt
 and PySide6 asks of whoever passes this package on.
{inside}
Files: *
Copyright: the authors of Wallboard
License: EUPL-1.2

License: EUPL-1.2
{indented}
"""


def md5sums(folder: Path) -> str:
    """Of the files of a package, as dpkg --verify reads them."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    names = ((path, path.relative_to(folder).as_posix()) for path in files)
    return "".join(
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {name}\n"
        for path, name in names
        if not name.startswith("DEBIAN/")
    )


def size_kib(folder: Path) -> int:
    """As Installed-Size wants it: files in whole KiB, and one for each other thing (deb-substvars(5))."""
    paths = (path for path in folder.rglob("*") if "DEBIAN" not in path.relative_to(folder).parts)
    return sum(-(-path.lstat().st_size // 1024) if path.is_file() and not path.is_symlink() else 1 for path in paths)


def wants(bundle: Path) -> tuple[list[str], list[str]]:
    """The packages that the bundle depends on, and those that it recommends, in order. Raises LibraryError."""
    binaries = sorted(path for path in bundle.rglob("*") if path.is_file() and _is_elf(path))
    dumps = [_output("objdump", "-p", str(path)) for path in binaries]
    carried = {path.name for path in bundle.rglob("*")}
    libraries = packages(needed(dumps) - carried - RECOMMENDED.keys())
    depends = {*ASKED_FOR_BY_NAME, *libraries, f"libc6 (>= {least_libc(dumps)})"}
    return sorted(depends), sorted({*RECOMMENDED.values(), *RECOMMENDED_BY_NAME})


def stage(folder: Path, bundle: Path, of: str, components: Sequence[Component], made_at_s: int) -> None:
    """Lays the package out in `folder`, anew, with everything that dpkg-deb packs."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bundle, folder / PROGRAM, symlinks=True)
    maintainer = os.environ.get("WALLBOARD_MAINTAINER", MAINTAINER)
    icons, documents = ROOT / "resources" / "icons", Path("usr/share/doc/wallboard")
    files: Mapping[str | Path, bytes] = {
        PROGRAM / "session": (FILES / "session").read_bytes(),
        "usr/lib/systemd/user/wallboard-session.target": (FILES / "wallboard-session.target").read_bytes(),
        "usr/lib/systemd/user/wallboard.service": (FILES / "wallboard.service").read_bytes(),
        "usr/share/applications/wallboard.desktop": (FILES / "wallboard.desktop").read_bytes(),
        "usr/share/icons/hicolor/256x256/apps/wallboard.png": (icons / "wallboard.png").read_bytes(),
        "usr/share/icons/hicolor/scalable/apps/wallboard.svg": (icons / "wallboard.svg").read_bytes(),
        "usr/share/lintian/overrides/wallboard": (FILES / "lintian-overrides").read_bytes(),
        "usr/share/man/man1/wallboard.1.gz": _packed((FILES / "wallboard.1").read_bytes()),
        "usr/share/xsessions/wallboard.desktop": (FILES / "xsession.desktop").read_bytes(),
        documents / "changelog.gz": _packed(changelog(of, made_at_s, maintainer).encode()),
        documents / "CHANGELOG.md.gz": _packed((ROOT / "CHANGELOG.md").read_bytes()),
        documents / "copyright": copyright_file((ROOT / "LICENSE").read_text("utf-8"), components).encode(),
        **{f"DEBIAN/{name}": (FILES / name).read_bytes() for name in SCRIPTS},
    }
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (folder / "usr/bin").mkdir()
    (folder / "usr/bin/wallboard").symlink_to("../lib/wallboard/wallboard")
    depends, recommends = wants(bundle)
    head = control(of, size_kib(folder), depends, recommends, maintainer)
    (folder / "DEBIAN/control").write_text(head, "utf-8")
    (folder / "DEBIAN/md5sums").write_text(md5sums(folder), "utf-8")
    programs = (folder / PROGRAM / name for name in ("wallboard", "session"))
    executable = {*programs, *(folder / "DEBIAN" / name for name in SCRIPTS)}
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path in executable else 0o644)
        os.utime(path, (made_at_s, made_at_s), follow_symlinks=False)


def pack(folder: Path, package: Path, made_at_s: int, *, compression: str = "xz") -> None:
    options = ("--root-owner-group", f"-Z{compression}")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(made_at_s)}
    subprocess.run(["dpkg-deb", *options, "--build", folder, package], check=True, env=environment, capture_output=True)


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=9, mtime=0)


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def is_installed(package: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package]
    return subprocess.run(query, check=False, capture_output=True, text=True).stdout.startswith("installed")


def _output(*command: str) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
