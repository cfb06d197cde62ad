"""Installs the program as a house would, looks at everything that it made, and takes it away again.

    python -m installer.smoke dist/Wallboard-VERSION-setup.exe [--previous SETUP] [--pictures FOLDER] [--signed]

On Windows on this machine, which must have no Wallboard; on Debian in a fresh wine, on a screen of its own. Runs in the
development environment of scripts/dev.py after installer.build, for the installed files are held to those that were
packed, and the installed wall to the picture that the program draws here. Prints a table; exit status 1 where anything
is not as it should be.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from PySide6.QtGui import QGuiApplication, QImage

from installer import build, gate, machine, pictures, properties, signing
from wallboard import __version__
from wallboard.views.theme import DARK, LIGHT

ROOT = Path(__file__).resolve().parents[1]

KEY = r"Software\Wallboard"
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
UNINSTALL_KEY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Wallboard"

OLDER = "0.0.1"
"""As which the same bundle is packed where no earlier installer is given."""

STOPPED = 2
"""NSIS' own exit code."""

BAD_SWITCH, WINDOWS_TOO_OLD, NEWER_INSTALLED, INSTALLED_FOR_OTHERS, NOT_CONFIGURED = 3, 4, 5, 7, 8
"""Of wallboard.nsi."""

LONGEST_INSTALLATION_S = 60.0
LONGEST_PATIENCE_S = 120.0
LOOK_EVERY_S = 0.05

TOKEN = "smoke"
TOKENS = {"WALLBOARD_TOKEN_DEMO": TOKEN, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
EXPECTED = re.compile(
    r"[-:, 0-9]+ (WARNING \S+ feed demo: the token is from the environment variable .*"
    r"|INFO \S+ (Wallboard \S+ shows demo|the wall is closed)"
    r"|WARNING \S+ (the PC's clock .*|no sound: there is no audio device))"
)
"""What the program may say; anything else is a fault of the bundle's."""

DEMO = ("demo-server", "--start", "2026-11-24T14:32:00+07:00", "--speed", "0.001")
"""A moment that hardly moves, so that two pictures of it are the same."""

POLL_INTERVAL_S = 60
"""Answers of a moment that does not move look as if they came from a cache: after three intervals they are called old,
which a wall of one poll each two seconds would be before a busy machine has drawn it.
"""

SCREEN_PX = (1920, 1080)
INCIDENTS = (24, 400, 1060, 580)
"""Left, top, width and height of a panel on such a screen that has text once there are data."""

LEAST_EMBLEM_PX, LEAST_QUESTIONS_PX = 50_000, 250_000
"""Half of what the first start's window has of its two grounds, on a screen of 96 to the inch."""

LAUNCHES = 5
MOST_TIMES_SLOWER = 3.0


class Wrong(Exception):  # noqa: N818 (with what was installed, not with this program)
    """What is not as it should be."""


def require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise Wrong(otherwise)


def until(is_so: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    ends_s = time.monotonic() + LONGEST_PATIENCE_S
    while not is_so():
        if time.monotonic() > ends_s:
            raise Wrong(otherwise())
        time.sleep(LOOK_EVERY_S)


class Report:
    def __init__(self) -> None:
        self.good = True

    def check(self, what: str, look: Callable[[], str]) -> None:
        """Prints a line. A check that fails hides no other."""
        try:
            result, words = "ok", look()
        except (Wrong, OSError, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
            result, words, self.good = "WRONG", str(error), False
        print(f"{result:<6}{what:<60}{words}", flush=True)


class Screen:
    """The machine's or, on Debian, one of its own."""

    def __init__(self) -> None:
        self._server = None if sys.platform == "win32" else _virtual_screen()
        self._application = QGuiApplication([])

    def picture(self) -> QImage:
        return self._application.primaryScreen().grabWindow(0).toImage()

    def pixels(self) -> pictures.Pixels:
        return pictures.pixels(self.picture())

    def close(self) -> None:
        self._application.shutdown()
        if self._server is not None:
            self._server.terminate()
            self._server.wait()


def _virtual_screen() -> subprocess.Popen[bytes]:
    reading, writing = os.pipe()
    size = "x".join(map(str, SCREEN_PX))
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nocursor"]
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    with open(reading) as answer:
        os.environ["DISPLAY"] = f":{answer.readline().strip()}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    return server


class Installation:
    """What an installer puts onto a machine, for all users."""

    def __init__(self, where: machine.Machine, setup: Path) -> None:
        self.where = where
        self.setup = setup
        self.folder = where.folder("PROGRAMFILES") / "Wallboard"
        self.cli = self.folder / "wallboard-cli.exe"
        self.data = where.folder("PROGRAMDATA") / "wallboard"
        self.start_menu = where.folder("PROGRAMDATA") / "Microsoft/Windows/Start Menu/Programs/Wallboard.lnk"
        self.desktop = where.folder("PUBLIC") / "Desktop" / "Wallboard.lnk"

    def value(self, key: str, name: str, root: str = "HKLM") -> str | None:
        return self.where.registry(rf"{root}\{key}", name)

    def install(self, *switches: str, setup: Path | None = None, status: int = 0) -> str:
        started_s = time.monotonic()
        done = self.run(setup or self.setup, switches)
        took_s = time.monotonic() - started_s
        require(done.status == status, f"exit status {done.status} in place of {status}: {done.output.strip()}")
        require(took_s <= LONGEST_INSTALLATION_S, f"took {took_s:.0f} s")
        return done.output.strip() if status else f"{took_s:.1f} s"

    def run(self, setup: Path, switches: Sequence[str]) -> machine.Done:
        return self.where.run(setup, "/S", *switches, timeout_s=LONGEST_PATIENCE_S)

    def uninstall(self, *switches: str, root: str = "HKLM") -> str:
        command = self.value(UNINSTALL_KEY, "QuietUninstallString", root) or ""
        match = re.fullmatch(r'"(.+)" (.+)', command)
        if match is None:
            raise Wrong(f"the command to uninstall is {command!r}")
        program = self.where.path(match[1])
        started_s = time.monotonic()
        self.where.run(program, *match[2].split(), *switches)
        # It goes on as a copy of itself, so that it can remove its own file.
        until(
            lambda: not program.parent.exists() and self.value(KEY, "InstallDir", root) is None,
            lambda: f"{program.parent} is still there: {', '.join(path.name for path in program.parent.glob('*'))}",
        )
        return f"{time.monotonic() - started_s:.1f} s"

    def files(self) -> str:
        wanted = {path.relative_to(build.BUNDLE).as_posix() for path in build.BUNDLE.rglob("*") if path.is_file()}
        found = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}
        require(not wanted - found, f"lacking: {', '.join(sorted(wanted - found)[:5])}")
        require(found - wanted == {"uninstall.exe"}, f"too many: {', '.join(sorted(found - wanted)[:5])}")
        return f"{len(found)} files"

    def registered(self, version: str, role: str) -> str:
        wanted = {
            (KEY, "Role"): role,
            (KEY, "FourNumbers"): ".".join(map(str, properties.four_numbers(version))),
            (UNINSTALL_KEY, "DisplayName"): "Wallboard",
            (UNINSTALL_KEY, "DisplayVersion"): version,
            (RUN_KEY, "Wallboard"): f'"{self.value(KEY, "InstallDir")}\\wallboard.exe" --role wall'
            if role == "wall"
            else None,
        }
        for (key, name), value in wanted.items():
            found = self.value(key, name)
            require(found == value, f"{name} is {found} in place of {value}")
        require(self.start_menu.is_file(), "the start menu has no shortcut")
        on_desktop = self.desktop.is_file()
        require(on_desktop == (role != "wall"), f"a shortcut on the desktop: {on_desktop}")
        return f"{version}, {role}"

    def signed(self) -> str:
        files = [self.setup, *(self.folder / name for name in (*gate.PROGRAMS, "uninstall.exe"))]
        for file in files:
            try:
                signing.verify(file)
            except signing.BadSignature as error:
                raise Wrong(str(error)) from error
        return f"{len(files)} files"

    def says_version(self) -> str:
        done = self.where.run(self.cli, "--version")
        require((done.output, done.errors) == (f"Wallboard {__version__}\n", ""), f"{done.output!r} {done.errors!r}")
        return done.output.strip()

    def tests_itself(self) -> str:
        done = self.where.run(self.cli, "self-test")
        require(done.status == 0, f"{done.output}{done.errors}")
        require_silence(done.errors)
        return f"{done.output.count('ok  ')} parts, {done.output.split()[-1]}"

    def checks(self) -> str:
        done = self.where.run(self.cli, "check", "--json", environment=TOKENS)
        require(done.status == 0, f"exit status {done.status}: {done.errors}")
        require_silence(done.errors)
        figures = json.loads(done.output)
        return f"{figures['feeds'][0]['state']}, {figures['kpis']['calls_today']} calls today"

    def keeps(self, configuration: bytes) -> str:
        """After another installer ran over it."""
        require((self.data / "wallboard.toml").read_bytes() == configuration, "another configuration")
        require((self.data / "history").read_text() == "kept", "the history is gone")
        require(not [*self.folder.glob("*.old")], "the old program is still there")
        return "configuration and history"


def require_silence(errors: str) -> None:
    unexpected = [line for line in errors.splitlines() if not EXPECTED.fullmatch(line)]
    require(not unexpected, f"said {unexpected}")


@contextlib.contextmanager
def demo_server(installation: Installation, port: int) -> Iterator[None]:
    """The installed program's own, until the installer that closes the wall closes it too."""
    demo = (*DEMO, "--port", str(port))
    process = installation.where.start(installation.cli, *demo, environment={"WALLBOARD_DEMO_TOKEN": TOKEN})
    try:
        until(lambda: process.output.startswith("listening on "), lambda: f"the demo server said {process.output!r}")
        yield
    finally:
        process.kill()


class Reference:
    """The wall as this environment draws it, and whether it is what the screen shows."""

    def __init__(self, screen: Screen, configuration: Path, folder: Path) -> None:
        self._screen = screen
        self._configuration = configuration
        self._folder = folder

    @cached_property
    def pixels(self) -> pictures.Pixels:
        """Drawn when it is first asked for, with the server running."""
        picture = self._folder / "reference.png"
        size = self._screen.pixels().shape
        command = [sys.executable, "main.py", "render", "--config", str(self._configuration), "--out", str(picture)]
        command += ["--size", f"{size[1]}x{size[0]}"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **TOKENS}, check=True, capture_output=True)
        return pictures.pixels(QImage(str(picture)))

    def comes(self, name: str) -> str:
        """Waits for it, and keeps the picture, of it or of what is there instead, in the file of that name."""
        wanted = self.pixels
        picture = self._screen.picture()
        complaints = ["nothing was looked at"]

        def is_there() -> bool:
            nonlocal picture, complaints
            picture = self._screen.picture()
            complaints = pictures.complaints(pictures.pixels(picture), wanted)
            return not complaints

        try:
            until(is_there, lambda: "; ".join(complaints))
        finally:
            picture.save(str(self._folder / name))
        same = pictures.agreement(pictures.pixels(picture), wanted)
        return f"{wanted.shape[1]}x{wanted.shape[0]}, text as it should be in {same:.1%} of the cells"

    def is_painted(self) -> bool:
        left, top, width, height = INCIDENTS
        area = slice(top, top + height), slice(left, left + width)
        return pictures.agreement(self._screen.pixels()[area], self.pixels[area]) >= pictures.LEAST_AGREEMENT

    def launch_s(self, wall: Callable[[], contextlib.AbstractContextManager[object]]) -> float:
        """From launch to first painted data, the median of five."""
        took_s = []
        for _ in range(LAUNCHES):
            until(lambda: not self.is_painted(), lambda: "the last wall is still on the screen")
            started_s = time.monotonic()
            with wall():
                until(self.is_painted, lambda: "the data never came")
                took_s.append(time.monotonic() - started_s)
        return statistics.median(took_s)


class Walls:
    """The installed wall on the screen, beside the one of this environment."""

    def __init__(self, installation: Installation, screen: Screen, configuration: Path, folder: Path) -> None:
        self._installation = installation
        self._screen = screen
        self._configuration = configuration
        self._folder = folder
        self._reference = Reference(screen, configuration, folder)

    def draws(self) -> str:
        with self._installed() as process:
            words = self._reference.comes("installed.png")
            require(process.is_running, "it ended by itself")
        return words

    def asks(self) -> str:
        """Where nothing is configured: a window with its emblem, and the ground of what is asked."""

        def is_asked() -> bool:
            seen = self._screen.pixels()
            return (
                pictures.covers_px(seen, DARK.background) >= LEAST_EMBLEM_PX
                and pictures.covers_px(seen, LIGHT.panel) >= LEAST_QUESTIONS_PX
            )

        with self._installed() as process:
            until(is_asked, lambda: "no questions are on the screen")
            self._screen.picture().save(str(self._folder / "first-start.png"))
            require(process.is_running, "it ended by itself")
        return "and waits for an answer"

    def launches(self) -> str:
        here, there = self._reference.launch_s(self._here), self._reference.launch_s(self._installed)
        words = f"{there:.2f} s, {here:.2f} s from the sources here: {there / here:.1f} times"
        require(there <= MOST_TIMES_SLOWER * here, words)
        return words

    def closes(self) -> str:
        """A running wall is seen, asked to end, and ends as by its own key."""
        process = self._start()
        try:
            until(self._reference.is_painted, lambda: "no wall to close")
            took = self._installation.install()
            done = process.wait(LONGEST_PATIENCE_S)
        finally:
            process.kill()
        require(done.status == 0, f"exit status {done.status}")
        require("the wall is closed" in done.errors, done.errors)
        # The installer ends its server too, and perhaps first.
        require_silence("\n".join(line for line in done.errors.splitlines() if "feed demo: network:" not in line))
        return f"closed and installed in {took}"

    def _start(self) -> machine.Program:
        return self._installation.where.start(self._installation.folder / "wallboard.exe", environment=TOKENS)

    @contextlib.contextmanager
    def _installed(self) -> Iterator[machine.Program]:
        process = self._start()
        try:
            yield process
        finally:
            process.kill()

    @contextlib.contextmanager
    def _here(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "main.py", "--config", str(self._configuration)]
        with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **TOKENS}, stderr=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def whole(
    installation: Installation, report: Report, screen: Screen, previous: Path, folder: Path, *, signed: bool = False
) -> None:
    where, check = installation.where, report.check
    configuration = folder / "wallboard.toml"
    configuration.write_text('[[feed]]\nid = "demo"\nurl = "http://127.0.0.1:9/api/v1"\n')
    config = f"/CONFIG={where.name(configuration)}"
    before = traces(installation)

    check("a role that is none is refused", lambda: installation.install("/ROLE=king", status=BAD_SWITCH))
    check(
        "a configuration that is not there is refused",
        lambda: installation.install("/CONFIG=C:\\none.toml", status=BAD_SWITCH),
    )
    check("and so is a folder", lambda: installation.install("/CONFIG=C:\\windows", status=BAD_SWITCH))
    if isinstance(where, machine.Wine):
        where.set_version("win81")
        check("a Windows that is too old is refused", lambda: installation.install(status=WINDOWS_TOO_OLD))
        where.set_version("win10")
    check("what was refused left nothing", lambda: require_same(before, traces(installation)))

    check("an earlier version installs", lambda: installation.install("/ROLE=supervisor", config, setup=previous))
    installation.data.mkdir(exist_ok=True)
    (installation.data / "history").write_text("kept")
    check("this version installs over it", installation.install)
    check("with every file", installation.files)
    if signed:
        check("installer and programs are signed by somebody trusted", installation.signed)
    check("in its role, with its entries", lambda: installation.registered(__version__, "supervisor"))
    check("keeping what there was", lambda: installation.keeps(configuration.read_bytes()))
    check("an earlier version is refused", lambda: installation.install(setup=previous, status=NEWER_INSTALLED))
    check("unless it is told", lambda: installation.install("/DOWNGRADE", setup=previous))
    check("and this version again", installation.install)

    check("the console program says its version", installation.says_version)
    check("the self-test finds every part", installation.tests_itself)
    port = free_port()
    configuration.write_text(configuration_for(port))
    check("a wall installs, with another configuration", lambda: installation.install("/ROLE=WALL", config))
    check("it starts at logon", lambda: installation.registered(__version__, "wall"))
    check("the same configuration again changes nothing", lambda: installation.install(config))
    check("the old configuration is beside it", lambda: text_of(installation.data / "wallboard.toml.old"))
    check(
        "there is no second one for one user", lambda: installation.install("/CurrentUser", status=INSTALLED_FOR_OTHERS)
    )
    with demo_server(installation, port):
        check("check asks the demo server, and says nothing else", installation.checks)
        walls = Walls(installation, screen, configuration, folder)
        check("the installed wall is drawn as here", walls.draws)
        check("launch to first painted data", walls.launches)
        check("a running wall is closed and replaced", walls.closes)
    check("it is uninstalled", installation.uninstall)
    check("its data stay", lambda: installation.keeps(configuration.read_bytes()))
    check("it installs again", installation.install)
    check("/PURGE takes the data too", lambda: installation.uninstall("/PURGE"))
    check("nothing is left", lambda: require_same(before, traces(installation)))

    check("it installs where nothing is configured", installation.install)
    check("the first start asks", Walls(installation, screen, configuration, folder).asks)
    check("and writes nothing by itself", lambda: require_same(set(), configurations(installation)))
    check("it is taken away", lambda: installation.uninstall("/PURGE"))

    check("for one user it installs, as a demo", lambda: installation.install("/CurrentUser", "/ROLE=demo"))
    check("into his own entries", lambda: str(installation.value(KEY, "Role", "HKCU")))
    check("and is uninstalled", lambda: installation.uninstall("/PURGE", root="HKCU"))
    check("without a trace", lambda: require_same(before, traces(installation)))


def configuration_for(port: int) -> str:
    """Of a wall on the demo server of that port, which stays where it is."""
    return f"""[[feed]]
id = "demo"
url = "http://127.0.0.1:{port}/api/v1"
auth = "bearer"
poll_interval_s = {POLL_INTERVAL_S}
[wall]
pixel_shift = false
"""


def text_of(path: Path) -> str:
    return path.read_text().splitlines()[2]


def traces(installation: Installation) -> set[str]:
    """Whatever an installation may leave in files and registry."""
    where = installation.where
    folders = [where.folder(name) for name in ("PROGRAMFILES", "PROGRAMDATA", "PUBLIC", "USERPROFILE")]
    temporary = where.folder("TEMP")
    found = {
        str(path)
        for folder in folders
        for path in folder.rglob("*")
        if "wallboard" in path.name.lower() and not path.is_relative_to(temporary)
    }
    for root in ("HKLM", "HKCU"):
        if installation.value(KEY, "InstallerLanguage", root) or installation.value(KEY, "InstallDir", root):
            found.add(rf"{root}\{KEY}")
        found |= {rf"{root}\{key}" for key in (RUN_KEY,) if installation.value(key, "Wallboard", root)}
        found |= {rf"{root}\{key}" for key in (UNINSTALL_KEY,) if installation.value(key, "DisplayName", root)}
    return found


def configurations(installation: Installation) -> set[str]:
    own = installation.where.folder("LOCALAPPDATA") / "wallboard"
    return {str(path) for folder in (own, installation.data) for path in folder.glob("*.toml")}


def require_same(before: set[str], after: set[str]) -> str:
    require(after == before, f"left: {', '.join(sorted(after - before)[:5])}")
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="installer.smoke", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("setup", type=Path, help="the installer to try")
    parser.add_argument("--previous", type=Path, metavar="SETUP", help="an installer of an earlier version")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="where the pictures are kept")
    parser.add_argument("--signed", action="store_true", help="look at the signatures too")
    options = parser.parse_args(arguments)
    report = Report()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if options.pictures is None else options.pictures.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if options.previous is not None:
            previous = options.previous.resolve()
        else:
            previous = Path(temporary) / "previous.exe"
            build.pack(previous, build.source_time_s(), OLDER, compressed=False)
        screen = Screen()
        where = machine.windows(Path(temporary) / "prefix")
        try:
            installation = Installation(where, options.setup.resolve())
            whole(installation, report, screen, previous, folder, signed=options.signed)
        finally:
            screen.close()
            where.close()
    return 0 if report.good else 1


if __name__ == "__main__":
    raise SystemExit(main())
