"""The report in words: which figures stand in which table, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime

from wallboard import __version__
from wallboard.core.entities import DISPOSITIONS, Disposition
from wallboard.core.hours import HOUR
from wallboard.core.metrics import SERVICE_LEVEL_SECONDS, AnsweringFigures, EstimatedShare, share
from wallboard.core.poll import PollFailure
from wallboard.language import MINUTE_S, Words
from wallboard.report.document import Bar, Document, KeyFigure, Section
from wallboard.report.figures import AllIncidents, CallCounts, CallFigures, Group, IncidentFigures, Report, Stretch
from wallboard.report.period import Days
from wallboard.report.reading import LOOK_BACK, Unknown

MOST_DAYS = 62
"""Two months: a longer period is told by its months."""


def failed(name: str, days: Days | str, failure: PollFailure, words: Words) -> Document:
    """`days` as they were asked for where nobody knows them: "yesterday" is told by a centre's own day."""
    said = words("report.no_data", words=words(f"failure.{failure.kind.value}"), message=failure.message)
    shown = days if isinstance(days, str) else period(days, words)
    return Document(title=words("report.title"), centre=name, period=shown, remarks=(said,))


def document(report: Report, words: Words, *, districts: bool = True) -> Document:
    """Without `districts`, no place is told."""
    return _Writer(report, words).document(districts=districts)


class _Writer:
    def __init__(self, report: Report, words: Words) -> None:
        self._report = report
        self._told = report.told
        self._words = words

    def document(self, *, districts: bool) -> Document:
        told, words = self._told, self._words
        zone = f"{told.now.astimezone(told.zone):%Z}"
        return Document(
            title=words("report.title"),
            centre=told.snapshot.centre.name,
            period=period(told.days, words),
            made=words("report.made", **self._moment(told.now), zone=zone, version=__version__),
            remarks=tuple(self._remarks()),
            summary=tuple(self._summary()),
            sections=tuple(self._sections(districts=districts)),
            meanings=tuple(self._meanings()),
        )

    def _remarks(self) -> Iterator[str]:
        told, words = self._told, self._words
        if told.now < told.ends:
            yield words("report.goes_on", **self._moment(told.now))
        parts = (("report.calls", self._report.calls), ("report.incidents", self._report.incidents))
        for title, part in parts:
            if part is not None and part.since is not None:
                yield words("report.since", what=words(title), **self._moment(part.since))
        if told.dropped_rows:
            yield words("report.dropped", count=words.number(len(told.dropped_rows)))

    def _summary(self) -> Iterator[KeyFigure]:
        words, calls, incidents = self._words, self._report.calls, self._report.incidents
        if calls is not None:
            counts, level = calls.counts, calls.answering.service_level_15
            verified = counts.verified_share
            yield KeyFigure(words("report.calls"), words.number(counts.received), "")
            yield KeyFigure(
                words("funnel.verified"),
                words.number(counts.dispositions[Disposition.VERIFIED]),
                words("kpis.verified_share", share=words.percent(verified.value, 1)),
            )
            yield self._share(words("report.within", seconds=words.seconds(SERVICE_LEVEL_SECONDS[0])), level)
        if incidents is not None:
            yield KeyFigure(words("report.incidents"), words.number(incidents.figures.reported), "")
            yield self._share(self._in_time, incidents.figures.in_time)

    def _share(self, name: str, of: EstimatedShare | None) -> KeyFigure:
        words = self._words
        value = words.percent(of.value if of else None, 1)
        return KeyFigure(name, value, words("format.sample", n=words.number(of.n if of else None)))

    def _meanings(self) -> Iterator[str]:
        """Of the figures that are there."""
        words, calls, incidents = self._words, self._report.calls, self._report.incidents
        if calls is None and incidents is None:
            return
        yield words("report_meaning.unknown")
        yield words("report_meaning.counted")
        if calls is not None:
            yield words("report_meaning.level", short=self._short)
        yield words("report_meaning.interval")
        yield words("report_meaning.p90")
        if incidents is not None:
            yield words("report_meaning.response")
            if incidents.by_agency is not None:
                yield words("report_meaning.agencies")

    def _sections(self, *, districts: bool) -> Iterator[Section]:
        told, calls, incidents = self._told, self._report.calls, self._report.incidents
        if isinstance(told.calls, Unknown):
            yield self._unknown("report.calls", told.calls)
        if calls is not None:
            yield from self._call_sections(calls)
        if isinstance(told.incidents, Unknown):
            yield self._unknown("report.incidents", told.incidents)
        if incidents is not None:
            yield from self._incident_sections(incidents, districts=districts)
        if calls or incidents:
            if len(told.days) > MOST_DAYS:
                yield self._months()
            elif len(told.days) > 1:
                yield self._days()
        if calls is not None:
            yield self._hours(calls)

    def _unknown(self, title: str, why: Unknown) -> Section:
        words = self._words
        return Section(title=words(title), notes=(words(f"report.{why.value}", days=LOOK_BACK.days),))

    # Calls.

    def _call_sections(self, calls: CallFigures) -> Iterator[Section]:
        counts = calls.counts
        yield self._counts(
            "report.calls",
            {
                "funnel.received": counts.received,
                "funnel.answered": counts.answered,
                "funnel.abandoned": counts.abandoned,
                "report.going_on": calls.going_on,
            },
            whole=counts.received,
            notes=self._busiest(calls),
        )
        judged = {f"funnel.{name}": counts.dispositions[name] for name in DISPOSITIONS}
        yield self._counts("report.judged", judged, whole=counts.received)
        yield self._answering(calls.answering)

    def _counts(
        self, title: str, counts: Mapping[str, int | None], *, whole: int, notes: tuple[str, ...] = ()
    ) -> Section:
        words = self._words

        def row(key: str, count: int | None) -> tuple[str, ...]:
            part = None if count is None else share(count, whole).value
            return words(key), words.number(count), words.percent(part, 1)

        return Section(
            title=words(title),
            head=(words("report.count"), words("report.share")),
            rows=tuple([row(key, count) for key, count in counts.items()]),
            notes=notes,
        )

    def _busiest(self, calls: CallFigures) -> tuple[str, ...]:
        busiest = calls.busiest_hour
        if busiest is None:
            return ()
        zone = self._told.zone
        begins, ends = busiest.start.astimezone(zone), (busiest.start + HOUR).astimezone(zone)
        hour = {"begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}", "count": self._words.number(busiest.received)}
        return (self._words("report.busiest", date=_date(begins.date(), self._words), **hour),)

    def _answering(self, figures: AnsweringFigures) -> Section:
        words, rate = self._words, figures.abandonment_rate
        levels = zip(SERVICE_LEVEL_SECONDS, (figures.service_level_15, figures.service_level_20), strict=True)
        rows = [(words("report.within", seconds=words.seconds(one)), *self._estimated(level)) for one, level in levels]
        shown = words.percent(rate.value if rate else None, 1)
        rows += [
            (words("report.average"), words.seconds(figures.average_speed_of_answer_s, 1), "", ""),
            (words("report.answer_p90"), words.seconds(figures.answer_p90_s, 1), "", ""),
            (words("report.abandonment", short=self._short), shown, "", words.number(rate.n if rate else None)),
        ]
        return Section(
            title=words("report.answering"),
            head=(words("report.value"), *self._certainty),
            rows=tuple(rows),
        )

    # Incidents.

    def _incident_sections(self, incidents: AllIncidents, *, districts: bool) -> Iterator[Section]:
        figures = incidents.figures
        yield self._counts(
            "report.incidents",
            {
                "report.reported": figures.reported,
                "funnel.dispatched": figures.dispatched,
                "report.reached": figures.reached,
                "funnel.closed": figures.closed,
                "report.cancelled": figures.cancelled,
                "report.going_on": figures.going_on,
            },
            whole=figures.reported,
        )
        yield self._delays(figures)
        words = self._words
        yield self._groups("report.by_category", incidents.by_category, lambda key: words(f"category.{key}"))
        yield self._groups(
            "report.by_priority", incidents.by_priority, lambda key: words("report.priority", priority=key)
        )
        if incidents.by_agency is not None:
            yield self._groups("report.by_agency", incidents.by_agency, lambda key: key or words("report.no_agency"))
        if incidents.by_district is not None and districts:
            yield self._groups("report.by_district", incidents.by_district, lambda _: words("report.no_district"))

    def _delays(self, figures: IncidentFigures) -> Section:
        words = self._words
        value, interval, n = self._estimated(figures.in_time)
        return Section(
            title=words("report.delays"),
            head=(*[words(f"report.{one}") for one in ("mean", "p90")], self._in_time, *self._certainty),
            rows=(
                (
                    words("report.dispatch"),
                    self._lasting(figures.dispatch_mean_s),
                    self._lasting(figures.dispatch_p90_s),
                    "",
                    "",
                    words.number(figures.dispatch_n),
                ),
                (
                    words("report.response"),
                    self._lasting(figures.response_mean_s),
                    self._lasting(figures.response_p90_s),
                    value,
                    interval,
                    n,
                ),
            ),
        )

    def _groups(self, title: str, groups: Sequence[Group], name_of: Callable[[str], str]) -> Section:
        words = self._words

        def row(group: Group) -> tuple[str, ...]:
            figures = group.figures
            return (
                group.name or name_of(group.key),
                words.number(figures.reported),
                words.number(figures.reached),
                self._lasting(figures.response_mean_s),
                self._lasting(figures.response_p90_s),
                words.percent(figures.in_time.value if figures.in_time else None, 1),
            )

        columns = ("reported", "reached", "response_mean", "response_p90")
        return Section(
            title=words(title),
            head=(*[words(f"report.{column}") for column in columns], self._in_time),
            rows=tuple([row(group) for group in groups]),
        )

    # Days and hours.

    def _days(self) -> Section:
        def name(day: Stretch) -> str:
            first = day.days.first
            weekday, month = words(f"weekday.{first.isoweekday()}"), words(f"month.{first.month}")
            return words("report.day_row", weekday=weekday, day=first.day, month=month)

        words = self._words
        return self._stretches("report.by_day", self._report.days, name)

    def _months(self) -> Section:
        return self._stretches(
            "report.by_month", self._report.months, lambda month: _month(month.days.first, self._words)
        )

    def _stretches(self, title: str, stretches: Sequence[Stretch], name_of: Callable[[Stretch], str]) -> Section:
        words, columns = self._words, ("received", "verified", "prank", "ghost")

        def row(one: Stretch) -> tuple[str, ...]:
            counts = (*_calls_of(one.calls, columns, words), words.number(one.incidents))
            return f"{name_of(one)} …" if one.partial else name_of(one), *counts

        return Section(
            title=words(title),
            head=(*[words(f"funnel.{column}") for column in columns], words("report.incidents")),
            rows=tuple([row(one) for one in stretches]),
            bars=_bars([one.calls for one in stretches]),
            bars_head=words("report.bars"),
            notes=(words("report.partial"),) if any(one.partial for one in stretches) else (),
        )

    def _hours(self, calls: CallFigures) -> Section:
        words, columns = self._words, ("received", "answered", "abandoned", "verified")
        rows = [
            (f"{hour:02}:00–{hour + 1:02}:00", *_calls_of(counts, columns, words))
            for hour, counts in enumerate(calls.by_hour)
        ]
        return Section(
            title=words("report.by_hour"),
            head=tuple([words(f"funnel.{column}") for column in columns]),
            rows=tuple(rows),
            bars=_bars(calls.by_hour),
            bars_head=words("report.bars"),
        )

    # What they share.

    def _moment(self, instant: datetime) -> dict[str, str]:
        local = instant.astimezone(self._told.zone)
        return {"date": _date(local.date(), self._words), "time": f"{local:%H:%M}"}

    def _estimated(self, of: EstimatedShare | None) -> tuple[str, str, str]:
        """Value, interval, sample."""
        words = self._words
        if of is None or of.value is None or of.low is None or of.high is None:
            return words("format.none"), "", words.number(of.n if of else None)
        low, high = (words.number(100 * bound, 1) for bound in (of.low, of.high))
        return words.percent(of.value, 1), words("format.range", low=low, high=high), words.number(of.n)

    def _lasting(self, seconds: float | None) -> str:
        return self._words("format.none") if seconds is None else self._words.lasting(seconds)

    @property
    def _certainty(self) -> tuple[str, str]:
        return self._words("report.interval"), self._words("report.sample")

    @property
    def _short(self) -> str:
        """From where on a call that is given up counts as abandoned."""
        return self._words.seconds(self._report.short_abandon_s)

    @property
    def _in_time(self) -> str:
        limit_min = self._report.response_limit_s / MINUTE_S
        decimals = 0 if limit_min.is_integer() else 1
        return self._words("report.in_time", limit=self._words.number(limit_min, decimals))


def _calls_of(counts: CallCounts | None, columns: Sequence[str], words: Words) -> list[str]:
    if counts is None:
        return [words("format.none")] * len(columns)
    named: dict[str, int | None] = {
        "received": counts.received,
        "answered": counts.answered,
        "abandoned": counts.abandoned,
        **counts.dispositions,
    }
    return [words.number(named[column]) for column in columns]


def _bars(counts: Sequence[CallCounts | None]) -> tuple[Bar, ...]:
    most = max([1, *[one.received for one in counts if one]])
    return tuple(
        [
            Bar(one.received / most, one.dispositions[Disposition.VERIFIED] / most) if one else Bar(0.0, 0.0)
            for one in counts
        ]
    )


def period(days: Days, words: Words) -> str:
    first, last = days.first, days.last
    if first == last:
        return words("report.day", weekday=words(f"weekday.{first.isoweekday()}"), date=_date(first, words))
    if days.is_month:
        named = _month(first, words)
    elif days.is_year:
        named = str(first.year)
    else:
        named = f"{_date(first, words)} – {_date(last, words)}"
    return words("report.days", named=named, count=words.number(len(days)))


def _date(day: date, words: Words) -> str:
    return words("report.date", day=day.day, month=words(f"month.{day.month}"), year=day.year)


def _month(first: date, words: Words) -> str:
    return words("report.month", month=words(f"month.{first.month}"), year=first.year)
