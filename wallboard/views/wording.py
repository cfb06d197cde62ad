"""What several views say in the same words: why data do not come, what to do about it, what an alarm is about."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from wallboard.core.poll import FailureKind, PollFailure
from wallboard.core.rules import Rule
from wallboard.core.situation import Situation
from wallboard.core.watchable import Unit
from wallboard.language import HOUR_S, MINUTE_S, Words

_LIMIT_UNIT_S = {"call_waiting": 1, "call_talking": MINUTE_S, "response_time": MINUTE_S, "incident_open": HOUR_S}
"""The unit in which a rule's title names its limit."""


def failure_text(words: Words, failure: PollFailure) -> str:
    """Why there are no new data, as people are told it."""
    return failure_texts(words, failure.kind, failure.status)[0]


def failure_texts(words: Words, kind: FailureKind, status: int | None) -> tuple[str, str]:
    """Why there are no new data, and the same in as few words as tell it from every other reason."""
    said, brief = words(f"failure.{kind.value}"), words(f"failure_short.{kind.value}")
    if status is not None:
        said, brief = (words("failure.with_status", words=text, status=status) for text in (said, brief))
    return said, brief


def staleness_texts(words: Words, situation: Situation) -> tuple[str, ...]:
    """Why a centre's data are old, and the same in few words; nothing where nobody knows."""
    if situation.failure is not None:
        return failure_texts(words, situation.failure.kind, situation.failure.status)
    return old_answers_texts(words) if situation.old_answer_s is not None else ()


def old_answers_texts(words: Words) -> tuple[str, str]:
    return words("old_answers.said"), words("old_answers.briefly")


def rule_title(words: Words, rule: Rule, limit: float) -> str:
    """The rule's own message in this language, or what its alarms say of themselves."""
    own = rule.messages.get(words.language)
    if own:
        return own.replace("{limit}", in_unit(words, rule, limit))
    if words.has(f"rule.{rule.name}"):
        return _built_in_title(words, rule.name, limit)
    side = "below" if rule.crossed == "below" else "above"
    return words(f"own_rule.{side}", metric=words(f"metric.{rule.metric_name}"), limit=in_unit(words, rule, limit))


def _built_in_title(words: Words, rule: str, limit: float) -> str:
    """What is wrong, in words, with the limit of the alarm."""
    unit_s = _LIMIT_UNIT_S.get(rule)
    value = limit / unit_s if unit_s else 0.0
    return words(f"rule.{rule}", limit=words.number(value, 0 if value == int(value) else 1) if unit_s else "")


def rule_name(words: Words, rule: Rule) -> str:
    """Its title with its first limit, where no alarm of it is meant."""
    return rule_title(words, rule, next((limit for _, limit in rule.levels[0].items()), 0.0))


def in_unit(words: Words, rule: Rule, amount: float) -> str:
    """A value or a limit of the rule's metric."""
    unit = rule.metric.unit
    if unit is Unit.SHARE:
        return words.percent(amount)
    return words.lasting(amount) if unit is Unit.SECONDS else words.number(amount)


def local_time(zone: ZoneInfo | None, moment: datetime, now: datetime) -> str:
    """By a centre's clock: to the second on the day of `now`, with the date on others."""
    local = moment.astimezone(zone)
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone(zone).date() else f"{local:%d/%m %H:%M}"


def failure_advice(words: Words, failure: PollFailure) -> tuple[str, ...]:
    """What to do about it, where that can be said in a few words."""
    key = f"failure_advice.{failure.kind.value}"
    return (words(key),) if words.has(key) else ()
