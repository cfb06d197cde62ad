"""Makes the reports of several centres, and hands them on: for a terminal, a program, a spreadsheet, or paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from wallboard.report.document import Document
from wallboard.report.figures import Report, report
from wallboard.report.period import Days, days_named
from wallboard.report.reading import read
from wallboard.spreadsheet import ENCODING

MOST_AT_A_TIME = 8
"""Centres that are read beside each other: each may have a year in memory."""

ANY_DAY = date(2000, 1, 1)


class Made(Struct, frozen=True, kw_only=True):
    """A report, or why there is none, for each feed; `period` as it was asked for. Without `districts`, no place is
    told.
    """

    reports: tuple[tuple[Feed, Report | PollFailure], ...]
    period: str
    words: Words
    districts: bool

    @property
    def tells_something(self) -> bool:
        return any(one.calls is not None or one.incidents is not None for one in self._told())

    def as_text(self) -> str:
        return text.as_text(self._documents(), self.words)

    def as_json(self) -> str:
        return data.as_json(self._tables())

    def written(self, path: Path) -> str:
        """As its name ends; says so. `{period}` in it stands for the days. Raises OSError."""
        path = path.with_name(path.name.replace("{period}", str(self._days())))
        if path.suffix.lower() == ".csv":
            with whole.written(path, encoding=ENCODING) as file:
                file.write(sheet.as_csv(self._tables()))
        else:
            with whole.written(path) as file:
                file.write(page.as_page(self._documents(), self.words))
        return self.words("report.written", path=path)

    def unwritten(self) -> str:
        """In the place of a file: a file that is there may tell something."""
        return f"{self.as_text()}\n\n{self.words('report.unwritten')}"

    def failures(self) -> Iterator[str]:
        """A line for each centre without a report: in a file of several, it may not be seen."""
        for document in self._documents():
            if not document.sections:
                yield f"{document.centre}: {' '.join(document.remarks)}"

    def _told(self) -> Iterator[Report]:
        return (one for _, one in self.reports if isinstance(one, Report))

    def _days(self) -> Days | str:
        """Of the first centre that told them; else as asked for, which on paper would say nothing."""
        return next((one.told.days for one in self._told()), self.period)

    def _documents(self) -> list[Document]:
        days = self._days()
        return [
            sections.failed(feed.centre_name or feed.id, days, one, self.words)
            if isinstance(one, PollFailure)
            else sections.document(one, self.words, districts=self.districts)
            for feed, one in self.reports
        ]

    def _tables(self) -> list[data.Table]:
        return [
            data.failed(feed.id, feed.centre_name or feed.id, one)
            if isinstance(one, PollFailure)
            else data.table(one, districts=self.districts)
            for feed, one in self.reports
        ]


def made(
    configuration: Configuration, feeds: Sequence[Feed], period: str, token_of: TokenOf = credentials.token
) -> Made:
    """Of these feeds, in their order. Raises PeriodError for what is no period, or has not begun at one of them."""
    days_named(period, ANY_DAY)  # before anybody is asked

    def of(feed: Feed) -> Report | PollFailure:
        told = read(feed, period, token_of)
        return told if isinstance(told, PollFailure) else report(told, configuration.settings(feed))

    with ThreadPoolExecutor(min(MOST_AT_A_TIME, len(feeds))) as threads:
        reports = tuple(zip(feeds, threads.map(of, feeds), strict=True))
    return Made(
        reports=reports,
        period=period,
        words=Words(configuration.language),
        districts=configuration.wall.location != "none",
    )
