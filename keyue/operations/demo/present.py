"""How things stand in the demo when the curtain rises: every stage at work, some just begun and a few overdue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from keyue.operations.demo.matter import Matter
from keyue.operations.demo.play import Act, Play, Step, hours
from keyue.operations.demo.standing import HERO
from keyue.operations.demo.tryout import CODE

USUAL = {
    "receive": 0.0, "classify": 0.7, "reply": 0.4, "review": 0.8, "assess": 0.4, "assign": 0.3,
    "take": 0.7, "plan": 6.0, "solve": 13.0, "report": 4.0, "tell": 6.0, "follow_up": 50.0,
}  # fmt: skip
"""The acts up to each stage, with the hours since the one before."""
DONE = {
    "classify": 1, "review": 3, "assess": 4, "assign": 5, "plan": 7, "solve": 8, "report": 9, "tell": 10,
    "follow_up": 11, "close": 12,
}  # fmt: skip
"""How many of the acts are done in a stage."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A case in a stage for so many hours. `also` are further acts by the hours since they happened; `brand` is how the
    name of the customer begins, where it must be a certain one."""

    stage: str
    since: float
    kind: str = ""
    department: str = ""
    channel: str = ""
    code: str = ""
    level: str = ""
    task: bool = False
    eta: float | None = None
    brand: str = ""
    also: Mapping[str, float] = field(default_factory=dict)


STANDING = (
    Standing("classify", 0.07, kind="complaint", channel="webform", code=CODE),
    Standing("classify", 0.3, channel="chat"),
    Standing("classify", 0.9, channel="webform"),
    Standing("classify", 1.6, channel="email"),
    Standing("classify", 2.6, channel="review"),
    Standing("review", 0.4), Standing("review", 1.1), Standing("review", 2.2, kind="suggestion"),
    Standing("assess", 0.5), Standing("assess", 1.4, kind="complaint"),
    Standing("assign", 0.3), Standing("assign", 1.2, kind="complaint"),
    Standing("plan", 1.0, department="engineering", also={"give_back": 0.2}),
    Standing("plan", 0.8), Standing("plan", 5, department="engineering"), Standing("plan", 12, department="quality"),
    Standing("plan", 19, department="engineering", kind="complaint"), Standing("plan", 26, department="supply"),
    Standing("plan", 2, level="major", kind="complaint", also={"report_urgent": 0.2}),
    Standing("solve", 3, level="major", kind="complaint", department="engineering", brand=HERO, also={"report_urgent": 2.8, "acknowledge": 2.5, "meet": 1.9}),
    Standing("solve", 2, department="engineering"), Standing("solve", 14, department="engineering"),
    Standing("solve", 8, department="sales"), Standing("solve", 20, department="finance"),
    Standing("solve", 30, department="engineering", also={"tell_progress": 4}),
    Standing("solve", 39, department="engineering", brand=HERO), Standing("solve", 52, department="supply", also={"note_follow_up": 20}),
    Standing("solve", 16, department="engineering", eta=7, also={"promise_eta": 10}),
    Standing("solve", 40, department="engineering", eta=30, also={"promise_eta": 34}),
    Standing("solve", 50, department="supply", eta=-6, also={"promise_eta": 44}),
    Standing("solve", 9, department="engineering", also={"wait": 6}),
    Standing("solve", 26, department="quality", also={"wait_for_others": 22}),
    Standing("solve", 12, department="engineering", also={"wait_for_weather": 3}),
    Standing("solve", 5, task=True, also={"give_task": 4.5}),
    Standing("solve", 11, task=True, also={"give_task": 10, "finish_task": 3}),
    Standing("solve", 24, department="engineering", also={"ask_extension": 1.5}),
    Standing("solve", 7, department="sales", also={"ask_waiver": 2}),
    Standing("report", 2), Standing("report", 12, department="engineering"), Standing("report", 27, department="finance"),
    Standing("tell", 1.5, brand="禾丰食品"), Standing("tell", 9, kind="complaint"), Standing("tell", 38),
    Standing("follow_up", 3), Standing("follow_up", 22), Standing("follow_up", 60), Standing("follow_up", 140),
    Standing("follow_up", 162), Standing("follow_up", 173),
    Standing("follow_up", 70, also={"miss": 30}),
    Standing("follow_up", 50, also={"ask_exit": 4}),
    Standing("follow_up", 30, kind="complaint", also={"complain_again": 5}),
    Standing("follow_up", 44, channel="webform", also={"rate_badly": 20, "take": 18, "plan": 8}),
    Standing("close", 2), Standing("close", 15), Standing("close", 26, also={"find_cause": 3}),
    Standing("answer", 0.8, kind="inquiry"), Standing("answer", 2.2, kind="request"), Standing("answer", 5, kind="misconduct"),
)  # fmt: skip


def stories(play: Play) -> list[tuple[datetime, Iterator[Step]]]:
    """Each case that stands somewhere now: when it came in, and its steps."""
    found = []
    for standing in STANDING:
        steps = _steps(play, standing)
        found.append((steps[0][0], iter(steps)))
    return found


def _steps(play: Play, standing: Standing) -> list[Step]:
    matter = _matter(play, standing)
    if standing.stage == "answer":
        acts = ["receive", "classify"]
    else:
        acts = list(USUAL)[: DONE[standing.stage]]
    if matter.type != "complaint" and "reply" in acts and standing.stage not in ("review", "assess"):
        acts.remove("reply")
    steps = _backwards(play, matter, acts, play.now - hours(standing.since))
    steps += [(play.now - hours(ago), _act(matter, name)) for name, ago in standing.also.items()]
    if not {"wait", "wait_for_others", "wait_for_weather", "complain_again", "rate_badly"} & {*standing.also}:
        steps += _talks(play, matter, acts, steps)
    if "assign" in acts and play.chance.random() < 0.5:
        last = steps[len(acts) - 1][0]
        steps.append((last + (play.now - last) * 0.3, matter.take_desk))
    return sorted(steps, key=lambda step: step[0])


def _talks(play: Play, matter: Matter, acts: list[str], steps: list[Step]) -> list[Step]:
    """Service has asked the department and told the customer in time, until the solution or until now."""
    if "assign" not in acts:
        return []
    assigned = steps[acts.index("assign")][0]
    until = steps[acts.index("solve")][0] if "solve" in acts else play.now
    found: list[Step] = []
    for every, act in ((24.0, matter.note_follow_up), (48.0, matter.tell_progress)):
        when = assigned + hours(every * 0.93)
        while when < until:
            found.append((when, act))
            when += hours(every * 0.93)
    return found


def _matter(play: Play, standing: Standing) -> Matter:
    if standing.stage == "answer":
        return Matter.simple(play, play.now, standing.kind, "phone" if standing.kind == "request" else "")
    matter = Matter.opinion(
        play, play.now, department=standing.department, kind=standing.kind, channel=standing.channel
    )
    while standing.task and not (matter.story and matter.story.helpers):
        matter = Matter.opinion(play, play.now)
    matter.level = standing.level or play.chance.choice(["ordinary", "ordinary", "serious"])
    if standing.brand:
        matter.customer, matter.contact = play.whose(standing.brand)
    matter.code, matter.task = standing.code, int(standing.task)
    if standing.eta is not None:
        matter.eta = play.now + hours(standing.eta)
    if standing.code:
        matter.has_files = True
    return matter


def _act(matter: Matter, name: str) -> Act:
    act: Act = getattr(matter, name)
    return act


def _backwards(play: Play, matter: Matter, acts: list[str], last: datetime) -> list[Step]:
    """The instants from the last act back to the arrival; nobody plans or solves at night."""
    steps: list[Step] = []
    when = last
    for name in reversed(acts):
        if name in ("plan", "solve", "report", "tell", "follow_up", "take"):
            when = play.before_night(when)
        elif name == "assign" and len(acts) > DONE["assign"] + 1:
            when = play.before_night(when, 11)
        steps.append((when, _act(matter, name)))
        when -= hours(USUAL[name] * play.chance.uniform(0.75, 1.15))
    return steps[::-1]
