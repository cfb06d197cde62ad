"""The alarm banner: the most important alarms by rule, and how many others there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QWidget

from wallboard.core.alarms import AlarmGroup, Scope, Severity
from wallboard.core.situation import FeedState
from wallboard.language import Words, clock
from wallboard.models.attention import AttentionState
from wallboard.models.centres import WITHOUT_DATA, Alarming, Centres
from wallboard.models.store import Store
from wallboard.views.cells import Cell, CellWidget, Pen
from wallboard.views.theme import Style, Type
from wallboard.views.wording import failure_advice, in_unit, local_time, rule_title, staleness_texts

HEIGHT = (84, 50)
"""Units, on a near and on a far wall."""

RADIUS = 10
SIGN = (34, 24)
EDGE, SIGN_GAP = 28, 22
"""Units before and behind the sign."""

MORE_WIDTH = 130
"""Units for how many alarms there are besides, in short."""

MOST_NAMES = 2
"""Of other centres that are alarming too; more are counted."""


class Notice(NamedTuple):
    """`centre` and `short` are whose alarm it is, where there are several."""

    severity: Severity | None
    level: str
    title: str
    brief: str = ""
    """The title in fewer words, where there is such."""
    centre: str = ""
    short: str = ""
    details: tuple[str, ...] = ()
    others: str = ""
    others_short: str = ""
    acknowledged: bool = False
    """Somebody has seen all there is."""


def _level(alarming: Alarming) -> str:
    """The key of the word that begins the banner."""
    if alarming.acknowledged:
        return "banner.acknowledged"
    return "banner.critical" if alarming.severity is Severity.CRITICAL else "banner.warning"


class Sign(NamedTuple):
    severity: Severity
    acknowledged: bool
    lit: bool


class AlarmBanner(CellWidget):
    """Of all centres, whichever page is shown. Of an alarm that nobody has acknowledged the sign flashes, no text."""

    pressed = Signal()

    def __init__(
        self,
        centres: Centres,
        attention: AttentionState,
        words: Words,
        style: Style,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words, style, parent)
        self._centres = centres
        self._attention = attention
        self._lit = True

    def cells(self) -> Sequence[Cell]:
        notice, rect = self._notice(), self.rect()
        if notice.severity is None:
            return (Cell(rect, notice, self._paint_quiet),)
        look = self.look
        words = rect.adjusted(look.px(EDGE) + look.height(*SIGN) + look.px(SIGN_GAP), 0, 0, 0)
        sign = QRect(rect.left(), rect.top(), words.left() - rect.left(), rect.height())
        lit = self._lit or notice.acknowledged
        return (
            Cell(sign, Sign(notice.severity, notice.acknowledged, lit), self._paint_sign),
            Cell(words, notice, self._paint_notice),
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def flash(self, lit: bool) -> None:
        """The sign's bright half, or its dark one."""
        self._lit = lit
        self.refresh()

    def _notice(self) -> Notice:
        words, centres = self.words, self._centres
        alarming = centres.alarming()
        if not alarming:
            if all(store.state is FeedState.CONNECTING for store in centres.stores):
                return Notice(None, "", words("panel.waiting_for_data"))
            return Notice(None, "", " · ".join((words("banner.quiet"), *self._muted())))
        worst, *others = alarming
        store = worst.store
        told, (title, brief), details = 1, self._failure(store), tuple[str, ...]()
        groups = store.alarm_groups()
        group = next((group for group in groups if group.rule == worst.rule), None)
        if group is not None:
            told, details = group.count, self._details(store, group)
            if worst.rule != "data_stale":
                title, brief = self._title(store, group), ""
            elif groups[0] is not group:
                details = (*self._as_of(store), self._title(store, groups[0]), *details)
        also = [centres.row(other.store).short for other in others if other.severity is worst.severity]
        if also:
            known = words("banner.also", names=", ".join(also))
            details = (
                known if len(also) <= MOST_NAMES else words("banner.also_many", count=words.number(len(also))),
                *details,
            )
        count = sum(centre.alarms for centre in alarming) - told
        more = words.number(count)
        return Notice(
            worst.severity,
            words(_level(worst)),
            title,
            brief,
            *((centres.row(store).name, centres.row(store).short) if len(centres) > 1 else ("", "")),
            (*self._muted(), *(self._advice(store) if worst.rule in WITHOUT_DATA else ()), *details),
            words("banner.more", count=more) if count else "",
            words("banner.more_short", count=more) if count else "",
            acknowledged=worst.acknowledged,
        )

    def _title(self, store: Store, group: AlarmGroup) -> str:
        return rule_title(self.words, store.situation.alarms.rules[group.rule], group.worst.limit)

    def _details(self, store: Store, group: AlarmGroup) -> tuple[str, ...]:
        words, worst = self.words, group.worst
        names = ", ".join(store.agency_names(group.keys)) if worst.subject.scope is Scope.AGENCY else ""
        rule = store.situation.alarms.rules[group.rule]
        key = f"rule_detail.{group.rule}"
        if not words.has(key):
            key = "own_rule.detail" if group.count > 1 else "own_rule.value"
        parts = [
            words(
                key,
                count=words.number(group.count),
                value=in_unit(words, rule, worst.value),
                limit=in_unit(words, rule, worst.limit),
                names=names,
                age=clock(worst.value),
            )
        ]
        if names and not words.has(f"rule_detail.{group.rule}"):
            parts.insert(0, names)
        if worst.subject.scope in ("call", "incident"):
            live = store.state is FeedState.LIVE
            age = words.lasting(worst.value) if live else words.about(worst.value)
            parts.append(words("banner.oldest", age=age))
        since = words("banner.since", time=local_time(store.situation.zone, group.since, store.now))
        return (*(self._as_of(store) if worst.subject.scope is not Scope.FEED else ()), *parts, since)

    def _as_of(self, store: Store) -> tuple[str, ...]:
        """When what is told of old data was so."""
        as_of = store.situation.alarms_as_of
        if store.state is FeedState.LIVE or as_of is None:
            return ()
        return (self.words("banner.as_of", time=local_time(store.situation.zone, as_of, store.now)),)

    def _muted(self) -> tuple[str, ...]:
        """Until when nothing is heard: a silence that nobody sees would be taken for peace."""
        until = self._attention.muted_until
        if until is None:
            return ()
        leading = self._centres.leading
        return (self.words("banner.muted", time=local_time(leading.situation.zone, until, leading.now)),)

    def _failure(self, store: Store) -> tuple[str, ...]:
        """What keeps the data away, in words and in few words."""
        return staleness_texts(self.words, store.situation) or (self.words("rule.data_stale"), "")

    def _advice(self, store: Store) -> tuple[str, ...]:
        failure = store.situation.failure
        return () if failure is None else failure_advice(self.words, failure)

    def _paint_quiet(self, pen: Pen, rect: QRect, notice: Notice) -> None:
        look = self.look
        left = rect.left() + look.px(EDGE)
        pen.box(rect, RADIUS, look.colour("panel"))
        baseline = rect.top() + rect.height() / 2 + look.cap_height(Type.BODY) / 2
        pen.elided(left, baseline, rect.right() - left, notice.title, Type.BODY, look.colour("muted"))

    def _paint_box(self, pen: Pen, rect: QRect, severity: Severity, *, acknowledged: bool) -> QColor:
        """This part of the banner's box; returns its colour."""
        ground = self.look.colour("information") if acknowledged else self.look.signal(severity)
        pen.painter.setClipRect(rect)
        pen.box(self.rect(), RADIUS, ground)
        pen.painter.setClipping(False)
        return ground

    def _paint_sign(self, pen: Pen, rect: QRect, sign: Sign) -> None:
        look = self.look
        self._paint_box(pen, rect, sign.severity, acknowledged=sign.acknowledged)
        side = look.height(*SIGN)
        place = QRectF(rect.left() + look.px(EDGE), rect.top() + (rect.height() - side) / 2, side, side)
        pen.sign(place, sign.severity, look.colour("on_signal"), hollow=not sign.lit)

    def _paint_notice(self, pen: Pen, rect: QRect, notice: Notice) -> None:
        assert notice.severity is not None  # or it is quiet
        look = self.look
        middle = rect.top() + rect.height() / 2
        ground = self._paint_box(pen, rect, notice.severity, acknowledged=notice.acknowledged)
        ink = look.colour("on_signal")
        left = float(rect.left())
        right = float(rect.right() - look.px(24))
        # Where not all fits, the words give way that say least: the level, which the sign says too, and "more alarms".
        title = ": ".join(filter(None, (notice.centre, notice.title)))
        if look.width(title, Type.BANNER) > right - left - look.px(MORE_WIDTH):
            title = ": ".join(filter(None, (notice.short, notice.title)))
        words_width = look.width(title, Type.BANNER) + look.px(42)
        level_width = look.width(notice.level, Type.BANNER) + look.px(22)
        others = notice.others
        if others and words_width + look.width(others, Type.BODY) + look.px(32) > right - left:
            others = notice.others_short
        if others:
            width = look.width(others, Type.BODY) + look.px(32)
            height = look.height(48, 38)
            right -= width
            pen.box(QRectF(right, middle - height / 2, width, height), 8, ink)
            baseline = middle + look.cap_height(Type.BODY) / 2
            pen.text(right + look.px(16), baseline, others, Type.BODY, ground)
            right -= look.px(20)
        baseline = middle + look.cap_height(Type.BANNER) / 2
        room = right - left
        if look.width(title, Type.BANNER) > room:
            self._paint_in_two_lines(pen, QRectF(left, rect.top(), room, rect.height()), notice)
            return
        if level_width + words_width <= right - left + look.px(22):
            left = pen.elided(left, baseline, right - left, notice.level, Type.BANNER, ink) + look.px(22)
        left = pen.elided(left, baseline, right - left, title, Type.BANNER, ink) + look.px(22)
        self._paint_detail(pen, left, right, middle, notice.details)

    def _paint_in_two_lines(self, pen: Pen, rect: QRectF, notice: Notice) -> None:
        """A title that one line of a banner does not hold."""
        look, ink = self.look, self.look.colour("on_signal")
        titles = [": ".join(filter(None, (notice.short, title))) for title in (notice.title, notice.brief) if title]
        ways = [(type_, look.halved(title, type_)) for title in titles for type_ in (Type.BODY, Type.CAPTION)]
        fitting = (way for way in ways if look.widest(way[1], way[0]) <= rect.width())
        type_, lines = next(fitting, ways[-1])
        cap = look.cap_height(type_)
        gap = min(cap, (rect.height() - 2 * cap) / 2.5)  # a little more than above and below: letters hang down
        baseline = rect.top() + (rect.height() - len(lines) * (cap + gap) + gap) / 2 + cap
        for line in lines:
            pen.elided(rect.left(), baseline, rect.width(), line, type_, ink)
            baseline += cap + gap

    def _paint_detail(self, pen: Pen, left: float, right: float, middle: float, details: tuple[str, ...]) -> None:
        """As many parts of the detail as fit, whole."""
        look = self.look
        for count in range(len(details), 0, -1):
            text = " · ".join(details[:count])
            if look.width(text, Type.BODY) <= right - left:
                baseline = middle + look.cap_height(Type.BODY) / 2
                pen.text(left, baseline, text, Type.BODY, look.colour("on_signal"))
                return
