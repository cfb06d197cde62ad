"""Builds the Windows program and its installer, on Windows or, by wine, on Debian 12; there the Debian package too.

    python3 -m installer.build [--out dist] [--only setup|deb]

writes Wallboard-VERSION-setup.exe, on Debian the same as an MSI and wallboard_VERSION_amd64.deb, bills of materials and
SHA256SUMS, and leaves the folders that are packed in build/windows/dist/wallboard and build/linux/dist/wallboard.
Standard library only, Python 3.11. On Debian it needs the packages that it names, on Windows NSIS 3.08 or later. What
it builds of is pinned (installer/inputs.py); to sign it, see installer/signing.py.

Two builds of one commit differ in nothing but signatures: time is the commit's, or SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from installer import deb, gate, inputs, licences, machine, msi, parts, properties, sbom, signing
from wallboard import __version__

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
FETCHED = BUILD / "inputs"
WORK = BUILD / "windows"
BUNDLE = WORK / "dist" / "wallboard"
LINUX_WORK = BUILD / "linux"
LINUX_BUNDLE = LINUX_WORK / "dist" / "wallboard"
LONGEST_FREEZE_S = 1800

LARGEST_BUNDLE_BYTES = 160_000_000
LARGEST_INSTALLER_BYTES = 55_000_000
"""What may be asked of a slow line; a bundle that grows beyond has taken in something that nobody uses."""


def main(arguments: Sequence[str] | None = None) -> None:
    makers = {"setup": setup} if sys.platform == "win32" else {"setup": setup, "deb": package}
    parser = argparse.ArgumentParser(prog="installer.build", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER")
    parser.add_argument("--only", choices=makers, help="one of the two formats that Debian builds")
    options = parser.parse_args(arguments)
    out: Path = options.out
    formats = [options.only] if options.only else list(makers)
    require_tools(formats)
    made_at_s = source_time_s()
    out.mkdir(parents=True, exist_ok=True)
    made = sorted(path for name in formats for path in makers[name](out, made_at_s))
    sums = "".join(f"{inputs.sha256(path.read_bytes())}  {path.name}\n" for path in made)
    (out / "SHA256SUMS").write_text(sums, "utf-8", newline="\n")


def setup(out: Path, made_at_s: int) -> list[Path]:
    """The installer for Windows, on Debian as an MSI too, and its bill of materials."""
    step("inputs")
    inputs.fetch(FETCHED)
    python = inputs.python(FETCHED, WORK / "python")

    step("bundle")
    where = machine.windows(WORK / "prefix")
    freeze(where, python, WORK, made_at_s)
    require_pinned(gate.offences(BUNDLE, gate.digests(inputs.pinned(FETCHED))))
    for name in gate.PROGRAMS:
        signing.sign(BUNDLE / name)
    size = require_size("The bundle", size_of(BUNDLE), LARGEST_BUNDLE_BYTES)
    set_times(BUNDLE, made_at_s)

    step("installer")
    setup = out / f"Wallboard-{__version__}-setup.exe"
    pack(setup)
    signing.sign(setup)
    require_size("The installer", setup.stat().st_size, LARGEST_INSTALLER_BYTES)

    made = [setup]
    if sys.platform != "win32":  # which has no wixl
        made.append(out / f"Wallboard-{__version__}.msi")
        msi.wrap(setup, made[-1], made_at_s)

    bill = out / f"Wallboard-{__version__}-sbom.json"
    packages = licences.components(
        inputs.LOCK, [str(python.parent / "Lib" / "site-packages")], python.parent, inputs.PYTHON_VERSION
    )
    packages += parts.windows(where, python, inputs.LOCK, nsis_version())
    write_bill(bill, packages, inputs.LOCK, {"python": inputs.PYTHON_ARCHIVE_SHA256}, made_at_s)
    step(f"{setup} ({setup.stat().st_size / 1e6:.1f} MB, {size / 1e6:.0f} MB installed)")
    return [bill, *made]


def package(out: Path, made_at_s: int) -> list[Path]:
    """The package for Debian, and its bill of materials."""
    step("inputs for Linux")
    inputs.fetch_wheels(FETCHED, inputs.LINUX_LOCK)
    python = inputs.linux_python(FETCHED, LINUX_WORK / "python")

    step("bundle for Linux")
    freeze(machine.Machine(), python, LINUX_WORK, made_at_s)
    pinned = gate.digests(inputs.linux_pinned(FETCHED))
    require_pinned(gate.offences(LINUX_BUNDLE, pinned, gate.LINUX_PROGRAMS))
    size = require_size("The bundle", size_of(LINUX_BUNDLE), LARGEST_BUNDLE_BYTES)

    step("package")
    name = f"wallboard_{deb.version(__version__)}_{deb.ARCHITECTURE}"
    packages = licences.components(
        inputs.LINUX_LOCK,
        [str(inputs.packages_of(LINUX_WORK / "python"))],
        inputs.LINUX_PYTHON.parents[1],
        inputs.linux_python_version(),
    )
    deb.stage(LINUX_WORK / "package", LINUX_BUNDLE, __version__, packages, made_at_s)
    package = out / f"{name}.deb"
    deb.pack(LINUX_WORK / "package", package, made_at_s)
    require_size("The package", package.stat().st_size, LARGEST_INSTALLER_BYTES)
    bill = out / f"{name}.sbom.json"
    write_bill(bill, [*packages, *parts.linux(python, inputs.LINUX_LOCK)], inputs.LINUX_LOCK, {}, made_at_s)
    step(f"{package} ({package.stat().st_size / 1e6:.1f} MB, {size / 1e6:.0f} MB installed)")
    return [bill, package]


def require_tools(formats: Collection[str]) -> None:
    if sys.version_info[:2] != (3, 11):
        sys.exit("The bundle's Python is 3.11, and so must be the one that fetches its packages.")
    tools = (makensis(), "wine", "wixl", machine.COMPILER) if sys.platform != "win32" else (makensis(),)
    lacking = [tool for tool in tools if "setup" in formats and shutil.which(tool) is None]
    if lacking and sys.platform == "win32":
        sys.exit(f"{', '.join(lacking)} is missing: NSIS 3.08 or later builds the installer.")
    if "setup" in formats and signing.is_configured() and signing.tool() is None:
        if sys.platform == "win32":
            sys.exit("A certificate is configured, and signtool is missing: it comes with the Windows SDK.")
        lacking.append("osslsigncode")
    packages = [*machine.DEBIAN_PACKAGES] if lacking else []
    if "deb" in formats:
        packages += [package for package in deb.BUILD_PACKAGES if not deb.is_installed(package)]
    if importlib.util.find_spec("pip") is None:
        packages.append("python3-pip")
    if packages:
        sys.exit(f"To install what is missing: sudo apt-get install {' '.join(packages)}")


def makensis() -> str:
    """NSIS does not put itself on Windows' path."""
    usual = Path(os.environ.get("PROGRAMFILES(X86)", "")) / "NSIS" / "makensis.exe"
    return str(usual) if sys.platform == "win32" and usual.is_file() else "makensis"


def nsis_version() -> str:
    told = subprocess.run([makensis(), _switch("VERSION")], check=True, capture_output=True, text=True)
    return told.stdout.strip().removeprefix("v")


def _switch(name: str) -> str:
    """Of makensis."""
    return f"{'/' if sys.platform == 'win32' else '-'}{name}"


def source_time_s() -> int:
    """Of the commit, in seconds since 1970; an archive without a history has it in SOURCE_DATE_EPOCH."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    command = ["git", "log", "-1", "--format=%ct"]
    try:
        return int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    except (subprocess.CalledProcessError, FileNotFoundError):
        sys.exit("There is no commit here to take the time from: set SOURCE_DATE_EPOCH.")


def freeze(where: machine.Machine, python: Path, work: Path, made_at_s: int) -> None:
    shutil.rmtree(work / "dist", ignore_errors=True)
    done = where.run(
        python,
        *("-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"),
        *("--distpath", where.name(work / "dist"), "--workpath", where.name(work / "work")),
        where.name(ROOT / "installer" / "wallboard.spec"),
        timeout_s=LONGEST_FREEZE_S,
        environment={
            # Sets are laid out by their hashes: without a fixed seed, each build would have its own order.
            "PYTHONHASHSEED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SOURCE_DATE_EPOCH": str(made_at_s),
        },
    )
    if done.status or not (work / "dist" / "wallboard").is_dir():
        sys.exit(f"PyInstaller failed with exit status {done.status}:\n{done.errors}")


def pack(setup: Path, version: str = __version__, *, compressed: bool = True) -> None:
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
    command = [makensis(), *map(_switch, ("V2", "WX", *(f"D{name}={value}" for name, value in defines.items())))]
    # The script's own folder is where makensis works; `python -m` must still find the package.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, ROOT / "installer" / "wallboard.nsi"], check=True, env=environment)


def set_times(folder: Path, made_at_s: int) -> None:
    """The installer keeps the times of its files."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (made_at_s, made_at_s))


def write_bill(
    bill: Path, packages: list[licences.Component], lock: Path, digests: Mapping[str, str], made_at_s: int
) -> None:
    """`digests` are those of the parts that came in no wheel."""
    files = {licences.normalised(wheel.name.split("-")[0]): wheel for wheel in inputs.wheels(FETCHED, lock)}
    hashes = {name: inputs.sha256(wheel.read_bytes()) for name, wheel in files.items()} | dict(digests)
    bill.write_text(sbom.document(__version__, packages, hashes, made_at_s), "utf-8", newline="\n")


def require_pinned(offences: list[str]) -> None:
    if offences:
        sys.exit("The bundle may not be released:\n" + "\n".join(f"  {offence}" for offence in offences))


def size_of(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def require_size(what: str, size: int, largest: int) -> int:
    """Returns the size."""
    if size > largest:
        sys.exit(f"{what} has {size / 1e6:.0f} MB; {largest / 1e6:.0f} MB are the most.")
    return size


_started_s = time.monotonic()


def step(what: str) -> None:
    print(f"{time.monotonic() - _started_s:6.1f} s  {what}", flush=True)


if __name__ == "__main__":
    main()
