"""Makes the reports of several centres, and hands them on: for a terminal, a program, a spreadsheet, or paper."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from msgspec import Struct

from wallboard import whole
from wallboard.configuration.options import Configuration, Feed
from wallboard.core.poll import PollFailure
from wallboard.feed import credentials
from wallboard.feed.poller import TokenOf
from wallboard.language import Words
from wallboard.report import data, page, sections, sheet, text
from wallboard.report.figures import Report, report
from wallboard.report.period import Days, days_named
from wallboard.report.reading import read
from wallboard.spreadsheet import ENCODING

MOST_AT_A_TIME = 8
"""Centres that are read beside each other: each may have a year in memory."""


ANY_DAY = date(2000, 1, 1)


class Made(Struct, frozen=True, kw_only=True):
    """A report, or why there is none, for each feed."""

    configuration: Configuration
    period: str
    reports: tuple[tuple[Feed, Report | PollFailure], ...]

    @property
    def tells_something(self) -> bool:
        return any(one.calls is not None or one.incidents is not None for one in self._told)

    def as_text(self) -> str:
        return text.as_text(self._documents, self._words)

    def as_json(self) -> str:
        return data.as_json(self._tables)

    def written(self, path: Path) -> str:
        """As its name ends; says so. `{period}` in it stands for the days. Raises OSError."""
        path = path.with_name(path.name.replace("{period}", str(self._days)))
        if path.suffix.lower() == ".csv":
            with whole.written(path, encoding=ENCODING) as file:
                file.write(sheet.as_csv(self._tables))
        else:
            with whole.written(path) as file:
                file.write(page.as_page(self._documents, self._words))
        return self._words("report.written", path=path)

    @property
    def _told(self) -> list[Report]:
        return [one for _, one in self.reports if isinstance(one, Report)]

    @property
    def _days(self) -> Days | str:
        return self._told[0].told.days if self._told else self.period

    @property
    def _words(self) -> Words:
        return Words(self.configuration.language)

    @property
    def _tells_districts(self) -> bool:
        return self.configuration.wall.location != "none"

    @property
    def _documents(self) -> list[sections.Document]:
        words = self._words
        return [
            sections.failed(feed.centre_name or feed.id, self.period, one, words)
            if isinstance(one, PollFailure)
            else sections.document(one, words, districts=self._tells_districts)
            for feed, one in self.reports
        ]

    @property
    def _tables(self) -> list[data.Table]:
        return [
            data.failed(feed.id, feed.centre_name or feed.id, one)
            if isinstance(one, PollFailure)
            else data.table(one, districts=self._tells_districts)
            for feed, one in self.reports
        ]


def made(
    configuration: Configuration, feeds: Sequence[Feed], period: str, token_of: TokenOf = credentials.token
) -> Made:
    """Of these feeds, in their order. Raises ValueError for what is no period, or has not begun at one of them."""
    days_named(period, ANY_DAY)  # before anybody is asked

    def of(feed: Feed) -> Report | PollFailure:
        told = read(feed, period, token_of)
        return told if isinstance(told, PollFailure) else report(told, configuration.settings(feed))

    with ThreadPoolExecutor(min(MOST_AT_A_TIME, len(feeds))) as threads:
        return Made(
            configuration=configuration, period=period, reports=tuple(zip(feeds, threads.map(of, feeds), strict=True))
        )
