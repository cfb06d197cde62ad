"""How good the alarms themselves are, in a line of figures above their list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF
from PySide6.QtWidgets import QWidget

from wallboard.core.alarm_rates import (
    ACCEPTABLE_IN_TEN_MINUTES,
    ACCEPTABLE_PER_HOUR,
    ACCEPTABLE_SHARE_IN_FLOOD,
    CHATTERING_A_MINUTE,
    PRIORITY_TARGET,
)
from wallboard.core.alarms import Severity
from wallboard.core.judgement import JUDGED, Judgement
from wallboard.language import Words
from wallboard.models.centres import Centres
from wallboard.models.judgement import AlarmJudge
from wallboard.views.cells import Cell, CellWidget, Pen
from wallboard.views.theme import Style, Type
from wallboard.views.wording import local_time, rule_name

HEIGHT = 98
NARROWEST = 210
"""Units of a figure."""

GAP, SIGN = 16, 18
MOST_BEARABLE = 2
"""Times what is acceptable: beyond that one person cannot manage (ISA-18.2, table of average alarm rates)."""


class Fact(NamedTuple):
    label: str
    value: str
    note: str
    poor: Severity | None = None


class JudgementStrip(CellWidget):
    """As many of the figures as have room, in the order of their importance."""

    def __init__(
        self, judge: AlarmJudge, centres: Centres, words: Words, style: Style, parent: QWidget | None = None
    ) -> None:
        super().__init__(words, style, parent)
        self._judge = judge
        self._centres = centres

    def paint_ground(self, pen: Pen, rect: QRect) -> None:
        pen.painter.fillRect(rect, self.look.colour("panel"))

    def cells(self) -> Sequence[Cell]:
        facts = self._facts(self._judge.judge())
        count = max(1, min(len(facts), self.width() // self.look.px(NARROWEST)))
        gap = self.look.px(GAP)
        cells = []
        for index, fact in enumerate(facts[:count]):
            left, right = (round(place * (self.width() + gap) / count) for place in (index, index + 1))
            cells.append(Cell(QRect(left, 0, right - left - gap, self.height()), fact, self._paint_fact))
        return cells

    def _facts(self, judgement: Judgement) -> list[Fact]:
        words, number = self.words, self.words.number
        performance = judgement.performance
        flood, shares = judgement.flood, performance.distribution
        in_flood = performance.share_in_flood or 0.0
        per_hour = performance.mean_per_hour
        whole_day = judgement.until - judgement.since >= JUDGED

        def acceptable(amount: str) -> str:
            return words("judgement.acceptable", amount=amount)

        def poor(*, holds: bool) -> Severity | None:
            return Severity.WARNING if holds else None

        ten_minutes = Fact(
            words("judgement.ten_minutes"),
            number(performance.last_ten_minutes),
            acceptable(number(ACCEPTABLE_IN_TEN_MINUTES)),
            poor(holds=performance.last_ten_minutes > MOST_BEARABLE * ACCEPTABLE_IN_TEN_MINUTES),
        )
        if flood is not None:
            note = words("judgement.flood_since", time=self._time(flood.begins))
            ten_minutes = ten_minutes._replace(note=note, poor=Severity.CRITICAL)
        return [
            ten_minutes,
            Fact(
                words("judgement.hour"),
                number(performance.last_hour),
                acceptable(number(ACCEPTABLE_PER_HOUR)),
                poor(holds=performance.last_hour > MOST_BEARABLE * ACCEPTABLE_PER_HOUR),
            ),
            Fact(
                words("judgement.day") if whole_day else words("judgement.since", time=self._time(judgement.since)),
                number(performance.alarms),
                words("judgement.per_hour", count=number(per_hour, 1)),
                poor(holds=(per_hour or 0.0) > MOST_BEARABLE * ACCEPTABLE_PER_HOUR),
            ),
            Fact(
                words("judgement.critical"),
                words.percent(shares.get(Severity.CRITICAL)),
                acceptable(words.percent(PRIORITY_TARGET[Severity.CRITICAL])),
                poor(holds=shares.get(Severity.CRITICAL, 0.0) > PRIORITY_TARGET[Severity.CRITICAL]),
            ),
            Fact(
                words("judgement.chattering"),
                number(len(judgement.chattering)),
                self._rules(judgement.chattering) or words("judgement.a_minute", count=number(CHATTERING_A_MINUTE)),
                poor(holds=bool(judgement.chattering)),
            ),
            Fact(
                words("judgement.stale"),
                number(judgement.stale_alarms),
                self._rules(judgement.stale) or words("judgement.of_no_rule"),
                poor(holds=bool(judgement.stale)),
            ),
            Fact(
                words("judgement.floods"),
                number(len(performance.floods)),
                words("judgement.of_the_time", share=words.percent(in_flood, 1)),
                poor(holds=in_flood > ACCEPTABLE_SHARE_IN_FLOOD),
            ),
        ]

    def _time(self, moment: datetime) -> str:
        store = self._centres.leading
        return local_time(store.situation.zone, moment, store.now)

    def _rules(self, rules: Sequence[str]) -> str:
        """By what their alarms say. A rule that has left the configuration has its name alone."""
        known = {name: rule for store in self._centres.stores for name, rule in store.situation.alarms.rules.items()}
        return ", ".join(rule_name(self.words, known[name]) if name in known else name for name in rules)

    def _paint_fact(self, pen: Pen, rect: QRect, fact: Fact) -> None:
        look = self.look
        caption, timer = look.cap_height(Type.CAPTION), look.cap_height(Type.TIMER)
        space = (rect.height() - 2 * caption - timer) / 4
        label = rect.top() + space + caption
        value = label + space + timer
        note = value + space + caption
        muted = look.colour("muted")
        pen.elided(rect.left(), label, rect.width(), fact.label, Type.CAPTION, muted)
        end = pen.figures(rect.left(), value, fact.value, Type.TIMER, look.signal(fact.poor))
        if fact.poor is not None:
            side = look.px(SIGN)
            pen.sign(QRectF(end + look.px(10), value - side, side, side), fact.poor, look.signal(fact.poor))
        pen.elided(rect.left(), note, rect.width(), fact.note, Type.CAPTION, muted)
