"""What must not happen at the edges of the regulations' pages: leaks, dead ends, numbers that are no numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from keyue.compliance import actions, rebasing, what_if
from keyue.compliance.actions import note_editions_in_force, reading_files
from keyue.compliance.actions.attesting import attest
from keyue.compliance.enums import WhatIfState
from keyue.compliance.models import EvidencePack, ReadFile, WhatIf
from keyue.compliance.what_if import Changes
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises.models import Promise
from keyue.promises.verification import verify_promises
from keyue.regulations import actions as regulations
from keyue.regulations.models import Edition
from tests.apps.api.conftest import issue
from tests.apps.compliance.test_edition_pages import NOW
from tests.journeys.desk import AMENDED, TEXT, publish
from tests.journeys.test_complaint_loop import complaint
from tests.journeys.world import World, found, quality_manager

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PLEDGE = """
## 2 声明

### 2.1 值班

```control
kind      = "attestation"
id        = "pledge"
name      = "值班声明"
statement = "值班电话全天有人接听。"
every     = "P1M"
owner     = "service_supervisor"
```

### 2.2 巡查

```control
kind   = "cadence"
id     = "rounds"
name   = "每周联系"
window = "fixed"
every  = "P1W"
met_by = "case.progress_told"
owner  = "service_desk"
```
"""


@pytest.fixture(autouse=True)
def told() -> Iterator[None]:
    with clock.telling(NOW):
        yield


@pytest.fixture
def world(db: None) -> World:
    at = NOW - 30 * DAY
    with clock.telling(at):
        made = found(at=at, packs=())
        publish(TEXT + PLEDGE, at)
        note_editions_in_force(now=at)
    User.objects.update(must_change_password=False)
    return made


@pytest.fixture
def keeper(world: World) -> User:
    return quality_manager(NOW - DAY)


def drafted(text: str = AMENDED + PLEDGE) -> Edition:
    return regulations.draft_edition(text=text, answers={}, by=SYSTEM, at=NOW)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(user: User, **changes: Any) -> WhatIf:
    return actions.ask_what_if(
        regulation="desk",
        changes=Changes(**changes),
        since=NOW - 10 * DAY,
        until=NOW,
        user=user,
        by=Actor("staff", str(user.pk)),
        at=clock.now(),
    )


# ── drafts are for those whose business they are ──────────────────────────────────────────────────────────────


def test_a_draft_does_not_leak_through_a_replay(world: World, keeper: User) -> None:
    drafted()
    outsider, page = world.agent, "/regulations/desk/what-if/"
    assert 'value="2"' not in browser(outsider).get(page).content.decode()
    assert 'value="2"' in browser(keeper).get(page).content.decode()
    with pytest.raises(Invalid, match="无权查看"):
        ask(outsider, edition=2)
    run = ask(keeper, edition=2)
    assert browser(outsider).get(f"{page}{run.pk}/").status_code == 404
    assert str(run.pk) not in [str(row.pk) for row in what_if.what_ifs_for(outsider, "desk")]
    assert browser(keeper).get(f"{page}{run.pk}/").status_code == 200
    api = issue(outsider, "regulation.view")
    period = {"since": "2026-11-10T00:00:00+08:00", "until": "2026-11-17T00:00:00+08:00"}
    api.post("/regulations/desk/what-ifs", {**period, "edition": 2})
    assert api.status == 422
    # what is typed by hand stays with who typed it; limits of the text in force are everybody's
    ours = ask(keeper, values={"sort.within": "PT1H"})
    assert browser(outsider).get(f"{page}{ours.pk}/").status_code == 200


def test_a_draft_that_changes_takes_its_replay_along(world: World, keeper: User) -> None:
    complaint()
    draft = drafted()
    run = ask(keeper, edition=2)
    regulations.revise_draft(
        edition=draft, text=AMENDED.replace("PT8H", "PT9H") + PLEDGE, answers={}, by=SYSTEM, at=NOW
    )
    with pytest.raises(Invalid, match="在推演以后改过"):
        what_if.plans(WhatIf.objects.get(pk=run.pk))
    shown = browser(keeper).get(f"/regulations/desk/what-if/{run.pk}/")
    assert shown.status_code == 200 and "在推演以后改过" in shown.content.decode()
    WhatIf.objects.filter(pk=run.pk).update(state=WhatIfState.DONE, finished_at=NOW)
    assert "在推演以后改过" in browser(keeper).get(f"/regulations/desk/what-if/{run.pk}/").content.decode()


# ── editions that no longer ask ───────────────────────────────────────────────────────────────────────────────


def test_a_statement_that_is_no_longer_asked_can_still_be_made_while_it_is_owed(world: World) -> None:
    assert Promise.objects.get(control="pledge").is_open
    publish(TEXT, NOW)
    with clock.telling(NOW + DAY):
        assert note_editions_in_force(now=clock.now()) == 1
        client = browser(world.supervisor)
        page = client.get("/regulations/desk/attest/pledge/")
        assert page.status_code == 200
        who = {"user": world.supervisor, "by": world.actor(world.supervisor), "at": clock.now()}
        attest(regulation="desk", control="pledge", words="值班电话全天有人接听。", **who)
        # met, and not asked again
        assert [row.is_open for row in Promise.objects.filter(control="pledge")] == [False]
        assert [str(fault) for fault in verify_promises(clock.now())] == []
        with pytest.raises(NotFound):
            attest(regulation="desk", control="pledge", words="值班电话全天有人接听。", **who)


def test_the_company_owes_nothing_under_an_edition_that_was_replaced(world: World) -> None:
    """The second edition says nothing of the company at all, and yet takes the place of the first."""
    with clock.telling(NOW - 29 * DAY):
        publish(TEXT, clock.now())
        who = {"user": world.supervisor, "by": world.actor(world.supervisor), "at": clock.now()}
        attest(regulation="desk", control="pledge", words="值班电话全天有人接听。", **who)
    rows = Promise.objects.filter(control="pledge")
    assert [(row.state, row.edition.n) for row in rows] == [("met", 1)]
    assert [str(fault) for fault in verify_promises(clock.now())] == []


# ── letting what runs follow another edition ──────────────────────────────────────────────────────────────────


def test_a_window_that_has_begun_says_why_it_stays(world: World, keeper: User) -> None:
    with clock.telling(NOW - 9 * DAY):
        complaint()
    promises.open_windows(now=NOW)
    promises.look(now=NOW)
    assert Promise.objects.filter(control="rounds", is_open=True).exists()
    edition = publish(AMENDED + PLEDGE, NOW)
    with clock.telling(NOW + timedelta(hours=1)):
        rows = rebasing.compared(list(rebasing.running(edition)), edition, clock.now())
    whys = {row.control: row.why for row in rows if row.due and row.due > NOW.isoformat()}
    assert whys["rounds"] == "window"


def test_nothing_is_moved_back_to_an_older_edition(world: World, keeper: User) -> None:
    second = publish(AMENDED + PLEDGE, NOW)
    with clock.telling(NOW + DAY):
        publish(TEXT.replace("PT2H", "PT6H") + PLEDGE, clock.now())
        complaint()
        assert Promise.objects.filter(control="sort", edition__n=3).exists()
        assert "sort" not in [row.control for row in rebasing.running(second)]


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_with_a_long_name_does_not_hold_up_the_others(world: World, keeper: User) -> None:
    text = "第一条 客服主管收到投诉后 2 小时内完成分类。\n"
    for name in ("办" * 190 + ".txt", "短.txt"):
        reading_files.take_file(name=name, content=text.encode(), user=keeper, at=NOW)
    for _turn in range(2):
        assert reading_files.read_next(now=NOW) == 1
    assert {row.state for row in ReadFile.objects.all()} == {"read"}


@pytest.mark.parametrize(
    "content",
    [
        "第一条 客服\x00主管收到投诉后 2 小时内完成分类。".encode(),
        b"\xff\xfe\x00\xd8" + "第一条 收到投诉后 2 小时内完成分类。".encode("utf-16-le"),
        b"# \xed\xa0\x80 " + "第一条 收到投诉后 2 小时内完成分类。".encode(),
        b"%PDF-1.4\n",
        b"PK\x03\x04",
        "第一条 \ud800收到投诉后 2 小时内完成分类。".encode("utf-8", "surrogatepass"),
    ],
)
def test_whatever_is_sent_comes_to_an_end(world: World, keeper: User, content: bytes) -> None:
    for name in ("a.txt", "a.pdf", "a.docx", "a.html", "a.md"):
        reading_files.take_file(name=name, content=content, user=keeper, at=NOW)
    for _turn in range(5):
        assert reading_files.read_next(now=NOW) == 1
    assert reading_files.read_next(now=NOW) == 0
    client = browser(keeper)
    for file in ReadFile.objects.all():
        assert client.get(f"/regulations/upload/{file.pk}/").status_code == 200
        assert client.post(f"/regulations/upload/{file.pk}/", {"act": "take_all"}).status_code in (
            303,
            409,
            422,
        )
        about = {"title": "办法", "id": f"own_{file.pk}", "code": "", "keeper": "service_head"}
        assert client.post(f"/regulations/upload/{file.pk}/", about).status_code in (303, 409, 422)


# ── words in addresses ────────────────────────────────────────────────────────────────────────────────────────


def test_no_regulation_is_called_as_an_address(world: World, keeper: User) -> None:
    from keyue.api.assembly import api
    from keyue.compliance.urls import urlpatterns
    from keyue.regulations.rules import RESERVED

    pages = {str(one.pattern).partition("/")[0] for one in urlpatterns}
    programs = {
        path.removeprefix("/regulations/").partition("/")[0]
        for prefix, router in api._routers
        if prefix.startswith("/regulations")
        for path in router.path_operations
        for path in [path.lstrip("/")]
    }
    words = {word for word in pages | programs if word and not word.startswith(("<", "{"))}
    assert words == RESERVED
    for word in sorted(RESERVED):
        with pytest.raises(Invalid, match="换一个"):
            drafted(TEXT.replace('"desk"', f'"{word}"'))


# ── numbers and letters that are none ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("offset", ["²", "9" * 30, "9" * 5000, "-1", "٣"])
def test_an_offset_that_is_none(world: World, keeper: User, offset: str) -> None:
    answer = browser(keeper).get("/regulations/desk/1.1/evidence/", {"offset": offset})
    assert answer.status_code == 200


@pytest.mark.parametrize("said", ["\x00", "\ud800", "\udfff\ud800"])
def test_letters_that_no_database_takes(world: World, keeper: User, said: str) -> None:
    drafted()
    program = issue(keeper)
    body = {"text": TEXT + said, "reason": said}
    for method, path, body_ in (
        ("POST", "/regulations/desk/editions", {"text": TEXT + said}),
        ("POST", "/regulations/desk/editions", {"reason": f"因为{said}"}),
        ("PUT", "/regulations/desk/editions/2", body),
        ("PUT", "/regulations/desk/editions/2", {"text": TEXT, "answers": {"a": said}}),
        ("PUT", "/regulations/desk/editions/2", {"text": TEXT, "answers": {said: "a"}}),
        ("POST", "/regulations/desk/what-ifs", {
            "since": "2026-11-10T00:00:00+08:00", "until": "2026-11-17T00:00:00+08:00", "text": TEXT + said,
        }),
        ("POST", "/regulations/desk/controls/pledge/attestations", {"statement": "x", "remark": said}),
        ("POST", "/regulations/desk/packs", {
            "clause": said, "first": "2026-11-01", "last": "2026-11-02", "purpose": "supervision",
        }),
    ):  # fmt: skip
        program.send(method, path, body_)
        assert program.status < 500, (method, path, body_)


# ── a pack that another process has taken over ────────────────────────────────────────────────────────────────


def test_who_lost_a_pack_does_not_end_it(world: World, keeper: User) -> None:
    today = NOW.date()
    who = {"user": keeper, "by": Actor("staff", str(keeper.pk)), "at": NOW}
    actions.ask_pack(regulation="desk", clause="", first=today, last=today, purpose="supervision", **who)
    mine = actions.take_pack(worker="one", now=NOW)
    assert mine is not None
    later = NOW + timedelta(minutes=6)
    theirs = actions.take_pack(worker="two", now=later)
    assert theirs is not None and theirs.pk == mine.pk
    made = {"figures": {}, "promises": 0, "size": 1, "sha256": "a", "fingerprint": "b"}
    with clock.telling(later):
        actions.finish_pack(pack=mine, made={**made, "sha256": "z"}, now=later)
        actions.finish_pack(pack=theirs, made=made, now=later)
        actions.fail_pack(pack=mine, problem="x", now=later)
        actions.keep_pack(pack=mine, done=1, total=9, now=later)
    [row] = EvidencePack.objects.all()
    assert (row.state, row.problem, row.sha256) == ("ready", "", "a")


# ── twice, many, and not for everybody ────────────────────────────────────────────────────────────────────────


def test_who_clicks_twice_signs_once(world: World) -> None:
    said = {"regulation": "desk", "control": "pledge", "words": "值班电话全天有人接听。"}
    who = {"user": world.supervisor, "by": world.actor(world.supervisor)}
    first = attest(**said, **who, at=NOW)
    with clock.telling(NOW + timedelta(seconds=2)):
        assert attest(**said, **who, at=clock.now()) == first
    assert [row.is_open for row in Promise.objects.filter(control="pledge").order_by("seq")] == [False, True]
    with clock.telling(NOW + DAY):
        assert attest(**said, **who, at=clock.now()) != first


def test_whoever_is_asked_to_read_costs_no_query(world: World, django_assert_max_num_queries: Any) -> None:
    from keyue.people import actions as people
    from keyue.promises.models import Notice

    for n in range(30):
        people.create_staff(username=f"staff{n}", name=f"员工{n}", by=SYSTEM, at=NOW)
    edition = drafted()
    regulations.approve_edition(edition=edition, by=SYSTEM, at=NOW)
    with django_assert_max_num_queries(40):
        regulations.announce_edition(
            edition=edition, effective_from=NOW, audience={"all": True}, by=SYSTEM, at=NOW
        )
    assert Notice.objects.filter(kind="reading").count() == User.objects.filter(is_active=True).count()


def test_conflicts_have_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from keyue.compliance import conflicts

    publish(TEXT.replace('"desk"', '"other"').replace("PT2H", "PT3H").replace("意见受理", "另一项"), NOW)
    publish(TEXT.replace('"desk"', '"third"').replace("PT2H", "PT4H").replace("意见受理", "第三项"), NOW)
    client = browser(world.agent)
    assert "未列出" not in client.get("/regulations/conflicts/").content.decode()
    monkeypatch.setattr(conflicts, "SHOWN", 1)
    page = client.get("/regulations/conflicts/").content.decode()
    assert "另有 2 处未列出" in page


def test_who_lets_promises_follow_sees_numbers_of_their_cases_only(world: World, keeper: User) -> None:
    from keyue.people.models import RoleGrant

    case = complaint()
    publish(AMENDED + PLEDGE, NOW)
    with clock.telling(NOW + timedelta(minutes=5)):
        who = {"user": keeper, "by": Actor("staff", str(keeper.pk)), "at": clock.now()}
        made = actions.ask_rebasing(regulation="desk", reason="放宽", **who)
        page = f"/regulations/desk/rebasings/{made.pk}/"
        assert case.number in browser(keeper).get(page).content.decode()
        RoleGrant.objects.filter(user=keeper).update(scope="own")
        shown = browser(User.objects.get(pk=keeper.pk)).get(page)
        assert shown.status_code == 200 and case.number not in shown.content.decode()
