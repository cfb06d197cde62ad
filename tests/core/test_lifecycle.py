"""Every transition of ISA-18.2 (IEC 62682), as a table: what happens, by where an alarm stood.

A cell is the state that an alarm comes to, what that is called in its history, and "!" where it is heard.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product

import pytest

from wallboard.core import lifecycle
from wallboard.core.alarms import AlarmState, Severity, Shelf, Standing

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
SHELF = Shelf(datetime(2026, 11, 24, tzinfo=UTC), "kabel putus", "supervisor")

STANDINGS = {
    "normal": Standing(),
    "pending": Standing(pending=WARNING),
    "unacked": Standing(severity=WARNING, rung=WARNING),
    "acked": Standing(severity=WARNING, rung=WARNING, acknowledged=WARNING),
    "acked critical": Standing(severity=CRITICAL, rung=CRITICAL, acknowledged=CRITICAL),
    "listed": lifecycle.quietly(Standing(), lifecycle.judged(Standing(), WARNING)).standing,
    "returned": Standing(returned=WARNING, rung=WARNING),
    "shelved": Standing(severity=WARNING, rung=WARNING, shelf=SHELF),
    "shelved, over": Standing(shelf=SHELF),
    "suppressed": Standing(severity=WARNING, rung=WARNING, suppressed=True),
    "out": Standing(severity=WARNING, rung=WARNING, out_of_service=True),
    "out, pending": Standing(pending=WARNING, out_of_service=True),
}

NEVER_HEARD = {
    "unshelve": Standing(severity=WARNING, shelf=SHELF),
    "unsuppress": Standing(severity=WARNING, suppressed=True),
    "put back": Standing(severity=WARNING, out_of_service=True),
}
"""By what shows them."""

STATES = {
    "normal": AlarmState.NORMAL,
    "pending": AlarmState.PENDING,
    "unacked": AlarmState.ACTIVE_UNACKNOWLEDGED,
    "acked": AlarmState.ACTIVE_ACKNOWLEDGED,
    "returned": AlarmState.RETURNED_UNACKNOWLEDGED,
    "shelved": AlarmState.SHELVED,
    "suppressed": AlarmState.SUPPRESSED,
    "out": AlarmState.OUT_OF_SERVICE,
}

Happens = Callable[[Standing], lifecycle.Step]

HAPPENS: dict[str, Happens] = {
    "is over": lambda before: lifecycle.judged(before, None),
    "is over, latching": lambda before: lifecycle.judged(before, None, latches=True),
    "is pending": lambda before: lifecycle.judged(before, None, WARNING),
    "is a warning": lambda before: lifecycle.judged(before, WARNING),
    "is critical": lambda before: lifecycle.judged(before, CRITICAL),
    "acknowledge": lifecycle.acknowledged,
    "shelve": lambda before: lifecycle.shelved(before, SHELF),
    "unshelve": lifecycle.unshelved,
    "suppress": lambda before: lifecycle.suppressed(before, on=True),
    "unsuppress": lambda before: lifecycle.suppressed(before, on=False),
    "take out": lambda before: lifecycle.in_service(before, on=False),
    "put back": lambda before: lifecycle.in_service(before, on=True),
    "leaves": lambda before: lifecycle.gone(before, latches=False),
    "leaves, latching": lambda before: lifecycle.gone(before, latches=True),
}

TABLE = """
what it was    | is over            | is over, latching   | is pending         | is a warning
normal         | normal             | normal              | pending            | unacked raised!
pending        | normal             | normal              | pending            | unacked raised!
unacked        | normal cleared     | returned returned   | pending cleared    | unacked
acked          | normal cleared     | normal cleared      | pending cleared    | acked
acked critical | normal cleared     | normal cleared      | pending cleared    | acked deescalated
listed         | normal cleared     | returned returned   | pending cleared    | unacked
returned       | returned           | returned            | returned           | unacked raised!
shelved        | shelved cleared    | shelved returned    | shelved cleared    | shelved
shelved, over  | shelved            | shelved             | shelved            | shelved raised
suppressed     | suppressed cleared | suppressed returned | suppressed cleared | suppressed
out            | out cleared        | out returned        | out cleared        | out
out, pending   | out                | out                 | out                | out raised

what it was    | is critical          | acknowledge                  | shelve          | unshelve
normal         | unacked raised!      | normal                       | normal          | normal
pending        | unacked raised!      | pending                      | pending         | pending
unacked        | unacked escalated!   | acked acknowledged           | shelved shelved | unacked
acked          | unacked escalated!   | acked                        | shelved shelved | acked
acked critical | acked                | acked                        | shelved shelved | acked
listed         | unacked escalated!   | acked acknowledged           | shelved shelved | unacked
returned       | unacked raised!      | normal acknowledged, cleared | shelved shelved | returned
shelved        | shelved escalated    | shelved                      | shelved shelved | unacked unshelved
shelved, over  | shelved raised       | shelved                      | shelved shelved | normal unshelved
suppressed     | suppressed escalated | suppressed                   | suppressed      | suppressed
out            | out escalated        | out                          | out             | out
out, pending   | out raised           | out                          | out             | out

what it was    | suppress              | unsuppress           | take out
normal         | suppressed suppressed | normal               | out taken_out_of_service
pending        | suppressed suppressed | pending              | out
unacked        | suppressed suppressed | unacked              | out taken_out_of_service
acked          | suppressed suppressed | acked                | out taken_out_of_service
acked critical | suppressed suppressed | acked                | out taken_out_of_service
listed         | suppressed suppressed | unacked              | out taken_out_of_service
returned       | suppressed suppressed | returned             | out taken_out_of_service
shelved        | suppressed suppressed | shelved              | out taken_out_of_service
shelved, over  | suppressed suppressed | shelved              | out taken_out_of_service
suppressed     | suppressed            | unacked unsuppressed | out taken_out_of_service
out            | out suppressed        | out                  | out
out, pending   | out suppressed        | out                  | out

what it was    | put back                 | leaves                       | leaves, latching
normal         | normal                   | normal                       | normal
pending        | pending                  | normal                       | normal
unacked        | unacked                  | normal cleared               | returned returned
acked          | acked                    | normal cleared               | normal cleared
acked critical | acked                    | normal cleared               | normal cleared
listed         | unacked                  | normal cleared               | returned returned
returned       | returned                 | returned                     | returned
shelved        | shelved                  | normal cleared, unshelved    | shelved returned
shelved, over  | shelved                  | normal unshelved             | normal unshelved
suppressed     | suppressed               | normal cleared, unsuppressed | returned returned, unsuppressed
out            | unacked put_into_service | out cleared                  | out returned
out, pending   | pending                  | out                          | out
"""


def cells():
    for part in TABLE.strip().split("\n\n"):
        head, *lines = [[cell.strip() for cell in line.split("|")] for line in part.split("\n")]
        for was, *expected in lines:
            for happens, cell in zip(head[1:], expected, strict=True):
                yield was, happens, cell


@pytest.mark.parametrize(("was", "happens", "cell"), list(cells()))
def test_that_each_transition_is_the_standards(was, happens, cell):
    step = HAPPENS[happens](STANDINGS[was])
    state, _, told = cell.removesuffix("!").partition(" ")
    assert step.standing.state is STATES[state]
    assert ", ".join(happening.value for happening in step.happenings) == told
    assert step.rings is cell.endswith("!")


def test_that_every_happening_that_can_ring_is_known_as_one():
    heard = {told for _, _, cell in cells() if cell.endswith("!") for told in cell.removesuffix("!").split(" ")[1:]}
    back = {shown: HAPPENS[shown](never_heard) for shown, never_heard in NEVER_HEARD.items()}
    assert all(step.rings for step in back.values())
    heard |= {happening.value for step in back.values() for happening in step.happenings}
    assert heard == {happening.value for happening in lifecycle.CAN_RING}


def test_that_the_table_has_every_standing_and_everything_that_can_happen():
    assert {(was, happens) for was, happens, _ in cells()} == set(product(STANDINGS, HAPPENS))
    assert {standing.state for standing in STANDINGS.values()} == set(AlarmState)


def test_that_a_warning_that_grew_behind_a_shelf_or_out_of_service_is_heard_when_it_is_shown_again():
    for hidden, shown in (("shelve", "unshelve"), ("suppress", "unsuppress"), ("take out", "put back")):
        behind = HAPPENS[hidden](STANDINGS["acked"]).standing
        grown = HAPPENS["is critical"](behind)
        assert not grown.rings
        back = HAPPENS[shown](grown.standing)
        assert back.rings
        assert back.standing.state is AlarmState.ACTIVE_UNACKNOWLEDGED


def test_that_what_is_acknowledged_comes_back_from_behind_a_shelf_acknowledged_and_unheard():
    for hidden, shown in (("shelve", "unshelve"), ("suppress", "unsuppress"), ("take out", "put back")):
        back = HAPPENS[shown](HAPPENS[hidden](STANDINGS["acked"]).standing)
        assert not back.rings
        assert back.standing == STANDINGS["acked"]


def test_that_what_was_listed_at_the_start_was_not_heard_and_is_not_asked_for_either_until_it_grows():
    listed = STANDINGS["listed"]
    assert (listed.rung, listed.listed) == (None, WARNING)
    over = lifecycle.judged(listed, None, latches=True).standing
    assert (over.returned, over.rung) == (WARNING, None)
    assert lifecycle.judged(over, WARNING).rings, "a raise of its own"
    assert lifecycle.judged(listed, CRITICAL).standing.rung is CRITICAL


def test_that_one_that_is_over_and_latched_is_known_to_have_been_heard():
    over = lifecycle.judged(STANDINGS["unacked"], None, latches=True).standing
    assert over.rung is WARNING
    assert lifecycle.acknowledged(over).standing == Standing()
