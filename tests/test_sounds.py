"""The sounds in resources are those that the script makes, and of the shape that it says."""

from __future__ import annotations

import wave
from itertools import pairwise

import pytest

from scripts import sounds
from wallboard.attention.audio import LONGEST_SOUND_MS, sound_file
from wallboard.core.attention import SHORTEST_PAUSE_S, Sound


def frames(path):
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, sounds.RATE_HZ)
        data = file.readframes(file.getnframes())
    return memoryview(data).cast("h").tolist()


@pytest.mark.parametrize("sound", list(Sound))
def test_that_each_sound_is_the_scripts(sound, tmp_path):
    kept, made = frames(sound_file(sound)), frames(sounds.write(sound.value, tmp_path))
    assert len(kept) == len(made)
    assert all(abs(one - other) <= 1 for one, other in zip(kept, made, strict=True)), "but for a system's last digit"


@pytest.mark.parametrize("sound", list(Sound))
def test_that_a_sound_is_loud_enough_begins_and_ends_in_silence_and_is_over_before_the_next(sound):
    values = frames(sound_file(sound))
    assert 0.5 * sounds.FULL < max(map(abs, values)) < sounds.FULL
    assert values[0] == values[-1] == 0
    assert max(abs(one - other) for one, other in pairwise(values)) < 0.6 * sounds.FULL, "no click"
    length_s = len(values) / sounds.RATE_HZ
    assert length_s < SHORTEST_PAUSE_S
    assert length_s * 1000 < LONGEST_SOUND_MS


def test_that_the_more_urgent_sound_has_more_and_faster_pulses():
    warning, critical, insistent = (sounds.BURSTS[name] for name in ("warning", "critical", "insistent"))
    assert len(warning.tones_hz) < len(critical.tones_hz) < len(insistent.tones_hz)
    assert warning.pulse_s > critical.pulse_s > insistent.pulse_s
