"""Makes the wall's sounds, resources/sounds/*.wav: python scripts/sounds.py

Bursts of pulses as IEC 60601-1-8 (6.3.3) describes them, because people tell them apart and find where they come from:
three pulses call attention to a warning, five to something critical, ten mean that nobody has answered. A pulse has its
fundamental between 150 and 1,000 Hz and four harmonics, and rises and falls slowly enough not to frighten. The more
urgent, the shorter and the faster.

Standard library only, and the same bytes wherever it runs.
"""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "resources" / "sounds"
RATE_HZ = 16_000
"""The highest harmonic lies below half of it."""

HARMONICS = (1.0, 0.6, 0.45, 0.3, 0.2)
"""The fundamental, and what lies above it: within 15 dB, so that a pulse is heard over any noise of a room."""

RISE_SHARE = 0.2
"""Of a pulse, at either end."""

PEAK = 0.85
FULL = 32_767
SILENCE_S = 0.1
"""At the end, so that no device cuts the last pulse."""


class Burst(NamedTuple):
    """Pulses of these tones, of `pulse_s` each; after each of them a pause."""

    tones_hz: tuple[float, ...]
    pulse_s: float
    pauses_s: tuple[float, ...]


C4, E4, G4, A4, C5 = 261.63, 329.63, 392.0, 440.0, 523.25

BURSTS = {
    "warning": Burst((C4, E4, G4), 0.2, (0.17, 0.17, 0.0)),
    "critical": Burst((C5, C5, C5, G4, C5), 0.14, (0.08, 0.08, 0.3, 0.08, 0.0)),
    "insistent": Burst(
        (C5, C5, C5, A4, C5, C5, C5, C5, A4, C5), 0.12, (0.06, 0.06, 0.24, 0.06, 0.4, 0.06, 0.06, 0.24, 0.06, 0.0)
    ),
}


def samples(burst: Burst) -> list[int]:
    made: list[int] = []
    for tone_hz, pause_s in zip(burst.tones_hz, burst.pauses_s, strict=True):
        made += _pulse(tone_hz, burst.pulse_s)
        made += [0] * round(pause_s * RATE_HZ)
    return [*made, *[0] * round(SILENCE_S * RATE_HZ)]


def _pulse(tone_hz: float, length_s: float) -> list[int]:
    count = round(length_s * RATE_HZ)
    total = sum(HARMONICS)
    made = []
    for index in range(count):
        place = index / (count - 1)
        edge = min(place, 1 - place) / RISE_SHARE
        envelope = 1.0 if edge >= 1 else 0.5 - 0.5 * math.cos(math.pi * edge)
        phase = 2 * math.pi * tone_hz * index / RATE_HZ
        level = sum(part * math.sin(number * phase) for number, part in enumerate(HARMONICS, 1)) / total
        made.append(round(FULL * PEAK * envelope * level))
    return made


def write(name: str, folder: Path) -> Path:
    path = folder / f"{name}.wav"
    values = samples(BURSTS[name])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(struct.pack(f"<{len(values)}h", *values))
    return path


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in BURSTS:
        print(write(name, FOLDER))


if __name__ == "__main__":
    main()
