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
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from installer import build, machine, pictures
from installer.checks import LONGEST_PATIENCE_S, Report, require, require_same, require_silence, until
from installer.installation import (
    BAD_SWITCH,
    INSTALLED_FOR_OTHERS,
    KEY,
    NEWER_INSTALLED,
    WINDOWS_TOO_OLD,
    Installation,
    traces,
)
from installer.moment import DEMO, TOKEN, TOKENS, configuration_for, free_port
from installer.screen import Reference, Screen
from wallboard import __version__
from wallboard.views.theme import DARK, LIGHT

ROOT = Path(__file__).resolve().parents[1]

OLDER = "0.0.1"
"""As which the same bundle is packed where no earlier installer is given."""

LEAST_EMBLEM_PX, LEAST_QUESTIONS_PX = 50_000, 250_000
"""Half of what the first start's window has of its two grounds, on a screen of 96 to the inch."""

MOST_TIMES_SLOWER = 3.0

FROZEN_HERE = build.LINUX_BUNDLE / "wallboard"


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
        """No more than three times what it takes on Linux: as frozen there, where the build made that too."""
        here = {"from the sources here": self._here}
        if FROZEN_HERE.is_file():
            here["frozen here"] = self._frozen_here
        there_s, *here_s = self._reference.launches_s(self._installed, *here.values())
        times = (
            f"{there_s / one_s:.1f} times the {one_s:.2f} s {name}" for name, one_s in zip(here, here_s, strict=True)
        )
        words = f"{there_s:.2f} s: {', '.join(times)}"
        require(there_s <= MOST_TIMES_SLOWER * min(here_s), words)
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
    def _frozen_here(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._from_this_machine(str(FROZEN_HERE)) as process:
            yield process

    @contextlib.contextmanager
    def _here(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._from_this_machine(sys.executable, "main.py") as process:
            yield process

    @contextlib.contextmanager
    def _from_this_machine(self, *program: str) -> Iterator[subprocess.Popen[bytes]]:
        command = [*program, "--config", str(self._configuration)]
        with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **TOKENS}, stderr=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.kill()


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
    check(
        "and a name with spaces, whose switch stands in quotes",
        lambda: installation.install("/CONFIG=C:\\none of that name.toml", status=BAD_SWITCH),
    )
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
        check("report tells the day before, and writes a page", installation.reports)
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


def text_of(path: Path) -> str:
    return path.read_text().splitlines()[2]


def configurations(installation: Installation) -> set[str]:
    own = installation.where.folder("LOCALAPPDATA") / "wallboard"
    return {str(path) for folder in (own, installation.data) for path in folder.glob("*.toml")}


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
            build.pack(previous, OLDER, compressed=False)
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
