"""The alarm banner: the most important alarms by rule, and how many others there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF
from PySide6.QtWidgets import QWidget

from wallboard.core.alarms import Severity
from wallboard.core.situation import FeedState
from wallboard.language import Words, clock
from wallboard.models.store import AlarmGroup, Store
from wallboard.views.cells import Cell, CellWidget, Pen
from wallboard.views.theme import Style, Type

HEIGHT = 84
RADIUS = 10
SIGN = 34
MINUTE_S = 60
HOUR_S = 3600

_LIMIT_UNIT_S = {"call_waiting": 1, "call_talking": MINUTE_S, "response_time": MINUTE_S, "incident_open": HOUR_S}
"""The unit in which a rule's title names its limit."""

_SHARES = frozenset({"service_level", "agency_load"})


class Notice(NamedTuple):
    severity: Severity | None
    level: str
    title: str
    detail: str
    others: str


class AlarmBanner(CellWidget):
    def __init__(self, store: Store, words: Words, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(style, parent)
        self.store = store
        self.words = words

    def cells(self) -> Sequence[Cell]:
        return (Cell(self.rect(), self._notice(), self._paint_notice),)

    def _notice(self) -> Notice:
        words, store = self.words, self.store
        if store.state is FeedState.FAILED:
            return Notice(Severity.CRITICAL, words("banner.critical"), *self._failure(), "")
        groups = store.alarm_groups()
        if not groups:
            if store.state is FeedState.CONNECTING:
                return Notice(None, "", words("panel.waiting_for_data"), "", "")
            return Notice(None, "", words("banner.quiet"), "", "")
        first, *others = groups
        level = words("banner.critical" if first.severity is Severity.CRITICAL else "banner.warning")
        count = sum(group.count for group in others)
        more = words("banner.more", count=words.number(count)) if count else ""
        if first.rule == "data_stale":
            return Notice(first.severity, level, *self._stale(first), more)
        return Notice(first.severity, level, self._title(first), self._detail(first), more)

    def _title(self, group: AlarmGroup) -> str:
        unit_s = _LIMIT_UNIT_S.get(group.rule)
        limit = self._quantity(group.worst.limit / unit_s) if unit_s else ""
        return self.words(f"rule.{group.rule}", limit=limit)

    def _detail(self, group: AlarmGroup) -> str:
        words, worst = self.words, group.worst
        as_shown = words.percent if group.rule in _SHARES else words.number
        parts = [
            words(
                f"rule_detail.{group.rule}",
                count=words.number(group.count),
                value=as_shown(worst.value),
                limit=as_shown(worst.limit),
                names=", ".join(group.names),
            )
        ]
        if worst.subject.scope in ("call", "incident"):
            parts.append(words("banner.oldest", age=words.lasting(worst.value)))
        parts.append(words("banner.since", time=self._time(group.since)))
        return " · ".join(parts)

    def _failure(self) -> tuple[str, str]:
        """What keeps the data away, in words, and since when they are old."""
        words, failure = self.words, self.store.situation.failure
        if failure is None:
            return words("rule.data_stale"), ""
        title = words(f"failure.{failure.kind.value}")
        if failure.status is not None:
            title = words("failure.with_status", words=title, status=failure.status)
        return title, ""

    def _stale(self, group: AlarmGroup) -> tuple[str, str]:
        title, _ = self._failure()
        detail = self.words("rule_detail.data_stale", age=clock(group.worst.value))
        return title, f"{detail} · {self.words('banner.since', time=self._time(group.since))}"

    def _quantity(self, value: float) -> str:
        return self.words.number(value, 0 if value == int(value) else 1)

    def _time(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.store.situation.zone):%H:%M:%S}"

    def _paint_notice(self, pen: Pen, rect: QRect, notice: Notice) -> None:
        look = self.look
        middle = rect.top() + rect.height() / 2
        left = float(rect.left() + look.px(28))
        if notice.severity is None:
            pen.box(rect, RADIUS, look.colour("panel"))
            baseline = middle + look.cap_height(Type.BODY) / 2
            pen.elided(left, baseline, rect.right() - left, notice.title, Type.BODY, look.colour("muted"))
            return
        ground = look.signal(notice.severity)
        ink = look.colour("on_signal")
        pen.box(rect, RADIUS, ground)
        side = look.px(SIGN)
        pen.sign(QRectF(left, middle - side / 2, side, side), notice.severity, ink)
        left += side + look.px(22)
        right = float(rect.right() - look.px(24))
        if notice.others:
            width = look.width(notice.others, Type.BODY) + look.px(32)
            height = look.px(48)
            right -= width
            pen.box(QRectF(right, middle - height / 2, width, height), 8, ink)
            baseline = middle + look.cap_height(Type.BODY) / 2
            pen.text(right + look.px(16), baseline, notice.others, Type.BODY, ground)
            right -= look.px(20)
        baseline = middle + look.cap_height(Type.BANNER) / 2
        left = pen.elided(left, baseline, right - left, notice.level, Type.BANNER, ink) + look.px(22)
        left = pen.elided(left, baseline, right - left, notice.title, Type.BANNER, ink) + look.px(22)
        baseline = middle + look.cap_height(Type.BODY) / 2
        if right - left > look.px(120):
            pen.elided(left, baseline, right - left, notice.detail, Type.BODY, ink)
