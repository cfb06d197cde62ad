"""The demo's alarm rules: the defaults, less often where the simulated centre would call people more than they can
bear.

By `rules backtest` of a day of `bengkalis` (seeds 0 to 3) the defaults give 5.7 to 6.0 alarms an hour, as much as
ISA-18.2 finds acceptable. Two fifths of them are calls that wait a little longer than 15 s, most of which are answered
within the next seconds. With these limits it is 3.5 to 4.0.
"""

from wallboard.core.limits import CallLimits, IncidentLimits, Limits

RULES = Limits(
    call_waiting=CallLimits(warning_s=20, critical_s=40),
    # In Bathin Solapan two people were searched for over three hours: that is long, and nothing went wrong.
    incident_open=IncidentLimits(warning_s=10_800, critical_s=21_600),
)
