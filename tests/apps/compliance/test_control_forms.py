"""Forms of controls: what is shown, typed and saved; without loss for every control of every pack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from keyue.compliance.control_forms import ControlForm, Offered, typed_from
from keyue.compliance.control_names import FACTS, FIELDS
from keyue.compliance.control_sentences import look_at, sentence_of
from keyue.compliance.control_views import offered_for
from keyue.compliance.typed_conditions import Part, put_together, taken_apart, words
from keyue.compliance.typed_controls import Typed, built, time_of, typed_of
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people.models import User
from keyue.promises.scenario import subject_models
from keyue.regulations import actions
from keyue.regulations import selectors as regulations
from keyue.regulations.controls import build_control
from keyue.regulations.document import ControlBlock, Document, read_document
from keyue.regulations.kinds import ControlKind
from keyue.regulations.models import Edition
from keyue.regulations.writing import toml_block
from tests.journeys.world import World, browser_of, found, quality_manager

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
PACKS = sorted(Path(__file__).parents[3].glob("packs/*/regulation.md"))
DOCUMENTS = {path.parent.name: read_document(path.read_text("utf-8")) for path in PACKS}
BLOCKS = [(name, block) for name, document in DOCUMENTS.items() for block in document.blocks]
OFFERED = Offered(
    "case", {"service_desk": "坐席组", "service_supervisor": "负责人", "service_head": "分管领导"}, {}
)

RAWS: dict[str, dict[str, Any]] = {
    "deadline": {
        "id": "x", "name": "分类", "on": ["case.received if fact.type == 'complaint'", "round"], "when": "!case.solved && case.type in ['complaint', 'feedback']",
        "met_by": "case.classified", "within": {"by": "case.priority", "normal": "PT2H", "urgent": "PT30M"}, "max_pause": "PT120H",
        "owner": ["case.lead", "service_desk"], "remind": ["50%", "75%"], "evidence": ["call", "mail"], "again": "replace",
        "start": "case.received", "counts_from": "case.received", "note": "一句备注", "awaits": "",
        "escalate": [{"at": "75%", "to": "service_supervisor"}, {"at": "100%", "to": ["service_head", "service_supervisor"]}],
    },
    "cadence": {"id": "x", "kind": "cadence", "name": "跟进", "every": "P1W", "window": "fixed", "anchor": "2026-01-05", "days": ["mon", "fri"],
                "count": 2, "late_serves_next": True, "met_by": "case.follow_up_noted", "owner": "service_desk"},
    "record": {"id": "x", "kind": "record", "name": "登记", "on": "case.received", "fields": ["case.category", "fact.region"], "evidence": ["file"],
               "within": "2 working days", "owner": "service_desk"},
    "approval": {"id": "x", "kind": "approval", "name": "批准", "on": "case.closed if fact.exit == 'invalid'", "after": "case.exit_requested",
                 "gate": True, "owner": "service_head"},
    "prohibition": {"id": "x", "kind": "prohibition", "name": "不得", "on": "case.closed if fact.attempts < 3", "met_by": "case.reopened",
                    "owner": "service_desk"},
    "sampling": {"id": "x", "kind": "sampling", "name": "抽查", "every": "P1M", "count": 10, "met_by": "case.rated", "owner": "service_head"},
    "attestation": {"id": "x", "kind": "attestation", "name": "声明", "question": "多久确认一次？", "proposed": "P6M", "statement": "权限已逐一核对。",
                    "owner": "service_head", "evidence": ["file"]},
}  # fmt: skip


def posted(form: ControlForm) -> Typed:
    """What a browser sends for a form that nobody has touched."""
    assert form.groups
    found: Typed = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if value is None or value is False:
            continue
        if isinstance(value, list):
            found[name] = value
        elif not field.widget.attrs.get("disabled"):
            found[name] = "on" if value is True else str(value).replace("\n", "\r\n")
    return found


def same_control(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return build_control(one, "1", (), "own") == build_control(other, "1", (), "own")


# ── no loss ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", list(ControlKind))
def test_every_kind_from_the_form_to_the_text_and_back(kind: ControlKind) -> None:
    raw = {key: value for key, value in RAWS[kind].items() if value != ""}
    form = ControlForm(typed_of(raw), OFFERED)
    made = built({**posted(form), "kind": str(kind)}, None)
    assert not made.faults
    document = read_document(f"# 制度\n\n## 1 条\n\n{toml_block({**made.raw, 'id': 'x'})}")
    [block] = document.blocks
    assert same_control(block.raw, raw)


@pytest.mark.parametrize(("name", "block"), BLOCKS, ids=[f"{name}:{block.id}" for name, block in BLOCKS])
def test_a_control_of_a_pack_saved_unchanged_is_the_same(name: str, block: ControlBlock) -> None:
    document: Document = DOCUMENTS[name]
    offered = Offered(document.subject, document.roles, {})
    look = look_at(document.source, block.clause, block.raw, replacing=block.id)
    form = ControlForm(typed_of(block.raw), offered, look)
    made = built(posted(form), block.raw)
    assert (made.raw, made.faults) == (block.raw, {})
    assert look.text == document.source
    assert look.is_sound
    assert look.words.endswith("。")


@pytest.mark.parametrize(("name", "block"), BLOCKS, ids=[f"{name}:{block.id}" for name, block in BLOCKS])
def test_a_control_typed_anew_governs_the_same(name: str, block: ControlBlock) -> None:
    typed = posted(ControlForm(typed_of(block.raw), Offered(DOCUMENTS[name].subject, {}, {})))
    made = built({**typed, "kind": block.raw.get("kind", "deadline")})
    assert not made.faults
    fresh = {**made.raw, "id": block.id, "proposed": block.raw.get("proposed", "")}
    assert same_control({key: value for key, value in fresh.items() if value != ""}, block.raw)


def test_one_changed_field_leaves_the_spelling_of_the_others() -> None:
    raw = {
        **RAWS["deadline"],
        "within": "7 days",
        "met_by": ["case.classified"],
        "escalate": [{"to": "a", "at": "100%"}],
    }
    del raw["awaits"]
    typed = posted(ControlForm(typed_of(raw), OFFERED)) | {"name": "初步分类"}
    assert built(typed, raw).raw == {**raw, "name": "初步分类"}


# ── times and conditions as people type them ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "form"),
    [("2 小时", "PT2H"), ("2小时内", "PT2H"), ("1 个工作日", "1 working days"), ("当日", "same day"), ("每 2 天", "P2D"),
     ("半年", "P6M"), ("1 年", "P1Y"), ("3 个工作日以内", "3 working days"), ("same working day", "same working day")],
)  # fmt: skip
def test_times(typed: str, form: str) -> None:
    assert time_of(typed) == form


def test_a_limit_by_priority_is_typed_in_words() -> None:
    typed: Typed = {"within-by": "case.priority", "within-0-case": "一般", "within-0-limit": "2 天", "within-1-case": "紧急",
                    "within-1-limit": "24 小时"}  # fmt: skip
    assert built(typed).raw["within"] == {"by": "case.priority", "normal": "P2D", "urgent": "PT24H"}
    assert built({"within": "很快"}).faults.keys() == {"within"}
    assert built({"max_pause": "5 天"}).raw["max_pause"] == "PT120H"


@pytest.mark.parametrize(
    ("text", "parts", "rest"),
    [
        ("!case.solved", [Part("case.solved", "no")], ""),
        ("case.type == 'complaint'", [Part("case.type", "==", "投诉")], ""),
        ("case.type in ['feedback', 'complaint']", [Part("case.type", "in", "反馈、投诉")], ""),
        ("fact.valid != false", [Part("fact.valid", "!=", "否")], ""),
        ("fact.attempts >= 3 && case.lead != null", [Part("fact.attempts", ">=", "3"), Part("case.lead", "set")], ""),
        ("case.solved && size(case.collaborators) > 0", [Part("case.solved", "yes")], "size(case.collaborators) > 0"),
        ("case.solved || case.told && case.reviewed", [], "case.solved || case.told && case.reviewed"),
        ("fact.department == trigger.department && (fact.task == null || fact.task == trigger.task)", [],
         "fact.department == trigger.department && (fact.task == null || fact.task == trigger.task)"),
        ("fact.to  ==  'customer'", [], "fact.to  ==  'customer'"),
        ("fact.region == '3'", [], "fact.region == '3'"),
        ("fact.region == 'a && b'", [], "fact.region == 'a && b'"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_shown_stays_as_it_is(text: str, parts: list[Part], rest: str) -> None:
    assert taken_apart(text) == (parts, rest)
    assert put_together(parts, rest) == text


def test_conditions_are_joined_so_that_both_hold() -> None:
    both = put_together([Part("case.solved", "yes")], "case.told || case.reviewed")
    assert both == "case.solved && (case.told || case.reviewed)"
    assert words("case.type == 'complaint' && !case.solved") == "类型是投诉，且不是「已解决」"


# ── in words, and what is wrong ───────────────────────────────────────────────────────────────────────────────


def test_a_control_as_a_sentence() -> None:
    block = next(block for name, block in BLOCKS if name == "feedback" and block.id == "classify")
    assert sentence_of(block.control(), {"service_desk": "坐席组", "service_supervisor": "负责人"}) == (
        "受理后 2 小时内由坐席组完成「分类」；时限过 50%、75% 时提醒；逾期报负责人。"
    )


@pytest.mark.parametrize("kind", list(ControlKind))
def test_every_kind_has_words(kind: ControlKind) -> None:
    raw = {key: value for key, value in RAWS[kind].items() if value != ""}
    said = sentence_of(build_control(raw, "1", (), "own"), OFFERED.owners)
    assert said.endswith("。")
    assert "case." not in said
    assert "service_" not in said


def test_what_is_wrong_stands_beside_its_field() -> None:
    source = DOCUMENTS["feedback"].source
    raw = {"id": "neu", "name": "新", "on": "case.recieved", "met_by": "case.classified", "owner": "case.lead",
           "when": "case.nothing == 1"}  # fmt: skip
    look = look_at(source, "4.1.2", raw)
    assert not look.is_sound
    assert "case.received" in look.remarks["on"][0].text
    assert set(look.remarks) == {"on", "owner", "when"}
    assert look.may_be_kept
    assert look_at(source, "4.1.2", {"id": "classify"}).remarks.keys() == {"id"}
    empty = look_at(source, "4.1.2", built({"name": "空"}).raw)
    assert empty.remarks["owner"][0].text == "请选择由谁负责：每条约定都要有人负责。"


# ── on screen ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def told() -> Iterator[None]:
    with clock.telling(NOW):
        yield


@pytest.fixture
def world(db: None, told: None) -> World:
    return found(at=NOW - timedelta(days=30))


@pytest.fixture
def keeper(world: World) -> User:
    return quality_manager(NOW)


@pytest.fixture
def client(keeper: User) -> Client:
    return browser_of(keeper)


@pytest.fixture
def draft(keeper: User) -> Edition:
    newest = regulations.newest_edition("feedback")
    assert newest is not None
    return actions.draft_edition(text=newest.source, answers=newest.answers, by=SYSTEM, at=NOW)


def at(draft: Edition, rest: str) -> str:
    return f"/regulations/feedback/editions/{draft.n}/{rest}"


def now(draft: Edition) -> Edition:
    return regulations.edition(draft.regulation_id, draft.n)


def sent(client: Client, url: str) -> dict[str, Any]:
    """What the form at an address would send."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.content[:500]
    return {**posted(answer.context["form"]), "seen": answer.context["seen"]}


def test_saving_what_stands_there_leaves_every_byte(client: Client, draft: Edition) -> None:
    blocks = read_document(draft.source).blocks
    # one of each kind, and some of all: what the form makes of every control is asked without its page
    first = {block.raw.get("kind", "deadline"): block for block in reversed(blocks)}
    for block in {block.id: block for block in [*first.values(), *blocks[::9]]}.values():
        url = at(draft, f"controls/{block.id}/")
        answer = client.post(url, {**sent(client, url), "act": "save"})
        assert answer.status_code == 303, block.id
    assert now(draft).source == draft.source


def test_a_new_control_from_its_kind_to_the_draft(client: Client, draft: Edition) -> None:
    url = at(draft, "clauses/4.1.2/new/")
    picker = client.get(url).content.decode()
    assert picker.count("选这种") == len(ControlKind)
    form = sent(client, f"{url}?kind=deadline")
    missing = client.post(url, {**form, "name": "登记", "act": "save"})
    assert missing.status_code == 422
    assert "请选择什么事触发" in missing.content.decode()
    filled = {**form, "name": "登记", "on-0-fact": "case.classified", "met_by-0-fact": "case.reviewed", "within": "2 小时",
              "owner-0": "service_desk", "remind": "50%", "escalate-0-at": "100%",
              "escalate-0-to-0": "service_supervisor"}  # fmt: skip
    looked = client.post(url, {**filled, "act": "look"}, headers={"HX-Request": "true"}).content.decode()
    assert "分类后 2 小时内由客户服务部坐席组完成「审核」" in looked
    assert 'id="fault-on" hx-swap-oob' in looked
    assert client.post(url, {**filled, "act": "save"}).status_code == 303
    block = next(one for one in read_document(now(draft).source).blocks if one.id == "登记")
    assert (block.clause, block.raw["within"], block.raw["escalate"]) == (
        "4.1.2", "PT2H", [{"at": "100%", "to": "service_supervisor"}]
    )  # fmt: skip


def test_a_fault_is_shown_and_may_be_kept_for_later(client: Client, draft: Edition) -> None:
    url = at(draft, "controls/classify/")
    form = {**sent(client, url), "owner-0": "case.lead"}
    refused = client.post(url, {**form, "act": "save"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "可能是空的" in page
    assert 'value="case.lead" selected' in page
    assert client.post(url, {**form, "act": "keep"}).status_code == 303
    assert '"case.lead"' in now(draft).source
    unread = {**sent(client, url), "within": "很快"}
    assert client.post(url, {**unread, "act": "keep"}).status_code == 422
    assert "很快" not in now(draft).source


def test_a_row_is_removed_and_put_back(client: Client, draft: Edition) -> None:
    url = at(draft, "controls/plan/")
    form = sent(client, url)
    dropped = client.post(url, {**form, "act": "drop:escalate-0"}, headers={"HX-Request": "true"})
    left = posted(dropped.context["form"])
    assert "escalate-0-at" not in left
    back = client.post(url, {**left, "seen": form["seen"], "gone": dropped.context["gone"], "act": "restore"})
    assert typed_from_answer(back) == typed_from_answer(client.get(url))


def typed_from_answer(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in posted(answer.context["form"]).items() if value not in ("", [])}


def test_somebody_else_was_quicker(client: Client, draft: Edition) -> None:
    url = at(draft, "controls/classify/")
    form = {**sent(client, url), "name": "我的"}
    theirs = {**sent(client, url), "name": "他的"}
    other = {**sent(client, at(draft, "controls/plan/")), "name": "别的控制"}
    assert client.post(url, {**theirs, "act": "save"}).status_code == 303
    # another control has not been touched meanwhile
    assert client.post(at(draft, "controls/plan/"), {**other, "act": "save"}).status_code == 303
    conflict = client.post(url, {**form, "act": "save"})
    assert conflict.status_code == 409
    assert "已被别人改过" in conflict.content.decode()
    assert conflict.context["form"]["name"].value() == "我的"
    again = client.post(url, {**form, "seen": conflict.context["seen"], "act": "save"})
    assert again.status_code == 303
    assert 'name     = "我的"' in now(draft).source
    assert '"别的控制"' in now(draft).source


def test_a_removed_control_comes_back_to_its_place(client: Client, draft: Edition) -> None:
    answer = client.post(at(draft, "controls/progress/remove/"), follow=False)
    assert answer.status_code == 303
    assert "progress.every" not in now(draft).answers
    assert "progress" not in [block.id for block in read_document(now(draft).source).blocks]
    assert client.post(at(draft, "restore/")).status_code == 303
    assert (now(draft).source, now(draft).answers) == (draft.source, draft.answers)
    assert client.post(at(draft, "restore/")).status_code == 409


def test_an_answer_goes_with_its_question(client: Client, draft: Edition) -> None:
    assert "progress.every" in draft.answers
    url = at(draft, "controls/progress/")
    form = {**sent(client, url), "question": "", "every": "3 天"}
    assert client.post(url, {**form, "act": "save"}).status_code == 303
    assert "progress.every" not in now(draft).answers
    [control] = [one for one in regulations.read(now(draft)).controls if one.id == "progress"]
    assert not control.is_unanswered


def test_the_block_as_text(client: Client, draft: Edition) -> None:
    url = at(draft, "controls/classify/text/")
    page = client.get(url)
    lines = page.context["form"]["text"].value()
    assert lines in draft.source
    bad = client.post(url, {"text": lines + "x = ", "seen": page.context["seen"]})
    assert bad.status_code == 422
    assert "不是合法的 TOML" in bad.content.decode()
    assert "x = " in bad.content.decode()
    typed = lines.replace("PT2H", "PT1H") + "# 一句注释\n"
    assert client.post(url, {"text": typed, "seen": page.context["seen"]}).status_code == 303
    assert typed in now(draft).source


def test_the_words_of_a_clause(client: Client, draft: Edition) -> None:
    url = at(draft, "clauses/4.1.1/")
    page = client.get(url)
    fields = {
        "heading": "分类",
        "text": "第一段。\n\n第二段。",
        "laws": "《消费者权益保护法》第八条\n",
        "source": "",
        "keeper": "service_head",
    }
    answer = client.post(url, {**fields, "seen": page.context["seen"]})
    assert answer.status_code == 303
    clause = read_document(now(draft).source).clause("4.1.1")
    assert clause is not None
    assert (clause.heading, clause.paragraphs, clause.laws, clause.keeper) == (
        "分类", ["第一段。", "第二段。"], ("《消费者权益保护法》第八条",), "service_head"
    )  # fmt: skip
    assert clause.control_ids == ["classify"]
    stale = client.post(url, {**fields, "heading": "旧", "seen": page.context["seen"]})
    assert stale.status_code == 409
    assert stale.context["form"]["heading"].value() == "旧"


def test_only_a_draft_is_written(client: Client, draft: Edition) -> None:
    url = at(draft, "controls/classify/")
    form = sent(client, url)
    actions.approve_edition(edition=draft, by=SYSTEM, at=NOW)
    assert client.get(url).status_code == 409
    assert client.post(url, {**form, "act": "save"}).status_code == 409
    assert client.post(at(draft, "controls/classify/remove/")).status_code == 409
    assert client.get(at(draft, "controls/nothing/")).status_code in (404, 409)


def test_a_draft_may_hold_anything(client: Client, draft: Edition) -> None:
    odd = (
        'id = "odd"\nkind = "dream"\nowner = 5\nwithin = [1]\non = 3\nescalate = "x"\nwhen = 1\nzzz = true\n'
    )
    url = at(draft, "clauses/4.1.2/new/text/")
    assert client.post(url, {"text": odd, "seen": "", "act": "save"}).status_code == 422
    assert client.post(url, {"text": odd, "seen": "", "act": "keep"}).status_code == 303
    url = at(draft, "controls/odd/")
    answer = client.get(url)
    assert answer.status_code == 200
    assert "dream" in answer.content.decode()
    form = {**sent(client, url), "act": "keep"}
    assert client.post(url, form).status_code == 303
    assert odd in now(draft).source
    assert client.post(url, {**form, "kind": "nightmare", "act": "save"}).status_code == 422
    assert client.post(at(draft, "controls/odd/remove/")).status_code == 303
    assert now(draft).source == draft.source


def test_offered_are_the_posts_of_the_text_first(draft: Edition) -> None:
    names = list(offered_for(read_document(draft.source)).owners)
    assert names[:3] == ["service_desk", "service_supervisor", "service_head"]
    assert len(names) > 3


def test_every_fact_and_field_has_a_name() -> None:
    for model in subject_models().values():
        assert set(model.kinds) <= set(FACTS), model.name
        fields = {name for names in model.kinds.values() for name in names} | set(model.fields)
        assert fields <= set(FIELDS), model.name


def test_names_that_no_form_has_are_not_read() -> None:
    from django.http import QueryDict

    assert typed_from(QueryDict("csrf=x&act=save&name=a&on-0-fact=b&evidence=mail&evidence=call&onion=c")) == {
        "name": "a", "on-0-fact": "b", "evidence": ["mail", "call"],
    }  # fmt: skip
    assert re.fullmatch(r"[\w-]+", built({"name": "按 时/完成"}).raw["id"])
