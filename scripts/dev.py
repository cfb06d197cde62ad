"""Set Wallboard up and run it, on a machine with nothing but Python 3.11 to 3.13.

    python scripts/dev.py setup               the environment .venv, with what the program needs
    python scripts/dev.py demo [OPTION...]    set up, then the wall of a simulated centre
    python scripts/dev.py run [ARGUMENT...]   set up, then main.py: the wall, check, render, demo-server
    python scripts/dev.py test [ARGUMENT...]  set up for development, then every check; with arguments, pytest alone
    python scripts/dev.py benchmark [NAME]    set up, then benchmarks/NAME.py; without a name, the names
    python scripts/dev.py lock [OPTION...]    resolve requirements/*.txt again; with --upgrade, to the newest

Standard library only. What is installed is what requirements/*.txt locks, by hash; where from is pip's configuration.
"""

import sys

# Above everything an older Python would stumble over, so that it says this and not something about syntax.
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(f"Wallboard needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]} ({sys.executable}).")

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "wallboard-setup"
"""Written last: an environment without it was never finished."""

RUNTIME = ROOT / "requirements" / "runtime.txt"
DEVELOPMENT = ROOT / "requirements" / "dev.txt"
"""All of RUNTIME, at the same versions, and the tools."""

BUNDLE_PLATFORMS = {"windows": "x86_64-pc-windows-msvc", "linux": "x86_64-manylinux_2_36"}
"""As uv names them; Debian 12 has glibc 2.36."""

PYTHON, LINT_IMPORTS = (
    (ENVIRONMENT / "Scripts" / "python.exe", ENVIRONMENT / "Scripts" / "lint-imports.exe")
    if sys.platform == "win32"
    else (ENVIRONMENT / "bin" / "python", ENVIRONMENT / "bin" / "lint-imports")
)

QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libpulse.so.0": "libpulse0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What QtCore, QtGui, QtWidgets, QtMultimedia and the offscreen platform link to and their wheels do not bring: its
Debian package.

Read from their NEEDED entries (`objdump -p`), less what every Debian has.
"""

SCREEN_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
"""The same of the platforms with a screen: xcb and wayland."""

INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends")


def main(arguments: Sequence[str]) -> None:
    commands: Mapping[str, Callable[[Sequence[str]], None]] = {
        "setup": setup,
        "demo": demo,
        "run": run,
        "test": test,
        "benchmark": benchmark,
        "lock": lock,
    }
    name, *rest = arguments or ["--help"]
    if name in ("-h", "--help"):
        print(__doc__)
    elif name in commands:
        commands[name](rest)
    else:
        sys.exit(f"{name!r} is no command. There are: {', '.join(commands)}.")


def setup(_: Sequence[str]) -> None:
    set_up(RUNTIME)
    say(f"Ready: {command_line('demo')} opens the demo wall, {command_line('test')} runs every check.")


def demo(options: Sequence[str]) -> None:
    if not has_screen():
        sys.exit(no_screen(options))
    set_up(RUNTIME)
    become(PYTHON, ROOT / "main.py", "--demo", *options)


def run(arguments: Sequence[str]) -> None:
    set_up(RUNTIME)
    become(PYTHON, ROOT / "main.py", *arguments)


def test(arguments: Sequence[str]) -> None:
    set_up(DEVELOPMENT)
    if not arguments:
        install_nginx()
        check(PYTHON, "-m", "ruff", "check")
        check(PYTHON, "-m", "ruff", "format", "--check")
        check(PYTHON, "-m", "mypy")
        check(LINT_IMPORTS)
    check(PYTHON, "-m", "pytest", *arguments)


def benchmark(arguments: Sequence[str]) -> None:
    if not arguments:
        programs = (path for path in (ROOT / "benchmarks").glob("*.py") if '"__main__"' in path.read_text("utf-8"))
        print(*sorted(path.stem for path in programs), sep="\n")
        return
    set_up(RUNTIME, virtual_screen=True)
    os.environ["PYTHONPATH"] = str(ROOT)  # they share a package, and are run from wherever the caller stands
    name, *rest = arguments
    become(PYTHON, "-m", f"benchmarks.{name}", *rest)


def lock(options: Sequence[str]) -> None:
    """In an environment of its own, for the resolver belongs neither to the program nor to its tests."""
    require_debian_packages(venv_packages())
    with tempfile.TemporaryDirectory() as folder:
        check(sys.executable, "-m", "venv", folder)
        python = Path(folder) / PYTHON.relative_to(ENVIRONMENT)
        check(python, "-m", "pip", "install", "--quiet", "uv")
        # For every system and Python at once; no index address, command or path goes into the file.
        compile_ = (python, "-m", "uv", "pip", "compile", "--quiet", "--python-version", "3.11")
        content = ("--generate-hashes", "--only-binary", ":all:", "--no-emit-index-url", "--no-annotate", "--no-header")
        project = ROOT / "pyproject.toml"
        universal: tuple[str | Path, ...] = (*compile_, "--universal", *content, *options)
        check(*universal, "--output-file", RUNTIME, project)
        check(*universal, "--output-file", DEVELOPMENT, "--extra", "dev", "-c", RUNTIME, project)
        # What is frozen is for one system each and without markers, so that one system can fetch for another.
        for name, platform in BUNDLE_PLATFORMS.items():
            bundle = ROOT / "requirements" / f"bundle-{name}.txt"
            target = ("--python-platform", platform, "--extra", "bundle", "-c", RUNTIME)
            check(*compile_, *content, *options, *target, "--output-file", bundle, project)


# Setting up.


def set_up(requirements: Path, *, virtual_screen: bool = False) -> None:
    """The environment as the lock file has it, and what Qt needs of the system; nothing where both are there."""
    current = STAMP.read_text("utf-8") if STAMP.is_file() else ""
    ready = current in (stamp(requirements), stamp(DEVELOPMENT))
    packages = qt_packages(with_screen=virtual_screen or has_screen())
    packages += virtual_screen_packages() if virtual_screen else []
    require_debian_packages(packages + ([] if ready else venv_packages()))
    if ready:
        return
    if Path(sys.prefix).resolve() == ENVIRONMENT:
        sys.exit("The environment .venv must be built anew, which its own Python cannot do: run this with another.")
    if is_running(PYTHON):
        sys.exit("The environment .venv must be built anew, and a program runs from it: close Wallboard first.")
    STAMP.unlink(missing_ok=True)
    # Always anew, or what an earlier lock file installed would stay, here and nowhere else.
    check(sys.executable, "-m", "venv", "--clear", ENVIRONMENT)
    install = (PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--require-hashes")
    check(*install, "--only-binary", ":all:", "--requirement", requirements)
    STAMP.write_text(stamp(requirements), "utf-8")


def is_running(program: Path) -> bool:
    """On Windows, which takes no file from a program that runs: half an environment would be left. Others do."""
    if sys.platform != "win32" or not program.exists():
        return False
    try:
        program.open("r+b").close()
    except PermissionError:
        return True
    return False


def stamp(requirements: Path) -> str:
    """What an environment was made of: its folder (moved, its programs no longer start), the Python, the lock file."""
    locked = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return f"{ENVIRONMENT} {sys.base_prefix} {sys.version} {requirements.name} {locked}"


def qt_packages(*, with_screen: bool) -> list[str]:
    libraries = {**QT_LIBRARIES, **SCREEN_LIBRARIES} if with_screen else QT_LIBRARIES
    return sorted({package for library, package in libraries.items() if not loads(library)})


def virtual_screen_packages() -> list[str]:
    return [] if shutil.which("Xvfb") else ["xvfb"]


def venv_packages() -> list[str]:
    """Debian has the part of venv that brings pip in a package of its own."""
    minor = sys.version_info.minor
    return [] if importlib.util.find_spec("ensurepip") else [f"python3.{minor}-venv"]


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def require_debian_packages(missing: Sequence[str]) -> None:
    """Installed where this is root, named otherwise. Other systems have other names, and say themselves what lacks."""
    if not missing or sys.platform != "linux" or not shutil.which("apt-get"):
        return
    if os.geteuid() != 0:
        sys.exit(f"Packages of the system are missing. To install them: sudo apt-get install {' '.join(missing)}")
    update_debian_lists()
    check(*INSTALL, *missing)


def install_nginx() -> None:
    """For the tests of docs/deployment.md, which are skipped without it: as root; it is 2 MB, 6 with what it needs.

    Not where systemd runs the machine: there the package opens a web server, which is for a person to decide.
    """
    if sys.platform != "linux" or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    if shutil.which("nginx") or Path("/run/systemd/system").is_dir():
        return
    update_debian_lists()
    subprocess.run([*INSTALL, "nginx"], check=False)


def update_debian_lists() -> None:
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    # Old lists name what is no longer there. One that cannot be had need not be the one in question.
    subprocess.run(["apt-get", "update"], check=False)


# Running.


def has_screen() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def no_screen(options: Sequence[str]) -> str:
    picture = command_line("run", "render", "--demo", *options, "--out", "wall.png")
    return f"There is no screen here (no DISPLAY, no WAYLAND_DISPLAY). A picture of the demo wall: {picture}"


def command_line(*arguments: str) -> str:
    """This program's, as one types it where one stands."""
    return typed([Path(sys.executable).name, sys.argv[0], *arguments])


def typed(command: Sequence[str | Path]) -> str:
    words = list(map(str, command))
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def check(*command: str | Path) -> None:
    """Run it in the project's folder, and go no further where it fails."""
    say(typed(command))
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status:
        sys.exit(f"Failed with exit status {status}: {typed(command)}")


def become(*command: str | Path) -> NoReturn:
    """Let the command take this program's place: its signals, its exit status, the caller's folder."""
    if sys.platform != "win32":
        os.execv(command[0], list(map(str, command)))
    with subprocess.Popen(command) as process:
        while True:
            # Of Ctrl+C the command is told too, and ends in its own order.
            with contextlib.suppress(KeyboardInterrupt):
                sys.exit(process.wait())


def say(text: str) -> None:
    print(f"> {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
