"""When the wall makes itself heard: pure, from what happens to alarms and the time.

The alarm book says what rings, once a raise and once an escalation. This says what of it is played, when it is played
again because nobody has acknowledged it, when it becomes insistent, and how loud.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import time
from enum import StrEnum

from msgspec import Struct

from wallboard.core.alarms import AlarmEvent, Happening, Severity, Subject
from wallboard.core.hours import within_day

SHORTEST_PAUSE_S = 3.0
"""Between two sounds: longer than the longest of them. What rings meanwhile and is no worse is the same sound: in a
flood more of it tells nothing.
"""


INSISTENT_GAIN = 2.0
"""6 dB more than what was not heard."""


class Sound(StrEnum):
    WARNING = "warning"
    CRITICAL = "critical"
    INSISTENT = "insistent"
    """Nobody has acknowledged for too long."""


class Volume(Struct, frozen=True):
    """Between two times of the centre's day; it may span midnight."""

    begins: time
    ends: time
    volume: float


class SoundSettings(Struct, frozen=True, kw_only=True):
    """Volumes are from 0 to 1. A repetition of None is none; what has no severity's entry in it is not repeated."""

    volume: float = 0.7
    by_time_of_day: tuple[Volume, ...] = ()
    """The first that holds is taken."""
    repeat_warning_s: float | None = None
    repeat_critical_s: float | None = 30.0
    insist_after_s: float | None = 120.0

    def volume_at(self, moment: time) -> float:
        for period in self.by_time_of_day:
            if within_day(moment, period.begins, period.ends):
                return period.volume
        return self.volume

    def repeat_s(self, severity: Severity) -> float | None:
        return self.repeat_critical_s if severity is Severity.CRITICAL else self.repeat_warning_s


class Ring(Struct, frozen=True, kw_only=True):
    """To be heard now. `said` is the alarm to speak of, where this is its first sound."""

    sound: Sound
    volume: float
    said: tuple[Hashable, AlarmEvent] | None = None


class Attention:
    """Of the alarms that were heard, which still ask for somebody; by whose they are and their subject.

    Time comes in as an argument, in seconds of a clock that only runs forward.
    """

    def __init__(self, settings: SoundSettings) -> None:
        self.settings = settings
        self.muted_until_s: float | None = None
        self._asking: dict[tuple[Hashable, Subject], Severity] = {}
        self._rings: list[tuple[Hashable, AlarmEvent]] = []
        """Heard by the book, and not yet played."""
        self._unanswered_since_s: float | None = None
        self._played_s: float | None = None
        self._played: Severity | None = None

    @property
    def asking(self) -> Severity | None:
        """The worst that nobody has acknowledged, of what was heard."""
        return max(self._asking.values(), default=None)

    def take(self, whose: Hashable, events: Iterable[AlarmEvent]) -> None:
        """In their order."""
        for event in events:
            key = (whose, event.subject)
            if event.rings and event.severity is not None:
                self._asking[key] = event.severity
                self._rings.append((whose, event))
            elif event.happening in _EASES and event.severity is not None and key in self._asking:
                self._asking[key] = event.severity
            elif event.happening in _ANSWERS:
                self._asking.pop(key, None)
                if event.by or event.happening is Happening.ACKNOWLEDGED:
                    self._unanswered_since_s = None  # somebody is there

    def mute(self, until_s: float | None) -> None:
        """Nothing is played before then, but what becomes critical; None ends it."""
        self.muted_until_s = until_s

    def ring(self, now_s: float, local: time) -> Ring | None:
        """What is to be played now. To be asked at least once a second."""
        if self.muted_until_s is not None and now_s >= self.muted_until_s:
            self.muted_until_s = None
        rings = [
            (whose, event)
            for whose, event in self._rings
            if (whose, event.subject) in self._asking and not self._is_muted(event)
        ]
        self._rings.clear()
        asking = self.asking
        if asking is None:
            self._unanswered_since_s = None
        elif self._unanswered_since_s is None:
            self._unanswered_since_s = now_s
        if rings:
            return self._first(rings, now_s, local)
        return self._again(asking, now_s, local) if asking is not None and self.muted_until_s is None else None

    def _is_muted(self, event: AlarmEvent) -> bool:
        return self.muted_until_s is not None and event.severity is not Severity.CRITICAL

    def _first(self, rings: Sequence[tuple[Hashable, AlarmEvent]], now_s: float, local: time) -> Ring | None:
        worst = max(rings, key=_severity)
        severity = _severity(worst)
        pausing = self._played_s is not None and now_s - self._played_s < SHORTEST_PAUSE_S
        if pausing and self._played is not None and severity <= self._played:
            return None
        self._played_s, self._played = now_s, severity
        sound = Sound.CRITICAL if severity is Severity.CRITICAL else Sound.WARNING
        return Ring(sound=sound, volume=self.settings.volume_at(local), said=worst)

    def _again(self, asking: Severity, now_s: float, local: time) -> Ring | None:
        repeat_s = self.settings.repeat_s(asking)
        if repeat_s is None or (self._played_s is not None and now_s - self._played_s < repeat_s):
            return None
        self._played_s, self._played = now_s, asking
        insist_s, since_s = self.settings.insist_after_s, self._unanswered_since_s
        if insist_s is not None and since_s is not None and now_s - since_s >= insist_s:
            return Ring(sound=Sound.INSISTENT, volume=min(1.0, INSISTENT_GAIN * self.settings.volume_at(local)))
        sound = Sound.CRITICAL if asking is Severity.CRITICAL else Sound.WARNING
        return Ring(sound=sound, volume=self.settings.volume_at(local))


_EASES = frozenset({Happening.DEESCALATED, Happening.RETURNED, Happening.ESCALATED})
_ANSWERS = frozenset(
    {
        Happening.ACKNOWLEDGED,
        Happening.CLEARED,
        Happening.SHELVED,
        Happening.SUPPRESSED,
        Happening.TAKEN_OUT_OF_SERVICE,
    }
)


def _severity(ring: tuple[Hashable, AlarmEvent]) -> Severity:
    return ring[1].severity or Severity.WARNING
