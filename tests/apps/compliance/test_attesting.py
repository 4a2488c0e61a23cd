"""Statements of the company: who may make them, what is kept of them, how long they hold, and taking one back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keyue.cases.actions.files import Upload
from keyue.compliance import statements
from keyue.compliance.actions import note_editions_in_force
from keyue.compliance.actions.attesting import attest, take_back
from keyue.compliance.coverage import coverage_of, proofs
from keyue.compliance.enums import StatementState
from keyue.compliance.events import ATTESTED, THE_COMPANY
from keyue.compliance.models import Statement
from keyue.compliance.statement_files import CONTENTS
from keyue.kernel import clock
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.selectors import chain_of
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises.models import Promise
from keyue.promises.verification import verify_promises
from keyue.regulations import actions
from keyue.workbench.home import home_of
from tests.apps.api.conftest import issue
from tests.journeys.world import World, browser_of, found

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
WORDS = "接触客户信息的在岗员工都签了保密承诺书。"
TEXT = f"""# 客户信息保密制度

```regulation
id      = "secrecy"
subject = "case"
keeper  = "service_head"

[roles]
service_supervisor = "客户服务部负责人"
service_head       = "分管领导"
```

## 1 总则

### 1.1 保密承诺

员工要签保密承诺书。

```control
kind      = "attestation"
id        = "pledge"
name      = "保密承诺"
statement = "{WORDS}"
every     = "P1M"
owner     = "service_supervisor"
evidence  = ["file"]
```

### 1.2 权限

权限要核对。

```control
kind      = "attestation"
id        = "rights"
name      = "权限核对"
statement = "权限已逐一核对。"
question  = "多久核对一次？"
owner     = "service_supervisor"
```
"""
PROOF = Upload("承诺书.txt", "已签".encode())


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.telling(START):
        world = found(at=START - timedelta(days=1))
        edition = actions.draft_edition(text=TEXT, answers={}, by=SYSTEM, at=START)
        actions.approve_edition(edition=edition, by=SYSTEM, at=START)
        actions.publish_edition(edition=edition, effective_from=START, by=SYSTEM, at=START)
        note_editions_in_force(now=START)
        User.objects.update(must_change_password=False)
        yield world


def sign(user: User, at: datetime, **more: Any) -> Statement:
    given: dict[str, Any] = {"control": "pledge", "words": WORDS, "files": [PROOF], **more}
    with clock.telling(at):
        return attest(regulation="secrecy", user=user, by=Actor("staff", str(user.pk)), at=at, **given)


def owed(control: str = "pledge") -> list[tuple[str, str | None]]:
    rows = Promise.objects.filter(regulation="secrecy", control=control).order_by("start", "seq")
    return [(row.state, row.due.date().isoformat() if row.due else None) for row in rows]


URL = "/regulations/secrecy/attest/pledge/"


def test_a_statement_keeps_its_promise_and_begins_the_next(world: World) -> None:
    assert [state for state, _due in owed()] == ["pending"]
    at = START + timedelta(days=10)
    row = sign(world.supervisor, at, remark="三人新签")
    states = [state for state, _due in owed()]
    assert states == ["met", "pending"]
    fact = chain_of(THE_COMPANY)[-1]
    assert (fact.kind, fact.uid) == (ATTESTED, row.fact)
    assert fact.data == {"regulation": "secrecy", "control": "pledge", "edition": 1}
    stored = json.dumps([fact.data, fact.evidence, fact.sealed], ensure_ascii=False)
    assert WORDS not in stored
    assert "三人新签" not in stored
    [file] = row.files.all()
    assert CONTENTS.path_of(file.sha256).read_bytes() == PROOF.content
    assert {"type": "file", "sha256": file.sha256} in fact.evidence
    assert not list(verify_promises(now=at))


def test_who_may_make_it(world: World) -> None:
    for user in (world.agent, world.stranger):
        with pytest.raises(Denied, match="负责人"):
            sign(user, START)
    assert not Statement.objects.exists()


def test_what_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="声明的文字") as changed:
        sign(world.supervisor, START, words="别的话")
    assert changed.value.code == "conflict"
    with pytest.raises(Refused) as unproven:
        sign(world.supervisor, START, files=[])
    assert unproven.value.code == "not_proven"
    with pytest.raises(Invalid, match="类型"):
        sign(world.supervisor, START, files=[Upload("a.exe", b"MZ")])
    with pytest.raises(Invalid):
        sign(world.supervisor, START, proof="call")
    for control in ("nothing", "classify"):
        with pytest.raises(NotFound):
            sign(world.supervisor, START, control=control)
    assert not Statement.objects.exists()
    assert [state for state, _due in owed()] == ["pending"]


def test_a_statement_without_a_period_does_not_expire(world: World) -> None:
    row = sign(world.supervisor, START, control="rights", words="权限已逐一核对。", files=[])
    _reading, control = statements.asked_for("secrecy", "rights", at=NOW)
    [shown] = statements.rows_for("secrecy", control, at=NOW + timedelta(days=900))
    assert (shown.statement, shown.until, shown.state) == (row, None, StatementState.HOLDS)
    assert owed("rights") == []


def test_statements_expire_are_followed_and_taken_back(world: World) -> None:
    first = sign(world.supervisor, START + timedelta(days=1))
    second = sign(world.supervisor, START + timedelta(days=2))
    _reading, control = statements.asked_for("secrecy", "pledge", at=NOW)

    def states(at: datetime) -> list[tuple[int, str]]:
        return [(row.statement.pk, row.state) for row in statements.rows_for("secrecy", control, at=at)]

    soon = START + timedelta(days=3)
    assert states(soon) == [(second.pk, StatementState.HOLDS), (first.pk, StatementState.FOLLOWED)]
    assert states(NOW)[0] == (second.pk, StatementState.EXPIRED)
    with clock.telling(soon):
        who: dict[str, Any] = {"user": world.supervisor, "by": world.actor(world.supervisor), "at": soon}
        with pytest.raises(Invalid, match="为什么"):
            take_back(statement=second, reason=" ", **who)
        with pytest.raises(Denied):
            take_back(statement=second, reason="错", user=world.agent, by=world.actor(world.agent), at=soon)
        take_back(statement=second, reason="名单有误", **who)
        with pytest.raises(Refused, match="已经收回"):
            take_back(statement=second, reason="再来", **who)
    assert states(soon) == [(second.pk, StatementState.TAKEN_BACK), (first.pk, StatementState.HOLDS)]
    gone = statements.rows_for("secrecy", control, at=soon)[0]
    assert (gone.why, gone.taken_back, gone.words) == ("名单有误", world.supervisor.name, WORDS)
    assert "名单有误" not in json.dumps([fact.data for fact in chain_of(THE_COMPANY)], ensure_ascii=False)
    assert not list(verify_promises(now=soon))


def test_taking_back_opens_the_promise_again(world: World) -> None:
    at = START + timedelta(days=1)
    row = sign(world.supervisor, at)
    assert [state for state, _due in owed()] == ["met", "pending"]
    with clock.telling(at + timedelta(hours=1)):
        take_back(
            statement=row, reason="误签", user=world.supervisor, by=world.actor(world.supervisor),
            at=at + timedelta(hours=1),
        )  # fmt: skip
    assert [state for state, _due in owed()] == ["pending"]


# ── on screen ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_signs_shows_and_takes_back(world: World) -> None:
    with clock.telling(START + timedelta(days=1)):
        client = browser_of(world.supervisor)
        page = client.get(URL).content.decode()
        assert WORDS in page
        assert "还没有作过声明" in page
        form = {"words": WORDS, "remark": "都签了", "proof": "file"}
        bare = client.post(URL, form)
        assert bare.status_code == 409
        assert "都签了" in bare.content.decode()
        sent = SimpleUploadedFile("承诺书.txt", PROOF.content)
        assert client.post(URL, {**form, "files": [sent]}).status_code == 303
        page = client.get(URL).content.decode()
        assert "有效至" in page
        assert "都签了" in page
        [row] = Statement.objects.all()
        [file] = row.files.all()
        answer = client.get(f"/regulations/statements/files/{file.pk}/")
        assert b"".join(answer.streaming_content) == PROOF.content  # type: ignore[attr-defined]
        assert answer["Content-Disposition"].startswith("attachment")
        other = browser_of(world.agent)
        seen = other.get(URL).content.decode()
        assert "不能署名" in seen
        assert "署名声明" not in seen
        assert other.post(URL, form).status_code == 403
        back = f"/regulations/statements/{row.pk}/withdraw/"
        assert other.get(back).status_code == 403
        assert client.post(back, {"reason": ""}).status_code == 422
        assert client.post(back, {"reason": "误签"}).status_code == 303
        assert "误签" in client.get(URL).content.decode()


def test_it_stands_on_the_workbench_and_behind_the_figure(world: World) -> None:
    with clock.telling(START + timedelta(days=1)) as _told:
        home = home_of(world.supervisor, "mine", clock.now())
        rows = [row for group in home.groups for row in group.rows if row.promise.regulation == "secrecy"]
        [row] = rows
        assert (row.act_label, row.act_url, row.number) == ("声明", URL, "公司")
        assert "保密承诺" in row.title
        assert row.clause.number == "1.1"
        page = browser_of(world.supervisor).get("/").content.decode()
        assert URL in page
    late = START + timedelta(days=40)
    with clock.telling(late):
        promises.look(now=late)
        told = browser_of(world.supervisor).get("/notices/").content.decode()
        assert URL in told
        sign(world.supervisor, late)
        report = coverage_of("secrecy", month="2026-02", now=late)
        [proof] = proofs(
            world.agent, report.find("1.1"), regulation="secrecy", month="2026-02", state="late"
        ).rows
        assert (proof.number, proof.url) == ("公司", URL)
        [shown] = proof.shown
        assert (list(shown.files), shown.url.partition("#")[0]) == (["承诺书.txt"], URL)


def test_the_company_is_no_case_of_the_same_number(world: World) -> None:
    """The company is subject 1: no case 1 may stand in its place."""
    with clock.telling(START + timedelta(days=1)):
        report = coverage_of("secrecy", month="2026-02", now=clock.now())
        rows = proofs(world.agent, report.find("1.1"), regulation="secrecy", month="2026-02", state="").rows
        assert [row.number for row in rows] == ["公司"]


def test_two_rows_cost_as_many_queries_as_one(world: World, django_assert_max_num_queries: Any) -> None:
    rows = list(Promise.objects.filter(subject_kind="company"))
    with django_assert_max_num_queries(3):
        statements.abouts(world.supervisor, rows * 3)


def test_files_are_kept_apart_from_what_is_tidied(world: World) -> None:
    from keyue.cases.actions.files import tidy

    row = sign(world.supervisor, START)
    [file] = row.files.all()
    path: Path = CONTENTS.path_of(file.sha256)
    for hour in range(256):
        tidy(NOW + timedelta(minutes=5 * hour))
    assert path.is_file()


# ── the API ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_program_states_and_reads(world: World) -> None:
    path = "/regulations/secrecy/controls/pledge/attestations"
    with clock.telling(START + timedelta(days=1)):
        program = issue(world.supervisor, "regulation.view")
        content = base64.b64encode(PROOF.content).decode()
        body = {"statement": WORDS, "remark": "都签了", "files": [{"name": "承诺书.txt", "content": content}]}
        made = program.ok("POST", path, body)
        assert program.status == 201
        assert (made["state"], made["made_by"], made["files"]) == (
            "holds",
            world.supervisor.name,
            ["承诺书.txt"],
        )
        assert made["valid_until"].startswith("2026-02-06")
        assert program.ok("GET", path) == [made]
        program.post(path, {**body, "statement": "别的"})
        assert program.status == 409
        other = issue(world.agent, "regulation.view")
        other.post(path, body)
        assert other.status == 403
        other.post("/regulations/secrecy/controls/nothing/attestations", body)
        assert other.status == 404
