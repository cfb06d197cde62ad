"""What a row of the alarm list says, in words."""

from __future__ import annotations

from datetime import datetime

from wallboard.core.alarms import AlarmState, Scope
from wallboard.core.metrics import seconds_between
from wallboard.core.situation import FeedState
from wallboard.language import Words
from wallboard.models.alarms import AlarmRow
from wallboard.models.store import Store
from wallboard.views.wording import in_unit, local_time, rule_name, rule_title


def is_of_old_data(store: Store, row: AlarmRow) -> bool:
    """Also what the program that ran before has left. That the data are old is itself true now."""
    return store.state is not FeedState.LIVE and row.subjects[0].scope is not Scope.FEED


def title(words: Words, store: Store, row: AlarmRow) -> str:
    rule = store.situation.alarms.rules[row.rule]
    if row.of_the_rule:
        return rule_name(words, rule)
    text = rule_title(words, rule, row.limit)
    return words("alarms.of_several", title=text, count=words.number(row.count)) if row.count > 1 else text


def about(words: Words, store: Store, row: AlarmRow, *, several: bool) -> str:
    """Whose it is, where there are several centres, and what it is about. A wait has no name but its beginning."""
    centre = store.situation.name if several else ""
    name = row.name
    if not name and row.start is not None:
        name = words("alarms.began", time=instant(store, row.start))
    if row.of_the_rule:
        name = words("alarms.whole_rule")
    as_of = store.situation.alarms_as_of if is_of_old_data(store, row) else None
    old = words("banner.as_of", time=instant(store, as_of)) if as_of is not None else ""
    return " · ".join(filter(None, (old, centre, name)))


def value(words: Words, store: Store, row: AlarmRow) -> str:
    """Of what lasts, and of the data's age: until now, without its precision where the data are old."""
    if row.of_the_rule:
        return ""
    if row.start is None:
        age_s = store.data_age_s if row.subjects[0].scope is Scope.FEED and store.state is not FeedState.LIVE else None
        return in_unit(words, store.situation.alarms.rules[row.rule], row.value if age_s is None else age_s)
    now = store.situation.alarms_as_of if is_of_old_data(store, row) else None
    lasted_s = seconds_between(row.start, now or store.now)
    return words.about(lasted_s) if is_of_old_data(store, row) else words.lasting(lasted_s)


def limit(words: Words, store: Store, row: AlarmRow) -> str:
    return (
        ""
        if row.of_the_rule
        else words("alarms.limit", limit=in_unit(words, store.situation.alarms.rules[row.rule], row.limit))
    )


def since(words: Words, store: Store, row: AlarmRow) -> str:
    return words("banner.since", time=instant(store, row.since))


def state(words: Words, store: Store, row: AlarmRow) -> str:
    text = words(f"alarm_state.{row.state.value}")
    if row.state is AlarmState.SHELVED and row.shelf is not None:
        return words("alarms.shelved_until", time=instant(store, row.shelf.until))
    if row.count > 1 and 0 < row.unacknowledged < row.count:
        return words("alarms.some_unacknowledged", count=words.number(row.unacknowledged))
    return text


def note(row: AlarmRow) -> str:
    """Why it is put aside, and by whom."""
    return " · ".join(filter(None, (row.shelf.reason, row.shelf.by))) if row.shelf is not None else ""


def instant(store: Store, moment: datetime) -> str:
    return local_time(store.situation.zone, moment, store.now)
