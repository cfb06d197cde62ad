"""Builds the Windows program and its installer, on Windows or, by wine, on Debian 12.

    python3 -m installer.build [--out dist]

writes Wallboard-VERSION-setup.exe, Wallboard-VERSION-sbom.json and SHA256SUMS, and leaves the folder that is packed in
build/windows/dist/wallboard. Standard library only, Python 3.11. On Debian it needs the packages that it names, on
Windows NSIS 3.08 or later. What it builds of is pinned (installer/inputs.py); to sign it, see installer/signing.py.

Two builds of one commit differ in nothing but signatures: time is the commit's, or SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from installer import gate, inputs, licences, machine, properties, sbom, signing
from wallboard import __version__

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
WORK = BUILD / "windows"
BUNDLE = WORK / "dist" / "wallboard"
LONGEST_FREEZE_S = 1800

LARGEST_BUNDLE_BYTES = 160_000_000
LARGEST_INSTALLER_BYTES = 55_000_000
"""What may be asked of a slow line; a bundle that grows beyond has taken in something that nobody uses."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="installer.build", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER")
    out: Path = parser.parse_args(arguments).out
    require_tools()
    made_at_s = source_time_s()
    out.mkdir(parents=True, exist_ok=True)

    step("inputs")
    fetched = BUILD / "inputs"
    inputs.fetch(fetched)
    python = inputs.python(fetched, WORK / "python")

    step("bundle")
    freeze(python, made_at_s)
    found = gate.offences(BUNDLE, gate.digests(inputs.pinned(fetched)))
    if found:
        sys.exit("The bundle may not be released:\n" + "\n".join(f"  {offence}" for offence in found))
    for name in gate.PROGRAMS:
        signing.sign(BUNDLE / name)
    size = sum(path.stat().st_size for path in BUNDLE.rglob("*"))
    require_size("The bundle", size, LARGEST_BUNDLE_BYTES)
    set_times(BUNDLE, made_at_s)

    step("installer")
    setup = out / f"Wallboard-{__version__}-setup.exe"
    pack(setup, made_at_s)
    signing.sign(setup)
    require_size("The installer", setup.stat().st_size, LARGEST_INSTALLER_BYTES)

    bill = out / f"Wallboard-{__version__}-sbom.json"
    packages = licences.components(inputs.LOCK, [str(python.parent / "Lib" / "site-packages")], python.parent)
    bill.write_text(sbom.document(__version__, packages, wheel_digests(fetched), made_at_s), "utf-8", newline="\n")
    sums = "".join(f"{inputs.sha256(path.read_bytes())}  {path.name}\n" for path in (bill, setup))
    (out / "SHA256SUMS").write_text(sums, "utf-8", newline="\n")
    step(f"{setup} ({setup.stat().st_size / 1e6:.1f} MB, {size / 1e6:.0f} MB installed)")


def require_tools() -> None:
    if sys.version_info[:2] != (3, 11):
        sys.exit("The bundle's Python is 3.11, and so must be the one that fetches its packages.")
    lacking = [tool for tool in (makensis(), *(() if sys.platform == "win32" else ("wine", machine.COMPILER)))
               if shutil.which(tool) is None]  # fmt: skip
    if lacking and sys.platform == "win32":
        sys.exit(f"{', '.join(lacking)} is missing: NSIS 3.08 or later builds the installer.")
    if lacking:
        sys.exit(f"To install what is missing: sudo apt-get install {' '.join(machine.DEBIAN_PACKAGES)}")


def makensis() -> str:
    """NSIS does not put itself on Windows' path."""
    usual = Path(os.environ.get("PROGRAMFILES(X86)", "")) / "NSIS" / "makensis.exe"
    return str(usual) if sys.platform == "win32" and usual.is_file() else "makensis"


def source_time_s() -> int:
    """Of the commit, in seconds since 1970; an archive without a history has it in SOURCE_DATE_EPOCH."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    git = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    if git.returncode:
        sys.exit("There is no commit here to take the time from: set SOURCE_DATE_EPOCH.")
    return int(git.stdout)


def freeze(python: Path, made_at_s: int) -> None:
    shutil.rmtree(WORK / "dist", ignore_errors=True)
    where = machine.windows(WORK / "prefix")
    done = where.run(
        python,
        *("-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"),
        *("--distpath", where.name(WORK / "dist"), "--workpath", where.name(WORK / "work")),
        where.name(ROOT / "installer" / "wallboard.spec"),
        timeout_s=LONGEST_FREEZE_S,
        environment={
            # Sets are laid out by their hashes: without a fixed seed, each build would have its own order.
            "PYTHONHASHSEED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SOURCE_DATE_EPOCH": str(made_at_s),
        },
    )
    if done.status or not BUNDLE.is_dir():
        sys.exit(f"PyInstaller failed with exit status {done.status}:\n{done.errors}")


def pack(setup: Path, made_at_s: int, version: str = __version__, *, compressed: bool = True) -> None:
    """The installer of the bundle that is there, uncompressed where only its own work is to be tried."""
    defines = {
        "VERSION": version,
        "FOUR": ".".join(map(str, properties.four_numbers(version))),
        "BUNDLE": str(BUNDLE),
        "RESOURCES": str(ROOT / "resources"),
        "OUT": str(setup.resolve()),
    }
    if not compressed:
        defines["UNCOMPRESSED"] = ""
    if signing.is_configured():
        sign = [sys.executable, "-m", "installer.signing"]
        defines["SIGN"] = subprocess.list2cmdline(sign) if sys.platform == "win32" else shlex.join(sign)
    mark = "/" if sys.platform == "win32" else "-"
    command = [makensis(), f"{mark}V2", f"{mark}WX", *(f"{mark}D{name}={value}" for name, value in defines.items())]
    # The script's own folder is where makensis works; `python -m` must still find the package.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(made_at_s), "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, ROOT / "installer" / "wallboard.nsi"], check=True, env=environment)


def set_times(folder: Path, made_at_s: int) -> None:
    """The installer keeps the times of its files."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (made_at_s, made_at_s))


def wheel_digests(fetched: Path) -> dict[str, str]:
    files = {licences.normalised(wheel.name.split("-")[0]): wheel for wheel in inputs.wheels(fetched)}
    digests = {name: inputs.sha256(wheel.read_bytes()) for name, wheel in files.items()}
    return digests | {"python": inputs.PYTHON_ARCHIVE_SHA256}


def require_size(what: str, size: int, largest: int) -> None:
    if size > largest:
        sys.exit(f"{what} has {size / 1e6:.0f} MB; {largest / 1e6:.0f} MB are the most.")


_started_s = time.monotonic()


def step(what: str) -> None:
    print(f"{time.monotonic() - _started_s:6.1f} s  {what}", flush=True)


if __name__ == "__main__":
    main()
