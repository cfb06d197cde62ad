"""The figures that the scenarios draw from, against the published records that they were taken from."""

import csv
import gzip
import json
from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from wallboard.demo import bengkalis
from wallboard.demo.bengkalis_facts import DISTRICTS
from wallboard.demo.distributions import (
    HOUR_PROFILE,
    NO_ARRIVAL_SHARE,
    RECEIVED_TO_DISPATCH,
    SUMMARY_PROBABILITIES,
    TRAVEL,
    TURNOUT,
)

HALF_A_THOUSANDTH = 0.00051
"""The profile has three decimals; a rounding error lets the half itself pass."""


def test_that_the_hour_profile_is_that_of_ten_years_of_ems_calls(shared_data):
    calls: Counter[int] = Counter()
    with gzip.open(shared_data / "nyc_ems_hourly" / "nyc_ems_hourly_2010_2019.csv.gz", "rt", newline="") as file:
        for line in csv.DictReader(file):
            calls[int(line["hour_start"][11:13])] += int(line["calls"])
    mean = calls.total() / 24
    assert [calls[hour] / mean for hour in range(24)] == pytest.approx(HOUR_PROFILE, abs=HALF_A_THOUSANDTH)


@pytest.fixture
def week(shared_data):
    return json.loads((shared_data / "sf_fire" / "summary.json").read_text(encoding="utf-8"))["sf_fire_demo_week"]


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("received_to_first_dispatch_s", RECEIVED_TO_DISPATCH),
        ("unit_turnout_dispatch_to_response_s", TURNOUT),
        ("unit_travel_response_to_on_scene_s", TRAVEL),
    ],
)
def test_that_times_are_drawn_from_the_published_quantiles(week, name, distribution):
    published = [week[name][f"p{probability * 100:.0f}"] for probability in SUMMARY_PROBABILITIES]
    assert distribution.seconds == pytest.approx(published, abs=0.05)
    random = Random(name)
    drawn = [distribution.draw(random) for _ in range(20_000)]
    for probability, seconds in zip(SUMMARY_PROBABILITIES, published, strict=True):
        # Three standard errors of the share below a quantile of 20,000 draws are at most 0.0106.
        assert sum(draw < seconds for draw in drawn) / len(drawn) <= probability + 0.0106
        assert sum(draw <= seconds for draw in drawn) / len(drawn) >= probability - 0.0106


def test_that_as_many_incidents_are_called_off_as_nobody_arrived_at(week):
    arrived = week["received_to_first_on_scene_s"]["n"] / week["incidents"]
    assert pytest.approx(1 - arrived, abs=0.0005) == NO_ARRIVAL_SHARE


def inside(point, ring):
    """Whether a ray to the east crosses the ring an odd number of times."""
    x, y = point
    within = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            within = not within
    return within


def test_that_every_incident_lies_in_its_own_kecamatan(shared_data):
    text = (shared_data / "bengkalis" / "bengkalis_kecamatan.geojson").read_text(encoding="utf-8")
    shapes = {feature["properties"]["name"]: feature for feature in json.loads(text)["features"]}
    assert {district.name: district.villages for district in DISTRICTS} == {
        name: feature["properties"]["n_villages"] for name, feature in shapes.items()
    }
    random = Random(0)
    for district in DISTRICTS:
        geometry = shapes[district.name]["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for _ in range(100):
            place = bengkalis.location(random, district)
            point = (place.longitude, place.latitude)
            outlines = [(outline, holes) for outline, *holes in polygons if inside(point, outline)]
            assert len(outlines) == 1, (district.name, point)
            assert not any(inside(point, hole) for hole in outlines[0][1])
