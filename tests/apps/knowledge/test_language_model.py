"""A language model behind a real HTTP server: what leaves the house, what is believed, and what happens when it fails."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from keyue.customers import actions as customers
from keyue.kernel.errors import Invalid
from keyue.knowledge import actions, model_client
from keyue.knowledge.models import LanguageModel, Question
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.selectors import facts_of
from tests.apps.knowledge.conftest import AT
from tests.journeys.world import browser_of
from tests.support.language_model import LanguageModelServer, language_model

VISITOR = Actor("customer", "help")
KEY = "test-key-7c1d"
PLAIN = "PP 棉三到六个月，活性炭六到十二个月。"


@pytest.fixture
def model() -> Iterator[LanguageModelServer]:
    model_client._health.clear()
    with language_model() as server:
        yield server


@pytest.fixture
def attached(house, now, publish, model) -> LanguageModelServer:
    publish()
    publish(title="开具发票", topic="发票", body="电子发票当天开出。", asked=("发票怎么弄",))
    attach(model)
    return model


def attach(model: LanguageModelServer, **fields: object) -> LanguageModel:
    given = {"is_on": True, "address": model.url, "name": "qwen-test", "key": KEY, "seconds": 2, **fields}
    return actions.set_model(**given, by=SYSTEM, at=AT)  # type: ignore[arg-type]


def ask(question: str = "滤芯几个月换一次", **given):
    return actions.answer(question, via="help", by=VISITOR, at=AT, **given)


def test_an_answer_with_citations_is_given_and_kept(attached):
    attached.says("PP 棉三到六个月换一次，活性炭六到十二个月。", (1, "PP 棉三到六个月"))
    reply = ask()
    kept = Question.objects.get()
    assert reply.text == "PP 棉三到六个月换一次，活性炭六到十二个月。"
    assert (reply.model, kept.model, kept.reply) == ("qwen-test", "qwen-test", reply.text)
    assert [source.title for source in reply.sources] == ["滤芯多久更换一次"]
    assert kept.sources[0][:2] == [reply.article, 1]
    assert attached.paths == ["/v1/chat/completions"]
    assert attached.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert attached.asked[0]["model"] == "qwen-test"


def test_personal_data_does_not_leave_the_house(attached):
    customers.create_customer(
        kind="person", name="许南乔", contact_name="许南乔", phone="13900002222", email="xu@example.com",
        source="phone", legal_basis="contract", by=SYSTEM, at=AT,
    )  # fmt: skip
    attached.says("", (1, ""))
    told = {
        "电话13800138000": "13800138000", "打138-0013-8000": "0013", "邮箱zhang.san@example.com": "zhang",
        "身份证330106199001011234": "330106", "许南乔托我问的": "许南乔", "我叫张三丰": "张三丰",
        "杭州市西湖区西溪路 518 号 2 单元": "518", "卡6222021234567890123": "6222", "车浙A12345": "A12345",
        "微信号abc_12345": "abc_12345", "小明哥收": "小明哥", "王女士": "王女士", "一三八零零一三八零零零": "一三八",
    }  # fmt: skip
    for more in told:
        ask(f"滤芯几个月换一次？{more}", names=["小明哥"])
    sent = [body.decode() for body in attached.raw_bodies]
    # a question that is too unsure is not sent at all
    assert len(sent) >= len(told) - 3
    for secret in told.values():
        assert not [body for body in sent if secret in body], secret
        assert not Question.objects.filter(text__contains=secret).exists(), secret
    assert Question.objects.count() == len(told)


def test_articles_for_staff_do_not_leave_the_house(house, now, publish, model):
    publish(title="赔付话术", visibility="staff", body="内部口径：最多赔三百。", asked=("赔多少钱",))
    attach(model)
    model.says("最多赔三百。", (1, "最多赔三百"))
    actions.answer("最多赔多少钱", via="help", by=VISITOR, at=AT, audience="staff")
    assert model.raw_bodies == []


@pytest.mark.parametrize(("text", "citations"), [
    ("三到六个月换一次。", ()),
    ("三到六个月换一次。", ((1, "每年换一次就行"),)),
    ("三到六个月换一次。", ((9, "PP 棉三到六个月"),)),
    ("三到六个月换一次。", ((0, "PP 棉三到六个月"),)),
    ("三到六个月换一次。", ((2, "PP 棉三到六个月"),)),
    ("三到六个月换一次。", ((1, "PP"),)),
    ("三到六个月换一次。", ((1, "PP 棉三到六个月"), (1, "终身免费更换滤芯"))),
    ("24 个月换一次 PP 棉。", ((1, "PP 棉三到六个月"),)),
    ("请看 https://evil.example/x PP 棉三到六个月", ((1, "PP 棉三到六个月"),)),
    ("请写信给 evil@example.com PP 棉三到六个月", ((1, "PP 棉三到六个月"),)),
    ("本公司承诺终身免费上门维修所有产品并且赔偿全部损失", ((1, "PP 棉三到六个月"),)),
    ("", ((1, "PP 棉三到六个月"),)),
    ("长" * 3000, ((1, "PP 棉三到六个月"),)),
])  # fmt: skip
def test_what_the_articles_do_not_say_is_thrown_away(attached, text, citations):
    attached.says(text, *citations)
    reply = ask()
    assert (reply.text, reply.model) == (PLAIN, "")
    assert len(attached.asked) == 1


@pytest.mark.parametrize("said", [
    "", "不知道", "[]", "{", '{"answer": 3}', '{"answer": "好", "citations": "x"}', '{"answer": "好", "citations": [1, null]}',
    '{"answer": {"a": 1}, "citations": [{"source": true, "quote": "PP 棉三到六个月"}]}', "{" * 5000,
])  # fmt: skip
def test_odd_answers_fall_back_to_the_article(attached, said):
    attached.answer = lambda request: said
    assert (ask().text, ask().model) == (PLAIN, "")


@pytest.mark.parametrize(("fields", "why"), [
    ({"status": 500, "raw": b"boom"}, "500"), ({"status": 401}, "密钥"), ({"raw": b"<html>"}, "格式"),
    ({"raw": b'{"choices": []}'}, "格式"), ({"raw": b"x" * 1_200_000}, "太长"), ({"raw": b""}, "格式"),
    ({"status": 302, "location": "http://169.254.169.254/latest/meta-data/"}, "302"),
])  # fmt: skip
def test_a_service_that_fails_is_done_without(attached, fields, why, caplog):
    for name, value in fields.items():
        setattr(attached, name, value)
    assert ask().text == PLAIN
    assert why in caplog.text
    assert len(attached.paths) == 1


@pytest.mark.parametrize("how", ["delay", "drip"])
def test_a_slow_service_keeps_nobody_waiting(attached, how):
    attach(attached, seconds=1)
    attached.says("PP 棉三到六个月换一次。", (1, "PP 棉三到六个月"))
    setattr(attached, how, 4.0 if how == "delay" else 0.1)
    begun = time.monotonic()
    assert ask().text == PLAIN
    assert time.monotonic() - begun < 2.5


def test_a_service_that_keeps_failing_is_left_alone(attached):
    attached.status = 500
    for _n in range(6):
        assert ask().text == PLAIN
    assert len(attached.paths) == 3


def test_a_service_that_is_gone(attached, model):
    attach(attached, address="http://127.0.0.1:9/v1")
    assert ask().text == PLAIN


def test_it_is_off_until_it_is_switched_on(house, now, publish, model):
    publish()
    attach(model, is_on=False)
    assert ask().text == PLAIN
    assert model.paths == []


@pytest.mark.parametrize("address", [
    "http://169.254.169.254/latest", "http://[fe80::1]/v1", "http://0.0.0.0:8000/v1", "http://[::ffff:169.254.169.254]/v1",
    "http://224.0.0.1/v1", "http://no-such-host.invalid/v1",
])  # fmt: skip
def test_addresses_that_are_not_connected_to(address):
    with pytest.raises(model_client.Failed):
        model_client.ask(model_client.Service(address, "m", "", 2.0), [], is_trial=True)


@pytest.mark.parametrize("address", [
    "file:///etc/passwd", "ftp://host/v1", "gopher://x", "http://", "http://user:pass@host/v1", "http://host:0/v1",
    "http://host/v1?x=1", "不是地址", "http://[::1/v1", "http://host:99999999/v1",
])  # fmt: skip
def test_addresses_that_are_refused(db, address):
    with pytest.raises(Invalid) as caught:
        actions.set_model(is_on=True, address=address, name="m", by=SYSTEM, at=AT)
    assert "address" in caught.value.fields


def test_the_key_is_sealed_and_goes_to_no_other_host(house, now, publish, model):
    row = attach(model)
    assert KEY not in row.secret and row.secret
    attach(model, key="", seconds=3)
    row.refresh_from_db()
    assert row.secret, "an empty field leaves the key as it is"
    attach(model, key="", address="http://127.0.0.1:9/v1")
    row.refresh_from_db()
    assert row.secret == ""
    facts = facts_of(row.subject)
    assert [fact.kind for fact in facts] == ["language_model.set"] * 3
    assert KEY not in str([dict(fact.data) for fact in facts])
    with pytest.raises(Invalid):
        attach(model, key="a\nb")


def test_the_page_for_administrators(house, now, model):
    from keyue.people import actions as people
    from keyue.people.models import User

    user = people.create_staff(username="root1", name="赵系统", must_change_password=False, by=SYSTEM, at=AT)
    people.grant_role(user=user, role="system_administrator", by=SYSTEM, at=AT)
    User.objects.update(must_change_password=False)
    browser = browser_of(User.objects.get(pk=user.pk))
    url = "/settings/language-model/"
    assert browser.get(url).status_code == 200
    assert browser.post(f"{url}try/").status_code == 409
    wrong = browser.post(url, {"is_on": "on", "address": "x", "name": "", "seconds": "99"})
    assert wrong.status_code == 422
    sent = {"is_on": "on", "address": model.url, "name": "qwen-test", "key": KEY, "seconds": "2"}
    assert browser.post(url, sent).status_code == 303
    shown = browser.get(url).content.decode()
    assert KEY not in shown and "正在使用" in shown
    model.answer = lambda request: "好"
    assert browser.post(f"{url}try/").status_code == 303
    assert "连上了，它说：好" in browser.get(url).content.decode()
    model.status = 401
    browser.post(f"{url}try/")
    assert "密钥被拒绝" in browser.get(url).content.decode()
    assert browser_of(house.writer).get(url).status_code == 403
