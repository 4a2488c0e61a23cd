"""The people and things that the walk over all addresses needs, made by the same actions as real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.test import Client

from keyue.cases.actions.files import Upload
from keyue.cases.actions.intake import Intake, register
from keyue.cases.importing import actions as importing
from keyue.cases.models import Attachment
from keyue.compliance.actions import ask_pack, ask_what_if
from keyue.compliance.actions import reading_files as reading
from keyue.compliance.actions.attesting import attest
from keyue.compliance.what_if import Changes
from keyue.customers import actions as customers
from keyue.customers.actions.fields import define_field
from keyue.customers.actions.notes import NextStep, record_contact
from keyue.customers.actions.upkeep import learn_change
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people import actions
from keyue.people.actions.tokens import EVERY
from keyue.people.models import Department, User
from keyue.people.roles import ROLES
from keyue.privacy import actions as privacy
from keyue.privacy.models import RetentionCandidate
from keyue.promises.actions import publish_calendar
from keyue.promises.actions.handing import request
from keyue.promises.selectors import promises_of
from keyue.regulations import actions as regulations
from keyue.regulations.actions import adopt_pack
from keyue.regulations.selectors import newest_edition
from keyue.worktime.holidays import chinese_calendar
from tests.architecture.chat_world import MAKERS as CHAT
from tests.architecture.contracts_world import MAKERS as CONTRACTS
from tests.architecture.conversations_world import MAKERS as CONVERSATIONS
from tests.architecture.exchange_world import EXCHANGE
from tests.architecture.grading_world import MAKERS as GRADING
from tests.architecture.knowledge_world import MAKERS as KNOWLEDGE
from tests.architecture.mail_world import MAKERS as MAILS
from tests.architecture.outlets_world import MAKERS as OUTLETS
from tests.architecture.phone_world import MAKERS as PHONE
from tests.architecture.sales_world import MAKERS as SALES
from tests.architecture.sorting_world import MAKERS as SORTING
from tests.journeys.world import ANSWERS, WEEKLY

SYSTEM = Actor("system", "test")


@dataclass
class World:
    """One member of staff a role, one without any, and a department with the things that are not theirs."""

    at: datetime
    company: Department
    elsewhere: Department
    nobody: User
    by_role: dict[str, User]
    somebody: User
    agent: User
    things: dict[str, object] = field(default_factory=dict)
    home: Path = field(default_factory=lambda: Path(settings.KEYUE_HOME))
    tokens: dict[int, str] = field(default_factory=dict)

    def fill(self, at: Mapping[str, object]) -> dict[str, object]:
        """The arguments of an address, with @names replaced."""
        return {
            key: self.things[value[1:]] if isinstance(value, str) and value.startswith("@") else value
            for key, value in at.items()
        }

    def client(self, user: User | None, *, token: bool = False) -> Client:
        """A browser that `user` is signed in to, or a program with a token for all that `user` may."""
        if user is None:
            return Client(raise_request_exception=False)
        if token:
            bearer = {"Authorization": f"Bearer {self._token(user)}"}
            return Client(raise_request_exception=False, headers=bearer)
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client

    def _token(self, user: User) -> str:
        if user.pk not in self.tokens:
            by = Actor("staff", str(user.pk))
            _, raw = actions.issue_token(
                user=user,
                name="walk",
                scopes=EVERY,
                expires_at=self.at + timedelta(days=30),
                by=by,
                at=self.at,
            )
            self.tokens[user.pk] = raw
        return self.tokens[user.pk]


def department(world: World) -> object:
    return world.elsewhere.code


def person(world: World) -> object:
    return world.somebody.pk


def username(world: World) -> object:
    return world.somebody.username


def post(world: World) -> object:
    made = actions.create_post(
        code="service_desk",
        name="客服台",
        department=world.elsewhere,
        holders=[world.somebody],
        by=SYSTEM,
        at=world.at,
    )
    return made.code


def customer(world: World) -> object:
    made = customers.create_customer(
        kind="organisation",
        name="远山机械有限公司",
        contact_name="周叙白",
        phone="13800006027",
        source="phone",
        legal_basis="contract",
        by=SYSTEM,
        at=world.at,
    )
    world.things["contact"] = made.contacts.get().pk
    _doubles(world, made)
    _kept(world, made)
    return made.number


def _kept(world: World, customer: Customer) -> None:
    """A field of the company's own, something learnt about the customer, and a note with a next step of somebody's."""
    define_field(key="birthday", label="生日", kind="date", is_personal=True, by=SYSTEM, at=world.at)
    learnt = learn_change(customer=customer, fields=["address"], learnt_at=world.at, by=SYSTEM, at=world.at)
    note = record_contact(
        customer=customer,
        way="phone",
        contacted_at=world.at,
        staff=world.somebody,
        topics="年度回顾",
        follow_ups=[NextStep("给样表", world.at + timedelta(days=3))],
        by=SYSTEM,
        at=world.at,
    )
    world.things |= {"change": learnt.change, "note": note.ref, "step": note.follow_ups.get().pk}


def _doubles(world: World, customer: Customer) -> None:
    """A file that may be the same customer's, one that was merged into another, and a further name."""
    files = [
        customers.create_customer(
            kind="organisation", name=name, source="phone", legal_basis="contract", by=SYSTEM, at=world.at
        )
        for name in ("远山机械公司", "远山机械（浙江）有限公司", "远山机械浙江有限公司")
    ]
    world.things["other_customer"] = files[0].number
    proposal = customers.Proposal(customer.pk, files[0].pk, 0.9, ())
    world.things["duplicate"] = customers.propose(proposal=proposal, by=SYSTEM, at=world.at).pk
    world.things["merge"] = customers.merge(loser=files[2], into=files[1], by=SYSTEM, at=world.at).pk
    named = customers.add_identifier(
        customer=customer, kind="short_name", value="远山厂", by=SYSTEM, at=world.at
    )
    world.things["identifier"] = named.pk


def case(world: World) -> object:
    """A complaint that stands at the service desk, with a file, an open promise and a request about it."""
    before = world.at - timedelta(days=1)
    publish_calendar(
        definition=chinese_calendar((2024, 2025, 2026), WEEKLY),
        by=SYSTEM,
        at=datetime(2024, 1, 1, tzinfo=UTC),
        source="test",
    )
    adopt_pack(pack="feedback", effective_from=before, answers=ANSWERS, by=SYSTEM, at=before)
    opinion = Intake(
        type="complaint",
        content="出水浑浊，已停产两天。",
        name="周叙白",
        phone="13800006027",
        departments=[world.elsewhere.code],
        uploads=[Upload("现场.txt", b"\xe5\x87\xba\xe6\xb0\xb4")],
    )
    made = register(opinion, by=SYSTEM, at=world.at, source="test").case
    world.things["file"] = Attachment.objects.get(message__case=made).pk
    row = promises_of(made.subject)[0]
    world.things["promise"] = row.pk
    asked = request(row.pk, kind="waiver", reason="客户要求暂缓", user=world.agent, at=world.at)
    world.things["request"] = asked.pk
    return made.number


def imported(world: World) -> object:
    """A sheet whose columns wait to be confirmed."""
    sheet = "受理时间,内容\n2026-11-03 14:05,出水浑浊\n".encode()
    return importing.draft(chunks=[sheet], name="投诉.csv", by=SYSTEM, at=world.at).pk


def regulation_file(world: World) -> object:
    """A regulation of the company's own that was read and waits for somebody to decide."""
    text = "投诉处理办法\n第一条 客户服务部收到投诉后 2 小时内完成分类。\n"
    file = reading.take_file(name="办法.txt", content=text.encode(), user=world.agent, at=world.at)
    reading.read_next(now=world.at)
    return file.pk


def asked(world: World) -> object:
    """A question what would have been kept, which waits for the worker."""
    question = ask_what_if(
        regulation="feedback",
        changes=Changes({"classify.within": "PT1H"}),
        since=world.at - timedelta(days=9),
        until=world.at,
        user=world.agent,
        by=SYSTEM,
        at=world.at,
    )
    return question.pk


def evidence_pack(world: World) -> object:
    """An evidence pack of the quality manager's that waits for the worker."""
    user = world.by_role["quality_manager"]
    day = world.at.date()
    pack = ask_pack(
        regulation="feedback",
        clause="",
        first=day - timedelta(days=9),
        last=day,
        purpose="supervision",
        user=user,
        by=Actor("staff", str(user.pk)),
        at=world.at,
    )
    return str(pack.uid)


STATED = """# 保密制度

```regulation
id      = "secrecy"
subject = "case"
```

## 1 保密承诺

```control
kind      = "attestation"
id        = "pledge"
statement = "在岗员工都签了保密承诺书。"
every     = "P1Y"
owner     = "service"
```
"""


def statement(world: World) -> object:
    """A statement of the company with a file, made by who works in the department that owes it."""
    edition = regulations.draft_edition(text=STATED, answers={}, by=SYSTEM, at=world.at)
    regulations.approve_edition(edition=edition, by=SYSTEM, at=world.at)
    regulations.publish_edition(edition=edition, effective_from=world.at, by=SYSTEM, at=world.at)
    row = attest(
        regulation="secrecy",
        control="pledge",
        words="在岗员工都签了保密承诺书。",
        files=[Upload("承诺书.txt", b"\xe5\xb7\xb2\xe7\xad\xbe")],
        user=world.agent,
        by=Actor("staff", str(world.agent.pk)),
        at=world.at,
    )
    world.things["statement_file"] = row.files.get().pk
    return row.pk


def draft(world: World) -> object:
    """The number of a draft that amends a regulation in force."""
    newest = newest_edition("feedback")
    assert newest is not None
    made = regulations.draft_edition(text=newest.source, answers=newest.answers, by=SYSTEM, at=world.at)
    return made.n


def rights_customer(world: World) -> object:
    """A person of the other department with a consent on paper, a request, a hold and a time that is over."""
    officer = world.by_role["privacy_officer"]
    made = customers.create_customer(
        kind="person",
        name="许知远",
        phone="13700001111",
        source="phone",
        legal_basis="consent",
        by=SYSTEM,
        at=world.at,
    )
    own = made.contacts.select_related("customer").get()
    purpose = privacy.create_purpose(
        code="walk", name="回访", text="用电话回访您。", user=officer, at=world.at
    )
    paper = privacy.Upload("同意书.pdf", b"%PDF-1.7 walk")
    consent = privacy.give_consent(
        contact=own, purpose=purpose, via="paper", paper=paper, by=SYSTEM, at=world.at
    )
    asked_for = privacy.register_request(contact=own, right="access", via="call", by=SYSTEM, at=world.at)
    hold = privacy.place_hold(customer=made, why="诉讼", user=officer, at=world.at)
    leak = privacy.report_disclosure(
        customer=made,
        what="名单外传",
        kinds=["contact"],
        how="staff",
        happened_at=world.at,
        by=SYSTEM,
        at=world.at,
    )
    rule = privacy.set_rule(
        name="三年", kind="without_dealings", years=3, ground="第十九条", user=officer, at=world.at
    )
    candidate = RetentionCandidate.objects.create(
        uid=uuid4(), rule=rule, customer=made, since=world.at, found_at=world.at
    )
    world.things |= {
        "rights_contact": own.pk,
        "purpose": purpose.code,
        "consent": consent.pk,
        "proof": consent.proof_id,
        "right_request": asked_for.pk,
        "hold": hold.pk,
        "disclosure": leak.pk,
        "retention_rule": rule.pk,
        "candidate": candidate.pk,
    }
    return made.number


# what @name in the matrix stands for; each maker gets the world made so far
MAKERS: dict[str, Callable[[World], object]] = {
    "department": department,
    "person": person,
    "username": username,
    "post": post,
    "customer": customer,
    "case": case,
    "import": imported,
    "what_if": asked,
    "evidence_pack": evidence_pack,
    "regulation_file": regulation_file,
    "statement": statement,
    "draft": draft,
    "rights_customer": rights_customer,
    **SALES,
    **SORTING,
    **GRADING,
    **KNOWLEDGE,
    **CONTRACTS,
    **CONVERSATIONS,
    **CHAT,
    **MAILS,
    **OUTLETS,
    **PHONE,
    **EXCHANGE,
}


def make() -> World:
    """Build the world."""
    at = clock.now()

    def hire(username: str, name: str, at_home: Department | None) -> User:
        return actions.create_staff(username=username, name=name, department=at_home, by=SYSTEM, at=at)

    company = actions.create_department(code="company", name="澄川环境科技", parent=None, by=SYSTEM, at=at)
    elsewhere = actions.create_department(code="service", name="客户服务部", parent=company, by=SYSTEM, at=at)
    apart = actions.create_department(code="apart", name="水务工程部", parent=company, by=SYSTEM, at=at)
    by_role = {}
    for code in ROLES:
        user = hire(code.replace("_", "."), "角色员工", apart)
        actions.grant_role(user=user, role=code, by=SYSTEM, at=at)
        by_role[code] = user
    world = World(
        at=at,
        company=company,
        elsewhere=elsewhere,
        nobody=hire("nobody", "无权员工", None),
        by_role=by_role,
        somebody=hire("somebody", "王敏", elsewhere),
        agent=hire("agent", "林知夏", elsewhere),
    )
    actions.grant_role(user=world.agent, role="service_agent", by=SYSTEM, at=at)
    # a password that must be changed comes before every page
    User.objects.update(must_change_password=False)
    # made now, so that no call's rollback takes one away
    for user in (world.nobody, *by_role.values()):
        world.client(user, token=True)
    for name, maker in MAKERS.items():
        world.things[name] = maker(world)
    return world
