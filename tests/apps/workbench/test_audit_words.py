"""The audit page has words for whatever the rooms record: every kind of fact, everything that facts are about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.test import Client

import keyue
from keyue.cases import events as cases
from keyue.compliance.enums import PackPurpose
from keyue.compliance.events import THE_COMPANY
from keyue.customers import events as customers
from keyue.kernel import clock
from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM, Draft, Subject
from keyue.operations.rooms import room_jobs
from keyue.people import actions as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.promises.enums import RequestKind
from keyue.workbench.audit_words import (
    AUDIT_PURPOSES,
    EVERY_FACT,
    FACT_LABELS,
    SUBJECT_LABELS,
    TRAIL_KINDS,
)
from tests.apps.workbench.test_audit import rows, shown
from tests.journeys.world import World, browser_of, found

CHINESE = re.compile("[\u4e00-\u9fff]")
KIND = re.compile(r"([a-z]+(?:_[a-z]+)*)\.[a-z]+(?:_[a-z]+)*")
EVERYDAY = ("case.", "customer.", "promise.", "control.")
NO_CHAIN = {"tally", "#"}
"""What differences are about that stand in no chain."""
NO_KIND = (
    {str(permission) for permission in Permission}
    | {name for name, _seconds, _work in room_jobs()}
    | {"evidence_pack.typ", "regulation.md", "plan.within"}
)


@cache
def sources() -> tuple[ast.Module, ...]:
    """The product without its words for the audit page, which prove nothing about themselves."""
    files = Path(keyue.__file__).parent.rglob("*.py")
    return tuple(
        ast.parse(file.read_text(encoding="utf-8"))
        for file in files
        if "migrations" not in file.parts and file.name != "audit_words.py"
    )


def subjects() -> set[str]:
    """The kinds of things that facts are about."""
    found_here = {"company"}
    for tree in sources():
        for node in ast.walk(tree):
            is_subject = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Subject")
            if is_subject and node.args and isinstance(node.args[0], ast.Constant):
                found_here.add(str(node.args[0].value))
    return found_here - NO_CHAIN


def kinds() -> Iterator[str]:
    """The kinds of facts that the rooms record."""
    yield from cases.KINDS
    yield from customers.KINDS
    yield from (
        f"promise.{kind}_{act}" for kind in RequestKind for act in ("requested", "approved", "declined")
    )
    begins = subjects() | {"promise", "control", "fact", "key", "ledger", "outbox"}
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = KIND.fullmatch(node.value)
                # what conditions name looks alike: `case.priority`
                if match and match[1] in begins - {"case", "customer"} and node.value not in NO_KIND:
                    yield node.value


def test_every_kind_of_fact_has_chinese_words() -> None:
    known = set(kinds())
    assert len(known) > 100 and {"evidence_pack.made", "company.attested", "import.started"} <= known
    assert sorted(kind for kind in known if not CHINESE.search(str(EVERY_FACT.get(kind, "")))) == []
    # whatever the page of administrative facts can show can be asked for there
    asked = {kind for kind in known if not kind.startswith(EVERYDAY)}
    assert sorted(asked - FACT_LABELS.keys()) == []
    # and nothing is kept for what nobody records
    assert sorted(FACT_LABELS.keys() - known) == []


def test_everything_that_facts_are_about_has_chinese_words() -> None:
    known = subjects()
    assert {"what_if", "evidence_pack", "company", "regulation", "import"} <= known
    assert sorted(kind for kind in known if not CHINESE.search(str(SUBJECT_LABELS.get(kind, "")))) == []
    assert set(TRAIL_KINDS) <= SUBJECT_LABELS.keys()


def test_what_packs_are_made_for_is_called_alike_everywhere() -> None:
    assert {str(purpose): str(purpose.label) for purpose in PackPurpose} == {
        str(purpose): str(AUDIT_PURPOSES[purpose]) for purpose in PackPurpose
    }


# --- the page ----------------------------------------------------------------------------------------------------


@pytest.fixture
def world(db: None) -> World:
    return found()


@pytest.fixture
def browser(world: World) -> Client:
    auditor = people.create_staff(username="aud", name="计明理", by=SYSTEM, at=clock.now())
    people.grant_role(user=auditor, role="audit_administrator", by=SYSTEM, at=clock.now())
    # a password that must be changed comes before every page
    User.objects.update(must_change_password=False)
    return browser_of(User.objects.get(pk=auditor.pk))


RECORDED = (
    ("what_if", "7", "what_if.asked", {"regulation": "feedback", "edition": 2, "digest": "9f"}),
    ("what_if", "7", "what_if.cancelled", {"done": 40}),
    (
        "evidence_pack", "01a2", "evidence_pack.asked",
        {"regulation": "feedback", "clause": "4.1.1", "first": "2026-03-01", "last": "2026-03-31", "purpose": "dispute"},
    ),
    ("evidence_pack", "01a2", "evidence_pack.made", {"promises": 3, "size": 9, "sha256": "9f", "fingerprint": "9f"}),
    ("evidence_pack", "01a2", "evidence_pack.downloaded", {"sha256": "9f", "purpose": "dispute"}),
    ("evidence_pack", "01a2", "evidence_pack.failed", {}),
    ("company", "1", "company.edition_in_force", {"regulation": "feedback", "edition": 2}),
    ("company", "1", "company.attested", {"regulation": "feedback", "control": "值班", "edition": 2}),
    ("approval_steps", "1", "approval_steps.set", {"steps": [{"name": "法务审核", "post": "service_head"}]}),
    ("regulation", "feedback", "regulation.edition_submitted", {"edition": 3, "turn": 1, "digest": "9f"}),
    ("regulation", "feedback", "regulation.review_decided", {"edition": 3, "turn": 1, "n": 1, "approved": False}),
    ("regulation", "feedback", "regulation.rebasing_asked", {"edition": 3, "rebasing": 5}),
    ("regulation", "feedback", "regulation.rebasing_decided", {"edition": 3, "rebasing": 5, "promises": 9}),
    ("regulation", "feedback", "regulation.test_failed", {"edition": 3, "score": 1, "of": 2}),
    ("import", "1", "import.finished", {"made": 1, "known": 2, "bad": 3, "overdue": 4}),
)  # fmt: skip


def test_each_fact_reads_without_a_code(world: World, browser: Client) -> None:
    by = World.actor(world.agent)
    for kind, ref, fact, said in RECORDED:
        ledger.record(Subject(kind, ref), [Draft(fact, said)], by=by, at=clock.now(), source="web")
    people_in = [Draft("regulation.readers_asked", {"edition": 3, "people": [str(world.agent.pk)]})]
    ledger.record(Subject("regulation", "feedback"), people_in, by=by, at=clock.now(), source="web")
    page = shown(browser, "audit_facts", person=world.agent.username)
    lines = rows(page)
    assert len(lines) == len(RECORDED) + 1
    for line in lines:
        assert not re.search(r"[a-z]{3,}", line), line
    said_of = "\n".join(lines)
    for words in (
        "申请证据包", "证据包 01a2", "制度 《客户意见建议收集处理制度》", "条款 4.1.1", "目的 投诉或争议举证",
        "公司声明", "制度版本施行", "提出推演", "推演 7", "名称 法务审核 岗位 分管领导", "人员 林知夏",
    ):  # fmt: skip
        assert words in said_of, words


def test_each_look_reads_without_a_code(world: World, browser: Client) -> None:
    by, at = World.actor(world.agent), clock.now()
    for subject, what in (
        (Subject("regulation", "feedback"), "evidence_pack:asked:01a2"),
        (Subject("regulation", "feedback"), "evidence_pack:downloaded:01a2"),
        (THE_COMPANY, "statement/3/4"),
    ):
        ledger.record_access(by=by, subject=subject, what=what, purpose="supervision", via="export", at=at)
    lines = "\n".join(rows(shown(browser, person=world.agent.username)))
    for words in (
        "申请证据包 01a2",
        "下载证据包 01a2",
        "公司声明的凭证 4",
        "监管部门检查",
        "《客户意见建议收集处理制度》",
    ):
        assert words in lines, words
    for kind, n in (("regulation", 2), ("company", 1)):
        assert len(rows(shown(browser, kind=kind))) == n
