"""When the wall makes itself heard: pure, from what happens to alarms and the time.

The alarm book says what rings, once a raise and once an escalation. This says what of it is played, when it is played
again because nobody has acknowledged it, when it becomes insistent, and how loud.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import time
from enum import StrEnum

from msgspec import Struct

from wallboard.core.alarms import (
    WANT_ACKNOWLEDGING,
    Alarm,
    AlarmEvent,
    AlarmState,
    Happening,
    Severity,
    Standing,
    Subject,
)
from wallboard.core.hours import within_day

SHORTEST_PAUSE_S = 3.0
"""Between two sounds: longer than the longest of them. What is worse does not wait for it."""

INSISTENT_GAIN = 2.0
"""6 dB more than what was not heard."""


class Sound(StrEnum):
    WARNING = "warning"
    CRITICAL = "critical"
    INSISTENT = "insistent"
    """Nobody has acknowledged for too long."""


SOUND_OF = {Severity.WARNING: Sound.WARNING, Severity.CRITICAL: Sound.CRITICAL}


class Volume(Struct, frozen=True):
    """Between two times of the centre's day; it may span midnight."""

    begins: time
    ends: time
    volume: float


class SoundSettings(Struct, frozen=True, kw_only=True):
    """Volumes are from 0 to 1. A repetition of None is none, and so is an insistence."""

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

    def insist_s(self, severity: Severity) -> float | None:
        """A warning that is heard once is left at that."""
        repeated = self.repeat_s(severity) is not None
        return self.insist_after_s if repeated or severity is Severity.CRITICAL else None


class Ring(Struct, frozen=True, kw_only=True):
    """To be heard now. `said` is the alarm to speak of, where there is a new one: the worst, with so many `others`."""

    sound: Sound
    volume: float
    said: tuple[Hashable, AlarmEvent] | None = None
    others: int = 0


_Key = tuple[Hashable, Subject]

MOST_UNPLAYED = 1_000
"""Nobody waits for more of them to be back."""


class Attention:
    """Of the alarms that the book rang for, which were told, and which still ask for somebody; by whose they are and
    their subject.

    Time comes in as an argument, in seconds of a clock that only runs forward.
    """

    def __init__(self, settings: SoundSettings) -> None:
        self.settings = settings
        self.muted_until_s: float | None = None
        self._told: dict[_Key, bool] = {}
        """Of what the book rang for and what is not over, put aside or not: whether it was played, or else seen."""
        self._unplayed: set[_Key] = set()
        """Of what is over or missing for a moment: it was never played. If it is back, it still is to be."""
        self._asking: dict[Severity, set[_Key]] = {severity: set() for severity in Severity}
        self._untold: dict[Severity, dict[_Key, AlarmEvent]] = {severity: {} for severity in Severity}
        """Of those that ask."""
        self._unanswered_since_s: float | None = None
        self._insisted = False
        self._asked_s: float | None = None
        """When what asks was last played: from then on its repetition counts."""
        self._played_s: float | None = None
        self._played: Severity | None = None

    @property
    def asking(self) -> Severity | None:
        """The worst that nobody has acknowledged, of what the book rang for."""
        return max([severity for severity, keys in self._asking.items() if keys], default=None)

    def take(self, whose: Hashable, events: Iterable[AlarmEvent]) -> None:
        """In their order."""
        for event in events:
            key = (whose, event.subject)
            if event.rings:
                self._told[key] = False
            elif event.happening is Happening.RAISED and was_heard(event.standing):
                self._told[key] = self._told.get(key, key not in self._unplayed)
            if event.happening is Happening.RAISED:
                self._unplayed.discard(key)
            if key in self._told:
                self._forget(key)
                self._follow(key, event)
            if event.happening in _ANSWERS:
                self._answer()

    def resume(self, whose: Hashable, alarms: Iterable[Alarm], now_s: float) -> None:
        """They were heard before the program began. What of them asks is not told anew, but repeated."""
        asking = self.asking
        for alarm in alarms:
            key = (whose, alarm.subject)
            if key not in self._told and alarm.state is not AlarmState.PENDING:
                self._told[key] = True
                if alarm.state in WANT_ACKNOWLEDGING:
                    self._asking[alarm.severity].add(key)
        if self.asking is not asking:
            self._asked_s = now_s

    def mute(self, until_s: float | None) -> None:
        """Nothing is played before then, but what becomes critical; None ends it."""
        self.muted_until_s = until_s

    def ring(self, now_s: float, local: time) -> Ring | None:
        """What is to be played now. To be asked at least once a second."""
        if self.muted_until_s is not None and now_s >= self.muted_until_s:
            self.muted_until_s = None
        asking = self.asking
        if asking is None or self.settings.insist_s(asking) is None:
            self._answer()
        elif self._unanswered_since_s is None:
            self._unanswered_since_s = now_s
        if asking is None:
            return None
        new, again = self._new(), self._again(asking, now_s)
        severity = max(filter(None, (new, asking if again else None)), default=None)
        if severity is None or self._is_pausing(severity, now_s):
            return None
        self._played_s, self._played = now_s, severity
        if severity is asking:
            self._asked_s = now_s
        sound, volume = again or SOUND_OF[severity], self.settings.volume_at(local)
        if sound is Sound.INSISTENT:
            self._insisted, volume = True, min(1.0, INSISTENT_GAIN * volume)
        if new is None:
            return Ring(sound=sound, volume=volume)
        told = self._tell()
        return Ring(sound=sound, volume=volume, said=told[0], others=len(told) - 1)

    def _forget(self, key: _Key) -> None:
        for severity in Severity:
            self._asking[severity].discard(key)
            self._untold[severity].pop(key, None)

    def _follow(self, key: _Key, event: AlarmEvent) -> None:
        standing = event.standing
        severity = standing.severity or standing.returned
        if severity is None:
            if not self._told.pop(key) and event.happening is not Happening.ACKNOWLEDGED:
                if len(self._unplayed) >= MOST_UNPLAYED:
                    self._unplayed.clear()
                self._unplayed.add(key)
        elif standing.state in WANT_ACKNOWLEDGING:
            self._asking[severity].add(key)
            if not self._told[key]:
                self._untold[severity][key] = event
        elif standing.state is AlarmState.ACTIVE_ACKNOWLEDGED:
            self._told[key] = True

    def _answer(self) -> None:
        """Somebody is there, or nobody is needed."""
        self._unanswered_since_s, self._insisted = None, False

    def _audible(self) -> tuple[Severity, ...]:
        """What is told now, the worst first."""
        return (Severity.CRITICAL,) if self.muted_until_s is not None else (Severity.CRITICAL, Severity.WARNING)

    def _new(self) -> Severity | None:
        return next((severity for severity in self._audible() if self._untold[severity]), None)

    def _tell(self) -> list[tuple[Hashable, AlarmEvent]]:
        told = []
        for severity in self._audible():
            for key, event in self._untold[severity].items():
                self._told[key] = True
                told.append((key[0], event))
            self._untold[severity].clear()
        return told

    def _again(self, asking: Severity, now_s: float) -> Sound | None:
        """The sound of what asks, where it is time for it."""
        if self.muted_until_s is not None:
            return None
        repeat_s, insist_s = self.settings.repeat_s(asking), self.settings.insist_s(asking)
        repeats = _is_over(repeat_s, self._asked_s, now_s)
        if _is_over(insist_s, self._unanswered_since_s, now_s) and (repeats or not self._insisted):
            return Sound.INSISTENT
        return SOUND_OF[asking] if repeats else None

    def _is_pausing(self, severity: Severity, now_s: float) -> bool:
        worse = self._played is None or severity > self._played
        return not worse and not _is_over(SHORTEST_PAUSE_S, self._played_s, now_s)


_ANSWERS = frozenset({Happening.ACKNOWLEDGED, Happening.SHELVED, Happening.TAKEN_OUT_OF_SERVICE})
"""What a person does about alarms."""


def was_heard(standing: Standing) -> bool:
    """In this raise; of one that is over and latched, in the raise before."""
    return standing.rung is not None


def _is_over(lasts_s: float | None, since_s: float | None, now_s: float) -> bool:
    """None lasts for ever; what never began is over."""
    return lasts_s is not None and (since_s is None or now_s - since_s >= lasts_s)
