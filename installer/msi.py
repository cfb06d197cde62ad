"""Wraps an installer that is there as an MSI, by wixl on Debian, for management systems that take nothing else.

    python3 -m installer.msi dist/Wallboard-VERSION-setup.exe

writes Wallboard-VERSION.msi beside it, signed where a certificate is configured.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import struct
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from installer import properties, signing
from wallboard import __version__

SCRIPT = Path(__file__).resolve().with_name("wallboard.wxs")

NAMESPACE = uuid.UUID("b0a7c9a4-1f2b-4f6e-9a57-3c2d6f0e8d11")
"""Of product and package codes: the same content has the same ones."""

_DRAWN = re.compile(rb"(?<=\x27\0\0\0)\{[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\}\0\0(?:@\0\0\0.{8}){2}", re.DOTALL)
"""What wixl draws by lot and by the clock, in the MSI's summary (a property set, MS-OLEPS): the package code, a text of
39 bytes, and when it was created and saved, each after the type FILETIME, 64.
"""

FILETIME_EPOCH_S = 11_644_473_600
"""From 1601 to 1970; a FILETIME counts tenths of a microsecond."""

FILETIME_PER_S = 10_000_000


class SummaryError(Exception):
    """The MSI has no summary as wixl writes it."""


def wrap(setup: Path, msi: Path, made_at_s: int, version: str = __version__) -> None:
    """`setup` is the installer of that version. Raises CalledProcessError or SummaryError."""
    four = list(map(str, properties.four_numbers(version)))
    defines = {
        "FOUR": ".".join(four),
        "VERSION": ".".join(four[:3]),
        "NAME": f"Wallboard-{version}-setup.exe",
        "SETUP": "setup.exe",
        "PRODUCT": _code("product", version),
    }
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        # wixl takes no absolute name, and keeps the time of the file.
        shutil.copyfile(setup, folder / "setup.exe")
        os.utime(folder / "setup.exe", (made_at_s, made_at_s))
        options = [option for name, value in defines.items() for option in ("-D", f"{name}={value}")]
        command = ["wixl", "--arch", "x64", "-D", "Win64=yes", *options, "--output", "wallboard.msi", str(SCRIPT)]
        subprocess.run(command, cwd=folder, check=True)
        drawn = (folder / "wallboard.msi").read_bytes()
    package = _code("package", version, *(hashlib.sha256(file.read_bytes()).hexdigest() for file in (setup, SCRIPT)))
    msi.write_bytes(settled(drawn, package, made_at_s))
    signing.sign(msi)


def settled(msi: bytes, code: str, made_at_s: int) -> bytes:
    """The same with this package code, of this time. Raises SummaryError."""
    time = b"@\0\0\0" + struct.pack("<Q", (made_at_s + FILETIME_EPOCH_S) * FILETIME_PER_S)
    replaced, count = _DRAWN.subn(f"{{{code}}}".encode("ascii") + b"\0\0" + time * 2, msi)
    if count != 1:
        raise SummaryError(f"{count} places in the MSI look like its summary")
    return replaced


def _code(*of: str) -> str:
    return str(uuid.uuid5(NAMESPACE, " ".join(of))).upper()


def main(arguments: Sequence[str] | None = None) -> None:
    from installer import build  # which wraps what it has built

    parser = argparse.ArgumentParser(prog="installer.msi", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("setup", type=Path, help="the installer")
    parser.add_argument("--version", default=__version__, help="another than its own, to try an upgrade from")
    options = parser.parse_args(arguments)
    setup: Path = options.setup
    wrap(setup, setup.with_name(f"Wallboard-{options.version}.msi"), build.source_time_s(), options.version)


if __name__ == "__main__":
    main()
