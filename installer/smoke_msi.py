"""Installs the MSI as a management system would, looks at what it made, and takes it away again.

    python -m installer.smoke_msi dist/Wallboard-VERSION.msi [--previous MSI] [--pictures FOLDER] [--signed]

Beside it must lie the installer that it carries. Where and how it is tried is as in installer/smoke.py, which tries
that installer. Without --previous an earlier one is wrapped by wixl, which Windows has not.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from installer import build, machine, msi
from installer.checks import LONGEST_PATIENCE_S, Report, require, require_same, until
from installer.installation import KEY, Installation, traces
from installer.moment import configuration_for, free_port
from installer.screen import Screen
from installer.smoke import OLDER, Walls, demo_server
from wallboard import __version__


class Packaged(Installation):
    def __init__(self, where: machine.Machine, package: Path) -> None:
        super().__init__(where, package)
        self.carried = where.folder("PROGRAMFILES") / "Wallboard Setup"

    def run(self, setup: Path, switches: Sequence[str]) -> machine.Done:
        return self._msiexec("/i", setup, *switches)

    def refuses(self, *properties: str, setup: Path | None = None) -> str:
        """With an exit status that msiexec has for everything."""
        done = self.run(setup or self.setup, properties)
        require(done.status != 0, "it was installed")
        return done.output.strip()

    def carries(self, setup: Path) -> str:
        """The installer of this version, and of no other."""
        found = [path.name for path in self.carried.glob("*")]
        require(found == [setup.name], f"there are {', '.join(found)}")
        require((self.carried / setup.name).read_bytes() == setup.read_bytes(), "another installer")
        return setup.name

    def is_taken_away(self) -> str:
        done = self._msiexec("/x", self.setup)
        require(done.status == 0, f"exit status {done.status}")
        until(
            lambda: not self.folder.exists() and self.value(KEY, "InstallDir") is None,
            lambda: f"{self.folder} is still there, or registered",
        )
        return ""

    def contents(self) -> set[str]:
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*")}

    def _msiexec(self, act: str, package: Path, *properties: str) -> machine.Done:
        name = self.where.name(package.resolve())
        return self.where.run("msiexec", act, name, "/qn", *properties, timeout_s=LONGEST_PATIENCE_S)


def whole(
    installation: Packaged, report: Report, screen: Screen, previous: Path, setup: Path, folder: Path, *, signed: bool
) -> None:
    where, check = installation.where, report.check
    port = free_port()
    configuration = folder / "wallboard.toml"
    configuration.write_text(configuration_for(port))
    config = f"CONFIG={where.name(configuration)}"
    before = traces(installation)

    check("the installer alone installs", lambda: Installation(where, setup).install())
    by_itself = installation.contents()
    check("and is uninstalled", lambda: Installation(where, setup).uninstall())
    check("a role that is none is refused", lambda: installation.refuses("ROLE=king"))
    check("what was refused left nothing", lambda: require_same(before, traces(installation)))
    check("it installs", installation.install)
    check("in the role of who says none, with its entries", lambda: installation.registered(__version__, "wall"))
    check("with the files that the installer brings", lambda: require_same(by_itself, installation.contents()))
    if signed:
        check("MSI and programs are signed by somebody trusted", installation.signed)
    check("an earlier version is refused", lambda: installation.refuses(setup=previous))
    check("it is uninstalled", installation.is_taken_away)
    check("nothing is left", lambda: require_same(before, traces(installation)))

    check("an earlier version installs", lambda: installation.install("ROLE=supervisor", config, setup=previous))
    installation.data.mkdir(exist_ok=True)
    (installation.data / "history").write_text("kept")
    check("this version installs over it", installation.install)
    check("in its role, with its entries", lambda: installation.registered(__version__, "supervisor"))
    check("keeping what there was", lambda: installation.keeps(configuration.read_bytes()))
    check("in place of the earlier one", lambda: installation.carries(setup))
    check("another role", lambda: installation.install("ROLE=wall"))
    check("with its entries", lambda: installation.registered(__version__, "wall"))
    check("the console program says its version", installation.says_version)
    with demo_server(installation, port):
        walls = Walls(installation, screen, configuration, folder)
        check("the installed wall is drawn as here", walls.draws)
        check("a running wall is closed and replaced", walls.closes)
    check("it is taken away", installation.is_taken_away)
    check("its data stay", lambda: installation.keeps(configuration.read_bytes()))
    check("nothing else is left", lambda: only_data(installation, before))


def only_data(installation: Packaged, before: set[str]) -> str:
    data = tuple(map(str, (installation.data, installation.where.folder("LOCALAPPDATA") / "wallboard")))
    return require_same(before, {one for one in traces(installation) if not one.startswith(data)})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="installer.smoke_msi", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("package", type=Path, help="the MSI to try")
    parser.add_argument("--previous", type=Path, metavar="MSI", help="one of an earlier version")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="where the pictures are kept")
    parser.add_argument("--signed", action="store_true", help="look at the signatures too")
    options = parser.parse_args(arguments)
    package: Path = options.package.resolve()
    report = Report()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if options.pictures is None else options.pictures.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        setup = package.with_name(f"Wallboard-{__version__}-setup.exe")
        previous = options.previous or older(setup, Path(temporary))
        screen = Screen()
        where = machine.windows(Path(temporary) / "prefix")
        try:
            installation = Packaged(where, package)
            whole(installation, report, screen, previous.resolve(), setup, folder, signed=options.signed)
        finally:
            screen.close()
            where.close()
    return 0 if report.good else 1


def older(setup: Path, folder: Path) -> Path:
    """One of an earlier version, with the same installer in it: what installers make of each other, smoke.py tries."""
    package = folder / "previous.msi"
    msi.wrap(setup, package, build.source_time_s(), OLDER)
    return package


if __name__ == "__main__":
    raise SystemExit(main())
