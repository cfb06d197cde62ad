"""Opens everything that a bundle can lack: `wallboard self-test`, run after each build and by a technician's hand."""

from __future__ import annotations

import importlib
import os
import secrets
import sqlite3
import ssl
import wave
from collections.abc import Callable
from zoneinfo import TZPATH, ZoneInfo

from msgspec import Struct
from PySide6.QtGui import QFontDatabase, QIcon

from wallboard import __version__
from wallboard.app import ICON, application
from wallboard.attention.audio import Loudspeaker, sound_file
from wallboard.core.attention import Sound
from wallboard.feed import certificates
from wallboard.feed.mapping import load as mappings
from wallboard.feed.settings import FeedSettings
from wallboard.history.alarmlog import AlarmLog
from wallboard.history.entries import Selection
from wallboard.language import Language, read_catalogue
from wallboard.models.attention import SoundState
from wallboard.models.store import pc_clock
from wallboard.views.theme import FONT_FAMILY, load_fonts

KEYRING_SERVICE = "wallboard self-test"
LONGEST_LOG_S = 5.0
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")


class Finding(Struct, frozen=True):
    subject: str
    good: bool
    words: str


def run() -> list[Finding]:
    """Each part on its own, so that one that lacks hides no other."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application()
    return [_finding(subject, look) for subject, look in PARTS.items()]


def as_table(findings: list[Finding]) -> str:
    lines = [f"{'ok  ' if one.good else 'LACK'}  {one.subject:<14}{one.words}" for one in findings]
    return "\n".join([f"Wallboard {__version__}", *lines])


def _finding(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, True, look())
    except Exception as error:  # noqa: BLE001 (whatever is wrong with a part is what is asked for)
        return Finding(subject, False, f"{type(error).__name__}: {error}")


def _zones() -> str:
    from importlib.resources import files

    opened = [ZoneInfo(name).key for name in ZONES]
    (files("tzdata") / "zoneinfo" / "Asia" / "Jakarta").read_bytes()  # the bundle's own, where the system has none
    return f"{', '.join(opened)}; the system has {'its own too' if any(map(os.path.isdir, TZPATH)) else 'none'}"


def _tls() -> str:
    context = certificates.trusting(FeedSettings(id="self-test", url="https://localhost"))
    return f"{ssl.OPENSSL_VERSION}, {type(context).__module__.partition('.')[0]}"


def _fonts() -> str:
    load_fonts()
    styles = QFontDatabase.styles(FONT_FAMILY)
    if not {"Regular", "Bold"} <= set(styles):
        raise LookupError(f"of {FONT_FAMILY} there is only {', '.join(styles) or 'nothing'}")
    return f"{FONT_FAMILY} {', '.join(sorted(styles))}"


def _translations() -> str:
    return ", ".join(f"{language.value} {len(read_catalogue(language))} entries" for language in Language)


def _mappings() -> str:
    return ", ".join(name for name in mappings.presets() if mappings.load(name))


def _icon() -> str:
    sizes = QIcon(str(ICON)).availableSizes()
    if not sizes:
        raise LookupError(f"{ICON.name} cannot be read")
    return f"{sizes[0].width()} px"


def _charts() -> str:
    modules = [importlib.import_module(name) for name in ("numpy", "pyqtgraph", "wallboard.views.chart")]
    return ", ".join(f"{module.__name__} {module.__version__}" for module in modules[:2])


def _sounds() -> str:
    """The libraries and the files; a device need not be there."""
    for sound in Sound:
        with wave.open(sound_file(sound), "rb") as file:
            file.readframes(file.getnframes())
    told: list[tuple[str, str]] = []
    loudspeaker = Loudspeaker("")
    loudspeaker.told.connect(lambda state, device: told.append((state, device)))
    loudspeaker.open()
    state, device = told[-1]
    if state == SoundState.NO_LIBRARY:
        raise LookupError("QtMultimedia cannot be imported")
    importlib.import_module("PySide6.QtTextToSpeech")
    return device or "no audio device on this machine"


def _alarm_log() -> str:
    """One in memory: SQLite with what the log asks of it."""
    log = AlarmLog(None, wall_clock=pc_clock)
    log.open({}, __version__)
    try:
        if not log.flush(LONGEST_LOG_S):
            raise LookupError(f"nothing can be written: {log.trouble}")
        log.read(Selection(agencies=("self-test",)))
    finally:
        log.close(LONGEST_LOG_S)
    return f"SQLite {sqlite3.sqlite_version}"


def _keyring() -> str:
    """A secret that is put there, read and taken away again."""
    import keyring
    import keyring.errors

    backend = keyring.get_keyring()
    name = f"{type(backend).__module__}.{type(backend).__name__}"
    secret = secrets.token_hex(8)
    try:
        keyring.set_password(KEYRING_SERVICE, "self-test", secret)
    except keyring.errors.NoKeyringError:
        return "none on this machine: tokens may stand in the environment"
    found = keyring.get_password(KEYRING_SERVICE, "self-test")
    keyring.delete_password(KEYRING_SERVICE, "self-test")
    if found != secret:
        raise LookupError(f"{name} does not give back what it was given")
    return name


PARTS: dict[str, Callable[[], str]] = {
    "zones": _zones,
    "TLS": _tls,
    "fonts": _fonts,
    "translations": _translations,
    "mappings": _mappings,
    "icon": _icon,
    "charts": _charts,
    "sounds": _sounds,
    "alarm log": _alarm_log,
    "keyring": _keyring,
}
