"""What `rules backtest` prints: a table for people, or JSON for programs."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from wallboard.backtest import Backtest, Outcome
from wallboard.core.alarms import Severity
from wallboard.language import Words


def as_table(told: Backtest, words: Words, zone: ZoneInfo) -> str:
    number = words.number
    span = [f"{moment.astimezone(zone):%d/%m/%Y %H:%M}" for moment in (told.begins, told.ends)]
    performance = told.performance
    lines = [
        words("backtest.span", begins=span[0], ends=span[1]),
        words(
            "backtest.all",
            alarms=number(performance.alarms),
            per_hour=number(performance.mean_per_hour, 1),
            most=number(performance.most_in_ten_minutes),
            floods=number(len(performance.floods)),
            critical=words.percent(performance.distribution.get(Severity.CRITICAL)),
        ),
        "",
    ]
    heads = [words(f"backtest.{head}") for head in ("rule", "limits", "raises", "escalations", "in_alarm", "to_clear")]
    heads += [words("backtest.floods"), words("backtest.chattering")]
    rows = [heads]
    for outcome in told.outcomes:
        rows.append(_row(outcome, words))
        rows += [_row(other, words) for other in told.others.get(outcome.rule, ())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    for row in rows:
        first, second, *rest = row
        cells = [first.ljust(widths[0]), second.ljust(widths[1])]
        cells += [cell.rjust(width) for cell, width in zip(rest, widths[2:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _row(outcome: Outcome, words: Words) -> list[str]:
    number = words.number
    median = outcome.median_to_clear
    return [
        outcome.rule if outcome.unchanged else "",
        _limits(outcome, words),
        number(outcome.raises),
        number(outcome.escalations),
        words.lasting(outcome.in_alarm.total_seconds()),
        words("format.none") if median is None else words.lasting(median.total_seconds()),
        number(outcome.floods),
        number(outcome.chattering),
    ]


def _limits(outcome: Outcome, words: Words) -> str:
    """Warning and critical; of several priorities, those of the first."""

    def shown(limit: float | None) -> str:
        if limit is None:
            return words("format.none")
        return words.number(limit, 0 if limit == int(limit) else 2)

    text = " / ".join(map(shown, outcome.levels[0]))
    return f"{text} …" if len(outcome.levels) > 1 else text


def as_json(told: Backtest) -> str:
    """Times in seconds, limits in the unit of the rule's metric: one pair, or one for each priority."""
    performance = told.performance

    def table(outcome: Outcome) -> dict[str, object]:
        median = outcome.median_to_clear
        return {
            "rule": outcome.rule,
            "limits": [{"warning": warning, "critical": critical} for warning, critical in outcome.levels],
            "raises": outcome.raises,
            "escalations": outcome.escalations,
            "in_alarm_s": outcome.in_alarm.total_seconds(),
            "median_to_clear_s": None if median is None else median.total_seconds(),
            "floods": outcome.floods,
            "chattering": outcome.chattering,
        }

    document = {
        "begins": told.begins,
        "ends": told.ends,
        "alarms": performance.alarms,
        "alarms_per_hour": performance.mean_per_hour,
        "most_in_ten_minutes": performance.most_in_ten_minutes,
        "floods": len(performance.floods),
        "critical_share": performance.distribution.get(Severity.CRITICAL),
        "rules": [table(outcome) for outcome in told.outcomes],
        "other_limits": [table(outcome) for others in told.others.values() for outcome in others],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
