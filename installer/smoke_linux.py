"""Installs the Debian package on a clean Debian 12, looks at everything that it made, and takes it away again.

    sudo .venv/bin/python -m installer.smoke_linux dist/wallboard_VERSION_amd64.deb [--previous DEB] [--pictures FOLDER]

The Debian is made by debootstrap, has an init of its own in a namespace of its own (systemd-nspawn), and nothing of the
package's but what apt brings; the screen is an Xvfb of this machine. So the user's service is started, killed, upgraded
and ended by a real systemd. Runs as root in the development environment of scripts/dev.py after installer.build. Prints
a table; exit status 1 where anything is not as it should be.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from installer import build, deb, machine
from installer.checks import LONGEST_PATIENCE_S, Report, Wrong, checked, reported, require, require_silence, until
from installer.moment import DEMO, TOKEN, configuration_for, free_port
from installer.screen import Reference, Screen
from installer.smoke import OLDER
from wallboard import __version__

SUITE = "bookworm"
SYSTEM = ("systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "ca-certificates")
"""What a Debian with a desktop has besides the smallest: an init, and a bus for its users."""

NEEDS = {"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container", "nsenter": "util-linux", "Xvfb": "xvfb"}

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
USER, UID = "wall", 1000
HOME = Path("home") / USER
CONFIGURATION = HOME / ".config" / "wallboard"
STATE = HOME / ".local" / "state" / "wallboard"

SESSION = """\
[Unit]
Description=What a desktop starts when somebody logs in
BindsTo=graphical-session.target
Before=graphical-session.target
"""

LONGEST_INSTALLATION_S = 300.0
"""apt fetches 80 MB."""

LONGEST_LAUNCH_S = 1.2
LONGEST_DEATH_S = 30.0
RESTART_S = 5.0


class Debian:
    """A clean one in `folder`, running until `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        cache = build.FETCHED / "debian"
        cache.mkdir(parents=True, exist_ok=True)
        command = ("debootstrap", "--variant=minbase", f"--include={','.join(SYSTEM)}", f"--cache-dir={cache}", SUITE)
        subprocess.run([*command, folder], check=True, stdout=subprocess.DEVNULL)
        # Where there is no systemd outside, nobody is there to register with.
        alone = () if Path("/run/systemd/system").is_dir() else ("--register=no", "--keep-unit")
        boot = ("systemd-nspawn", "--quiet", *alone, "--console=pipe", f"--directory={folder}", "--boot")
        # In a session of its own: at its end it ends all of its group.
        self._container = subprocess.Popen(
            boot,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._init = 0
        until(self._has_init, lambda: "systemd-nspawn started nothing")
        until(lambda: self.is_active("multi-user.target"), lambda: "the Debian did not start")

    def is_active(self, unit: str) -> bool:
        return self.run("systemctl", "is-active", unit).output == "active\n"

    def run(
        self, *command: str, user: bool = False, display: str | None = None, timeout_s: float = LONGEST_PATIENCE_S
    ) -> machine.Done:
        """Raises subprocess.TimeoutExpired."""
        done = subprocess.run(
            self.command(*command, user=user, display=display), capture_output=True, text=True, check=False,
            timeout=timeout_s, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return machine.Done(done.returncode, done.stdout, done.stderr)

    def command(self, *command: str, user: bool = False, display: str | None = None) -> list[str]:
        """As root or as the wall's user, with nothing of this machine's environment."""
        inside = ["nsenter", f"--target={self._init}", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--net"]
        environment = {"PATH": PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        become = []
        if user:
            become = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--init-groups"]
            runtime = f"/run/user/{UID}"
            environment |= {
                "HOME": f"/{HOME}",
                "XDG_RUNTIME_DIR": runtime,
                "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
            }
        if display is not None:
            environment["DISPLAY"] = display
        return [*inside, *become, "env", "-i", *(f"{name}={value}" for name, value in environment.items()), *command]

    def close(self) -> None:
        self._container.terminate()
        self._container.wait()

    def _has_init(self) -> bool:
        """The child that is process 1 within; before it there is another, for a moment."""
        container = self._container.pid
        for child in Path(f"/proc/{container}/task/{container}/children").read_text().split():
            ids = re.search(r"^NSpid:.*\t1$", Path(f"/proc/{child}/status").read_text(), re.MULTILINE)
            if ids is not None:
                self._init = int(child)
        return self._init != 0


class Package:
    """What the package puts onto the Debian."""

    def __init__(self, debian: Debian, package: Path) -> None:
        self.debian = debian
        self.package = package
        self.folder = debian.folder / deb.PROGRAM

    def install(self, package: Path | None = None) -> str:
        started_s = time.monotonic()
        place = f"/root/{(package or self.package).name}"
        (self.debian.folder / place[1:]).write_bytes((package or self.package).read_bytes())
        before = self.packages()
        apt = ("apt-get", "install", "--yes", "--no-install-recommends", place)
        done = self.debian.run(*apt, timeout_s=LONGEST_INSTALLATION_S)
        (self.debian.folder / place[1:]).unlink()
        require(done.status == 0, f"exit status {done.status}: {done.errors[-500:]}")
        return f"{time.monotonic() - started_s:.0f} s, {len(self.packages() - before)} packages"

    def refuses(self, package: Path) -> str:
        """apt goes back only if it is told to (--allow-downgrades)."""
        try:
            self.install(package)
        except Wrong:
            return ""
        raise Wrong("an older package was installed over a newer one")

    def packages(self) -> set[str]:
        done = self.debian.run("dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${binary:Package}\\n")
        return {line.split()[1] for line in done.output.splitlines() if line.startswith("ii")}

    def installed(self, version: str) -> str:
        found = self.debian.run("dpkg-query", "--show", "--showformat", "${Version}", "wallboard").output
        require(found == deb.version(version), f"version {found!r}")
        changed = self.debian.run("dpkg", "--verify", "wallboard").output
        require(changed == "", f"not as packed: {changed[:200]}")
        files = self.debian.run("dpkg-query", "--listfiles", "wallboard").output.splitlines()
        return f"{found}, {len(files)} files and folders"

    def says_version(self) -> str:
        done = self.debian.run("wallboard", "--version", user=True)
        require((done.output, done.errors) == (f"Wallboard {__version__}\n", ""), f"{done.output!r} {done.errors!r}")
        return done.output.strip()

    def tests_itself(self) -> str:
        done = self.debian.run("wallboard", "self-test", user=True)
        require(done.status == 0, f"{done.output}{done.errors}")
        require_silence(done.errors)
        tls = next(line for line in done.output.splitlines() if "TLS" in line)
        return f"{done.output.count('ok  ')} parts; {' '.join(tls.split()[2:4])}"

    def checks(self) -> str:
        return checked(self.debian.run("env", f"{VARIABLE}={TOKEN}", "wallboard", "check", "--json", user=True))

    def reports(self) -> str:
        return reported(self.debian.run("env", f"{VARIABLE}={TOKEN}", "wallboard", "report", "--json", user=True))

    def is_purged(self, before: set[str]) -> str:
        """With all that apt brought for it."""
        done_well(self.debian.run("apt-get", "purge", "--yes", "--auto-remove", "wallboard"))
        require(self.packages() == before, f"left: {', '.join(sorted(self.packages() - before)[:5])}")
        require(not self.left(), f"left: {', '.join(sorted(self.left())[:5])}")
        return ""

    def left(self) -> set[str]:
        """Whatever of the package's is there, outside of the user's own folder."""
        homes = self.debian.folder / "home"
        roots = [self.debian.folder / name for name in ("etc", "usr", "var", "root", "opt")]
        found = (path for root in roots for path in root.rglob("*wallboard*") if not path.is_relative_to(homes))
        return {path.relative_to(self.debian.folder).as_posix() for path in found}


VARIABLE = "WALLBOARD_TOKEN_DEMO"


class Service:
    """The user's, by the user's own systemd."""

    def __init__(self, package: Package, display: str, shown: Reference) -> None:
        self._package = package
        self._debian = package.debian
        self._display = display
        self._shown = shown

    def systemctl(self, *arguments: str) -> machine.Done:
        return self._debian.run("systemctl", "--user", *arguments, user=True)

    def pid(self) -> int:
        """0 where none runs."""
        return int(self.systemctl("show", "--property=MainPID", "--value", "wallboard").output or 0)

    def is_enabled(self) -> str:
        done = self.systemctl("enable", "--now", "wallboard")
        require(done.status == 0, done.errors)
        require(self.pid() == 0, "a wall runs, without a screen")
        link = CONFIGURATION.parent / "systemd/user/graphical-session.target.wants/wallboard.service"
        require((self._debian.folder / link).is_symlink(), f"no {link}")
        return "nothing starts without a screen"

    def starts_with_the_session(self) -> str:
        self.systemctl("set-environment", f"DISPLAY={self._display}")
        started_s = time.monotonic()
        done = self.systemctl("start", "session.target")
        require(done.status == 0, done.errors)
        self._until_shown()
        return f"{time.monotonic() - started_s:.1f} s to its data"

    def comes_again(self, signal: str) -> str:
        before = self.pid()
        require(before != 0, "no wall runs")
        started_s = time.monotonic()
        done_well(self.systemctl("kill", "--kill-whom=main", f"--signal={signal}", "wallboard"))
        until(lambda: self.pid() not in (0, before), lambda: f"{signal}: it did not come again")
        self._until_shown()
        took_s = time.monotonic() - started_s
        require(took_s >= RESTART_S, f"after {took_s:.1f} s already")
        return f"after {took_s:.1f} s with its data"

    def goes_on_after(self, package: Path | None = None) -> str:
        before = self.pid()
        words = self._package.install(package)
        until(lambda: self.pid() not in (0, before), lambda: "the old program still runs, or none")
        self._until_shown()
        return words

    def ends_with_the_session(self) -> str:
        self.systemctl("stop", "session.target")
        until(lambda: self.pid() == 0, lambda: "it still runs")
        require(not self._shown.is_painted(), "the wall is still on the screen")
        return self.systemctl("is-failed", "wallboard").output.strip()

    def has_a_session(self) -> str:
        """As a display manager starts it, for a user who has enabled nothing."""
        done_well(self.systemctl("disable", "wallboard"))
        self.systemctl("unset-environment", "DISPLAY")
        command = self._debian.command(f"/{deb.PROGRAM}/session", user=True, display=self._display)
        session = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._until_shown()
            require(session.poll() is None, "it ended by itself")
        finally:
            self.systemctl("stop", "wallboard-session.target")
            session.wait(LONGEST_DEATH_S)
        until(lambda: self.pid() == 0, lambda: "the wall still runs")
        done_well(self.systemctl("enable", "wallboard"))
        return "and ends with it"

    def is_removed(self, site: Path) -> str:
        """The service ends; the machine's configuration stays until it is purged."""
        site.parent.mkdir(parents=True)
        site.write_text("")
        self.systemctl("start", "session.target")
        until(lambda: self.pid() != 0, lambda: "no wall to remove")
        done_well(self._debian.run("apt-get", "remove", "--yes", "wallboard"))
        until(lambda: self.pid() == 0, lambda: "it still runs")
        require(site.is_file(), f"{site} is gone")
        require(not self._package.folder.exists(), f"{self._package.folder} is still there")
        return ""

    def is_quiet(self) -> str:
        said = self._debian.run("journalctl", "--output=cat", "_SYSTEMD_USER_UNIT=wallboard.service").output
        require("shows demo" in said, said)
        require_silence(said)
        return f"{len(said.splitlines())} lines in the journal"

    def _until_shown(self) -> None:
        until(self._shown.is_painted, lambda: "the data never came")


@contextlib.contextmanager
def program(debian: Debian, *arguments: str, display: str | None = None) -> Iterator[machine.Program]:
    """The installed one, by the user's systemd; it ends with what called it."""
    variables = {VARIABLE: TOKEN, "WALLBOARD_DEMO_TOKEN": TOKEN}
    if display is not None:
        variables["DISPLAY"] = display
    unit = f"trial-{next(_numbers)}"
    command = ["systemd-run", "--user", "--quiet", "--collect", "--pipe", "--wait", f"--unit={unit}"]
    command += [*(f"--setenv={name}={value}" for name, value in variables.items()), "wallboard", *arguments]
    process = subprocess.Popen(
        debian.command(*command, user=True),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    running = machine.Program(process)
    try:
        yield running
    finally:
        debian.run("systemctl", "--user", "stop", unit, user=True)
        running.wait(LONGEST_DEATH_S)


_numbers = itertools.count(1)


@contextlib.contextmanager
def demo_server(debian: Debian, port: int) -> Iterator[None]:
    with program(debian, *DEMO, "--port", str(port)) as process:
        until(lambda: process.output.startswith("listening on "), lambda: f"the demo server said {process.output!r}")
        yield


def make_user(debian: Debian) -> None:
    """Whose screen is the wall. It lingers, so that its systemd runs without a login; its session is the target's."""
    for command in (
        ("useradd", "--create-home", "--uid", str(UID), "--shell", "/bin/bash", USER),
        ("loginctl", "enable-linger", USER),
    ):
        done = debian.run(*command)
        require(done.status == 0, f"{command}: {done.errors}")
    until(lambda: debian.is_active(f"user@{UID}.service"), lambda: "the user's systemd did not start")


def give(debian: Debian, place: Path, content: str, mode: int = 0o644) -> None:
    """A file to the user."""
    path = debian.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(mode)
    debian.run("chown", "--recursive", f"{USER}:", f"/{HOME}")


def whole(debian: Debian, package: Package, report: Report, screen: Screen, previous: Path, folder: Path) -> None:
    check = report.check
    display = os.environ["DISPLAY"]
    port = free_port()
    text = configuration_for(port)
    (folder / "wallboard.toml").write_text(text)
    make_user(debian)
    give(debian, CONFIGURATION / "wallboard.toml", text)
    give(debian, CONFIGURATION / "environment", f"{VARIABLE}={TOKEN}\n", 0o600)
    give(debian, HOME / ".config/systemd/user/session.target", SESSION)
    site = debian.folder / "etc/xdg/wallboard/wallboard.toml"

    check("apt reaches its packages", lambda: done_well(debian.run("apt-get", "update")))
    before = package.packages()
    check("an earlier version installs, with what it depends on", lambda: package.install(previous))
    check("its service is one that systemd takes", lambda: verifies(debian))
    shown = Reference(screen, folder / "wallboard.toml", folder)
    service = Service(package, display, shown)
    check("it is enabled", service.is_enabled)
    with demo_server(debian, port):
        check("it starts with the graphical session", service.starts_with_the_session)
        check("this version installs over it, and the wall goes on", service.goes_on_after)
        check("with every file as it was packed", lambda: package.installed(__version__))
        check("keeping configuration and alarm log", lambda: keeps(debian, text))
        check("an earlier version is refused", lambda: package.refuses(previous))
        check("the program says its version", package.says_version)
        check("the self-test finds every part", package.tests_itself)
        check("check asks the demo server, and says nothing else", package.checks)
        check("report tells the day before", package.reports)
        check("the wall is drawn as here", lambda: shown.comes("installed.png"))
        check("killed, it comes again", lambda: service.comes_again("KILL"))
        check("ended, it comes again", lambda: service.comes_again("TERM"))
        check("it said nothing unexpected", service.is_quiet)
        check("it ends with the session", service.ends_with_the_session)
        check("a session of the wall alone shows it", service.has_a_session)
        check("launch to first painted data", lambda: launches(debian, shown, display))
    check("the demo is drawn as the wall of its server", lambda: demonstrates(debian, shown, display))
    check("it is removed while it runs", lambda: service.is_removed(site))
    check("the configuration stays", lambda: keeps(debian, text))
    check("purged, nothing is left but the user's own", lambda: package.is_purged(before))


def done_well(done: machine.Done) -> str:
    require(done.status == 0, done.errors[-500:])
    return ""


def verifies(debian: Debian) -> str:
    done = debian.run(
        "systemd-analyze", "--user", "--man=no", "verify", "/usr/lib/systemd/user/wallboard.service", user=True
    )
    require((done.status, done.errors) == (0, ""), done.errors)
    return debian.run("systemctl", "--version").output.splitlines()[0]


def keeps(debian: Debian, configuration: str) -> str:
    require((debian.folder / CONFIGURATION / "wallboard.toml").read_text() == configuration, "another configuration")
    log = debian.folder / STATE / "alarms.sqlite3"
    require(log.is_file(), f"no {log}")
    return f"{log.stat().st_size / 1000:.0f} kB of alarm log"


def launches(debian: Debian, shown: Reference, display: str) -> str:
    (took_s,) = shown.launches_s(lambda: program(debian, display=display))
    require(took_s <= LONGEST_LAUNCH_S, f"{took_s:.2f} s")
    return f"{took_s:.2f} s"


def demonstrates(debian: Debian, shown: Reference, display: str) -> str:
    """With a server of its own, at the same moment."""
    with program(debian, "--demo", *DEMO[1:], display=display):
        return shown.comes("demo.png")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="installer.smoke_linux", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("package", type=Path, help="the package to try")
    parser.add_argument("--previous", type=Path, metavar="DEB", help="a package of an earlier version")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="where the pictures are kept")
    options = parser.parse_args(arguments)
    if sys.platform != "linux" or os.geteuid() != 0:
        parser.error("only root can make a Debian and start it")
    if lacking := sorted(package for tool, package in NEEDS.items() if shutil.which(tool) is None):
        parser.error(f"to install what is missing: apt-get install {' '.join(lacking)}")
    report = Report()
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as closing:
        folder = Path(temporary) if options.pictures is None else options.pictures.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        previous = options.previous or older(Path(temporary))
        screen = Screen()
        closing.callback(screen.close)
        debian = Debian(Path(temporary) / "debian")
        closing.callback(debian.close)
        whole(debian, Package(debian, options.package.resolve()), report, screen, previous.resolve(), folder)
    return 0 if report.good else 1


def older(folder: Path) -> Path:
    """The same bundle as a package of an earlier version."""
    package, made_at_s = folder / "previous.deb", build.source_time_s()
    deb.stage(folder / "package", build.LINUX_BUNDLE, OLDER, (), made_at_s)
    deb.pack(folder / "package", package, made_at_s, compression="none")
    return package


if __name__ == "__main__":
    raise SystemExit(main())
