"""The last ninety days of the demo: how a matter goes from its arrival to a satisfied customer, or to another end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from keyue.operations.demo.matter import Matter
from keyue.operations.demo.play import ZONE, Act, Play, Step, hours

ENDS = ("declined", "unreachable", "third_party", "withdrawn", "invalid", "merged")
TURNS = (
    "exit_refused", "extended", "not_extended", "waived", "not_waived", "urgent", "raised", "given_back", "task", "again",
)  # fmt: skip
FEW = ("misconduct", "praise", "request", "inquiry", *ENDS, *TURNS)
"""What a demo of any size shows at least once."""
MANY = {
    "": 170, "praise": 18, "inquiry": 38, "request": 32, "misconduct": 1, "invalid": 8, "merged": 5, "task": 18,
    "urgent": 11, "withdrawn": 4, "declined": 3, "third_party": 2, "unreachable": 3, "given_back": 4, "raised": 3,
    "extended": 3, "not_extended": 2, "waived": 2, "not_waived": 1, "exit_refused": 1, "again": 4,
}  # fmt: skip


TAKEN_SINCE = timedelta(days=8)
"""Who at the service desk took what is seen in what is still open."""


def plots(play: Play, n: int) -> list[str]:
    """What happens in each of `n` stories: everything at least once, the usual mostly."""
    some = [*FEW[: max(n, 0)]]
    weights = list(MANY.values())
    some += play.chance.choices(list(MANY), weights, k=max(0, n - len(some)))
    play.chance.shuffle(some)
    return some


def story(play: Play, at: datetime, plot: str) -> Iterator[Step]:
    """The steps of one matter, each with its instant."""
    if plot in ("praise", "inquiry", "request", "misconduct"):
        return _simple(Matter.simple(play, at, plot))
    department = "engineering" if plot in ("extended", "not_extended", "given_back") else ""
    matter = Matter.opinion(play, at, department=department)
    if plot == "task":
        while not (matter.story and matter.story.helpers):
            matter = Matter.opinion(play, at)
        matter.task = 1
    return _opinion(matter, plot)


def of_matter(matter: Matter) -> Iterator[Step]:
    """The steps of one that comes in otherwise than by chance."""
    return _opinion(matter, "") if matter.story else _simple(matter)


def _simple(m: Matter) -> Iterator[Step]:
    """Sorted, answered, ended."""
    received = m.t
    yield m.t, m.receive
    yield m.within(received, 2, 0.96), m.classify
    yield m.after(0.3, 9, awake=True), m.reply
    yield m.after(2, 30, awake=True), m.close


def _opinion(m: Matter, plot: str) -> Iterator[Step]:
    chance, received = m.play.chance, m.t
    if plot == "merged":
        twin = m.play.earlier(m)
        if twin is not None:
            m.twin, m.story, m.category, m.lead = twin, twin.story, twin.category, twin.lead
            m.type, m.title, m.content = twin.type, f"{twin.title}（再次反映）", twin.content
    yield m.t, m.receive
    yield m.within(received, 2, 0.955), m.classify
    if plot == "merged" and m.twin is not None:
        yield m.after(0.1, 0.6), m.merge
        if m.has_ended:
            return
    if m.type == "complaint" or chance.random() < 0.35:
        yield _soon(m, received, 24, 0.95), m.reply
    if plot == "urgent" or m.level == "major":
        yield m.after(0.05, 0.4), m.report_urgent
        yield m.at(m.t + hours(0.5 * m.share(0.66))), m.acknowledge
    yield _same_day(m, received, 0.94), m.find_invalid if plot == "invalid" else m.review
    if plot == "invalid":
        yield m.after(1, 20, awake=True), m.approve_exit
        return
    yield m.after(0.05, 1.2), m.assess
    if m.level == "major":
        yield m.at(m.t + hours(4 * m.share(0.68))), m.meet
    yield m.after(0.05, 0.8), m.assign
    if plot == "given_back":
        yield m.after(0.5, 3), m.give_back
        yield m.after(0.2, 1.5), m.assign
    yield from _rounds(m, plot)
    if not m.has_ended:
        yield m.after(0.5, 22, awake=True), m.find_cause
        yield m.after(0.2, 16, awake=True), m.close


def _soon(m: Matter, since: datetime, limit: float, kept: float) -> datetime:
    """Mostly within the hour; else the limit is gone before anybody thinks of it."""
    if m.play.chance.random() < kept:
        return m.after(0.1, 1.1)
    return m.at(since + hours(limit * 1.06))


def _same_day(m: Matter, received: datetime, kept: float) -> datetime:
    """Before midnight, or the next morning."""
    local = received.astimezone(ZONE)
    night = local.replace(hour=23, minute=54)
    if m.play.chance.random() < kept:
        soon = m.t + hours(m.play.chance.uniform(0.1, 2.2))
        return m.at(min(soon, max(night, m.t)))
    return m.at(max(m.t, (local + timedelta(days=1)).replace(hour=8, minute=25)))


def _rounds(m: Matter, plot: str) -> Iterator[Step]:
    """Work, result and question, until the customer is satisfied or it ends another way."""
    chance, satisfied = m.play.chance, False
    while not satisfied:
        first = m.round == 1
        yield from _work(m, plot if first else "")
        if m.has_ended:
            return
        told = m.t
        if plot == "unreachable":
            for _ in range(3):
                yield m.after(12, 30, awake=True), m.miss
            yield m.after(1, 6, awake=True), lambda at: m.ask_exit(at, "unreachable")
            yield m.after(2, 20, awake=True), m.approve_exit
            return
        satisfied = not (plot == "again" and first) and chance.random() < (0.91 if first else 0.97)
        if m.channel == "webform" and chance.random() < 0.45:
            yield m.after(0.5, 40, awake=True), m.rate if satisfied else m.rate_badly
            continue
        if chance.random() < 0.12:
            yield m.after(12, 40, awake=True), m.miss
        yield m.within(told, 168, 0.95), m.follow_up if satisfied else m.complain_again


def _work(m: Matter, plot: str) -> Iterator[Step]:
    """From the assignment (or the new round) to the result that the customer is told."""
    for when, act in sorted(_doing(m, plot), key=lambda step: step[0]):
        yield m.at(when), act
        if m.has_ended:
            return
    solved = m.t
    yield m.within(solved, 24, 0.93), m.report
    yield _told(m, solved), m.tell
    if m.t > m.play.now - TAKEN_SINCE and m.play.chance.random() < 0.55:
        yield m.after(0.1, 0.5), m.take_desk


def _told(m: Matter, solved: datetime) -> datetime:
    """A complaint's result is owed 48 hours after the solution, any other's 48 hours after the report."""
    return m.within(solved, 46, 0.94) if m.type == "complaint" else m.within(m.t, 48, 0.95)


def _doing(m: Matter, plot: str) -> list[tuple[datetime, Act]]:
    """What happens between the assignment and the solution, with the instants; the solution is the last."""
    chance, play, since = m.play.chance, m.play, m.t
    limit = 24.0 if m.level == "major" else 48.0
    steps: list[tuple[datetime, Act]] = []
    is_late = plot not in ("extended", "not_extended", "task") and chance.random() > 0.91
    solved = since + hours(limit * (1.05 + 0.5 * chance.random() if is_late else chance.uniform(0.12, 0.9)))
    if chance.random() < (0.85 if since > play.now - timedelta(days=30) else 0.2):
        steps.append((since + hours(chance.uniform(0.2, 1.5)), m.take))
    if since > play.now - TAKEN_SINCE and chance.random() < 0.5:
        steps.append((since + hours(chance.uniform(0.1, 0.6)), m.take_desk))
    if not plot and chance.random() < 0.18:
        # done at once: the plan is owed no more
        solved = since + hours(chance.uniform(1.5, 7))
    else:
        planned = since + hours(min(24 * m.share(0.88), (solved - since) / hours(1.1)))
        steps.append(
            (play.awake(planned, since + hours(23.8) if planned < since + hours(24) else None), m.plan)
        )
        if plot in _TURNING:
            more, solved = _TURNING[plot](m, since, solved)
            steps += more
        elif chance.random() < 0.16:
            given = since + hours(chance.uniform(2, 18))
            m.eta = play.awake(since + hours(chance.uniform(60, 130)))
            solved = given + (m.eta - given) * (
                chance.uniform(1.02, 1.4) if chance.random() < 0.14 else chance.uniform(0.4, 0.97)
            )
            steps.append((given, m.promise_eta))
        elif chance.random() < 0.12:
            begins = since + hours(chance.uniform(3, 14))
            lasts = hours(chance.uniform(5, 50))
            act = m.wait_for_others if chance.random() < 0.25 else m.wait
            steps += [(begins, act), (begins + lasts, m.hear)]
            solved = max(solved, begins + hours(0.5)) + lasts
    solved = play.awake(solved)
    steps += _talking(m, since, solved)
    return [*((when, act) for when, act in steps if when < solved), (solved, m.solve)]


def _talking(m: Matter, since: datetime, solved: datetime) -> list[tuple[datetime, Act]]:
    """Service asks the department every day and tells the customer every other; now and then a day late."""
    steps: list[tuple[datetime, Act]] = []
    for every, kept, act in ((24.0, 0.66, m.note_follow_up), (48.0, 0.8, m.tell_progress)):
        when = since
        while True:
            pause = every * (m.play.chance.uniform(0.7, 0.96) if m.play.chance.random() < kept else 1.2)
            when = m.play.awake(when + hours(pause), when + hours(every * 0.99) if pause < every else None)
            if when >= solved:
                break
            steps.append((when, act))
    return steps


def _extended(m: Matter, since: datetime, solved: datetime) -> tuple[list[tuple[datetime, Act]], datetime]:
    asked = since + hours(9 if m.level == "major" else 22)
    steps: list[tuple[datetime, Act]] = [(asked, m.ask_extension), (asked + hours(3), m.approve_request)]
    return steps, since + hours(60)


def _not_extended(
    m: Matter, since: datetime, solved: datetime
) -> tuple[list[tuple[datetime, Act]], datetime]:
    asked = since + hours(9)
    steps: list[tuple[datetime, Act]] = [(asked, m.ask_extension), (asked + hours(2), m.refuse_request)]
    return steps, max(solved, asked + hours(4))


def _waived(m: Matter, since: datetime, solved: datetime) -> tuple[list[tuple[datetime, Act]], datetime]:
    steps: list[tuple[datetime, Act]] = [
        (since + hours(2), m.ask_waiver),
        (since + hours(4), m.approve_request),
    ]
    return steps, max(solved, since + hours(8))


def _not_waived(m: Matter, since: datetime, solved: datetime) -> tuple[list[tuple[datetime, Act]], datetime]:
    steps: list[tuple[datetime, Act]] = [
        (since + hours(2), m.ask_waiver),
        (since + hours(4), m.refuse_request),
    ]
    return steps, max(solved, since + hours(8))


def _with_task(m: Matter, since: datetime, solved: datetime) -> tuple[list[tuple[datetime, Act]], datetime]:
    limit = 24.0 if m.level == "major" else 48.0
    given = since + hours(m.play.chance.uniform(0.3, 1.2))
    done = given + hours(limit * 0.78 * m.share(0.85))
    return [(given, m.give_task), (done, m.finish_task)], max(solved, done + hours(0.4))


def _ended(m: Matter, since: datetime, solved: datetime) -> tuple[list[tuple[datetime, Act]], datetime]:
    asked = since + hours(m.play.chance.uniform(4, 12))
    return [(asked, m.ask_exit), (asked + hours(5), m.approve_exit)], max(solved, asked + hours(8))


def _passed_on(m: Matter, since: datetime, solved: datetime) -> tuple[list[tuple[datetime, Act]], datetime]:
    asked = since + hours(m.play.chance.uniform(4, 12))
    steps: list[tuple[datetime, Act]] = [
        (asked, lambda at: m.ask_exit(at, "third_party")),
        (asked + hours(3), m.approve_exit),
    ]
    return steps, max(solved, asked + hours(8))


def _refused(m: Matter, since: datetime, solved: datetime) -> tuple[list[tuple[datetime, Act]], datetime]:
    asked = since + hours(4)
    return [(asked, m.ask_exit), (asked + hours(4), m.refuse_exit)], max(solved, asked + hours(8))


def _withdrawn(m: Matter, since: datetime, solved: datetime) -> tuple[list[tuple[datetime, Act]], datetime]:
    gone = since + hours(m.play.chance.uniform(3, 9))
    return [(gone, m.withdraw)], max(solved, gone + hours(4))


def _raised(m: Matter, since: datetime, solved: datetime) -> tuple[list[tuple[datetime, Act]], datetime]:
    if m.level == "major":
        return [], solved
    raised = since + hours(2)
    return [(raised, m.raise_level), (raised + hours(2), m.meet)], min(solved, since + hours(22))


_TURNING = {
    "extended": _extended, "not_extended": _not_extended, "waived": _waived, "not_waived": _not_waived,
    "task": _with_task, "declined": _ended, "third_party": _passed_on, "exit_refused": _refused,
    "withdrawn": _withdrawn, "raised": _raised,
}  # fmt: skip
