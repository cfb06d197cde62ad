"""The installed program: what an installer puts onto a Windows, how it is looked at and taken away."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

from installer import build, gate, machine, properties, signing
from installer.checks import LONGEST_PATIENCE_S, Wrong, checked, reported, require, require_silence, until
from installer.moment import TOKENS
from wallboard import __version__

KEY = r"Software\Wallboard"
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
UNINSTALL_KEY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Wallboard"

STOPPED = 2
"""NSIS' own exit code."""

BAD_SWITCH, WINDOWS_TOO_OLD, NEWER_INSTALLED, INSTALLED_FOR_OTHERS, NOT_CONFIGURED = 3, 4, 5, 7, 8
"""Of wallboard.nsi."""

LONGEST_INSTALLATION_S = 60.0


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
        return checked(self.where.run(self.cli, "check", "--json", environment=TOKENS))

    def reports(self) -> str:
        """As data, and as a page beside the configuration."""
        page = self.data / "report.html"
        done = self.where.run(self.cli, "report", "--out", self.where.name(page), environment=TOKENS)
        require(done.status == 0, f"exit status {done.status}: {done.errors}")
        require("</html>" in page.read_text(encoding="utf-8"), "half a page")
        page.unlink()
        return reported(self.where.run(self.cli, "report", "--json", environment=TOKENS))

    def keeps(self, configuration: bytes) -> str:
        """After another installer ran over it."""
        require((self.data / "wallboard.toml").read_bytes() == configuration, "another configuration")
        require((self.data / "history").read_text() == "kept", "the history is gone")
        require(not [*self.folder.glob("*.old")], "the old program is still there")
        return "configuration and history"


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
