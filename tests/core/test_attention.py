"""When the wall makes itself heard, and when it does not."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import at
from wallboard.core.alarms import AlarmEvent, Happening, Scope, Severity, Standing, Subject
from wallboard.core.attention import SHORTEST_PAUSE_S, Attention, Ring, Sound, SoundSettings, Volume

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
NOON = time(12)


def event(happening=Happening.RAISED, severity=WARNING, key="c1", rings=None, by=""):
    return AlarmEvent(
        at=at(0),
        subject=Subject("call_waiting", Scope.CALL, key),
        happening=happening,
        standing=Standing(severity=severity),
        severity=severity,
        rings=happening in (Happening.RAISED, Happening.ESCALATED) if rings is None else rings,
        by=by,
    )


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


def test_that_what_rings_is_played_once_and_a_warning_not_again():
    attention = Attention(SoundSettings())
    attention.take("siak", [event()])
    assert heard(attention, 600) == [(0, Sound.WARNING)]


def test_that_what_was_there_at_the_start_is_not_heard_then_or_later():
    attention = Attention(SoundSettings())
    attention.take("siak", [event(severity=CRITICAL, rings=False)])
    assert heard(attention, 600) == []


def test_that_what_is_critical_is_repeated_until_somebody_acknowledges_and_becomes_insistent():
    attention = Attention(SoundSettings(repeat_critical_s=30, insist_after_s=60))
    attention.take("siak", [event(severity=CRITICAL)])
    assert heard(attention, 100) == [
        (0, Sound.CRITICAL),
        (30, Sound.CRITICAL),
        (60, Sound.INSISTENT),
        (90, Sound.INSISTENT),
    ]
    attention.take("siak", [event(Happening.ACKNOWLEDGED, CRITICAL, by="supervisor")])
    assert heard(attention, 600, 101) == []


def test_that_who_acknowledges_one_alarm_has_time_for_the_next():
    attention = Attention(SoundSettings(repeat_critical_s=30, insist_after_s=60))
    attention.take("siak", [event(severity=CRITICAL), event(severity=CRITICAL, key="c2")])
    assert heard(attention, 50) == [(0, Sound.CRITICAL), (30, Sound.CRITICAL)]
    attention.take("siak", [event(Happening.ACKNOWLEDGED, CRITICAL)])
    assert heard(attention, 110, 51) == [(60, Sound.CRITICAL), (90, Sound.CRITICAL)]
    assert heard(attention, 125, 111) == [(120, Sound.INSISTENT)]


@pytest.mark.parametrize(
    "happening", [Happening.CLEARED, Happening.SHELVED, Happening.SUPPRESSED, Happening.TAKEN_OUT_OF_SERVICE]
)
def test_that_what_asks_for_nobody_any_more_is_not_repeated(happening):
    attention = Attention(SoundSettings())
    attention.take("siak", [event(severity=CRITICAL)])
    assert len(heard(attention, 10)) == 1
    attention.take("siak", [event(happening, CRITICAL)])
    assert heard(attention, 600, 11) == []


def test_that_a_latched_alarm_goes_on_asking_and_one_that_eased_asks_as_what_it_is():
    attention = Attention(SoundSettings(insist_after_s=None))
    attention.take("siak", [event(severity=CRITICAL)])
    attention.take("siak", [event(Happening.RETURNED, CRITICAL)])
    assert heard(attention, 31) == [(0, Sound.CRITICAL), (30, Sound.CRITICAL)]
    attention.take("siak", [event(Happening.DEESCALATED, WARNING)])
    assert heard(attention, 600, 32) == []


def test_that_many_at_once_are_one_sound_that_of_the_worst():
    attention = Attention(SoundSettings())
    attention.take("siak", [event(key="c1"), event(severity=CRITICAL, key="c2"), event(key="c3")])
    ring = played(attention, 0.0)
    assert ring.sound is Sound.CRITICAL
    assert ring.said is not None
    assert ring.said[1].subject.key == "c2"
    attention.take("siak", [event(severity=CRITICAL, key="c4")])
    assert attention.ring(SHORTEST_PAUSE_S - 0.1, NOON) is None


def test_that_something_worse_is_heard_at_once():
    attention = Attention(SoundSettings())
    attention.take("siak", [event(key="c1")])
    assert played(attention, 0.0).sound is Sound.WARNING
    attention.take("siak", [event(severity=CRITICAL, key="c2")])
    assert played(attention, 0.1).sound is Sound.CRITICAL


def test_that_two_centres_with_the_same_identifiers_ask_each_for_itself():
    attention = Attention(SoundSettings())
    attention.take("siak", [event(severity=CRITICAL)])
    attention.take("bengkalis", [event(severity=CRITICAL)])
    attention.take("siak", [event(Happening.ACKNOWLEDGED, CRITICAL)])
    assert attention.asking is CRITICAL


def test_that_a_muted_wall_is_silent_but_for_what_becomes_critical_and_is_heard_again_by_itself():
    attention = Attention(SoundSettings(repeat_critical_s=30, insist_after_s=None))
    attention.take("siak", [event(severity=CRITICAL, key="c0")])
    assert heard(attention, 10) == [(0, Sound.CRITICAL)]
    attention.mute(100.0)
    attention.take("siak", [event()])
    assert heard(attention, 50, 11) == []
    attention.take("siak", [event(severity=CRITICAL, key="c2")])
    assert heard(attention, 130, 51) == [(51, Sound.CRITICAL), (100, Sound.CRITICAL), (130, Sound.CRITICAL)]


def test_that_the_volume_follows_the_centres_hours_and_insists_louder():
    settings = SoundSettings(
        volume=0.6, by_time_of_day=(Volume(time(22), time(5), 0.2),), insist_after_s=0, repeat_critical_s=10
    )
    assert [settings.volume_at(time(hour)) for hour in (21, 22, 4, 5)] == [0.6, 0.2, 0.2, 0.6]
    attention = Attention(settings)
    attention.take("siak", [event(severity=CRITICAL)])
    assert played(attention, 0.0, time(23)).volume == 0.2
    assert played(attention, 10.0, time(23)).volume == 0.4
    assert played(attention, 20.0).volume == 1.0


HAPPENED = st.tuples(
    st.integers(0, 5),
    st.sampled_from(
        [Happening.RAISED, Happening.ESCALATED, Happening.ACKNOWLEDGED, Happening.CLEARED, Happening.SHELVED]
    ),
    st.sampled_from([WARNING, CRITICAL]),
    st.sampled_from("abc"),
)


@given(st.lists(HAPPENED, max_size=40))
def test_that_no_history_plays_without_cause_or_two_sounds_of_one_severity_in_a_breath(history):
    attention = Attention(SoundSettings(repeat_warning_s=10, repeat_critical_s=5))
    second, last = 0, None
    asking: dict[str, Severity] = {}
    for seconds, happening, severity, key in [*history, (30, Happening.CLEARED, WARNING, "a")]:
        for _ in range(seconds):
            second += 1
            ring = attention.ring(float(second), NOON)
            if ring is None:
                continue
            assert asking, "nobody is called for nothing"
            if last is not None and last[1] is ring.sound and ring.said is not None:
                assert second - last[0] >= SHORTEST_PAUSE_S
            last = second, ring.sound
        attention.take("siak", [event(happening, severity, key)])
        if happening in (Happening.RAISED, Happening.ESCALATED):
            asking[key] = severity
        else:
            asking.pop(key, None)
