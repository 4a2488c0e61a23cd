"""What the demo company does about its own regulation: amends it, reads it, states what no software sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from keyue.compliance import actions as compliance
from keyue.compliance.actions.attesting import attest
from keyue.ledger.facts import SYSTEM
from keyue.operations.demo.play import Play, Step, hours
from keyue.people import actions as people
from keyue.regulations import actions as regulations
from keyue.regulations import selectors
from keyue.regulations.models import Edition
from keyue.regulations.selectors import newest_edition
from keyue.regulations.writing import with_clause_text

REGULATION = "feedback"
LEGAL = "legal_counsel"
STEPS = (("法务审核", LEGAL), ("分管领导批准", "service_head"))
AMENDED = (
    "4.1.2",
    "登记",
    ["分类后的意见详细登记：客户基本信息、主题、具体内容、时间、渠道，以及现场照片和设备编号。"],
)
COMING = (
    "4.3.1",
    "分配",
    [
        "按内容和性质把任务交给责任部门；涉及多个部门的，写明牵头部门和协同部门各自做什么、什么时候交。"
        "退回任务要写理由，并建议应由哪个部门负责。"
    ],
)
TEST = {
    "pass": 1,
    "questions": [
        {
            "text": "接到客户意见后，初步分类最迟多久完成？",
            "options": ["30 分钟", "2 小时", "当日"],
            "answer": 1,
        }
    ],
}
AMENDED_AGO, COMING_AGO = timedelta(days=26), timedelta(days=2)
SLOW = ("kong", "ge", "su", "ouyang")
"""Who has not confirmed the reading yet."""


def steps(play: Play) -> Iterator[Step]:
    """In the order of time: the ladder, an amendment from draft to reading, statements, and a draft that waits."""
    yield from sorted(_acts(play), key=lambda step: step[0])


def _acts(play: Play) -> Iterator[Step]:
    cast, users = play.cast, play.cast.users
    began, amended = play.now - timedelta(days=88), play.now - AMENDED_AGO

    def at_work(since: datetime, n: float) -> datetime:
        return play.awake(since + hours(n))

    def note(at: datetime) -> object:
        return compliance.note_editions_in_force(now=at)

    def legal(at: datetime) -> object:
        return people.create_post(code=LEGAL, name="法务专员", holders=[users["shen"]], by=SYSTEM, at=at)

    yield began, note
    yield began + hours(1), legal
    yield began + hours(2), lambda at: regulations.set_approval_steps(steps=STEPS, by=cast["gu"], at=at)
    yield at_work(began, 30), partial(_state, play, "entry_on_site")
    yield (
        at_work(amended, 0),
        partial(_draft, play, AMENDED, "登记时补上现场照片和设备编号，责任部门少问一遍客户。"),
    )
    yield at_work(amended, 24), partial(_decide, play, "shen", "内容不涉及法律变化。")
    yield at_work(amended, 50), partial(_decide, play, "gu", "同意。")
    announced = at_work(amended, 76)
    yield announced, partial(_announce, play)
    for n, name in enumerate(name for name in users if name not in SLOW):
        yield at_work(announced, 3 + 4 * n), partial(_read, play, name)
    yield play.now - timedelta(days=17), note
    yield at_work(play.now, -9 * 24), partial(_state, play, "entry_on_site")
    yield (
        at_work(play.now - COMING_AGO, 0),
        partial(_draft, play, COMING, "退回的任务常常在两个部门之间来回，要求退回时建议归属。"),
    )


def _draft(play: Play, changed: tuple[str, str, list[str]], reason: str, at: datetime) -> None:
    newest = newest_edition(REGULATION)
    assert newest is not None  # noqa: S101  founded with it
    number, heading, paragraphs = changed
    edition = regulations.draft_edition(
        text=with_clause_text(newest.source, number, heading, paragraphs),
        answers=newest.answers,
        reason=reason,
        by=play.cast["zhi"],
        at=at,
    )
    regulations.submit_draft(edition=edition, by=play.cast["zhi"], at=at)


def _newest() -> Edition:
    return Edition.objects.filter(regulation=REGULATION).order_by("-n")[0]


def _decide(play: Play, who: str, remark: str, at: datetime) -> None:
    regulations.decide_review(edition=_newest(), approved=True, remark=remark, by=play.cast[who], at=at)


def _announce(play: Play, at: datetime) -> None:
    regulations.announce_edition(
        edition=_newest(),
        effective_from=at + timedelta(days=5),
        audience={"all": True},
        test=TEST,
        interpreter="service_supervisor",
        review_on=(at + timedelta(days=365)).date(),
        by=play.cast["zhi"],
        at=at,
    )


def _read(play: Play, name: str, at: datetime) -> None:
    if not play.cast.users[name].is_active:
        return
    edition = selectors.edition(REGULATION, 2)
    # one in seven does not know at first
    if play.chance.random() < 1 / 7:
        regulations.confirm_reading(edition=edition, answers=[0], by=play.cast[name], at=at)
    regulations.confirm_reading(edition=edition, answers=[1], by=play.cast[name], at=at)


def _state(play: Play, control: str, at: datetime) -> None:
    reading = selectors.read(selectors.edition_in_force(REGULATION, at=at))  # type: ignore[arg-type]
    [found] = [one for one in reading.controls if one.id == control]
    attest(
        regulation=REGULATION,
        control=control,
        words=found.statement,
        remark="已在官网首页核对，并试交一条。",
        user=play.cast.users["xu"],
        by=play.cast["xu"],
        at=at,
    )
