"""What options of the configuration demand of each other, and of a text beyond its type."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence, Set
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from wallboard.configuration.options import (
    HOURS_OF_A_DAY,
    Alarms,
    Configuration,
    Feed,
    Night,
    Page,
    Placement,
    RuleFile,
    SoundHours,
    Usual,
    Wall,
)
from wallboard.core.alarms import Scope
from wallboard.core.crossing import EDGE_DECIMALS
from wallboard.core.limits import (
    CallLimits,
    CountLimits,
    IncidentLimits,
    Limits,
    LoadLimits,
    Message,
    PriorityIncidentLimits,
    SecondsByPriority,
    ServiceLevelLimits,
)
from wallboard.core.ownrules import OwnRule, ancestry, has_lineage, made, metric_of
from wallboard.core.rules import Levels, Rule
from wallboard.core.watchable import METRICS, Metric, Unit
from wallboard.declared.declarations import either, number
from wallboard.declared.decoding import Check, Faults, Faulty, attributes_of, tables_of
from wallboard.declared.faults import Fault
from wallboard.feed.credentials import token_variable
from wallboard.feed.settings import POLL_INTERVAL_S, FeedSettings

ADDRESS = 'an address such as "https://dispatch.example.go.id/api/v1"'
TOKEN_URL = 'a path such as "/connect/token", or an address such as "https://login.example.go.id/token"'
PROXY = '"system", "none", or an address such as "http://proxy.example.go.id:3128"'
_FEED_ID = re.compile(r"[A-Za-z0-9_-]+")

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")

MOST_IDS_SHOWN = 12
"""In a message; of more than that one learns nothing."""


def _feed_id(name: str) -> Faults:
    if not _FEED_ID.fullmatch(name):
        yield Fault(("id",), "this text is not allowed", "letters A to Z, digits, _ and - only")


def _url(url: str) -> Faults:
    """The text itself is never repeated: it may hold a password."""
    yield from _address("url", url, ADDRESS)
    if "?" in url or "#" in url:
        yield Fault(
            ("url",),
            "a query string or fragment in the address is not allowed",
            'a token belongs in the keyring, with auth = "query" and query_parameter',
        )


def _address(option: str, address: str, allowed: str) -> Faults:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        yield Fault((option,), "this is not an address", allowed)
        return
    unreadable = not address.isprintable() or " " in address or "\\" in address
    if parts.scheme not in ("http", "https") or not host or unreadable:
        yield Fault((option,), "this is not an address", allowed)
    if "@" in parts.netloc:
        yield Fault((option,), "a user name or password in the address is not allowed", "they belong in the keyring")


def _user(auth: str, user: str | None) -> Faults:
    if auth in ("basic", "oauth2") and not user:
        yield Fault(("user",), "missing", f'auth = "{auth}" needs the user\'s name')


def _token_url(auth: str, url: str, token_url: str | None) -> Faults:
    if token_url is None:
        if auth == "oauth2":
            yield Fault(("token_url",), "missing", 'auth = "oauth2" needs to know where its tokens come from')
        return
    if token_url.startswith("/"):
        if not token_url.isprintable() or " " in token_url or "\\" in token_url:
            yield Fault(("token_url",), "this is not a path", TOKEN_URL)
        return
    yield from _address("token_url", token_url, TOKEN_URL)
    if url.lower().startswith("https:") and token_url.lower().startswith("http:"):
        yield Fault(("token_url",), "the password would be sent unprotected", "an address of https, as url is one")


def _proxy(proxy: str) -> Faults:
    if proxy in ("system", "none"):
        return
    faults = list(_address("proxy", proxy, PROXY))
    yield from faults
    if not faults and (urlsplit(proxy).path not in ("", "/") or "?" in proxy or "#" in proxy):
        yield Fault(("proxy",), "a proxy has no path", PROXY)


def _whole_path(option: str, path: str | None) -> Faults:
    if path is not None and not Path(path).is_absolute():
        yield Fault((option,), "this is not the whole path of a file", "a path from the root or the drive on")


def _alarm_log(log: str | None) -> Faults:
    yield from _whole_path("log", log)


def _certificate_files(url: str, ca_file: str | None, client_certificate: str | None, client_key: str | None) -> Faults:
    files = {"ca_file": ca_file, "client_certificate": client_certificate, "client_key": client_key}
    for option, path in files.items():
        yield from _whole_path(option, path)
    if client_key is not None and client_certificate is None:
        yield Fault(("client_certificate",), "missing", "client_key needs the certificate that it belongs to")
    if client_certificate is not None and url.lower().startswith("http:"):
        yield Fault(("client_certificate",), "http shows no certificates", "an address of https in url")


def _query_parameter(auth: str, query_parameter: str | None) -> Faults:
    if auth == "query" and not query_parameter:
        yield Fault(("query_parameter",), "missing", 'auth = "query" needs the name of the parameter')


def _viewing(diagonal_in: float | None, viewing_distance_m: float | None) -> Faults:
    if diagonal_in is None and viewing_distance_m is not None:
        yield Fault(("diagonal_in",), "missing", "viewing_distance_m needs it: give both or neither")
    if viewing_distance_m is None and diagonal_in is not None:
        yield Fault(("viewing_distance_m",), "missing", "diagonal_in needs it: give both or neither")


def _sound_hours(begins: time, ends: time) -> Faults:
    if begins == ends:
        yield Fault(("to",), "the time ends when it begins", "another time than from")


def _night(begins: time, ends: time) -> Faults:
    if begins == ends:
        yield Fault(("to",), "the night ends when it begins", "another time than from")


def _layout(columns: int, rows: int, panels: tuple[Placement, ...]) -> Faults:
    taken: dict[tuple[int, int], int] = {}
    for index, panel in enumerate(panels):
        place = ("panels", index)
        right, bottom = panel.column + panel.column_span, panel.row + panel.row_span
        if right > columns:
            yield Fault(place, f"the panel ends at column {right}", f"the page has {columns} columns")
        if bottom > rows:
            yield Fault(place, f"the panel ends at row {bottom}", f"the page has {rows} rows")
        cells = [(column, row) for column in range(panel.column, right) for row in range(panel.row, bottom)]
        for other in sorted({taken[cell] for cell in cells if cell in taken}):
            yield Fault(place, f"the panel overlaps panels[{other}]", "one panel in a cell")
        for cell in cells:
            taken.setdefault(cell, index)


def _page_names(pages: Faulty | tuple[Page | Faulty, ...]) -> Faults:
    first: dict[str, int] = {}
    for index, name in enumerate(_each(pages, "name")):
        if name is not None and (earlier := first.setdefault(name, index)) != index:
            yield Fault(("page", index, "name"), f"page[{earlier}] has this name already", "another name")


def _feed_ids(feeds: Faulty | tuple[Feed | Faulty, ...]) -> Faults:
    """A token is found by the id, in a keyring that may not tell A from a, or in a variable of the environment."""
    first: dict[str, int] = {}
    ids = _each(feeds, "id")
    for index, feed_id in enumerate(ids):
        if feed_id is None:
            continue
        variable = token_variable(feed_id)
        earlier = first.setdefault(variable, index)
        if earlier == index:
            continue
        if ids[earlier] == feed_id:
            yield Fault(("feed", index, "id"), f"feed[{earlier}] has this id already", "another id")
        else:
            problem = f"the token's variable would be {variable}, as that of feed[{earlier}]"
            yield Fault(("feed", index, "id"), problem, "an id that differs in more than case, - and _")


def _page_feeds(feeds: Faulty | tuple[Feed | Faulty, ...], pages: Faulty | tuple[Page | Faulty, ...]) -> Faults:
    known = _feeds_known(feeds)
    for index, feed in enumerate(_each(pages, "feed")):
        if known and feed is not None and feed not in known:
            yield Fault(("page", index, "feed"), _NO_FEED, _some(known))


_NO_FEED = "there is no [[feed]] of this id"


def _feeds_known(feeds: Faulty | tuple[Feed | Faulty, ...]) -> list[str]:
    """None where the id of one is wrong, which may be the one that is meant."""
    ids = [feed_id for feed_id in _each(feeds, "id") if feed_id is not None]
    return ids if len(ids) == len(tables_of(feeds)) else []


def _some(ids: Sequence[str]) -> str:
    return either(ids[:MOST_IDS_SHOWN]) if len(ids) <= MOST_IDS_SHOWN else f"{', '.join(ids[:MOST_IDS_SHOWN])}, ..."


def _each(tables: Faulty | tuple[Struct | Faulty, ...], attribute: str) -> list[str | None]:
    """None of a table that has no right one."""
    return [attributes_of(table).get(attribute) for table in tables_of(tables)]


def _hours(calls_per_hour: tuple[float, ...]) -> Faults:
    if len(calls_per_hour) not in (0, HOURS_OF_A_DAY):
        yield Fault(
            ("calls_per_hour",),
            f"{len(calls_per_hour)} given",
            f"none, or exactly {HOURS_OF_A_DAY}: one for each hour from 00 to 23",
        )


def _durations(warning_s: float | None, critical_s: float | None) -> Faults:
    yield from _rising("critical_s", warning_s, critical_s)


def _durations_by_priority(warning_s: SecondsByPriority | None, critical_s: SecondsByPriority | None) -> Faults:
    for index, (warning, critical) in enumerate(zip(warning_s or (), critical_s or (), strict=False)):
        yield from _rising("critical_s", warning, critical, index)


def _counts(warning: int | None, critical: int | None) -> Faults:
    yield from _rising("critical", warning, critical)


def _rising(name: str, warning: float | None, critical: float | None, *index: int) -> Faults:
    if warning is not None and critical is not None and critical < warning:
        problem = f"{number(critical)} comes before the warning, {number(warning)}"
        yield Fault((name, *index), problem, f"{number(warning)} or more")


def _service_level(warning: float | None, critical: float | None) -> Faults:
    if warning is not None and critical is not None and critical > warning:
        problem = f"{number(critical)} comes before the warning, {number(warning)}"
        yield Fault(("critical",), problem, f"{number(warning)} or less")


def _service_level_ends(warning: float | None, critical: float | None, dead_band: float) -> Faults:
    yield from _ends(METRICS["service_level"], Levels(warning, critical), dead_band)


def _load_ends(warning: float | None, critical: float | None, dead_band: float) -> Faults:
    yield from _ends(METRICS["agency_load"], Levels(warning, critical), dead_band)


_ENDS_BY = frozenset({"warning", "critical", "dead_band"})
"""The options that decide whether an alarm can end."""


def _ends(metric: Metric, levels: Levels, dead_band: float, given: Collection[str] = _ENDS_BY) -> Faults:
    """An alarm that could never end is told at the dead band or, where that is inherited or none, at its limit. `given`
    are the options that the rule does not inherit.
    """
    below = metric.crossed == "below"
    limits = {severity.name.lower(): limit for severity, limit in levels.items()}
    if not limits:
        return
    name = (max if below else min)(limits, key=lambda one: limits[one])
    limit = limits[name]
    if _can_end(metric, limit, dead_band):
        return
    if "dead_band" in given and dead_band and limit:
        most = round(1 - limit, EDGE_DECIMALS) if below else limit
        yield Fault(("dead_band",), f"with {number(dead_band)} the alarm could never end", f"at most {number(most)}")
    elif name in given:
        beside = f" and a dead band of {number(dead_band)}" if dead_band else ""
        edge = round(1 - dead_band, EDGE_DECIMALS) if below else dead_band
        allowed = f"{number(edge)} or {'less' if below else 'more'}" if dead_band else "more than 0"
        yield Fault((name,), f"with {number(limit)}{beside} the alarm could never end", allowed)


def _can_end(metric: Metric, limit: float, dead_band: float) -> bool:
    """Whether a value can lie on the good side: none is below 0, no share above 1. What lasts ends by itself."""
    if metric.lasting:
        return True
    if metric.crossed == "below":
        return metric.unit is not Unit.SHARE or round(limit + dead_band, EDGE_DECIMALS) <= 1
    return dead_band <= limit and (limit > 0 or metric.crossed == "above")


def _centre_time_zone(centre_time_zone: str | None) -> Faults:
    if centre_time_zone is None:
        return
    try:
        ZoneInfo(centre_time_zone)
    except (KeyError, ValueError, OSError):
        yield Fault(("centre_time_zone",), "there is no such time zone", 'a name such as "Asia/Jakarta"')


def _own_name(name: str) -> Faults:
    if name in Limits.__struct_fields__:
        yield Fault(("name",), "a built-in rule has this name", "another name")


def _own_source(metric: str | None, inherits: str | None) -> Faults:
    if (metric is None) == (inherits is None):
        problem = "neither metric nor inherits" if metric is None else "both metric and inherits"
        yield Fault((), problem, "one of them: what is watched, or which rule is changed")


def _own_limits(metric: str | None, warning: float | None, critical: float | None) -> Faults:
    if metric is not None and warning is None and critical is None:
        yield Fault((), "a limit is missing", "warning, critical or both")


def _limits_of(metric: Metric, rule: OwnRule) -> Faults:
    warning, critical = rule.warning, rule.critical
    if warning is not None and critical is not None:
        below = metric.crossed == "below"
        if (critical > warning) if below else (critical < warning):
            problem = f"{number(critical)} comes before the warning, {number(warning)}"
            yield Fault(("critical",), problem, f"{number(warning)} or {'less' if below else 'more'}")
    for name, limit in (("warning", warning), ("critical", critical)):
        if metric.unit is Unit.SHARE and limit is not None and limit > 1:
            yield Fault((name,), f"{number(limit)} is no share", "0 to 1")


def _own_options(rule: OwnRule, metric: Metric) -> Faults:
    """What the metric has no use for would be ignored."""
    if metric.unit is Unit.SHARE and rule.dead_band is not None and rule.dead_band > 1:
        yield Fault(("dead_band",), f"{number(rule.dead_band)} is no share", "0 to 1")
    if metric.lasting and rule.dead_band:
        yield Fault(("dead_band",), "what lasts never shrinks", "off_delay_s, or none")
    if rule.minimum_sample and not metric.sampled:
        yield Fault(("minimum_sample",), f"{metric.name} is no figure of cases", "none")
    fits = _NARROWED.get(metric.scope, ())
    for name in ("agencies", "categories", "priorities"):
        if getattr(rule, name) and name not in fits:
            yield Fault((name,), f"{metric.name} is not about {name}", "none")


_NARROWED = {Scope.INCIDENT: ("agencies", "categories", "priorities"), Scope.AGENCY: ("agencies",)}
"""What rules about these may be narrowed to."""


def _own_rules(given: Faulty | tuple[OwnRule | Faulty, ...]) -> Faults:
    """What they demand of each other. Of a rule with a fault, what is known of it is judged all the same."""
    rules = [OwnRule(**{"name": "", **attributes_of(rule)}) for rule in tables_of(given)]
    named = [rule for rule in rules if rule.name]
    names = sorted({*Limits.__struct_fields__, *(rule.name for rule in named)})
    first: dict[str, int] = {}
    for index, rule in enumerate(rules):
        earlier = first.setdefault(rule.name, index)
        if rule.name and earlier != index:
            yield Fault(("rule", index, "name"), f"rule[{earlier}] has this name already", "another name")
        if rule.inherits is not None and rule.inherits not in names:
            known = either(names[:MOST_IDS_SHOWN])
            yield Fault(("rule", index, "inherits"), "there is no rule of this name", known)
        elif rule.name and rule.name in ancestry(named, rule):
            yield Fault(("rule", index, "inherits"), "it inherits from itself", "a rule that does not inherit from it")
        elif (metric := metric_of(named, rule)) is not None:
            for fault in (*_own_options(rule, METRICS[metric]), *_limits_of(METRICS[metric], rule)):
                yield replace(fault, path=("rule", index, *fault.path))


def _own_rules_of_file(limits: Faulty | Limits, given: Faulty | tuple[OwnRule | Faulty, ...]) -> Faults:
    yield from _own_rules_end(given, [(None, _built_in(limits))])


def _own_rules_of_feeds(
    limits: Faulty | Limits,
    given: Faulty | tuple[OwnRule | Faulty, ...],
    feeds: Faulty | tuple[Feed | Faulty, ...],
) -> Faults:
    """A centre may have built-in rules of its own to inherit from, laid over those of all."""
    of_each: list[tuple[Faulty | Limits, float | None]] = [(limits, None)]
    ids: list[set[str]] = [set()]
    for feed in tables_of(feeds):
        known = {**feed.faulty, **feed.attributes} if isinstance(feed, Faulty) else attributes_of(feed)
        interval = known.get("poll_interval_s")
        of = known.get("rules") or limits, interval if isinstance(interval, int | float) else None
        if of not in of_each:
            of_each.append(of)
            ids.append(set())
        if isinstance(known.get("id"), str):
            ids[of_each.index(of)].add(known["id"])
    named = {feed_id for rule in tables_of(given) for feed_id in attributes_of(rule).get("feeds", ())}
    ids[0] |= named.difference(*ids)  # one that is not there: its name is the fault, and may hide no other
    yield from _own_rules_end(given, [(of, _built_in(*each)) for of, each in zip(ids, of_each, strict=True)])


def _built_in(limits: Faulty | Limits, poll_interval_s: float | None = POLL_INTERVAL_S) -> dict[str, Rule]:
    """Those that are sound; without an interval, those that have nothing to do with it."""
    sound = attributes_of(limits)
    every = Limits(**sound).every_rule(poll_interval_s or POLL_INTERVAL_S)
    known = sound.keys() if poll_interval_s is not None else sound.keys() - {"data_stale"}
    return {rule.name: rule for rule in every if rule.name in known}


def _own_rules_end(
    given: Faulty | tuple[OwnRule | Faulty, ...], built_in: Sequence[tuple[Set[str] | None, Mapping[str, Rule]]]
) -> Faults:
    """With what they inherit from any of these built-in rules, those of the feeds of these ids, or of any. A rule waits
    for the faults, its own or in its lineage, of what decides about its end; no other fault hides anything.
    """
    known = {index: one for index, table in enumerate(tables_of(given)) if (one := _known_to_end(table)) is not None}
    line = tuple(known.values())
    told: dict[int, Fault] = {}
    for feed_ids, each in built_in:
        judged = {index: rule for index, rule in known.items() if has_lineage(line, each, rule)}
        for (index, own), rule in zip(judged.items(), made(tuple(judged.values()), each), strict=True):
            if feed_ids is not None and rule.feeds is not None and rule.feeds.isdisjoint(feed_ids):
                continue
            options = [option for option in _ENDS_BY if getattr(own, option) is not None]
            for fault in _ends(rule.metric, rule.levels[0], rule.dead_band, options):
                told.setdefault(index, replace(fault, path=("rule", index, *fault.path)))
    yield from told.values()


def _rule_feeds(rules: Faulty | tuple[OwnRule | Faulty, ...], feeds: Faulty | tuple[Feed | Faulty, ...]) -> Faults:
    known = _feeds_known(feeds)
    for index, rule in enumerate(tables_of(rules)):
        for position, feed in enumerate(attributes_of(rule).get("feeds", ())):
            if known and feed not in known:
                yield Fault(("rule", index, "feeds", position), _NO_FEED, _some(known))


def _known_to_end(table: OwnRule | Faulty) -> OwnRule | None:
    """The rule as far as it is known, or None where what decides about its end is not. Nothing can inherit from one
    whose name is wrong.
    """
    known = attributes_of(table)
    if not known.keys() >= _ENDS_BY | {"metric", "inherits"}:
        return None
    if known["metric"] is not None and known["inherits"] is not None:
        return None
    name = known.get("name", "")
    return OwnRule(**{**known, "name": "" if name in Limits.__struct_fields__ else name})


def _message(text_id: str, text_en: str) -> Faults:
    for language, text in (("id", text_id), ("en", text_en)):
        for placeholder in _PLACEHOLDER.findall(text):
            if placeholder != "{limit}":
                yield Fault((language,), f"{placeholder} stands for nothing", "{limit}")


CHECKS = (
    Check(FeedSettings, ("id",), _feed_id),
    Check(FeedSettings, ("url",), _url),
    Check(FeedSettings, ("auth", "user"), _user),
    Check(FeedSettings, ("auth", "query_parameter"), _query_parameter),
    Check(FeedSettings, ("auth", "url", "token_url"), _token_url),
    Check(FeedSettings, ("url", "ca_file", "client_certificate", "client_key"), _certificate_files),
    Check(FeedSettings, ("proxy",), _proxy),
    Check(FeedSettings, ("centre_time_zone",), _centre_time_zone),
    Check(Wall, ("diagonal_in", "viewing_distance_m"), _viewing),
    Check(Night, ("begins", "ends"), _night),
    Check(OwnRule, ("name",), _own_name),
    Check(OwnRule, ("metric", "inherits"), _own_source),
    Check(OwnRule, ("metric", "warning", "critical"), _own_limits),
    Check(Configuration, ("rule",), _own_rules, partly=True),
    Check(RuleFile, ("rule",), _own_rules, partly=True),
    Check(Configuration, ("rules", "rule", "feed"), _own_rules_of_feeds, partly=True),
    Check(RuleFile, ("rules", "rule"), _own_rules_of_file, partly=True),
    Check(Configuration, ("rule", "feed"), _rule_feeds, partly=True),
    Check(Message, ("id", "en"), _message),
    Check(SoundHours, ("begins", "ends"), _sound_hours),
    Check(Page, ("columns", "rows", "panels"), _layout),
    Check(Alarms, ("log",), _alarm_log),
    Check(Configuration, ("page",), _page_names, partly=True),
    Check(Configuration, ("feed",), _feed_ids, partly=True),
    Check(Configuration, ("feed", "page"), _page_feeds, partly=True),
    Check(Usual, ("calls_per_hour",), _hours),
    Check(CallLimits, ("warning_s", "critical_s"), _durations),
    Check(IncidentLimits, ("warning_s", "critical_s"), _durations),
    Check(PriorityIncidentLimits, ("warning_s", "critical_s"), _durations_by_priority),
    Check(CountLimits, ("warning", "critical"), _counts),
    Check(ServiceLevelLimits, ("warning", "critical"), _service_level),
    Check(ServiceLevelLimits, ("warning", "critical", "dead_band"), _service_level_ends),
    Check(LoadLimits, ("warning", "critical"), _counts),
    Check(LoadLimits, ("warning", "critical", "dead_band"), _load_ends),
)
