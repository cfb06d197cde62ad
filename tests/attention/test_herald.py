"""What happens to alarms is carried to a loudspeaker, a voice and the desktop."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QSystemTrayIcon

from tests.core.builders import at, bad, call, snapshot
from tests.models.test_centres import Bench
from wallboard.attention.audio import Loudspeaker
from wallboard.attention.herald import MUTE_S, Herald
from wallboard.attention.notices import Notices
from wallboard.core.alarms import AlarmEvent, Happening, Scope, Severity, Standing, Subject
from wallboard.core.attention import Sound, SoundSettings
from wallboard.core.entities import Call
from wallboard.language import Language, Words
from wallboard.models.attention import AttentionState, SoundState, VoiceState


class Heard:
    """A herald whose loudspeaker and voice only note what they are asked for."""

    def __init__(self, bench: Bench, settings: SoundSettings | None = SoundSettings(), *, speaks: bool = False) -> None:  # noqa: B008
        self.state = AttentionState()
        self.herald = Herald(
            bench.centres,
            Words(Language.ENGLISH),
            self.state,
            settings,
            speaks=speaks,
            monotonic=bench.monotonic,
        )
        self.sounds: list[tuple[Sound, float]] = []
        self.said: list[str] = []
        self.notices: list[tuple[str, str]] = []
        if self.herald.loudspeaker is not None:
            self.herald.loudspeaker.play = lambda sound, volume: self.sounds.append((sound, volume))  # type: ignore[method-assign]
        if self.herald.voice is not None:
            self.herald.voice.say = lambda text, volume: self.said.append(text)  # type: ignore[method-assign]
        self.herald.notify.connect(lambda title, whose: self.notices.append((title, whose)))


def go_on(bench: Bench, seconds: int, *calls: Call) -> None:
    """With the same calls and new data each second."""
    for _ in range(seconds):
        bench.turn(1)
        bench.poll("bengkalis", snapshot(bench.now_s, calls=calls))


@pytest.fixture
def bench(qapp):
    one = Bench("bengkalis", "siak")
    yield one
    one.centres.stop()


def test_that_a_new_alarm_is_heard_in_the_pass_that_shows_it_and_what_was_there_is_not(bench):
    heard = Heard(bench)
    bench.poll("bengkalis", snapshot(calls=[call("old", -16)]))
    assert heard.sounds == []
    bench.poll("bengkalis", snapshot(calls=[call("old", -16), call("new", -30)]))
    assert heard.sounds == [(Sound.CRITICAL, 0.7)]
    assert heard.notices == [("Call waiting longer than 20 seconds", "Call Center 112 Bengkalis")]


def test_that_an_acknowledged_alarm_is_not_repeated(bench):
    heard = Heard(bench, SoundSettings(repeat_critical_s=5))
    bench.poll("siak", snapshot())
    bench.poll("siak", snapshot(calls=[call("c1", -30)]))
    bench.turn(5)
    bench.turn(5)
    assert len(heard.sounds) == 3
    bench.centres.acknowledge_all()
    bench.turn(5)
    assert len(heard.sounds) == 3


def test_that_alarms_of_one_moment_are_one_sound_and_one_notice_whatever_centre_they_are_of(bench):
    heard = Heard(bench, speaks=True)
    bench.poll("bengkalis", snapshot(calls=[call("c1", -13)]))
    bench.poll("siak", snapshot(calls=[call("c2", -18), call("c3", -13)]))
    assert heard.sounds == []
    bench.turn(2)
    assert heard.sounds == [(Sound.CRITICAL, 0.7)]
    assert heard.notices == [("Call waiting longer than 20 seconds, and 2 more", "Call Center 112 Bengkalis")]
    assert heard.said == ["Call Center 112 Bengkalis: Call waiting longer than 20 seconds, and 2 more"]


def test_that_what_nobody_acknowledged_before_a_restart_is_repeated_once_there_are_data_and_not_told_anew(qapp):
    before, after = Bench("bengkalis"), Bench("bengkalis")
    events: list[AlarmEvent] = []
    before.centres.happened.connect(lambda _, told: events.extend(told))
    before.poll("bengkalis", snapshot())
    before.poll("bengkalis", snapshot(calls=[call("c1", -30)]))
    before.centres.stop()
    (store,) = after.centres.stores
    heard = Heard(after)
    store.restore(events)
    heard.herald.recall(store, events)
    store.receive(bad(0.0))
    after.turn(600)
    assert heard.sounds == [], "nothing is known yet"
    after.poll("bengkalis", snapshot(600, calls=[call("c1", -30)]))
    go_on(after, 29, call("c1", -30))
    assert heard.sounds == []
    go_on(after, 1, call("c1", -30))
    assert heard.sounds == [(Sound.CRITICAL, 0.7)]
    assert heard.notices == []
    after.centres.acknowledge_all()
    go_on(after, 30, call("c1", -30))
    assert len(heard.sounds) == 1
    after.centres.stop()


def test_that_what_was_only_listed_at_a_start_is_not_repeated_after_the_next(qapp):
    before, after = Bench("bengkalis"), Bench("bengkalis")
    events: list[AlarmEvent] = []
    before.centres.happened.connect(lambda _, told: events.extend(told))
    before.poll("bengkalis", snapshot(calls=[call("old", -100)]))
    before.centres.stop()
    assert [event.severity for event in events] == [Severity.CRITICAL]
    (store,) = after.centres.stores
    heard = Heard(after)
    store.restore(events)
    heard.herald.recall(store, events)
    go_on(after, 200, call("old", -100))
    assert heard.sounds == []
    after.centres.stop()


def flicker(bench: Bench, seconds: int) -> None:
    """A poll each second; each third is without the call."""
    for _ in range(seconds):
        bench.turn(1)
        bench.poll("siak", snapshot(bench.now_s, calls=[call("c1", -30)] if bench.now_s % 3 else []))


def test_that_a_call_that_is_missing_now_and_then_is_heard_once_and_repeated_until_somebody_acknowledges(bench):
    heard = Heard(bench, SoundSettings(repeat_critical_s=30))
    bench.poll("siak", snapshot())
    flicker(bench, 70)
    assert len(heard.sounds) == 3
    assert len(heard.notices) == 1
    bench.centres.acknowledge_all()
    flicker(bench, 600)
    assert len(heard.sounds) == 3


def test_that_what_is_over_after_a_restart_is_not_repeated(qapp):
    bench = Bench("bengkalis")
    (store,) = bench.centres.stores
    heard = Heard(bench)
    over = AlarmEvent(
        at=at(0),
        subject=Subject("call_waiting", Scope.CALL, "c1"),
        happening=Happening.RAISED,
        standing=Standing(severity=Severity.CRITICAL, rung=Severity.CRITICAL),
        severity=Severity.CRITICAL,
    )
    store.restore([over])
    heard.herald.recall(store, [over])
    bench.poll("bengkalis", snapshot())
    go_on(bench, 60)
    assert heard.sounds == []
    bench.centres.stop()


def test_that_speech_says_what_the_banner_says_and_whose_it_is(bench):
    heard = Heard(bench, speaks=True)
    bench.poll("siak", snapshot())
    bench.poll("siak", snapshot(calls=[call("c1", -16)]))
    assert heard.said == ["Call Center 112 Bengkalis: Call waiting longer than 15 seconds"]
    assert heard.state.voice is VoiceState.STARTING


def test_that_a_wall_that_is_not_to_be_heard_notifies_all_the_same_and_cannot_be_muted(bench):
    heard = Heard(bench, None, speaks=True)
    assert (heard.state.sound, heard.state.voice) == (SoundState.OFF, VoiceState.OFF)
    heard.herald.start()
    heard.herald.toggle_mute()
    assert heard.state.muted_until is None
    bench.poll("siak", snapshot())
    bench.poll("siak", snapshot(calls=[call("c1", -30)]))
    assert len(heard.notices) == 1


def test_that_a_silence_is_seen_and_ends_by_itself(bench):
    heard = Heard(bench)
    bench.poll("siak", snapshot())
    heard.herald.toggle_mute()
    until = heard.state.muted_until
    assert until is not None
    assert (until - bench.centres.leading.now).total_seconds() == MUTE_S
    bench.poll("siak", snapshot(calls=[call("c1", -16)]))
    assert heard.sounds == []
    bench.turn(MUTE_S)
    assert heard.state.muted_until is None
    heard.herald.toggle_mute()
    heard.herald.toggle_mute()
    assert heard.state.muted_until is None


class Effect:
    """A sound as a device plays it."""

    def __init__(self, sound: Sound, playing: list[Sound]) -> None:
        self.sound = sound
        self.playing = playing

    def setVolume(self, volume: float) -> None:  # noqa: N802 (Qt's name)
        pass

    def play(self) -> None:
        self.playing.append(self.sound)

    def stop(self) -> None:
        if self.sound in self.playing:
            self.playing.remove(self.sound)


def test_that_a_sound_takes_the_place_of_what_is_played(qapp, monkeypatch):
    loudspeaker = Loudspeaker("")
    playing: list[Sound] = []
    monkeypatch.setattr(loudspeaker, "_effects", {sound: Effect(sound, playing) for sound in Sound})
    loudspeaker.play(Sound.WARNING, 0.7)
    loudspeaker.play(Sound.CRITICAL, 0.7)
    assert playing == [Sound.CRITICAL]


def test_that_a_computer_without_an_audio_device_says_so_and_goes_on(bench, qtbot):
    """Where there is one, it is named."""
    heard = Heard(bench, speaks=True)
    heard.herald.start()
    assert heard.state.sound in (SoundState.NO_DEVICE, SoundState.READY, SoundState.FAILED)
    assert bool(heard.state.device) is (heard.state.sound is not SoundState.NO_DEVICE)
    assert heard.state.voice is not VoiceState.STARTING


def test_that_a_desktop_without_a_tray_has_no_notices_and_needs_none(qtbot, monkeypatch):
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: False))
    notices = Notices(window)
    assert not notices.available
    notices.notify("title", "centre")
    notices.close()


@pytest.mark.qt_log_ignore("QSystemTrayIcon", "systemTrayWindowChanged", "does not support raise")
def test_that_the_desktop_notifies_only_while_the_wall_is_not_in_front(qtbot, monkeypatch):
    from PySide6.QtWidgets import QWidget

    shown = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _self, *arguments: shown.append(arguments[:2]))
    window = QWidget()
    qtbot.addWidget(window)
    notices = Notices(window)
    notices.notify("Call waiting", "112 Siak")
    assert shown == [("112 Siak", "Call waiting")]
    window.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    notices.notify("Call waiting", "112 Siak")
    assert len(shown) == 1
    window.showMinimized()
    notices.bring_forward()
    assert not window.isMinimized()
    notices.close()
