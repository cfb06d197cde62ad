"""Every option of the configuration: its type, default, range and meaning, declared once.

The loader checks a file against these declarations and docs/configuration.md is generated from them. Units stand in the
names: `_s` seconds, `_m` metres, `_in` inches.
"""

from __future__ import annotations

import platform
from datetime import time
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from wallboard.configuration.locations import ALARM_LOG_NAME
from wallboard.core.limits import Limits
from wallboard.core.ownrules import MOST_OWN_RULES, OwnRule, made
from wallboard.core.rules import Rule
from wallboard.core.situation import Settings
from wallboard.core.usual import LARGEST_HOURLY_MEAN
from wallboard.feed.settings import ABSOLUTE_PATH, FeedSettings
from wallboard.language import Language

HOURS_OF_A_DAY = 24

KEEP_DAYS = 400
"""A year, and the month in which it is looked back on."""

MOST_CELLS = 24
"""Columns or rows of a page: at a reading distance no screen holds more lines."""

MOST_PAGES = 24

Coordinate = Annotated[int, Meta(ge=0, lt=MOST_CELLS)]
Extent = Annotated[int, Meta(ge=1, le=MOST_CELLS)]

MOST_FEEDS = 200
"""Twice the most centres that a wall was measured with."""

PanelKind = Literal["kpis", "incidents", "calls", "hours", "agencies", "funnel", "diagnostics", "centres"]


class Night(Struct, frozen=True):
    """A part of the day, by the centre's local time, in which the wall is dimmed. It may span midnight."""

    begins: Annotated[time, Meta(description="When the night begins.")] = field(name="from", default=time(22, 0))
    ends: Annotated[time, Meta(description="When the night ends.")] = field(name="to", default=time(5, 0))
    brightness: Annotated[
        float, Meta(ge=0.2, le=1, description="How bright the wall is at night; 1 is as bright as by day.")
    ] = 0.6


class Wall(Struct, frozen=True, kw_only=True):
    full_screen: (
        Annotated[
            bool,
            Meta(
                description="Fill the screen, without a frame. Not set: a wall does, and a supervisor's desk, for "
                "which the installer starts the program with `--role supervisor`, does not."
            ),
        ]
        | None
    ) = None
    screen: Annotated[
        str, Meta(max_length=100, description="The name of the screen, as the system calls it; empty: the primary one.")
    ] = ""
    diagonal_in: (
        Annotated[
            float,
            Meta(
                ge=5,
                le=1_000,
                description="The screen's diagonal. With the viewing distance it sets the size of everything: a "
                "capital of the smallest text is 20 arc minutes high. Without both, sizes follow the screen's height.",
            ),
        ]
        | None
    ) = None
    viewing_distance_m: (
        Annotated[float, Meta(ge=0.3, le=100, description="From how far the wall is read; goes with `diagonal_in`.")]
        | None
    ) = None
    location: Annotated[
        Literal["full", "district", "none"],
        Meta(
            description="How exactly the place of an incident is shown: the address, only the district, or nothing. "
            "Whoever can see the wall can read it."
        ),
    ] = "full"
    pixel_shift: Annotated[
        bool, Meta(description="Move the picture by a few pixels once a minute, against burn-in.")
    ] = True
    rotate_s: Annotated[
        float,
        Meta(
            ge=5,
            le=3_600,
            description="How long a page stays, where there are several. An alarm stops it; of "
            "several centres a new alarm's page comes forward for a while.",
        ),
    ] = 20.0
    night: Annotated[Night, Meta(description="When the wall is dimmed. Without this table, never.")] | None = None

    @property
    def fills_screen(self) -> bool:
        return self.full_screen is not False


class Placement(Struct, frozen=True):
    """A panel's place in the grid of its page."""

    panel: Annotated[PanelKind, Meta(description="Which panel; `centres` has a row for each centre.")]
    column: Annotated[Coordinate, Meta(description="Its first column, counted from 0 at the left.")]
    row: Annotated[Coordinate, Meta(description="Its first row, counted from 0 at the top.")]
    column_span: Annotated[Extent, Meta(description="How many columns it covers.")] = 1
    row_span: Annotated[Extent, Meta(description="How many rows it covers.")] = 1


class Page(Struct, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=40, description="What the page is called; unique.")]
    columns: Annotated[Extent, Meta(description="Columns of the page's grid, all of the same width.")]
    rows: Annotated[Extent, Meta(description="Rows of the page's grid, all of the same height.")]
    panels: Annotated[
        tuple[Placement, ...],
        Meta(
            min_length=1,
            max_length=MOST_CELLS,
            description="The panels of the page. They lie within the grid and do not overlap. They may also be written "
            "as `panels = [...]` within the page, a line each.",
            extra={"allowed": f"1 to {MOST_CELLS} panels"},
        ),
    ]
    feed: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=64,
                description="The id of the feed whose centre the page shows. Without it the page stands for every "
                "centre in turn, or once where all it has is the panel `centres`.",
            ),
        ]
        | None
    ) = None


class Metrics(Struct, frozen=True, kw_only=True):
    short_abandon_s: Annotated[
        float,
        Meta(
            ge=0,
            le=60,
            description="A call abandoned sooner than this counts neither as abandoned nor against the service level.",
        ),
    ] = 5.0
    response_limit_s: Annotated[
        float,
        Meta(
            ge=60,
            le=86_400,
            description="A response within this time, counted from the report, is compliant. Source: Permendagri "
            "114/2018, 15 minutes.",
        ),
    ] = 900.0


class Usual(Struct, frozen=True, kw_only=True):
    calls_per_hour: Annotated[
        tuple[Annotated[float, Meta(ge=0, le=LARGEST_HOURLY_MEAN)], ...],
        Meta(
            description="The mean number of calls in each local clock hour, from 00 to 23, for the band of the usual "
            "beside the bars and for the rule calls_per_hour. Empty: not known.",
            extra={"allowed": f"empty, or 24 numbers from 0 to {LARGEST_HOURLY_MEAN:g}"},
        ),
    ] = ()


class Feed(FeedSettings, frozen=True, kw_only=True):
    """A centre: how it is reached, and in what it differs from the others."""

    metrics: (
        Annotated[
            Metrics,
            Meta(
                description="As `[metrics]`, for this centre alone; what is left out here is as there.",
                extra={"inherits": True},
            ),
        ]
        | None
    ) = None
    usual: (
        Annotated[
            Usual,
            Meta(description="As `[usual]`, for this centre alone.", extra={"inherits": True}),
        ]
        | None
    ) = None
    rules: (
        Annotated[
            Limits,
            Meta(
                description="As `[rules]`, for this centre alone: `[feed.rules.call_waiting]` after its `[[feed]]` has "
                "the keys of `[rules.call_waiting]`, and what is left out here is as there.",
                extra={"inherits": True},
            ),
        ]
        | None
    ) = None


class SoundHours(Struct, frozen=True):
    """A part of the day, by the centre's local time, with a volume of its own. It may span midnight."""

    begins: Annotated[time, Meta(description="When it begins.")] = field(name="from")
    ends: Annotated[time, Meta(description="When it ends.")] = field(name="to")
    volume: Annotated[float, Meta(ge=0, le=1, description="How loud sounds are meanwhile; 0 is silent.")]


class Sound(Struct, frozen=True, kw_only=True):
    enabled: Annotated[bool, Meta(description="Whether alarms are heard at this wall.")] = True
    device: Annotated[
        str,
        Meta(
            max_length=200,
            description="The audio device, as the system calls it and as the diagnostics show it. Empty, or while it "
            "is not there: the system's default.",
        ),
    ] = ""
    volume: Annotated[
        float, Meta(ge=0, le=1, description="How loud sounds are; 1 is as loud as the system lets it.")
    ] = 0.7
    hours: Annotated[
        tuple[SoundHours, ...],
        Meta(
            max_length=HOURS_OF_A_DAY,
            description="Volumes by time of day; the first that holds is taken, else `volume`.",
            extra={"allowed": f"at most {HOURS_OF_A_DAY} [[alarms.sound.hours]]"},
        ),
    ] = ()
    repeat_warning_s: Annotated[
        float,
        Meta(ge=0, le=3_600, description="How often a warning that nobody has acknowledged is heard again; 0: never."),
    ] = 0.0
    repeat_critical_s: Annotated[float, Meta(ge=0, le=3_600, description="The same of what is critical.")] = 30.0
    insist_after_s: Annotated[
        float,
        Meta(
            ge=0,
            le=3_600,
            description="After how long without anybody who acknowledges the wall insists on what is critical or "
            "repeated, with more pulses and twice as loud; 0: never.",
        ),
    ] = 120.0


class RuleFile(Struct, frozen=True, kw_only=True):
    """What of a configuration decides when alarms are raised: a file of its own, to try rules with."""

    rules: Annotated[Limits, Meta(description="As in the configuration.")] = Limits()
    rule: Annotated[
        tuple[OwnRule, ...],
        Meta(
            max_length=MOST_OWN_RULES,
            description="Rules of the centre's own, a `[[rule]]` each: see docs/alarms.md.",
            extra={"allowed": f"at most {MOST_OWN_RULES} [[rule]]"},
        ),
    ] = ()
    metrics: Annotated[Metrics, Meta(description="As in the configuration.")] = Metrics()
    usual: Annotated[Usual, Meta(description="As in the configuration.")] = Usual()


class Alarms(Struct, frozen=True, kw_only=True):
    acknowledge: Annotated[
        bool,
        Meta(
            description="Whether alarms can be acknowledged, shelved, commented on and taken out of service at this "
            "wall. Set it to false for a wall that is only looked at."
        ),
    ] = True
    position: Annotated[
        str,
        Meta(
            max_length=60,
            description="The position of whoever acts on alarms here, such as the supervisor's. Empty: the name "
            "of this computer.",
        ),
    ] = ""
    log: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=1_000,
                description="The file of the alarm log (docs/alarm-log.md), on a disk of this computer. Without it, "
                f"`{ALARM_LOG_NAME}` in the folder of the user's program states. Walls that share one have a "
                "`position` each.",
                extra={"allowed": ABSOLUTE_PATH},
            ),
        ]
        | None
    ) = None
    keep_days: Annotated[
        int,
        Meta(
            ge=1,
            le=3_660,
            description="How long the alarm log keeps what happened. The last word on an alarm that is not over stays.",
        ),
    ] = KEEP_DAYS
    sound: Annotated[Sound, Meta(description="How alarms are heard. See docs/alarm-sounds.md.")] = Sound()
    speak: Annotated[
        bool,
        Meta(
            description="Whether what an alarm says is spoken behind its sound, where the system has a voice of the "
            "wall's language. Not in a room where people telephone, unless they want it."
        ),
    ] = False
    notify: Annotated[
        bool,
        Meta(
            description="Whether the desktop notifies of an alarm while the wall's window is not in front. A wall that "
            "fills its screen is always in front."
        ),
    ] = True

    @property
    def acting_position(self) -> str:
        """What stands in the log as who acted; whose wall it is says `position`, for a computer may be renamed."""
        return self.position or platform.node()


class Configuration(Struct, frozen=True, kw_only=True):
    language: Annotated[Language, Meta(description="The wall's language: `id` is Indonesian, `en` is English.")] = (
        Language.INDONESIAN
    )
    theme: Annotated[Literal["dark", "light"], Meta(description="`light` is for bright rooms.")] = "dark"
    feed: Annotated[
        tuple[Feed, ...],
        Meta(
            min_length=1,
            max_length=MOST_FEEDS,
            description="Where the data come from: one `[[feed]]` for each centre, in the order in which they are "
            "shown. The id is made of letters A to Z, digits, _ and -, and no two ids differ in nothing but case or in "
            "_ for -; the address is one of http or https, without a user name, query string or fragment. The token "
            "never stands in this file.",
            extra={"allowed": f"1 to {MOST_FEEDS} [[feed]], one for each centre"},
        ),
    ]
    wall: Annotated[Wall, Meta(description="The screen and what is shown on it.")] = Wall()
    page: Annotated[
        tuple[Page, ...],
        Meta(
            max_length=MOST_PAGES,
            description="The pages of the wall, in their order. Without any, the wall has its built-in pages, which "
            "suit the screen's size; with several centres, first one that has a row for each of them.",
            extra={"allowed": f"at most {MOST_PAGES} pages"},
        ),
    ] = ()
    metrics: Annotated[Metrics, Meta(description="How figures are counted.")] = Metrics()
    usual: Annotated[Usual, Meta(description="What is usual at this centre.")] = Usual()
    alarms: Annotated[
        Alarms, Meta(description="What can be done about alarms at this wall, and what is kept of them.")
    ] = Alarms()
    rules: Annotated[
        Limits,
        Meta(
            description="The alarm rules, one table each. A rule is switched off with `enabled = false`; one level of "
            'it with the word `"off"` in place of its limit.'
        ),
    ] = Limits()

    rule: Annotated[
        tuple[OwnRule, ...],
        Meta(
            max_length=MOST_OWN_RULES,
            description="Rules of the centre's own, a `[[rule]]` each: see docs/alarms.md.",
            extra={"allowed": f"at most {MOST_OWN_RULES} [[rule]]"},
        ),
    ] = ()

    def settings(self, feed: Feed) -> Settings:
        """What the core needs to know of one of the centres."""
        metrics, usual = feed.metrics or self.metrics, feed.usual or self.usual
        return Settings(
            feed_id=feed.id,
            # A wall of one centre need not tell it from others.
            name=feed.centre_name or (feed.id if len(self.feed) > 1 else ""),
            poll_interval_s=feed.poll_interval_s,
            rules=self._rules(feed),
            short_abandon_s=metrics.short_abandon_s,
            response_limit_s=metrics.response_limit_s,
            usual_calls_per_hour=usual.calls_per_hour,
        )

    def _rules(self, feed: Feed) -> tuple[Rule, ...]:
        limits = feed.rules or self.rules
        every = {rule.name: rule for rule in limits.every_rule(feed.poll_interval_s)}
        own = [rule for rule in made(self.rule, every) if rule.is_of(feed.id)]
        return (*limits.rules(feed.poll_interval_s), *own)
