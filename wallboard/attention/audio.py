"""Sounds and speech. Devices come and go; without one the state says so, and what was to be heard is not heard.

In the GUI's thread: Qt makes its connection to the audio service there, whoever asks for it, and one who asks from
another thread while holding Python's lock waits for ever. What is slow is done by the system's own threads.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLoggingCategory, QObject, QTimer, QUrl, Signal, Slot

from wallboard.core.attention import Sound
from wallboard.language import Language
from wallboard.models.attention import SoundState, VoiceState
from wallboard.resources import RESOURCES
from wallboard.views.locales import LOCALES

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioDevice, QMediaDevices, QSoundEffect
    from PySide6.QtTextToSpeech import QTextToSpeech

LONGEST_SOUND_MS = 3_000
"""Of all of them: speech begins when the sound is over."""

MOCK = "mock"
"""Qt's engine for tests, which says nothing."""

QUIET = "qt.multimedia.*=false\nqt.speech.*=false"
QUIETER = f"{QUIET}\ndefault.warning=false\ndefault.critical=false"
"""Qt's own words about what it misses on a system are mostly about films. Whether there is sound is told by the state.
What the audio service says of itself has no name of its own.
"""

_log = logging.getLogger(__name__)


def sound_file(sound: Sound) -> str:
    return str(RESOURCES / "sounds" / f"{sound.value}.wav")


def import_libraries(*, speech: bool) -> None:
    """What takes a while, for a thread that does not draw. Where it fails, whoever opens it says so."""
    QLoggingCategory.setFilterRules(QUIET)
    with contextlib.suppress(ImportError):
        import PySide6.QtMultimedia

        if speech:
            import PySide6.QtTextToSpeech  # noqa: F401


@contextlib.contextmanager
def _without_plugins() -> Iterator[None]:
    """Qt looks for one that plays films, and does without where it finds none: sounds come from QtMultimedia itself.
    FFmpeg would take 12 MB.
    """
    paths = QCoreApplication.libraryPaths()
    QCoreApplication.setLibraryPaths([])
    try:
        yield
    finally:
        QCoreApplication.setLibraryPaths(paths)


@contextlib.contextmanager
def _quieter() -> Iterator[None]:
    QLoggingCategory.setFilterRules(QUIETER)
    try:
        yield
    finally:
        QLoggingCategory.setFilterRules(QUIET)


class Loudspeaker(QObject):
    """Plays on the device of this name, or on the system's default while there is none of it."""

    told = Signal(str, str)
    """Its state, and the device's name."""

    def __init__(self, device: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted = device
        self._devices: QMediaDevices | None = None
        self._device: QAudioDevice | None = None
        self._effects: dict[Sound, QSoundEffect] = {}

    @_quieter()
    def open(self) -> None:
        try:
            from PySide6.QtMultimedia import QMediaDevices
        except ImportError as error:
            _log.warning("no sound: %s", error)
            self.told.emit(SoundState.NO_LIBRARY.value, "")
            return
        with _without_plugins():
            self._devices = QMediaDevices(self)
            self._devices.audioOutputsChanged.connect(self._choose)
            self._choose()

    def play(self, sound: Sound, volume: float) -> None:
        """In place of what is being played."""
        for other in self._effects.values():
            other.stop()
        effect = self._effects.get(sound)
        if effect is not None:
            effect.setVolume(volume)
            effect.play()

    @Slot()
    def _choose(self) -> None:
        from PySide6.QtMultimedia import QMediaDevices, QSoundEffect

        outputs = QMediaDevices.audioOutputs()
        device = next((one for one in outputs if one.description() == self._wanted), QMediaDevices.defaultAudioOutput())
        if self._device is not None and device == self._device:
            return
        self._device = device
        for effect in self._effects.values():
            effect.deleteLater()
        self._effects = {}
        if device.isNull():
            _log.warning("no sound: there is no audio device")
            self.told.emit(SoundState.NO_DEVICE.value, "")
            return
        for sound in Sound:
            effect = self._effects[sound] = QSoundEffect(device, self)
            effect.statusChanged.connect(self._look)
            effect.setSource(QUrl.fromLocalFile(sound_file(sound)))
        _log.info("sounds come from %s", device.description())
        self.told.emit(SoundState.READY.value, device.description())

    @Slot()
    def _look(self) -> None:
        from PySide6.QtMultimedia import QSoundEffect

        if any(effect.status() is QSoundEffect.Status.Error for effect in self._effects.values()):
            _log.warning("no sound: the device refuses it")
            self.told.emit(SoundState.FAILED.value, self._device.description() if self._device else "")


class Voice(QObject):
    """Speaks where the system has a voice of the wall's language."""

    told = Signal(str)

    def __init__(self, language: Language, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._locale = LOCALES[language]
        self._speech: QTextToSpeech | None = None
        self._text = ""
        self._volume = 1.0
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(LONGEST_SOUND_MS)
        self._due.timeout.connect(self._say)

    @_quieter()
    def open(self) -> None:
        try:
            from PySide6.QtTextToSpeech import QTextToSpeech
        except ImportError as error:
            _log.warning("no speech: %s", error)
            self.told.emit(VoiceState.NO_ENGINE.value)
            return
        engines = [engine for engine in QTextToSpeech.availableEngines() if engine != MOCK]
        speech = QTextToSpeech(engines[0], self) if engines else None
        if speech is None or speech.state() is QTextToSpeech.State.Error:
            self.told.emit(VoiceState.NO_ENGINE.value)
            return
        if not any(locale.language() == self._locale.language() for locale in speech.availableLocales()):
            self.told.emit(VoiceState.NO_VOICE.value)
            return
        speech.setLocale(self._locale)
        self._speech = speech
        self.told.emit(VoiceState.READY.value)

    def say(self, text: str, volume: float) -> None:
        """Behind the sound; what comes meanwhile takes its place."""
        self._text, self._volume = text, volume
        if not self._due.isActive():
            self._due.start()

    @Slot()
    def _say(self) -> None:
        if self._speech is not None:
            self._speech.stop()
            self._speech.setVolume(self._volume)
            self._speech.say(self._text)
