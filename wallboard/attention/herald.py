"""Carries what happens to alarms to where people hear and see it away from the wall: sounds, speech, notifications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from PySide6.QtCore import QObject, Signal, Slot

from wallboard.attention.audio import Loudspeaker, Voice
from wallboard.core.alarms import AlarmEvent, Subject
from wallboard.core.attention import Attention, Ring, SoundSettings, was_heard
from wallboard.core.situation import FeedState
from wallboard.language import Words
from wallboard.models.attention import AttentionState, SoundState, VoiceState
from wallboard.models.centres import Centres
from wallboard.models.store import Store
from wallboard.steady import steady_s
from wallboard.views.wording import rule_title

MUTE_S = 300.0
"""As long as it takes to speak with somebody; then the wall is heard again by itself."""


class Herald(QObject):
    """`notify` is told of what is new and how it is said. Without `sounds` nothing is heard; `speaks` adds words."""

    notify = Signal(str, str)
    """Of an alarm that is heard for the first time: its title, with the count of those that come with it, and whose it
    is.
    """

    def __init__(
        self,
        centres: Centres,
        words: Words,
        state: AttentionState,
        sounds: SoundSettings | None,
        *,
        device: str = "",
        speaks: bool = False,
        monotonic: Callable[[], float] = steady_s,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._centres = centres
        self._words = words
        self._state = state
        self._monotonic = monotonic
        self._attention = Attention(sounds or SoundSettings())
        self._recalled: dict[Store, list[Subject]] = {}
        """Heard before the program began; of centres that have given no data yet."""
        self.loudspeaker = Loudspeaker(device, self) if sounds is not None else None
        self.voice = Voice(words.language, self) if sounds is not None and speaks else None
        if self.loudspeaker is not None:
            self.loudspeaker.told.connect(self._tell_sound)
            state.tell_sound(SoundState.STARTING)
        if self.voice is not None:
            self.voice.told.connect(self._tell_voice)
            state.tell_voice(VoiceState.STARTING)
        centres.happened.connect(self.hear)
        centres.told.connect(self.look)

    def start(self) -> None:
        """Open the audio device. What rings before is not heard: there is no picture yet either."""
        for part in (self.loudspeaker, self.voice):
            if part is not None:
                part.open()

    def recall(self, store: Store, last_events: Sequence[AlarmEvent]) -> None:
        """What of the restored alarms still asks for somebody is repeated, as soon as the first data say so."""
        self._recalled[store] = [event.subject for event in last_events if was_heard(event.standing)]

    @Slot(object, object)
    def hear(self, store: Store, events: Sequence[AlarmEvent]) -> None:
        self._attention.take(store, events)

    @Slot()
    def look(self) -> None:
        for store in [store for store in self._recalled if _knows_its_alarms(store)]:
            book, subjects = store.situation.alarms, self._recalled.pop(store)
            alarms = filter(None, [book.alarm(subject, store.now) for subject in subjects])
            self._attention.resume(store, alarms, self._monotonic())
        now = self._centres.leading.now
        local = now.astimezone(self._centres.leading.situation.zone).time()
        ring = self._attention.ring(self._monotonic(), local)
        if self._attention.muted_until_s is None:
            self._state.tell_muted(None)
        if ring is not None:
            self._ring(ring)

    @Slot()
    def toggle_mute(self) -> None:
        """Silent for some minutes, or heard again."""
        if self.loudspeaker is None:
            return
        if self._attention.muted_until_s is not None:
            self._attention.mute(None)
            self._state.tell_muted(None)
        else:
            self._attention.mute(self._monotonic() + MUTE_S)
            self._state.tell_muted(self._centres.leading.now + timedelta(seconds=MUTE_S))

    def _ring(self, ring: Ring) -> None:
        if self.loudspeaker is not None:
            self.loudspeaker.play(ring.sound, ring.volume)
        if ring.said is None:
            return
        store, event = ring.said
        assert isinstance(store, Store)
        title = rule_title(self._words, store.situation.alarms.rules[event.subject.rule], event.limit or 0.0)
        if ring.others:
            title = self._words("attention.with_others", title=title, count=ring.others)
        whose = store.situation.name
        self.notify.emit(title, whose)
        if self.voice is not None:
            self.voice.say(f"{whose}: {title}" if len(self._centres) > 1 else title, ring.volume)

    @Slot(str, str)
    def _tell_sound(self, state: str, device: str) -> None:
        self._state.tell_sound(SoundState(state), device)

    @Slot(str)
    def _tell_voice(self, state: str) -> None:
        self._state.tell_voice(VoiceState(state))


def _knows_its_alarms(store: Store) -> bool:
    """There are data, and every alarm was looked at with them."""
    return store.state is FeedState.LIVE and store.situation.rows is not None and not store.unfinished
