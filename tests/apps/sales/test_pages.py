"""The pages over HTTP: who sees what, what is done, and the page behind a plan's link."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from keyue.company.actions import found_installation
from keyue.kernel.errors import TooMany
from keyue.people.models import User
from keyue.sales import actions, asking, selectors
from keyue.sales.models import Lead, Need, Opportunity, PoolEntry, ServicePlan

from .conftest import AT, BY, by, registered

HTMX = {"HX-Request": "true"}


@pytest.fixture
def enter(client, sales):
    def sign_in(user: User):
        client.force_login(user)
        return client

    return sign_in


def words(response) -> str:
    return response.content.decode()


def chance(customer, owner, title="二期膜组", **more):
    return actions.open_opportunity(customer=customer, title=title, owner=owner, by=BY, at=AT, **more)


def test_registering_from_the_form(enter, sales):
    client = enter(sales.lin)
    page = words(client.get("/customers/leads/new/"))
    assert "30 天" in page and 'name="uscc"' in page
    given = {"kind": "organisation", "name": "临江水务有限公司", "person": "周叙白", "phone": "13812346027",
             "source": "referral", "legal_basis": "contract"}  # fmt: skip
    answer = client.post("/customers/leads/new/", given)
    lead = Lead.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/customers/leads/{lead.number}/")
    page = words(client.get(answer["Location"]))
    assert "周*" in page and "138****6027" in page and "周叙白" not in page and "12346027" not in page
    answer = client.post("/customers/leads/new/", {**given, "phone": "123", "name": "东山药业有限公司"})
    assert (
        answer.status_code == 422
        and "东山药业有限公司" in words(answer)
        and "请填 11 位手机号" in words(answer)
    )
    assert client.post("/customers/leads/new/", given).status_code == 409


def test_the_list_shows_ones_own_and_finds(enter, sales):
    for n in range(27):
        registered(sales.lin, name=f"第{n}水务有限公司", uscc="")
    registered(sales.wu, name="南区药业有限公司")
    client = enter(sales.lin)
    page = words(client.get("/customers/leads/"))
    assert "南区药业" not in page and page.count('class="cut"') == 25
    after = re.search(r'href="\?after=(\d+)"', page)[1]
    assert words(client.get("/customers/leads/", {"after": after})).count('class="cut"') == 2
    found = words(client.get("/customers/leads/", {"q": "第26"}, headers=HTMX))
    assert "<html" not in found and "第26水务有限公司" in found and found.count('class="cut"') == 1
    assert "没有符合的线索" in words(client.get("/customers/leads/", {"state": "expired"}))
    assert client.get("/customers/leads/", {"after": "x"}).status_code == 422


def test_only_who_follows_a_lead_acts_on_it(enter, sales):
    lead = registered(sales.lin)
    act = reverse("sales:lead_act", args=[lead.number, "contact"])
    assert enter(sales.chen).post(act, {"way": "phone"}).status_code == 403
    assert enter(sales.wu).get(reverse("sales:lead", args=[lead.number])).status_code == 404
    client = enter(sales.lin)
    assert "dialog" not in words(client.get(act, headers=HTMX))[:20]
    assert client.post(act, {"way": "phone", "what": "约了周三"}).status_code == 303
    assert "约了周三" in words(client.get(reverse("sales:lead", args=[lead.number])))
    extend = reverse("sales:lead_act", args=[lead.number, "extend"])
    assert client.get(extend).status_code == 403
    until = (AT + timedelta(days=600)).date().isoformat()
    assert enter(sales.head).post(extend, {"until": until, "why": "招标推迟"}).status_code == 303


def test_a_conflict_is_shown_with_its_reasons_and_settled(enter, sales):
    registered(sales.lin)
    lead = registered(sales.chen)
    client = enter(sales.head)
    assert "有 1 条撞单等您裁定" in words(client.get("/customers/leads/"))
    url = reverse("sales:lead", args=[lead.number])
    page = words(client.get(url))
    assert "名称相同" in page and "林知夏" in page
    settle = reverse("sales:lead_act", args=[lead.number, "settle"])
    assert client.post(settle, {"outcome": "newcomer"}).status_code == 422
    assert client.post(settle, {"outcome": "newcomer", "why": "先拜访过"}).status_code == 303
    assert "归后报备的人" in words(client.get(url))


def test_a_number_is_shown_for_a_purpose(enter, sales):
    lead = registered(sales.lin, phone="13812346027")
    url = reverse("sales:lead_reveal", args=[lead.number, "phone"])
    assert enter(sales.chen).post(url, {"purpose": "contact"}).status_code == 403
    assert enter(sales.lin).post(url).status_code == 422
    assert "138 1234 6027" in words(enter(sales.lin).post(url, {"purpose": "contact"}))


def test_the_pool_hides_how_to_reach_somebody_and_gives_to_who_picks(enter, sales, make):
    customer = make(account_manager=sales.lin, contact_name="周叙白", phone="13812346027")
    release = reverse("sales:release", args=[customer.number])
    assert enter(sales.chen).post(release).status_code == 403
    client = enter(sales.lin)
    assert "30 天内不能再领" in words(client.get(release, headers=HTMX))
    answer = client.post(release)
    assert answer.status_code == 303
    entry = PoolEntry.objects.get()
    page = words(client.get("/customers/pool/"))
    undo = reverse("sales:put_back", args=[entry.pk])
    assert undo in page and "起可再领" in page
    page = words(enter(sales.wu).get("/customers/pool/"))
    assert customer.name in page and "6027" not in page and "今天还能领取 5 位" in page
    answer = enter(sales.wu).post(reverse("sales:pick", args=[entry.pk]))
    assert answer["Location"] == reverse("customers:page", args=[customer.number])
    assert enter(sales.chen).post(reverse("sales:pick", args=[entry.pk])).status_code == 404
    assert "公海里没有客户" in words(enter(sales.chen).get("/customers/pool/"))


def test_the_rules_are_changed_on_a_page(enter, sales):
    client = enter(sales.head)
    page = words(client.get("/customers/pool/rules/"))
    assert "方案报价 50" in page
    given = {name: 10 for name in (
        "protection_days protection_warn_days most_leads pick_per_day most_held lock_days warn_days idle_b"
    ).split()}  # fmt: skip
    given |= {"stages": "初步接触 5\n谈判 60\n赢单 =won\n输单 =lost", "revision": 0}
    assert client.post("/customers/pool/rules/", given).status_code == 303
    rules = selectors.company_rules()
    assert (rules.protection_days, rules.idle_b, rules.idle_a, rules.keeps_signed) == (10, 10, None, False)
    first = selectors.company_stages()[0]
    assert (first.code, first.probability) == ("contact", 5)
    assert client.post("/customers/pool/rules/", given).status_code == 409
    answer = client.post("/customers/pool/rules/", {**given, "revision": 1, "stages": "赢单 =won"})
    assert answer.status_code == 422 and "赢单、输单各一个" in words(answer)
    assert enter(sales.lin).get("/customers/pool/rules/").status_code == 403


def test_the_board_moves_a_card_and_takes_it_back(enter, sales, make):
    row = chance(make(account_manager=sales.lin), sales.lin, amount="5000")
    client = enter(sales.lin)
    page = words(client.get("/customers/opportunities/"))
    move = reverse("sales:move", args=[row.number, "offer", 1])
    assert move in page and "¥5,000.00" in page
    answer = client.post(move, headers=HTMX)
    assert answer.status_code == 200 and "<html" not in words(answer)
    undo = reverse("sales:unmove", args=[row.number, "contact", 2])
    assert undo in words(answer) and "data-moved" in words(answer)
    assert client.post(move, headers=HTMX).status_code == 409
    assert client.post(undo).status_code == 303
    row.refresh_from_db()
    assert row.stage == "contact"
    assert enter(sales.wu).post(reverse("sales:move", args=[row.number, "offer", 3])).status_code == 404


def test_an_opportunitys_page_and_acts(enter, sales, make):
    customer = make(account_manager=sales.lin)
    client = enter(sales.lin)
    new = reverse("sales:opportunity_new", args=[customer.number])
    answer = client.post(
        new, {"title": "二期膜组", "stage": "contact", "amount": "1200.5", "next_step": "送样"}
    )
    row = Opportunity.objects.get()
    url = reverse("sales:opportunity", args=[row.number])
    assert answer["Location"] == url
    assert client.post(new, {"title": "", "stage": "contact", "amount": "x"}).status_code == 422
    act = lambda code: reverse("sales:opportunity_act", args=[row.number, code])  # noqa: E731
    assert client.post(act("edit"), {"title": "二期膜组", "amount": "2000"}).status_code == 303
    assert client.post(act("hand-over"), {"staff": sales.chen.pk}).status_code == 303
    assert client.post(act("lose"), {"reason": "price", "remark": "贵了两成"}).status_code == 303
    page = words(client.get(url))
    assert "¥2,000.00" in page and "价格" in page and "贵了两成" in page and "陈砚" in page
    assert client.post(act("reopen"), {"stage": "talks", "why": "又来问了"}).status_code == 303
    assert client.get(act("nothing")).status_code == 404
    assert "二期膜组" in words(client.get("/customers/opportunities/list/", {"stage": "talks"}))


def test_needs_and_plans_from_the_customers_page(enter, sales, make):
    customer = make(account_manager=sales.lin, contact_name="周叙白", phone="13812346027")
    client = enter(sales.lin)
    new = reverse("sales:need_new", args=[customer.number])
    contact = customer.contacts.get().pk
    assert client.post(new, {"what": "加两台膜组", "contact": contact}).status_code == 303
    need = Need.objects.get()
    assert need.contact_id == contact
    answer = client.post(
        reverse("sales:need_act", args=[need.pk, "plan"]), {"text": "六月底前装好", "items": "膜组两台\n培训"}
    )
    [token] = set(re.findall(r"/plan/([\w-]+)/", words(answer)))
    plan = ServicePlan.objects.get()
    # shown once: the page of the plan has it no more
    assert token not in words(client.get(reverse("sales:plan", args=[plan.pk])))
    client.logout()
    page = client.get(f"/plan/{token}/")
    assert "膜组两台" in words(page) and page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"] and "script-src 'self'" in page["Content-Security-Policy"]
    assert client.post(f"/plan/{token}/", {"answer": "no", "what": ""}).status_code == 422
    assert client.post(f"/plan/{token}/", {"answer": "yes"}).status_code == 303
    assert "您已确认这份方案" in words(client.get(f"/plan/{token}/"))
    assert client.post(f"/plan/{token}/", {"answer": "no", "what": "改"}).status_code == 409
    assert client.get("/plan/nonsense/").status_code == 404
    plan.refresh_from_db()
    assert plan.state == "confirmed"


def test_the_public_page_is_limited(client, sales, monkeypatch):
    def refuse(request):
        raise TooMany("次数太多", retry_after=60)

    monkeypatch.setattr(asking, "_limits", {"test": refuse})
    answer = client.get("/plan/nonsense/")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def test_the_funnel_and_its_workbook(enter, sales):
    found_installation(
        company="澄川环境", is_demo=False, service_phone="", privacy_notice="", joined=False, by=BY, at=AT
    )
    registered(sales.lin)
    client = enter(sales.head)
    target = reverse("sales:target") + "?period=2026-03"
    given = {"staff": sales.lin.pk, "customers": 4, "amount": "10000"}
    assert client.post(target, given).status_code == 303
    assert client.post(target, {**given, "staff": sales.wu.pk}).status_code == 422
    page = words(client.get("/customers/funnel/", {"period": "2026-03"}))
    assert "林知夏" in page and "¥10,000.00" in page and "吴桐" not in page
    answer = client.get("/customers/funnel/file/", {"period": "2026-03"})
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    lin = next(row for row in rows if row[0] == "林知夏")
    assert lin[:3] == ["林知夏", "1", "0"] and lin[9] == "4" and lin[12] == "10000.00"
    assert "何苒" in str(book.get_sheet_by_index(1).to_python())
    alone = words(enter(sales.lin).get("/customers/funnel/", {"period": "2026-03"}))
    assert "陈砚" not in alone and "设定目标" not in alone


def test_the_section_on_a_customers_page(enter, sales, make):
    customer = make(account_manager=sales.lin)
    actions.note_need(customer=customer, what="加两台膜组", user=sales.lin, by=by(sales.lin), at=AT)
    page = words(enter(sales.lin).get(reverse("customers:page", args=[customer.number])))
    assert "加两台膜组" in page and reverse("sales:need_new", args=[customer.number]) in page
    page = words(enter(sales.agent).get(reverse("customers:page", args=[customer.number])))
    assert "加两台膜组" in page and "sales:need_new" not in page
