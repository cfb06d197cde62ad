"""The line to the dispatch system: its last polls and their latency, what was dropped, and how far clocks are apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF

from wallboard.core.alarms import Severity
from wallboard.core.poll import Way
from wallboard.core.polllog import KEPT, PollRecord
from wallboard.language import MS_PER_S
from wallboard.models.attention import AttentionState, VoiceState
from wallboard.views.cells import Cell, Pen
from wallboard.views.panels.panel import Panel
from wallboard.views.theme import Type

STRIP_HEIGHT = 96
LINE_HEIGHT = 34
FACT_COLUMNS_FROM = 1100
"""Units of width from which the facts stand in two columns."""

GAP = 18
SHORTEST_S, LONGEST_S = 0.001, 30.0
"""What the lowest and the highest bar stand for; between them each tenfold takes the same height."""

KB = 1000


class Fact(NamedTuple):
    label: str
    value: str


class Trouble(NamedTuple):
    when: str
    what: str
    detail: str
    failed: bool


class DiagnosticsPanel(Panel):
    title_key = "diagnostics.title"
    ages = False  # it is about the line, and as fresh as the last attempt
    attention: AttentionState | None = None
    """Whether the wall can be heard; None where it is not meant to be."""

    def subtitle(self) -> str:
        return self.words("diagnostics.subtitle", feed=self.store.situation.settings.feed_id, polls=KEPT)

    def body_cells(self, body: QRect) -> Sequence[Cell]:
        look = self.look
        strip = QRect(body.left(), body.top(), body.width(), min(look.px(STRIP_HEIGHT), body.height() // 4))
        line = look.px(LINE_HEIGHT)
        facts = self._facts()
        columns = 2 if body.width() >= look.px(FACT_COLUMNS_FROM) else 1
        lines = math.ceil(len(facts) / columns)
        top = strip.bottom() + 1 + look.px(GAP)
        cells = [Cell(strip, tuple(self.store.situation.polls.records), self._paint_strip)]
        for index, fact in enumerate(facts):
            column, row = divmod(index, lines)
            width = body.width() // columns
            rect = QRect(body.left() + column * width, top + row * line, width - look.px(GAP), line)
            if rect.bottom() <= body.bottom():
                cells.append(Cell(rect, fact, self._paint_fact))
        top += lines * line + look.px(GAP)
        troubles = list(self._troubles())
        fits = max(0, (body.bottom() + 1 - top) // line)
        shown = len(troubles) if len(troubles) <= fits else max(0, fits - 1)
        for index, trouble in enumerate(troubles[:shown]):
            cells.append(Cell(QRect(body.left(), top + index * line, body.width(), line), trouble, self._paint_trouble))
        if shown < len(troubles) and fits:
            rect = QRect(body.left(), top + shown * line, body.width(), line)
            cells.append(Cell(rect, self.more_text(len(troubles) - shown), self.paint_more))
        return cells

    def _facts(self) -> list[Fact]:
        words, situation = self.words, self.store.situation
        log, none = situation.polls, words("format.none")

        def fact(key: str, value: str | None) -> Fact:
            return Fact(words(f"diagnostics.{key}"), none if value is None else value)

        age_s = self.store.data_age_s
        known = situation.rows is not None
        checked = words("diagnostics.in_checks", rows=words.number(log.differences), checks=words.number(log.checks))
        return [
            fact("way", self._way()),
            fact("interval", words.seconds(situation.settings.poll_interval_s)),
            fact("age", None if age_s is None else words.seconds(age_s)),
            fact("latency", self._latency()),
            fact("clock", self._offset()),
            fact("answer", self._last_answer()),
            fact("good", words.number(log.good)),
            fact("failed", words.number(log.failed.total())),
            fact("dropped", words.number(len(situation.dropped_rows)) if known else None),
            fact("unknown", words.number(sum(situation.unknown_values.values())) if known else None),
            fact("differences", checked if log.checks else None),
            *self._audible(),
            Fact(words("alarm_log.title"), self._alarm_log() or none),
        ]

    def _audible(self) -> list[Fact]:
        words, attention = self.words, self.attention
        if attention is None:
            return []
        sound = words(f"sound_state.{attention.sound.value}", device=attention.device)
        facts = [Fact(words("diagnostics.sound"), sound)]
        if attention.voice is not VoiceState.OFF:
            facts.append(Fact(words("diagnostics.voice"), words(f"voice_state.{attention.voice.value}")))
        return facts

    def _alarm_log(self) -> str | None:
        """How it is written; None where there is none."""
        words, log = self.words, self.store.log
        if log is None:
            return None
        trouble = log.trouble
        if trouble is None:
            return words("alarm_log.written")
        said = [words(f"alarm_log.{trouble.kind.value}", file=trouble.file)]
        if trouble.waiting:
            said.append(words("alarm_log.waiting", waiting=words.number(trouble.waiting)))
        if trouble.lost:
            said.append(words("alarm_log.count_lost", lost=words.number(trouble.lost)))
        return " · ".join(said)

    def _way(self) -> str | None:
        ways = [one.way for one in self.store.situation.polls.records if one.way is not None]
        return self.words(f"diagnostics.by_{ways[-1].value}") if ways else None

    def _latency(self) -> str | None:
        latency, number = self.store.situation.polls.latency(), self.words.number
        if latency is None:
            return None
        p50, p95, p99 = (number(MS_PER_S * one_s) for one_s in (latency.p50_s, latency.p95_s, latency.p99_s))
        return self.words("diagnostics.latency_ms", p50=p50, p95=p95, p99=p99, n=number(latency.n))

    def _last_answer(self) -> str | None:
        """The last that brought rows: what is unchanged has neither size nor rows."""
        for record in reversed(self.store.situation.polls.records):
            if record.rows is not None:
                size, rows = self.words.number(record.size_bytes / KB, 1), self.words.number(record.rows)
                return self.words("diagnostics.size", size=size, rows=rows)
        return None

    def _offset(self) -> str | None:
        offset_s = self.store.clock_offset_s
        error_s = self.store.clock_error_s
        if offset_s is None or error_s is None:
            return None
        words = self.words
        return words(
            "diagnostics.offset",
            offset=("+" if offset_s >= 0 else "−") + words.number(abs(offset_s), 1),
            error=words.number(error_s, 1),
        )

    def _troubles(self) -> Iterator[Trouble]:
        """What is wrong now comes first: rows that are missing, values that nobody knows; then what failed."""
        situation, words = self.store.situation, self.words
        if self.store.log is not None and self.store.log.trouble is not None:
            yield Trouble("", words("alarm_log.title"), self._alarm_log() or "", failed=True)
        if situation.old_answer_s is not None:
            age = words.seconds(situation.old_answer_s)
            yield Trouble(age, words("old_answers.briefly"), words("old_answers.said"), failed=True)
        for row in situation.dropped_rows:
            yield Trouble(words("diagnostics.dropped_row"), row.path, row.reason, failed=False)
        for path, count in situation.unknown_values.items():
            yield Trouble(words("diagnostics.unknown_value"), path, words.number(count), failed=False)
        for path, count in situation.misplaced_instants.items():
            yield Trouble(words("diagnostics.misplaced_instant"), path, words.number(count), failed=False)
        now_s = self.store.monotonic_s
        for record in situation.polls.failures():
            assert record.failure is not None
            ago = words("diagnostics.ago", age=words.lasting(now_s - record.at_s))
            yield Trouble(ago, words(f"failure.{record.failure.value}"), record.message, failed=True)

    def _paint_strip(self, pen: Pen, rect: QRect, records: tuple[PollRecord, ...]) -> None:
        look, painter = self.look, pen.painter
        self.paint_rule(pen, QRect(rect.left(), rect.bottom() - look.px(1.5), rect.width(), 1))
        step = rect.width() / KEPT
        width = max(1.0, step - look.px(2))
        left = rect.right() + 1 - step * len(records)
        for record in records:
            if record.failure is not None:
                colour = look.signal(Severity.CRITICAL)
                side = min(width, look.px(14))
                painter.fillRect(QRectF(left, rect.top() + side * 1.4, width, rect.height() - side * 1.4), colour)
                pen.sign(QRectF(left + (width - side) / 2, rect.top(), side, side), Severity.CRITICAL, colour)
            else:
                share = math.log(max(SHORTEST_S, record.duration_s) / SHORTEST_S) / math.log(LONGEST_S / SHORTEST_S)
                height = max(look.px(3), min(1.0, share) * rect.height())
                bar = QRectF(left, rect.bottom() + 1 - height, width, height)
                painter.fillRect(bar, look.colour("outline" if record.way is Way.CHANGES else "mark"))
                if record.rows is not None:  # what brought something has a cap
                    painter.fillRect(QRectF(left, bar.top(), width, look.px(3)), look.colour("emphasis"))
            left += step

    def _paint_fact(self, pen: Pen, rect: QRect, fact: Fact) -> None:
        look = self.look
        baseline = rect.top() + rect.height() / 2 + look.cap_height(Type.CAPTION) / 2
        half = rect.width() * 2 // 5
        pen.elided(rect.left(), baseline, half - look.px(10), fact.label, Type.CAPTION, look.colour("muted"))
        pen.elided(rect.left() + half, baseline, rect.width() - half, fact.value, Type.CAPTION, look.colour("text"))

    def _paint_trouble(self, pen: Pen, rect: QRect, trouble: Trouble) -> None:
        look = self.look
        self.paint_rule(pen, rect)
        baseline = rect.top() + rect.height() / 2 + look.cap_height(Type.CAPTION) / 2
        left = float(rect.left())
        severity = Severity.CRITICAL if trouble.failed else Severity.WARNING
        side = look.px(16)
        pen.sign(QRectF(left, rect.center().y() - side / 2, side, side), severity, look.signal(severity))
        left += side + look.px(10)
        when = rect.width() * 3 // 20
        pen.elided(left, baseline, when - look.px(8), trouble.when, Type.CAPTION, look.colour("muted"))
        what = rect.width() * 7 // 20
        pen.elided(left + when, baseline, what - look.px(10), trouble.what, Type.CAPTION, look.colour("text"))
        room = rect.right() - left - when - what
        pen.elided(left + when + what, baseline, room, trouble.detail, Type.CAPTION, look.colour("muted"))
