"""From a configuration to the objects of a wall: the one place where options become settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from wallboard.configuration import locations
from wallboard.configuration.options import Configuration
from wallboard.configuration.options import Page as PageOptions
from wallboard.core.attention import SoundSettings, Volume
from wallboard.core.situation import Situation
from wallboard.history.alarmlog import AlarmLog
from wallboard.history.entries import Exportable
from wallboard.language import Words
from wallboard.models.centres import Centres
from wallboard.models.incidents import Location
from wallboard.models.store import Store, pc_clock
from wallboard.steady import steady_s
from wallboard.views.pages import Page, PanelName, Placement
from wallboard.views.theme import DARK, LIGHT, load_fonts
from wallboard.views.wall import Appearance, Night, WallWindow


def compose(
    configuration: Configuration,
    monotonic: Callable[[], float] = steady_s,
    wall_clock: Callable[[], datetime] = pc_clock,
    log: Exportable | None = None,
) -> tuple[Centres, WallWindow]:
    """The centres and the window over them; an application of Qt's must exist. Nothing runs yet."""
    load_fonts()
    location = Location(configuration.wall.location)
    centres = Centres(
        [
            Store(
                Situation(configuration.settings(feed)),
                location,
                position=configuration.alarms.acting_position,
                monotonic=monotonic,
                wall_clock=wall_clock,
                log=log,
            )
            for feed in configuration.feed
        ]
    )
    return centres, WallWindow(centres, Words(configuration.language), _appearance(configuration), log)


def alarm_log(configuration: Configuration, wall_clock: Callable[[], datetime] = pc_clock) -> AlarmLog:
    """Where the configuration says; nothing is opened yet."""
    alarms = configuration.alarms
    path = locations.alarm_log_path(alarms.log)
    return AlarmLog(path, wall_clock=wall_clock, position=alarms.position, keep_days=alarms.keep_days)


def passing_alarm_log(configuration: Configuration, wall_clock: Callable[[], datetime] = pc_clock) -> AlarmLog:
    """In memory, of a demo: what it plays is nobody's history."""
    return AlarmLog(None, wall_clock=wall_clock, position=configuration.alarms.position)


def sound_settings(configuration: Configuration) -> SoundSettings | None:
    """None of a wall that is not to be heard."""
    sound = configuration.alarms.sound
    if not sound.enabled:
        return None
    return SoundSettings(
        volume=sound.volume,
        by_time_of_day=tuple([Volume(hours.begins, hours.ends, hours.volume) for hours in sound.hours]),
        repeat_warning_s=sound.repeat_warning_s or None,
        repeat_critical_s=sound.repeat_critical_s or None,
        insist_after_s=sound.insist_after_s or None,
    )


def _appearance(configuration: Configuration) -> Appearance:
    wall = configuration.wall
    viewing = None
    if wall.diagonal_in is not None and wall.viewing_distance_m is not None:
        viewing = wall.diagonal_in, wall.viewing_distance_m
    return Appearance(
        palette=LIGHT if configuration.theme == "light" else DARK,
        pages=tuple(map(_page, configuration.page)),
        viewing=viewing,
        rotate_s=wall.rotate_s,
        pixel_shift=wall.pixel_shift,
        acknowledges=configuration.alarms.acknowledge,
        night=Night(wall.night.begins, wall.night.ends, wall.night.brightness) if wall.night else None,
    )


def _page(page: PageOptions) -> Page:
    return Page(
        page.name,
        page.columns,
        page.rows,
        tuple(
            Placement(PanelName(panel.panel), panel.column, panel.row, panel.column_span, panel.row_span)
            for panel in page.panels
        ),
        page.feed,
    )
