"""What is known of the ways in which the wall calls people: whether it can be heard, and until when it is silent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QObject, Signal


class SoundState(StrEnum):
    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    NO_DEVICE = "no_device"
    NO_LIBRARY = "no_library"
    """Of the system, which plays sounds."""
    FAILED = "failed"
    """The device refuses the sound."""


class VoiceState(StrEnum):
    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    NO_ENGINE = "no_engine"
    NO_VOICE = "no_voice"
    """There is none of the wall's language."""


class AttentionState(QObject):
    """`device` is what the sound comes from; `muted_until` is the centre's time."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sound = SoundState.OFF
        self.device = ""
        self.voice = VoiceState.OFF
        self.muted_until: datetime | None = None

    def tell_sound(self, sound: SoundState, device: str = "") -> None:
        self.sound, self.device = sound, device
        self.changed.emit()

    def tell_voice(self, voice: VoiceState) -> None:
        self.voice = voice
        self.changed.emit()

    def tell_muted(self, until: datetime | None) -> None:
        if until != self.muted_until:
            self.muted_until = until
            self.changed.emit()
