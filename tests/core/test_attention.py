"""When the wall makes itself heard, and when it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import at
from tests.core.test_alarmbook import rule
from wallboard.core import lifecycle
from wallboard.core.alarmbook import AlarmBook
from wallboard.core.alarms import (
    WANT_ACKNOWLEDGING,
    Alarm,
    AlarmEvent,
    AlarmState,
    Scope,
    Severity,
    Shelf,
    Standing,
    Subject,
)
from wallboard.core.attention import SHORTEST_PAUSE_S, Attention, Ring, Sound, SoundSettings, Volume, was_heard

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
NOON = time(12)
NEVER_INSISTS = SoundSettings(insist_after_s=None)


def subject(key: str) -> Subject:
    return Subject("call_waiting", Scope.CALL, key)


class Life:
    """Of one alarm: each step is told as its book tells it."""

    def __init__(self, attention: Attention, key: str = "c1", whose: str = "siak", *, latches: bool = False) -> None:
        self.attention = attention
        self.key = key
        self.whose = whose
        self.latches = latches
        self.standing = lifecycle.NORMAL
        self.severity = WARNING
        self.rang = False
        """And it is not over."""

    def judge(self, severity: Severity | None, *, quietly: bool = False) -> None:
        step = lifecycle.judged(self.standing, severity, latches=self.latches)
        self.go(lifecycle.quietly(self.standing, step) if quietly else step)

    def acknowledge(self) -> None:
        self.go(lifecycle.acknowledged(self.standing))

    def shelve(self) -> None:
        self.go(lifecycle.shelved(self.standing, Shelf(at(300))))

    def unshelve(self) -> None:
        self.go(lifecycle.unshelved(self.standing))

    def suppress(self, *, on: bool = True) -> None:
        self.go(lifecycle.suppressed(self.standing, on=on))

    def unsuppress(self) -> None:
        self.suppress(on=False)

    def take_out(self) -> None:
        self.go(lifecycle.in_service(self.standing, on=False))

    def put_back(self) -> None:
        self.go(lifecycle.in_service(self.standing, on=True))

    def go(self, step: lifecycle.Step) -> None:
        self.standing = step.standing
        self.severity = step.standing.present_severity or self.severity
        self.rang = step.rings or (self.rang and step.standing.present_severity is not None)
        self.attention.take(
            self.whose,
            [
                AlarmEvent(
                    at=at(0),
                    subject=subject(self.key),
                    happening=happening,
                    standing=self.standing,
                    severity=self.severity,
                    rings=step.rings,
                )
                for happening in step.happenings
            ],
        )


def raised(attention: Attention, severity: Severity = WARNING, key: str = "c1", whose: str = "siak") -> Life:
    alarm = Life(attention, key, whose)
    alarm.judge(severity)
    return alarm


def played(attention: Attention, now_s: float, local: time = NOON) -> Ring:
    ring = attention.ring(now_s, local)
    assert ring is not None
    return ring


def heard(attention, until_s, begins_s=0, local=NOON):
    """What is played from second to second."""
    told = []
    for second in range(begins_s, until_s + 1):
        ring = attention.ring(float(second), local)
        if ring is not None:
            told.append((second, ring.sound))
    return told


def spoken_of(ring: Ring) -> tuple[str, int]:
    """Whom it speaks of, and how many others."""
    assert ring.said is not None
    return ring.said[1].subject.key, ring.others


def test_that_what_rings_is_played_once_and_a_warning_not_again():
    attention = Attention(SoundSettings())
    raised(attention)
    assert heard(attention, 600) == [(0, Sound.WARNING)]


def test_that_what_was_there_at_the_start_is_not_heard_then_or_later():
    attention = Attention(SoundSettings())
    alarm = Life(attention)
    alarm.judge(CRITICAL, quietly=True)
    assert heard(attention, 600) == []
    alarm.suppress()
    alarm.unsuppress()
    assert heard(attention, 1200, 601) == []


def test_that_what_is_critical_is_repeated_until_somebody_acknowledges_and_becomes_insistent():
    attention = Attention(SoundSettings(repeat_critical_s=30, insist_after_s=60))
    alarm = raised(attention, CRITICAL)
    assert heard(attention, 100) == [
        (0, Sound.CRITICAL),
        (30, Sound.CRITICAL),
        (60, Sound.INSISTENT),
        (90, Sound.INSISTENT),
    ]
    alarm.acknowledge()
    assert heard(attention, 600, 101) == []


@pytest.mark.parametrize(
    ("repeat_s", "sounds"),
    [
        (None, [(0, Sound.CRITICAL), (60, Sound.INSISTENT)]),
        (600, [(0, Sound.CRITICAL), (60, Sound.INSISTENT), (660, Sound.INSISTENT)]),
        (40, [(0, Sound.CRITICAL), (40, Sound.CRITICAL), (60, Sound.INSISTENT), (100, Sound.INSISTENT)]),
    ],
)
def test_that_the_wall_insists_in_its_own_time_however_often_it_repeats(repeat_s, sounds):
    attention = Attention(SoundSettings(repeat_critical_s=repeat_s, insist_after_s=60))
    raised(attention, CRITICAL)
    assert heard(attention, 700)[:4] == sounds


def test_that_a_warning_that_nobody_minded_makes_nothing_of_what_is_critical_later_insistent():
    attention = Attention(SoundSettings(repeat_critical_s=30, insist_after_s=60))
    raised(attention)
    assert heard(attention, 500) == [(0, Sound.WARNING)]
    raised(attention, CRITICAL, "c2")
    assert heard(attention, 565, 501) == [(501, Sound.CRITICAL), (531, Sound.CRITICAL), (561, Sound.INSISTENT)]


def test_that_who_acknowledges_one_alarm_has_time_for_the_next():
    attention = Attention(SoundSettings(repeat_critical_s=30, insist_after_s=60))
    one, _ = raised(attention, CRITICAL), raised(attention, CRITICAL, "c2")
    assert heard(attention, 50) == [(0, Sound.CRITICAL), (30, Sound.CRITICAL)]
    one.acknowledge()
    assert heard(attention, 110, 51) == [(60, Sound.CRITICAL), (90, Sound.CRITICAL)]
    assert heard(attention, 125, 111) == [(111, Sound.INSISTENT)]


def test_that_what_is_over_is_not_repeated():
    attention = Attention(SoundSettings())
    alarm = raised(attention, CRITICAL)
    assert heard(attention, 10) == [(0, Sound.CRITICAL)]
    alarm.judge(None)
    assert heard(attention, 600, 11) == []


@pytest.mark.parametrize(
    ("aside", "back"),
    [(Life.shelve, Life.unshelve), (Life.suppress, Life.unsuppress), (Life.take_out, Life.put_back)],
)
def test_that_what_is_put_aside_is_silent_and_asks_again_when_it_is_back(
    aside: Callable[[Life], None], back: Callable[[Life], None]
):
    attention = Attention(NEVER_INSISTS)
    alarm = raised(attention, CRITICAL)
    assert heard(attention, 10) == [(0, Sound.CRITICAL)]
    aside(alarm)
    assert heard(attention, 300, 11) == []
    back(alarm)
    assert heard(attention, 340, 301) == [(301, Sound.CRITICAL), (331, Sound.CRITICAL)]
    alarm.acknowledge()
    aside(alarm)
    back(alarm)
    assert heard(attention, 600, 341) == []


def test_that_a_value_that_is_unknown_for_one_poll_changes_nothing_of_the_repetition():
    attention = Attention(NEVER_INSISTS)
    alarm = raised(attention, CRITICAL)
    assert heard(attention, 20) == [(0, Sound.CRITICAL)]
    alarm.suppress()
    assert heard(attention, 22, 21) == []
    alarm.unsuppress()
    assert heard(attention, 60, 23) == [(30, Sound.CRITICAL), (60, Sound.CRITICAL)]


def test_that_a_latched_alarm_goes_on_asking_and_one_that_eased_asks_as_what_it_is():
    attention = Attention(NEVER_INSISTS)
    latched, other = Life(attention, latches=True), Life(attention, "c2")
    latched.judge(CRITICAL)
    latched.judge(None)
    assert heard(attention, 31) == [(0, Sound.CRITICAL), (30, Sound.CRITICAL)]
    latched.acknowledge()
    other.judge(CRITICAL)
    other.judge(WARNING)
    assert heard(attention, 600, 32) == [(33, Sound.WARNING)]


def test_that_a_warning_that_somebody_has_seen_asks_no_more_when_it_was_critical_in_between():
    attention = Attention(SoundSettings(repeat_warning_s=60))
    alarm = raised(attention)
    assert heard(attention, 5) == [(0, Sound.WARNING)]
    alarm.acknowledge()
    alarm.judge(CRITICAL)
    assert heard(attention, 10, 6) == [(6, Sound.CRITICAL)]
    alarm.judge(WARNING)
    assert alarm.standing.state is AlarmState.ACTIVE_ACKNOWLEDGED
    assert heard(attention, 600, 11) == []
    alarm.judge(CRITICAL)
    assert heard(attention, 601, 601) == [(601, Sound.CRITICAL)], "which nobody has seen"


def test_that_many_at_once_are_one_sound_that_of_the_worst_with_the_count_of_the_others():
    attention = Attention(SoundSettings())
    raised(attention, key="c1")
    raised(attention, CRITICAL, "c2")
    raised(attention, key="c3", whose="bengkalis")
    ring = played(attention, 0.0)
    assert ring.sound is Sound.CRITICAL
    assert spoken_of(ring) == ("c2", 2)


def test_that_what_is_no_worse_waits_for_the_end_of_the_sound_and_is_told_then():
    attention = Attention(SoundSettings())
    raised(attention, key="c1")
    assert spoken_of(played(attention, 0.0)) == ("c1", 0)
    raised(attention, key="c2")
    over, seen = raised(attention, key="c3"), raised(attention, key="c4")
    assert attention.ring(SHORTEST_PAUSE_S - 0.1, NOON) is None
    over.judge(None)
    seen.acknowledge()
    assert spoken_of(played(attention, SHORTEST_PAUSE_S)) == ("c2", 0)
    assert heard(attention, 600, 4) == []


def test_that_a_new_alarm_is_spoken_of_although_a_repetition_sounded_just_now():
    attention = Attention(NEVER_INSISTS)
    raised(attention, CRITICAL, "c1")
    assert heard(attention, 30) == [(0, Sound.CRITICAL), (30, Sound.CRITICAL)]
    raised(attention, CRITICAL, "c2")
    assert attention.ring(31.0, NOON) is None
    assert spoken_of(played(attention, 33.0)) == ("c2", 0)


def test_that_warnings_do_not_put_off_the_repetition_of_what_is_critical():
    attention = Attention(NEVER_INSISTS)
    raised(attention, CRITICAL)
    assert heard(attention, 20) == [(0, Sound.CRITICAL)]
    raised(attention, key="c2")
    assert heard(attention, 40, 21) == [(21, Sound.WARNING), (30, Sound.CRITICAL)]


def test_that_something_worse_is_heard_at_once():
    attention = Attention(SoundSettings())
    raised(attention)
    assert played(attention, 0.0).sound is Sound.WARNING
    raised(attention, CRITICAL, "c2")
    assert played(attention, 0.1).sound is Sound.CRITICAL


def test_that_two_centres_with_the_same_identifiers_ask_each_for_itself():
    attention = Attention(SoundSettings())
    one = raised(attention, CRITICAL)
    raised(attention, CRITICAL, whose="bengkalis")
    one.acknowledge()
    assert attention.asking is CRITICAL


def test_that_a_muted_wall_is_silent_but_for_what_becomes_critical_and_is_heard_again_by_itself():
    attention = Attention(NEVER_INSISTS)
    raised(attention, CRITICAL, "c0")
    assert heard(attention, 10) == [(0, Sound.CRITICAL)]
    attention.mute(100.0)
    raised(attention)
    assert heard(attention, 50, 11) == []
    raised(attention, CRITICAL, "c2")
    assert heard(attention, 130, 51) == [(51, Sound.CRITICAL), (100, Sound.CRITICAL), (130, Sound.CRITICAL)]


def test_that_what_was_raised_in_a_silence_is_told_once_at_its_end_if_it_still_asks():
    attention = Attention(NEVER_INSISTS)
    attention.mute(100.0)
    raised(attention, key="c1")
    seen, over, aside = (raised(attention, key=key) for key in ("c2", "c3", "c4"))
    raised(attention, CRITICAL, "c5").judge(None)
    assert heard(attention, 50) == []
    seen.acknowledge()
    over.judge(None)
    aside.shelve()
    assert heard(attention, 99, 51) == []
    assert spoken_of(played(attention, 100.0)) == ("c1", 0)
    assert heard(attention, 600, 101) == []
    aside.unshelve()
    assert spoken_of(played(attention, 601.0)) == ("c4", 0), "it was never heard"


def test_that_what_was_heard_before_the_program_began_is_repeated_an_interval_later_and_not_told_anew():
    attention = Attention(NEVER_INSISTS)
    told = [
        Alarm(subject=subject(key), severity=severity, state=state, value=0.0, limit=0.0, since=at(0))
        for key, severity, state in (
            ("c1", CRITICAL, AlarmState.ACTIVE_UNACKNOWLEDGED),
            ("c2", CRITICAL, AlarmState.ACTIVE_ACKNOWLEDGED),
            ("c3", WARNING, AlarmState.SHELVED),
            ("c4", CRITICAL, AlarmState.PENDING),
        )
    ]
    attention.resume("siak", told, 0.0)
    rings = [ring for second in range(61) if (ring := attention.ring(float(second), NOON)) is not None]
    assert [ring.sound for ring in rings] == [Sound.CRITICAL, Sound.CRITICAL]
    assert [ring.said for ring in rings] == [None, None]
    alarm = Life(attention, "c1")
    alarm.standing = Standing(severity=CRITICAL, rung=CRITICAL)
    alarm.acknowledge()
    assert heard(attention, 600, 61) == []


def test_that_a_centre_that_comes_later_does_not_put_off_the_repetition_for_another():
    attention = Attention(NEVER_INSISTS)
    raised(attention, CRITICAL)
    assert heard(attention, 20) == [(0, Sound.CRITICAL)]
    state = AlarmState.ACTIVE_UNACKNOWLEDGED
    old = Alarm(subject=subject("c1"), severity=CRITICAL, state=state, value=0.0, limit=0.0, since=at(0))
    attention.resume("bengkalis", [old], 20.0)
    assert heard(attention, 40, 21) == [(30, Sound.CRITICAL)]


def test_that_only_what_rang_was_heard():
    assert was_heard(Standing(severity=WARNING, rung=WARNING))
    assert was_heard(Standing(returned=CRITICAL, rung=CRITICAL))
    assert not was_heard(Standing(severity=CRITICAL, listed=CRITICAL)), "it was there at the start"
    assert not was_heard(Standing(returned=CRITICAL)), "and so was this"
    assert not was_heard(Standing(severity=WARNING, shelf=Shelf(at(300)))), "raised behind its shelf"


def test_that_the_volume_follows_the_centres_hours_and_insists_louder():
    settings = SoundSettings(
        volume=0.6, by_time_of_day=(Volume(time(22), time(5), 0.2),), insist_after_s=5, repeat_critical_s=10
    )
    assert [settings.volume_at(time(hour)) for hour in (21, 22, 4, 5)] == [0.6, 0.2, 0.2, 0.6]
    attention = Attention(settings)
    raised(attention, CRITICAL)
    assert played(attention, 0.0, time(23)).volume == 0.2
    assert played(attention, 10.0, time(23)).volume == 0.4
    assert played(attention, 20.0).volume == 1.0


STEPS: dict[str, Callable[[Life], None]] = {
    "over": lambda alarm: alarm.judge(None),
    "warning": lambda alarm: alarm.judge(WARNING),
    "critical": lambda alarm: alarm.judge(CRITICAL),
    "acknowledge": Life.acknowledge,
    "shelve": Life.shelve,
    "unshelve": Life.unshelve,
    "suppress": Life.suppress,
    "unsuppress": Life.unsuppress,
    "take out": Life.take_out,
    "put back": Life.put_back,
}
HISTORY = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.sampled_from([*STEPS, "mute"])), min_size=10, max_size=40
)
REPEAT_S = 5


@given(HISTORY, st.booleans())
def test_that_no_history_calls_for_nothing_or_out_of_breath_and_what_is_critical_is_never_forgotten(history, latches):
    attention = Attention(SoundSettings(repeat_warning_s=10, repeat_critical_s=REPEAT_S))
    alarms = {key: Life(attention, key, latches=latches) for key in "ab"}
    second, asked_s, last = 0, 0, None
    for pause, key, step in [*history, (REPEAT_S + 5, "", "")]:
        for _ in range(pause):
            second += 1
            ring = attention.ring(float(second), NOON)
            asks = [one for one in alarms.values() if one.rang and one.standing.state in WANT_ACKNOWLEDGING]
            worst = max((one.severity for one in asks), default=None)
            assert attention.asking is worst, "what the wall shows as not acknowledged is what it calls for"
            if ring is not None:
                assert asks, "nobody is called for nothing"
                severity = WARNING if ring.sound is Sound.WARNING else CRITICAL
                assert last is None or second - last[0] >= SHORTEST_PAUSE_S or severity > last[1]
                last = second, severity
            if ring is not None or worst is not CRITICAL or attention.muted_until_s is not None:
                asked_s = second
            assert second - asked_s <= REPEAT_S + SHORTEST_PAUSE_S
        if step == "mute":
            attention.mute(second + 7.0)
        elif step:
            STEPS[step](alarms[key])


def test_that_a_warning_that_was_never_played_is_when_its_row_is_back_and_the_silence_over():
    attention = Attention(SoundSettings())
    book = AlarmBook([rule("call_waiting", 10, None)], missing_s=15)
    book.begin()
    attention.mute(100.0)
    for start, second in ((at(0), 20), (None, 25), (at(0), 30)):
        book.last("call_waiting", "c1", start)
        book.advance(at(second))
        attention.take("siak", book.events)
        book.events.clear()
        assert attention.ring(float(second), NOON) is None
    assert [second for second in range(31, 2000) if attention.ring(float(second), NOON)] == [100]
