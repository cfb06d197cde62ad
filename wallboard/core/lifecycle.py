"""The life of one alarm, as ISA-18.2 (IEC 62682) draws it: pure steps from where it stood and what happens to it.

What is on the screen follows from a standing's state, what is heard from the `rings` of a step: an alarm rings once for
a raise, and once more when it escalates.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from wallboard.core.alarms import SHOWN, AlarmEvent, AlarmState, Happening, Severity, Shelf, Standing, Subject

NORMAL = Standing()

CAN_RING = frozenset(
    {
        Happening.RAISED,
        Happening.ESCALATED,
        Happening.UNSHELVED,
        Happening.UNSUPPRESSED,
        Happening.PUT_INTO_SERVICE,
    }
)
"""What ring: the last three where an alarm is shown again that was never heard, or that has grown meanwhile."""


class Step(Struct, frozen=True):
    standing: Standing
    happenings: tuple[Happening, ...] = ()
    rings: bool = False


def judged(
    before: Standing, severity: Severity | None, pending: Severity | None = None, *, latches: bool = False
) -> Step:
    """The condition was looked at. `latches`: an alarm that is over stays until somebody has acknowledged it."""
    was = before.severity
    if severity is None:
        pending_now = pending
        if was is None:
            over = pending_now is None and before.returned is None
            return Step(replace(before, pending=pending_now, listed=None if over else before.listed))
        highest = max(was, before.rung or was, before.listed or was)
        unseen = before.acknowledged is None or before.acknowledged < highest
        if latches and unseen:
            kept = max(highest, before.returned or highest)
            after = replace(before, severity=None, pending=pending_now, returned=kept, acknowledged=None, listed=None)
            return Step(after, (Happening.RETURNED,))
        after = replace(
            before, severity=None, pending=pending_now, returned=None, acknowledged=None, rung=None, listed=None
        )
        return Step(after, (Happening.CLEARED,))
    rung = None if before.returned is not None else before.rung
    after = replace(before, severity=severity, pending=None, returned=None, rung=rung)
    if was is None:
        return _heard(after, Happening.RAISED)
    if severity > was:
        return _heard(after, Happening.ESCALATED)
    return Step(after, () if severity is was else (Happening.DEESCALATED,))


def acknowledged(before: Standing) -> Step:
    """Somebody has seen it. What is not shown cannot be acknowledged: nothing happens then."""
    if before.state is AlarmState.ACTIVE_UNACKNOWLEDGED:
        return Step(replace(before, acknowledged=before.severity), (Happening.ACKNOWLEDGED,))
    if before.state is AlarmState.RETURNED_UNACKNOWLEDGED:
        return Step(replace(before, returned=None, rung=None), (Happening.ACKNOWLEDGED, Happening.CLEARED))
    return Step(before)


def shelved(before: Standing, shelf: Shelf) -> Step:
    """Put aside what is shown, or put it aside for another time. Nothing happens to what is not."""
    if before.state in SHOWN or before.state is AlarmState.SHELVED:
        return Step(replace(before, shelf=shelf), (Happening.SHELVED,))
    return Step(before)


def unshelved(before: Standing) -> Step:
    """Its time is over, or somebody took it back. What grew meanwhile is heard now."""
    if before.shelf is None:
        return Step(before)
    return _heard(replace(before, shelf=None), Happening.UNSHELVED)


def suppressed(before: Standing, *, on: bool) -> Step:
    """By design: what the rule watches says nothing now."""
    if before.suppressed == on:
        return Step(before)
    after = replace(before, suppressed=on)
    return Step(after, (Happening.SUPPRESSED,)) if on else _heard(after, Happening.UNSUPPRESSED)


def in_service(before: Standing, *, on: bool) -> Step:
    if before.out_of_service != on:
        return Step(before)
    after = replace(before, out_of_service=not on)
    if is_only_pending(before):  # it has no history yet
        return Step(after)
    return _heard(after, Happening.PUT_INTO_SERVICE) if on else Step(after, (Happening.TAKEN_OUT_OF_SERVICE,))


def quietly(before: Standing, step: Step) -> Step:
    """What was there when the wall began to look is listed, and not heard up to the severity that it has."""
    standing = step.standing
    present = standing.severity or standing.pending
    if present is None:
        return step
    rung = before.rung if step.rings else standing.rung
    return Step(replace(standing, rung=rung, listed=max(present, standing.listed or present)), step.happenings)


def gone(before: Standing, *, latches: bool) -> Step:
    """What the alarm is about has left for good: nothing is suppressed, nor put aside but an alarm that is latched."""
    over = judged(before, None, latches=latches)
    steps = [over, suppressed(over.standing, on=False)]
    if over.standing.returned is None:
        steps.append(unshelved(steps[-1].standing))
    return Step(steps[-1].standing, tuple([happening for step in steps for happening in step.happenings]))


def resumed(now: Standing, before: Standing) -> Standing:
    """Of what was missing only for a moment: who saw and heard it still has, and what put it aside still does."""
    latched = now.returned is not None
    return replace(
        now,
        returned=None,
        acknowledged=before.acknowledged,
        rung=before.rung,
        listed=before.listed,
        shelf=now.shelf if latched else before.shelf,
    )


def is_over(standing: Standing) -> bool:
    """Nothing is left to be remembered of the alarm."""
    return standing.present_severity is None and standing.shelf is None


def is_only_pending(standing: Standing) -> bool:
    return standing.present_severity is not None and not (standing.severity or standing.returned or standing.shelf)


def counts(event: AlarmEvent) -> bool:
    """Whether the alarms are judged by it: by whatever rings and, since what is silent may chatter, by every raise."""
    return event.rings or event.happening is Happening.RAISED


def leaves_something(subject: Subject, standing: Standing) -> bool:
    """Whether it is to be remembered beyond this: a rule as long as it is out of service, an alarm until it is over.
    One that is only pending may be over without a word.
    """
    return standing.out_of_service if subject.is_rule else not (is_over(standing) or is_only_pending(standing))


def _heard(after: Standing, happening: Happening) -> Step:
    severity = after.severity
    known = max(after.rung or 0, after.listed or 0)
    if after.state is AlarmState.ACTIVE_UNACKNOWLEDGED and severity is not None and known < severity:
        return Step(replace(after, rung=severity), (happening,), rings=True)
    return Step(after, (happening,))
