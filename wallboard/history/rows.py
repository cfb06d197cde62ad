"""Between what happened and the rows of the alarm log's file: written, and read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from wallboard.core import lifecycle
from wallboard.core.alarms import AlarmEvent, AlarmState, Happening, Scope, Severity, Standing, Subject
from wallboard.core.epoch import MICROSECOND, instant, micros
from wallboard.core.rules import Rule
from wallboard.history import schema
from wallboard.history.entries import Entry, Occurrence, Selection

Rules = dict[str, dict[str, Any]]
"""A feed's rules by name, each as plain JSON values."""


Made = TypeVar("Made")


class Happened(Struct, frozen=True, gc=False):
    """Something happened to an alarm."""

    recorded_at: datetime
    feed_id: str
    event: AlarmEvent


class Occurred(Struct, frozen=True, gc=False):
    """Something happened to something else."""

    recorded_at: datetime
    at: datetime
    occurrence: Occurrence
    feed_id: str = ""
    rule: str = ""
    note: str = ""


class Started(Struct, frozen=True, gc=False):
    """The program did."""

    recorded_at: datetime
    version: str


class InForce(Struct, frozen=True, gc=False):
    """From now on the feed has these rules."""

    recorded_at: datetime
    feed_id: str
    rules: tuple[Rule, ...]


Item = Happened | Occurred | Started | InForce


# Writing


def write(connection: sqlite3.Connection, position: str, item: Item) -> None:
    """Within a transaction."""
    if isinstance(item, Happened):
        _write_event(connection, position, item)
    elif isinstance(item, Occurred):
        _write_occurrence(connection, position, item)
    elif isinstance(item, Started):
        _write_start(connection, position, item)
    else:
        _write_rules(connection, position, item)


_WRITTEN = (
    "at_us, recorded_us, position, feed, happening, rule, scope, key, severity, state, standing, value, bound,"
    " since_us, rings, agencies, actor, note"
)
_INSERT = f"INSERT INTO entries ({_WRITTEN}) VALUES ({', '.join('?' for _ in _WRITTEN.split(', '))})"


def _write_event(connection: sqlite3.Connection, position: str, item: Happened) -> None:
    event, feed = item.event, item.feed_id
    subject, standing = event.subject, event.standing
    rule, key = _text(subject.rule), _text(subject.key)
    entry = connection.execute(
        _INSERT,
        (
            micros(event.at),
            micros(item.recorded_at),
            position,
            feed,
            event.happening.value,
            rule,
            subject.scope.value,
            key,
            event.severity,
            standing.state.value,
            msgspec.json.encode(standing).decode(),
            event.value,
            event.limit,
            None if event.since is None else micros(event.since),
            event.rings,
            msgspec.json.encode([_text(agency) for agency in event.agencies]).decode(),
            _text(event.by),
            _text(event.note),
        ),
    ).lastrowid
    alarm = (position, feed, rule, subject.scope.value, key)
    if lifecycle.leaves_something(subject, standing):
        connection.execute("INSERT OR REPLACE INTO standings VALUES (?, ?, ?, ?, ?, ?)", (*alarm, entry))
    else:
        connection.execute(
            "DELETE FROM standings WHERE position = ? AND feed = ? AND rule = ? AND scope = ? AND key = ?", alarm
        )


def _write_occurrence(connection: sqlite3.Connection, position: str, item: Occurred) -> None:
    written = (micros(item.at), micros(item.recorded_at), position, item.feed_id, item.occurrence.value, item.rule)
    no_alarm = (None, "", None, None, None, None, None, None, False, "[]", "")
    connection.execute(_INSERT, (*written, *no_alarm, item.note))


def _write_start(connection: sqlite3.Connection, position: str, item: Started) -> None:
    programs = (Occurrence.PROGRAM_STARTED.value, Occurrence.PROGRAM_STOPPED.value)
    before = connection.execute(
        "SELECT happening FROM entries WHERE position = ? AND feed = '' AND happening IN (?, ?)"
        " ORDER BY id DESC LIMIT 1",
        (position, *programs),
    ).fetchone()
    now = item.recorded_at
    if before is not None and before[0] == Occurrence.PROGRAM_STARTED.value:
        (heard_us,) = connection.execute(
            "SELECT recorded_us FROM entries WHERE position = ? ORDER BY id DESC LIMIT 1", (position,)
        ).fetchone()
        note = instant(heard_us).isoformat()
        broke_off = Occurred(recorded_at=now, at=now, occurrence=Occurrence.PROGRAM_BROKE_OFF, note=note)
        _write_occurrence(connection, position, broke_off)
    started = Occurred(recorded_at=now, at=now, occurrence=Occurrence.PROGRAM_STARTED, note=item.version)
    _write_occurrence(connection, position, started)


def _write_rules(connection: sqlite3.Connection, position: str, item: InForce) -> None:
    """Say what is different from the rules that were in force before. What is no rule any more has no alarms."""
    feed, now = item.feed_id, item.recorded_at
    held = connection.execute(
        "SELECT rules FROM rule_sets WHERE position = ? AND feed = ?", (position, feed)
    ).fetchone()
    before: Rules = {} if held is None else {name: _as_now(rule) for name, rule in msgspec.json.decode(held[0]).items()}
    after: Rules = {rule.name: _plain(rule) for rule in item.rules}
    if before == after:
        return
    for occurrence, rule, note in _differences(before, after):
        _write_occurrence(
            connection,
            position,
            Occurred(now, now, occurrence, feed, rule, note),
        )
        if occurrence is Occurrence.RULE_REMOVED:
            connection.execute(
                "DELETE FROM standings WHERE position = ? AND feed = ? AND rule = ?", (position, feed, rule)
            )
    rules = msgspec.json.encode(after).decode()
    connection.execute("INSERT OR REPLACE INTO rule_sets VALUES (?, ?, ?)", (position, feed, rules))


def _plain(rule: Rule) -> dict[str, Any]:
    """As JSON holds it, so that what was written compares with what is."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(rule, order="deterministic"))
    return plain


def _as_now(rule: dict[str, Any]) -> dict[str, Any]:
    """As this version of the program writes it: what is new about rules was always as it is without a word."""
    try:
        return _plain(msgspec.convert(rule, Rule))
    except msgspec.ValidationError:
        return rule


def _differences(before: Rules, after: Rules) -> Iterator[tuple[Occurrence, str, str]]:
    for name in before.keys() - after.keys():
        yield Occurrence.RULE_REMOVED, name, ""
    for name, rule in after.items():
        was = before.get(name)
        if was is None:
            yield Occurrence.RULE_ADDED, name, _json(rule)
        elif was != rule:
            changed = [option for option in rule | was if was.get(option) != rule.get(option)]
            said = [f"{option}: {_json(was.get(option))} → {_json(rule.get(option))}" for option in changed]
            yield Occurrence.RULE_CHANGED, name, "; ".join(said)


def last_id(connection: sqlite3.Connection) -> int:
    """0 where nothing was ever written."""
    (number,) = connection.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()
    return int(number)


def wrote_since(connection: sqlite3.Connection, position: str, after_id: int, item: Item) -> bool:
    """Whether this wall's item is among the later entries."""
    later = connection.execute(
        "SELECT 1 FROM entries WHERE id > ? AND position = ? AND recorded_us = ? LIMIT 1",
        (after_id, position, micros(item.recorded_at)),
    )
    return later.fetchone() is not None


def prune(connection: sqlite3.Connection, keep: timedelta, now: datetime, most: int) -> bool:
    """Take away what is older than `keep`, but never an alarm's last entry. Returns whether more is left.

    Old is what both clocks call old, the PC's and the server's, by which alarms alone are told: one that is years ahead
    must not empty the log.
    """
    newest = connection.execute(
        "SELECT at_us FROM entries WHERE scope IS NOT NULL ORDER BY at_us DESC LIMIT 1"
    ).fetchone()
    if newest is None:
        return False
    before_us = min(micros(now), newest[0]) - keep // MICROSECOND
    with schema.transaction(connection):
        connection.execute("UPDATE retention SET before_us = ?", (before_us,))
        taken = connection.execute(
            "DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE at_us < ? AND recorded_us < ?"
            " AND id NOT IN (SELECT entry FROM standings) LIMIT ?)",
            (before_us, before_us, most),
        ).rowcount
    return taken == most


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _text(text: str) -> str:
    """What SQLite can hold: half a surrogate pair, as JSON can spell it, is no character."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


# Reading


def select(
    connection: sqlite3.Connection,
    chosen: Selection,
    *,
    limit: int | None = None,
    before_id: int | None = None,
    oldest_first: bool = False,
) -> Iterator[Entry]:
    """The newest first, or the oldest, as they are taken. Raises DamagedFileError, sqlite3.Error."""
    where, values = _conditions(chosen)
    if before_id is not None:
        where.append("id < ?")
        values.append(before_id)
    statement = f"SELECT id, {_WRITTEN} FROM entries"
    if where:
        statement += f" WHERE {' AND '.join(where)}"
    order = "ASC" if oldest_first else "DESC"
    rows = connection.execute(f"{statement} ORDER BY id {order} LIMIT ?", (*values, -1 if limit is None else limit))
    for row in rows:
        yield _read(_entry, row)


def _conditions(chosen: Selection) -> tuple[list[str], list[object]]:
    where: list[str] = []
    values: list[object] = []

    def ask(condition: str, *of: object) -> None:
        where.append(condition)
        values.extend(of)

    if chosen.position is not None:
        ask("position = ?", chosen.position)
    if chosen.feed_id is not None:
        ask("feed = ?", chosen.feed_id)
    if chosen.begins is not None:
        ask("at_us >= ?", micros(chosen.begins))
    if chosen.ends is not None:
        ask("at_us < ?", micros(chosen.ends))
    for column, allowed in (
        ("rule", chosen.rules),
        ("severity", chosen.severities),
        ("happening", chosen.happenings),
    ):
        if allowed is not None:
            ask(f"{column} IN ({_marks(allowed)})", *allowed)
    if chosen.agencies is not None:
        ask(f"EXISTS (SELECT 1 FROM json_each(agencies) WHERE value IN ({_marks(chosen.agencies)}))", *chosen.agencies)
    return where, values


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def _read(make: Callable[[Sequence[Any]], Made], row: Sequence[Any]) -> Made:
    """What this program never wrote, or not in this version, is no entry."""
    try:
        return make(row)
    except (KeyError, ValueError, TypeError, OverflowError, msgspec.MsgspecError) as error:
        raise schema.DamagedFileError(f"a row that cannot be read: {error!r}") from error


def _entry(row: Sequence[Any]) -> Entry:
    (
        number,
        at_us,
        recorded_us,
        position,
        feed,
        happening,
        rule,
        scope,
        key,
        severity,
        state,
        _,
        value,
        bound,
        since_us,
        rings,
        agencies,
        actor,
        note,
    ) = row
    return Entry(
        id=number,
        at=instant(at_us),
        recorded_at=instant(recorded_us),
        position=position,
        feed_id=feed,
        happening=_HAPPENINGS[happening],
        rule=rule,
        scope=None if scope is None else Scope(scope),
        key=key,
        severity=None if severity is None else Severity(severity),
        state=None if state is None else AlarmState(state),
        value=value,
        limit=bound,
        since=None if since_us is None else instant(since_us),
        rings=bool(rings),
        agencies=_agencies(agencies),
        by=actor,
        note=note,
    )


_HAPPENINGS: dict[str, Happening | Occurrence] = {one.value: one for kind in (Happening, Occurrence) for one in kind}


def _agencies(text: str) -> tuple[str, ...]:
    return () if text == "[]" else msgspec.json.decode(text, type=tuple[str, ...])


def last_events(connection: sqlite3.Connection, position: str, feed_id: str) -> tuple[AlarmEvent, ...]:
    """The last event of each alarm of this wall's that is not over. Raises DamagedFileError, sqlite3.Error."""
    rows = connection.execute(
        "SELECT at_us, e.rule, e.scope, e.key, happening, standing, severity, value, bound, since_us, rings, agencies,"
        " actor, note FROM standings AS s JOIN entries AS e ON e.id = s.entry WHERE s.position = ? AND s.feed = ?"
        " ORDER BY e.id",
        (position, feed_id),
    )
    return tuple([_read(_event, row) for row in rows])


def _event(row: Sequence[Any]) -> AlarmEvent:
    at_us, rule, scope, key, happening, standing, severity, value, bound, since_us, rings, agencies, actor, note = row
    return AlarmEvent(
        at=instant(at_us),
        subject=Subject(rule, Scope(scope), key),
        happening=Happening(happening),
        standing=msgspec.json.decode(standing, type=Standing),
        severity=None if severity is None else Severity(severity),
        value=value,
        limit=bound,
        since=None if since_us is None else instant(since_us),
        rings=bool(rings),
        agencies=_agencies(agencies),
        by=actor,
        note=note,
    )
