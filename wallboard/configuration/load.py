"""Reads the configuration file. Either it is right, or everything that is wrong with it is told at once."""

from __future__ import annotations

from pathlib import Path as FilePath

from msgspec.structs import replace

from wallboard.configuration.checks import CHECKS
from wallboard.configuration.options import Configuration, RuleFile
from wallboard.declared import reading
from wallboard.declared.declarations import number
from wallboard.declared.faults import Fault
from wallboard.declared.reading import FileError, FileErrors
from wallboard.feed.settings import FeedSettings


def load(path: FilePath) -> Configuration:
    """Raises FileErrors, also for a file that cannot be read. Paths in it begin at its folder."""
    return loads(reading.read(path), str(path), path.parent)


def load_rules(path: FilePath) -> RuleFile:
    """A file of rules alone. Raises FileErrors, also for a file that cannot be read."""
    return reading.loads(reading.read(path), str(path), RuleFile, CHECKS)


def loads(text: str, origin: str, folder: FilePath | None = None) -> Configuration:
    """`origin` names the text in messages; paths in it begin at `folder`. Raises FileErrors."""
    configuration = reading.loads(text, origin, Configuration, CHECKS)
    feeds: list[FeedSettings] = []
    faults: list[Fault] = []
    errors: list[FileError] = []
    for index, feed in enumerate(configuration.feed):
        try:
            read, wrong = _with_mapping(feed, folder)
            feeds.append(read)
            faults += [replace(fault, path=("feed", index, *fault.path)) for fault in wrong]
        except FileErrors as refused:
            errors += refused.errors
    if faults:
        errors = [*reading.located(faults, text, origin).errors, *errors]
    if errors:
        raise FileErrors(tuple(errors))
    return replace(configuration, feed=tuple(feeds))


def _with_mapping(feed: FeedSettings, folder: FilePath | None) -> tuple[FeedSettings, list[Fault]]:
    """The feed with its mapping's whole path, and how the two do not fit. Raises FileErrors."""
    if feed.mapping is None:
        return feed, []
    from wallboard.feed.mapping.load import is_path, located, suggested
    from wallboard.feed.mapping.load import load as load_mapping

    if not is_path(feed.mapping) and (instead := suggested(feed.mapping)):
        return feed, [Fault(("mapping",), "there is no preset of this name", instead)]
    path = located(feed.mapping, folder)
    mapping = load_mapping(str(path))
    faults = []
    if feed.poll_interval_s < mapping.shortest_interval_s:
        least = number(mapping.shortest_interval_s)
        problem = f"{number(feed.poll_interval_s)} is too often for this API"
        faults.append(Fault(("poll_interval_s",), problem, f"{least} or more, by its mapping"))
    if mapping.centre.time_zone is None and feed.centre_time_zone is None:
        faults.append(Fault(("centre_time_zone",), "missing", "this mapping cannot tell the centre's time zone"))
    return replace(feed, mapping=str(path)), faults


__all__ = ["FileErrors", "load", "load_rules", "loads"]
