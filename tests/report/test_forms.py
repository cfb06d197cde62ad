"""A report in a terminal, on paper, in a spreadsheet and as data: the same figures, and "not known" is no figure."""

from __future__ import annotations

import csv
import json
from io import StringIO
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from tests.core.builders import T0, agency, at, bad, call, incident, snapshot
from tests.report.builders import made, told
from wallboard.configuration.options import Feed
from wallboard.core.entities import DISPOSITIONS, OTHER, Centre, Disposition
from wallboard.core.poll import DroppedRow
from wallboard.language import Language, Words
from wallboard.report import data, sections, sheet
from wallboard.report.making import Made
from wallboard.report.page import as_page
from wallboard.report.period import DAY, days_named
from wallboard.report.reading import Past, Unknown
from wallboard.report.text import as_text

ENGLISH = Words(Language.ENGLISH)
INDONESIAN = Words(Language.INDONESIAN)
CALLS = [
    call("c1", -300, -290, -200, "verified"),
    call("c2", -250, -240, -230, "prank"),
    call("c3", -200, None, -190, "ghost"),
    call("c4", -10),
]
INCIDENTS = [incident("i1", -3000, -2900, -2400, -60, status="closed", agencies=("a1",))]
UNKNOWN = told(Unknown.NO_HISTORY, Unknown.NO_HISTORY)
TOLD = told(CALLS, INCIDENTS, of=snapshot(agencies=[agency("a1", "BPBD")]))


def text(report, words=ENGLISH, **options):
    return as_text([sections.document(report, words, **options)], words)


def page(report, words=ENGLISH, **options):
    html = as_page([sections.document(report, words, **options)], words)
    assert html.startswith("<!DOCTYPE html>\n")
    return html


def line(report, name, words=ENGLISH):
    return next(
        row.split()[len(name.split()) :] for row in text(report, words).splitlines() if row.strip().startswith(name)
    )


def test_that_a_terminal_is_told_the_figures():
    one = made(TOLD)
    assert line(one, "Received") == ["4", "100.0%"]
    assert line(one, "Verified") == ["1", "25.0%", "of", "calls"]
    assert line(one, "Still going on") == ["1", "25.0%"]
    assert line(one, "Answered ≤ 15 s")[0] == "66.7%"
    assert line(one, "Until arrival on scene") == ["10:00", "10:00", "100.0%", "20.7–100.0", "1"]
    assert line(one, "BPBD") == ["1", "1", "10:00", "10:00", "100.0%"]
    assert line(one, "09:00–10:00") == ["4", "2", "1", "1"]
    assert line(one, "10:00–11:00") == ["–"] * 4, "it is 10:00"


@pytest.mark.parametrize(("limit_s", "shown"), [(900.0, "≤ 15 min"), (450.0, "≤ 7.5 min"), (90.0, "≤ 1.5 min")])
def test_that_a_limit_is_not_rounded_to_another(limit_s, shown):
    assert f"Reached {shown} " in text(replace(made(TOLD), response_limit_s=limit_s))


def test_that_the_period_stands_in_the_centres_own_words():
    shown = text(made(TOLD), INDONESIAN).splitlines()
    assert shown[:4] == [
        "Laporan layanan panggilan darurat",
        "Call Center 112 Bengkalis",
        "Senin, 20 Oktober 2025",
        shown[3],
    ]
    assert shown[3].startswith("Disusun 20 Oktober 2025, pukul 10:00 · waktu WIB · Wallboard ")
    assert shown[4] == "Periode ini belum berakhir: data sampai 20 Oktober 2025, pukul 10:00."


def test_that_what_is_not_known_is_a_dash_and_never_a_zero():
    shown = text(made(UNKNOWN))
    assert shown.count("This system does not offer its history.") == 2
    assert not [row for row in shown.splitlines() if row.endswith((" 0", "0.0%"))]
    assert "What the figures mean" not in shown, "there are none"
    forgotten = text(made(told(Unknown.FORGOTTEN, Unknown.FORGOTTEN)))
    assert forgotten.count("nor of the 7 days before it") == 2
    unreadable = text(made(told(Unknown.UNREADABLE, Unknown.FORGOTTEN)))
    assert unreadable.count("nor of the 7 days before it") == 1
    assert unreadable.count("Of this period nothing can be read") == 1
    part = text(made(replace(TOLD, calls=Past(rows=tuple(CALLS), since=at(-300)))))
    assert (
        "Calls: the system tells nothing of the time before 20 October 2025, 09:55. The figures count from then."
        in part
    )


def test_that_rows_that_could_not_be_read_are_named():
    dropped = tuple(DroppedRow(f"calls[{number}].received_at", "no instant") for number in range(3))
    assert "and are not counted: 3" in text(made(TOLD, dropped_rows=dropped))


def test_that_places_are_left_out_where_the_wall_shows_none():
    assert "Mandau" in text(made(TOLD))
    for told_ in (text(made(TOLD), districts=False), page(made(TOLD), districts=False)):
        assert "Mandau" not in told_
    assert data.table(made(TOLD), districts=False)["by_district"] is None


@pytest.mark.parametrize("words", [ENGLISH, INDONESIAN])
def test_that_the_page_is_whole_and_asks_the_network_for_nothing(words):
    html = page(made(TOLD), words)
    tree = ElementTree.fromstring(html.partition("\n")[2].replace('<meta charset="utf-8">', "").replace(
        '<meta name="viewport" content="width=device-width, initial-scale=1">', ""))  # fmt: skip
    assert tree.get("lang") == words.language.value
    assert not [word for word in ("http:", "https:", "src=", "@import", "<script", "url(") if word in html]
    tables = tree.findall(".//table")
    for table in tables:
        widths = {len(row) for row in table.iter("tr")}
        assert len(widths) == 1, "each row has a cell in each column"
    headings = [element.text for element in tree.iter("h2")]
    assert [section.title for section in sections.document(made(TOLD), words).sections] == headings[:-1]


def test_that_a_bar_shows_the_verified_calls_among_all():
    html = page(made(told([*CALLS, call("c5", -7000), call("c6", -7000)])))
    assert '<div style="width: 100.0%"><div style="width: 25.0%"></div></div>' in html
    assert '<div style="width: 50.0%"><div style="width: 0.0%"></div></div>' in html
    assert '<th class="bar">Verified of received</th>' in html


HOSTILE = '<script>alert(1)</script>"&=cmd|x!A0'


def test_that_a_centres_words_are_words_in_the_page_and_in_the_spreadsheet():
    centre = Centre(id="x", name=f"={HOSTILE}", time_zone="Asia/Jakarta")
    one = made(TOLD, snapshot=replace(TOLD.snapshot, centre=centre, agencies=(agency("a1", f"@{HOSTILE}"),)))
    html = page(one)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    rows = list(csv.DictReader(StringIO(sheet.as_csv([data.table(one)]))))
    assert {row["name"] for row in rows} == {f"'={HOSTILE}"}
    assert f"'@{HOSTILE}" in {row["row_name"] for row in rows}


def test_that_every_figure_of_the_data_is_a_line_of_the_spreadsheet():
    table = data.table(made(TOLD))
    rows = list(csv.DictReader(StringIO(sheet.as_csv([table]), newline="")))
    told_ = {(row["table"], row["row"], row["figure"]): row["value"] for row in rows}
    assert len(told_) == len(rows), "each figure stands once"
    assert told_["calls", "", "received"] == "4"
    assert told_["calls", "", "service_level_15.n"] == "3"
    assert told_["by_agency", "a1", "response_mean_s"] == "600.0"
    assert told_["days", "2025-10-20", "partial"] == "yes"
    assert told_["months", "2025-10", "verified"] == "1"
    assert told_["hours", "9", "received"] == "4"
    assert told_["calls", "", "since"] == "", "what has no value is empty"
    assert {row["begins"] for row in rows} == {"2025-10-20T00:00:00+07:00"}

    def count(value):
        return sum(map(count, value.values())) if isinstance(value, dict) else 1

    figures = sum(count(row) for name, value in table.items() if isinstance(value, list) for row in value)
    keys = sum(len({"key", "name", "day", "month", "hour"} & row.keys()) for value in table.values()
               if isinstance(value, list) for row in value)  # fmt: skip
    single = sum(
        count(value) for name, value in table.items() if not isinstance(value, list) and name not in sheet.COLUMNS
    )
    assert len(rows) == figures - keys + single


def test_that_the_data_have_the_figures_of_the_report_and_null_for_what_is_not_known():
    (one,) = json.loads(data.as_json([data.table(made(TOLD))]))["centres"]
    assert (one["id"], one["name"], one["failure"]) == ("x", "Call Center 112 Bengkalis", None)
    assert (one["begins"], one["ends"], one["now"]) == (
        "2025-10-20T00:00:00+07:00", "2025-10-21T00:00:00+07:00", "2025-10-20T10:00:00+07:00",
    )  # fmt: skip
    assert (one["calls"]["received"], one["calls"]["verified"], one["calls"]["verified_share"]) == (4, 1, 0.25)
    assert one["incidents"]["in_time"] == {"value": 1.0, "n": 1, "low": pytest.approx(0.2065, abs=1e-4), "high": 1.0}
    assert [hour["received"] for hour in one["hours"]] == [0] * 9 + [4] + [None] * 14
    (unknown,) = json.loads(data.as_json([data.table(made(UNKNOWN))]))["centres"]
    assert {name for name, value in unknown.items() if value is None} == {
        "failure", "calls", "incidents", "by_category", "by_priority", "by_agency", "by_district", "hours",
    }  # fmt: skip
    assert set(unknown["days"][0].values()) == {"2025-10-20", True, None}


def test_that_each_disposition_is_told():
    assert sorted(DISPOSITIONS) == sorted([*Disposition, OTHER])


def test_that_a_centre_without_data_says_why_in_each_form():
    failure = bad(0)
    shown = as_text([sections.failed("Dumai", "yesterday", failure, ENGLISH)], ENGLISH)
    assert shown.splitlines()[1:3] == ["Dumai", "yesterday"]
    assert "No report: The server cannot be reached (no route to the server)" in shown
    table = data.failed("dumai", "Dumai", failure)
    assert table["failure"] == {"kind": "network", "message": "no route to the server"}
    rows = list(csv.DictReader(StringIO(sheet.as_csv([table]))))
    assert [(row["id"], row["table"], row["figure"], row["value"]) for row in rows] == [
        ("dumai", "failure", "kind", "network"),
        ("dumai", "failure", "message", "no route to the server"),
    ]


def test_that_a_centre_without_data_stands_among_others_with_their_days():
    feeds = [Feed(id="x", url="https://x.example/"), Feed(id="dumai", url="https://dumai.example/")]
    both = Made(
        reports=tuple(zip(feeds, (made(TOLD), bad(0)), strict=True)), period="yesterday", words=ENGLISH, districts=True
    )
    assert both.as_text().splitlines()[-3:-1] == ["dumai", "Monday, 20 October 2025"]
    assert both.tells_something


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("2025-10-20", "Senin, 20 Oktober 2025"),
        ("2024-02", "Februari 2024 · 29 hari"),
        ("2025", "2025 · 365 hari"),
        ("2025-10-06/2025-10-12", "6 Oktober 2025 – 12 Oktober 2025 · 7 hari"),
    ],
)
def test_that_a_month_or_a_year_has_its_name(asked, shown):
    assert sections.period(days_named(asked, T0.date()), INDONESIAN) == shown


def test_that_several_centres_stand_one_after_the_other():
    documents = [sections.document(made(TOLD), ENGLISH), sections.failed("Dumai", "yesterday", bad(0), ENGLISH)]
    html = as_page(documents, ENGLISH)
    assert html.count("<article>") == 2
    assert html.index("Call Center 112 Bengkalis") < html.index("Dumai")
    assert "<title>Emergency-call centre report · Monday, 20 October 2025</title>" in html


@pytest.mark.parametrize(("days", "title"), [(1, None), (2, "By day"), (62, "By day"), (63, "By month")])
def test_that_a_long_period_is_told_by_its_months(days, title):
    period = replace(TOLD.days, first=TOLD.days.last - (days - 1) * DAY)
    titles = [section.title for section in sections.document(made(TOLD, days=period), ENGLISH).sections]
    assert [one for one in titles if one in ("By day", "By month")] == ([title] if title else [])
