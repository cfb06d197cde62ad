from wallboard.core.limits import Limits


def test_that_the_default_limits_are_those_of_the_rules_sources():
    limits = Limits()
    assert (limits.call_waiting.warning_s, limits.call_waiting.critical_s) == (15, 20)
    assert (limits.calls_waiting.warning, limits.calls_waiting.critical) == (3, 5)
    level = limits.service_level
    assert (level.warning, level.critical) == (0.90, 0.80)
    assert (level.minimum_sample, level.on_delay_s, level.dead_band) == (20, 60, 0.02)
    assert (limits.call_talking.warning_s, limits.call_talking.critical_s) == (300, 600)
    assert limits.incident_unassigned.warning_s == (60, 120, 300, 300)
    assert limits.incident_unassigned.critical_s == (120, 240, 600, 600)
    assert (limits.response_time.warning_s, limits.response_time.critical_s) == (12 * 60, 15 * 60)
    assert (limits.incident_open.warning_s, limits.incident_open.critical_s) == (2 * 3600, 3 * 3600)
    load = limits.agency_load
    assert (load.warning, load.critical, load.on_delay_s, load.dead_band) == (0.80, 1.0, 60, 0.10)
    assert limits.calls_per_hour.percentile == 0.99
    assert (limits.data_stale.warning_polls, limits.data_stale.critical_s) == (3, 60)


def test_that_every_rule_is_there_under_its_name_and_enabled():
    names = (
        "call_waiting, calls_waiting, service_level, call_talking, incident_unassigned, response_time, incident_open, "
        "agency_load, calls_per_hour, data_stale"
    )
    assert ", ".join(Limits.__struct_fields__) == names
    assert all(getattr(Limits(), name).enabled for name in Limits.__struct_fields__)
