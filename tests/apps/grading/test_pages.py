"""The pages of grading: the editor, the queue, one customer's grounds, and who gets to see which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from keyue.customers.models import Customer
from keyue.grading import actions
from keyue.grading.enums import Outcome, StandardState
from keyue.grading.forms import Editor, proposed, typed_from, typed_of
from keyue.grading.models import FactorValue, GradeProposal, GradingStandard
from keyue.people.models import User
from tests.apps.grading.conftest import TITLE, People, a_standard, actor

pytestmark = pytest.mark.django_db
Make = Callable[..., Customer]
Apply = Callable[..., GradingStandard]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed_form(editor: Editor) -> dict[str, str]:
    """What the browser would send of the editor's fields."""
    sent: dict[str, str] = {"factors": str(len(editor.factors))}
    forms = [editor.head, *(form for _grade, form in editor.treatments)]
    for row in editor.factors:
        forms += [row.form, *(band for band, _word, _edge in row.bands)]
        sent[f"f{row.n}-rows"] = str(row.rows)
        sent |= {band["edge"].html_name: edge for band, word, edge in row.bands if word}
    for form in forms:
        for bound in form:
            sent.setdefault(bound.html_name, str(bound.value() or ""))
    return sent


def filled() -> dict[str, str]:
    sent = typed_form(Editor(proposed()))
    for grade in "ABCD":
        sent |= {
            f"t{grade}-resources": "客户经理",
            f"t{grade}-policy": "标准服务",
            f"t{grade}-contact_days": "30",
        }
    return sent


def test_the_list_says_what_to_do_first(crew: People, at: datetime):
    page = browser(crew.seller).get(reverse("grading:standards")).content.decode()
    assert "还没有分级标准" in page
    assert reverse("grading:new") in page
    assert (
        reverse("grading:new") not in browser(crew.north).get(reverse("grading:standards")).content.decode()
    )


def test_the_editor_makes_a_standard_without_json(crew: People, at: datetime):
    client = browser(crew.seller)
    assert client.get(reverse("grading:new")).status_code == 200
    answer = client.post(reverse("grading:new"), {**filled(), "act": "submit"})
    assert answer.status_code == 303, answer.content.decode()
    row = GradingStandard.objects.get()
    assert row.state == StandardState.SUBMITTED
    labels = [(factor.label, str(factor.weight), len(factor.bands)) for factor in row.standard.factors]
    assert labels == [
        ("合作规模", "30", 3),
        ("潜力", "20", 3),
        ("信用", "20", 4),
        ("往来历史", "20", 3),
        ("客户需要", "10", 3),
    ]
    assert row.standard.treatments["A"].contact_days == 30


def test_what_is_typed_comes_back_as_it_was(crew: People, at: datetime, applied: Apply):
    row = applied()
    again = Editor(typed_of(typed_form(Editor(typed_from(row)))))
    assert again.standard == row.standard


def test_mistakes_stand_beside_their_fields_and_the_draft_is_kept(crew: People, at: datetime):
    client = browser(crew.seller)
    sent = {**filled(), "f0-weight": "40", "act": "submit"}
    answer = client.post(reverse("grading:new"), sent)
    assert answer.status_code == 422
    assert "权重合计应为 100，现在是 110。" in answer.content.decode()
    row = GradingStandard.objects.get()
    assert row.state == StandardState.DRAFT
    answer = client.post(reverse("grading:edit", args=[row.n]), {**sent, "f0-weight": "很多"})
    assert answer.status_code == 422
    assert "很多" in answer.content.decode()


def test_factors_come_and_go_while_typing(crew: People, at: datetime):
    client, sent = browser(crew.seller), filled()
    more = client.post(
        reverse("grading:new"), {**sent, "f0-label": "我的因素", "act": "add"}, headers={"HX-Request": "true"}
    )
    text = more.content.decode()
    assert text.count('<fieldset class="card"') == 6 + 4
    assert "我的因素" in text
    assert "<html" not in text
    fewer = client.post(reverse("grading:new"), {**sent, "act": "drop-0"}).content.decode()
    assert 'value="合作规模"' not in fewer
    assert fewer.count('<fieldset class="card"') == 4 + 4
    other = client.post(
        reverse("grading:new"), {**sent, "f0-source": "own:yes_no", "act": "shape"}
    ).content.decode()
    assert 'name="f0-yes"' in other
    assert not GradingStandard.objects.exists()


def test_the_sum_and_the_preview_follow_the_typing(client_of: Make, crew: People, at: datetime):
    client_of(scale="大型", credit="excellent")
    text = (
        browser(crew.seller).post(reverse("grading:check"), {**filled(), "f0-weight": "25"}).content.decode()
    )
    assert "应为 100" in text
    assert ">95<" in text
    assert "临江第1000水务有限公司" in text
    # entered just now: (100 × 25 + 100 × 20 + 30 × 20) / 65
    assert "78.46" in text
    assert 'data-g="B"' in text


def test_approved_by_another_and_applied(crew: People, at: datetime):
    row = actions.draft_standard(
        title=TITLE, standard=a_standard(), review_months=6, by=actor(crew.seller), at=at
    )
    url = reverse("grading:standard", args=[row.n])
    seller, boss = browser(crew.seller), browser(crew.boss)
    assert seller.post(url, {"act": "approve"}).status_code == 403
    assert boss.post(url, {"act": "submit"}).status_code == 403
    assert seller.post(url, {"act": "submit"}).status_code == 303
    assert boss.post(url, {"act": "refuse"}).status_code == 422
    assert boss.post(url, {"act": "refuse", "reason": "D 级太少"}).status_code == 303
    assert "D 级太少" in seller.get(url).content.decode()
    seller.post(url, {"act": "submit"})
    assert "批准" in boss.get(url).content.decode()
    boss.post(url, {"act": "approve"})
    assert boss.post(url, {"act": "apply"}).status_code == 303
    row.refresh_from_db()
    assert row.state == StandardState.APPLIED
    assert "使用中" in seller.get(reverse("grading:standards")).content.decode()


def test_the_queue_and_its_decisions(
    client_of: Make, crew: People, at: datetime, applied: Apply, query_count: Any
):
    applied()
    for grade in ("B", None, "D"):
        customer = client_of(scale="大型", credit="good", grade=grade)
        actions.evaluate_customer(customer=customer, by=actor(crew.seller), at=at)
    client = browser(crew.seller)
    with query_count("grading queue"):
        text = client.get(reverse("grading:proposals")).content.decode()
    assert text.count('name="pick"') == 3
    assert "规模 50/50" in text
    assert "没有资料：" in text
    assert (
        'name="pick"'
        not in browser(crew.boss).get(reverse("grading:proposals"), {"why": "periodic"}).content.decode()
    )
    first, *rest = GradeProposal.objects.order_by("pk")
    dialog = client.get(
        reverse("grading:decide", args=[first.pk]), headers={"HX-Request": "true"}
    ).content.decode()
    assert dialog.lstrip().startswith("<header>")
    assert client.post(reverse("grading:decide", args=[first.pk]), {"outcome": "kept"}).status_code == 422
    done = client.post(reverse("grading:decide", args=[first.pk]), {"outcome": "kept", "remark": "先不动"})
    assert done.status_code == 303
    assert client.post(reverse("grading:decide_many"), {"pick": [one.pk for one in rest]}).status_code == 303
    assert list(GradeProposal.objects.order_by("pk").values_list("outcome", flat=True)) == [
        Outcome.KEPT, Outcome.ACCEPTED, Outcome.ACCEPTED,
    ]  # fmt: skip
    decided = client.get(reverse("grading:proposals"), {"state": "decided"}).content.decode()
    assert decided.count("formaction") == 3
    client.post(reverse("grading:undo", args=[rest[0].pk]))
    assert GradeProposal.objects.filter(decided_at=None).count() == 1


def test_the_grounds_of_one_customer(client_of: Make, crew: People, at: datetime, applied: Apply):
    codes = {raw["label"]: raw["code"] for raw in applied().factors}
    customer = client_of(scale="大型", credit="good", grade="B", department="north")
    client, url = browser(crew.north), reverse("grading:grounds", args=[customer.number])
    text = client.get(url).content.decode()
    assert "增长潜力" in text
    assert "没有资料" in text
    assert client.post(url, {"act": "evaluate"}).status_code == 403
    own = {codes["增长潜力"]: "高", codes["需要定制"]: "yes"}
    assert client.post(url, {**own, "act": "values"}).status_code == 303
    assert FactorValue.objects.count() == 2
    assert "建议 A 级" in client.get(url).content.decode()
    assert client.post(url, {"act": "review"}).status_code == 422
    assert client.post(url, {"act": "review", "request": "请再看看"}).status_code == 303
    assert "请再看看" in client.get(url).content.decode()
    assert client.post(url, {codes["增长潜力"]: "自造", "act": "values"}).status_code == 422


def test_customers_of_others_are_not_there(client_of: Make, crew: People, at: datetime, applied: Apply):
    applied()
    customer = client_of(scale="大型", credit="good", department="south")
    made = actions.evaluate_customer(customer=customer, by=actor(crew.seller), at=at)
    assert made is not None
    client = browser(crew.north)
    assert client.get(reverse("grading:grounds", args=[customer.number])).status_code == 404
    assert customer.name not in client.get(reverse("grading:proposals")).content.decode()


def test_the_section_on_a_customers_page(
    client_of: Make, crew: People, at: datetime, applied: Apply, rf: Any
):
    from keyue.customers.sections import Place, sections_of

    customer = client_of(scale="大型", credit="good", grade="B")
    request = rf.get("/customers/")
    request.user, request.at = crew.seller, at

    def shown() -> str:
        found = [one.html for one in sections_of(request, customer, (Place.ASIDE,)) if one.key == "grading"]
        return found[0] if found else ""

    assert shown() == "", "no standard, no card"
    applied()
    actions.evaluate_customer(customer=customer, by=actor(crew.seller), at=at)
    html = shown()
    assert "85 分" in html
    assert "定为 A 级" in html
    assert 'aria-label="规模：50 / 50，大型"' in html


def test_the_api_speaks_of_the_same(client_of: Make, crew: People, at: datetime, applied: Apply):
    from datetime import timedelta

    from keyue.people import actions as people
    from keyue.people.actions.tokens import EVERY

    applied()
    customer = client_of(scale="大型", credit="good", grade="B")
    _row, raw = people.issue_token(
        user=crew.seller,
        name="t",
        scopes=EVERY,
        expires_at=at + timedelta(days=9),
        by=actor(crew.seller),
        at=at,
    )
    client = Client(headers={"Authorization": f"Bearer {raw}"})
    at_ = f"/api/v1/grading/customers/{customer.number}"
    made = client.post(f"{at_}/evaluation", {}, content_type="application/json").json()
    assert (made["computed"], made["score"], made["waiting"]["new"]) == ("A", "85.00", "A")
    pk = made["waiting"]["id"]
    body = {"outcome": "accepted"}
    done = client.post(f"/api/v1/grading/proposals/{pk}/decision", body, content_type="application/json")
    assert done.json()["grade"] == "A"
    assert client.get(at_).json()["grade"] == "A"
    again = client.post(f"/api/v1/grading/proposals/{pk}/undo", content_type="application/json").json()
    assert again["id"] != pk
    assert [one["id"] for one in client.get("/api/v1/grading/proposals").json()["items"]] == [again["id"]]
    found = client.get("/api/v1/grading/standards/1").json()
    assert (found["state"], found["faults"]) == ("applied", {})
