"""The demo's alarm rules: the defaults, less often where the simulated centre would call people more than they can
bear, and critical where somebody can still hasten something.

By `rules backtest` of eight days of `bengkalis` (seeds 0 to 3, from 00:00 and from 07:00) the defaults give 5.0 to 6.7
alarms an hour, as much as ISA-18.2 finds acceptable, and 27 to 38 % of them are critical. Two fifths are calls that
wait a little longer than 15 s, most of which are answered within the next seconds. With these limits it is 2.3 to 3.6
an hour, 9 to 21 % of them critical.
"""

from wallboard.core.limits import CallLimits, IncidentLimits, Limits, PriorityIncidentLimits

RULES = Limits(
    call_waiting=CallLimits(warning_s=20, critical_s=40),
    # At three times the warning: between twice and three times, every other incident is given its unit.
    incident_unassigned=PriorityIncidentLimits(warning_s=(60, 120, 300, 300), critical_s=(180, 360, 900, 900)),
    # The 15 minutes of Permendagri 114/2018 are a warning: the unit is late, and on its way.
    response_time=IncidentLimits(warning_s=900, critical_s=1_800),
    # In Bathin Solapan two people were searched for over three hours: that is long, and nothing went wrong. It does not
    # grow more urgent by lasting longer.
    incident_open=IncidentLimits(warning_s=10_800, critical_s=None),
)
