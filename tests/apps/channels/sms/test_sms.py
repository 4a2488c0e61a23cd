"""Short messages in and out: by templates, by gateways, once each, and what the operator says of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keyue.channels.sms.forms import SmsForm
from keyue.channels.webhook.models import UnreadCallback
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Channel, Conversation, Line
from keyue.kernel import clock
from keyue.ledger.models import OutboxItem
from keyue.promises.models import Notice
from keyue.ui.uploads import Upload
from tests.apps.channels.sms.conftest import push
from tests.apps.channels.vendors import Desk, Standin, send_all

pytestmark = pytest.mark.django_db
Make = Callable[..., Channel]
UP = {
    "phone_number": "13812346027", "send_time": "2017-09-01 11:12:13", "content": "水是浑的",
    "sign_name": "澄川环境", "dest_code": "0000", "sequence_id": 1234567890,
}  # fmt: skip


def test_a_message_of_a_known_number_is_of_that_contact(made: Make, desk: Desk) -> None:
    answer = push(made("aliyun"), [UP])
    assert answer.json() == {"code": 0, "msg": "OK", "result": 0, "errmsg": "OK"}
    row = Conversation.objects.get()
    assert row.contact == desk.contact
    assert [line.body for line in row.lines.all()] == ["水是浑的"]


def test_many_at_once_five_times_out_of_order(made: Make) -> None:
    channel = made("aliyun")
    second = {**UP, "sequence_id": 2, "content": "第二条"}
    for rows in ([second, UP], [UP], [UP, second], [second], [UP]):
        assert push(channel, rows).status_code == 200
    assert sorted(line.body for line in Line.objects.all()) == ["水是浑的", "第二条"]


def test_what_other_providers_post(made: Make) -> None:
    channel = made("tencent")
    at = int(clock.now().timestamp())
    tencent = {
        "extend": "",
        "mobile": "13812346027",
        "nationcode": "86",
        "text": "腾讯",
        "sign": "x",
        "time": at,
    }
    for _turn in range(3):
        push(channel, tencent)
    push(channel, {"from": "138 1234 6027", "text": "网关", "id": "g1"}, form=True)
    push(channel, {"phone": "10086", "text": "话费不足", "id": "g2"})
    assert [line.body for line in Line.objects.order_by("pk")] == ["腾讯", "网关", "话费不足"]
    assert Conversation.objects.count() == 2


def test_who_does_not_know_the_address_gets_nowhere(made: Make) -> None:
    channel = made("aliyun")
    assert push(channel, [UP], key="0" * 32).status_code == 403
    assert push(channel, [UP], key="x").status_code == 403
    assert push(channel, "text").status_code == 422
    assert push(channel, [1]).status_code == 422
    assert push(channel, [{}] * 1001).status_code == 422
    assert Line.objects.count() == 0


def test_an_entry_that_cannot_be_read_is_kept_and_keeps_no_other(made: Make) -> None:
    assert push(made("aliyun"), [{"content": "谁发的？"}, UP]).status_code == 200
    assert "号码" in UnreadCallback.objects.get().fault
    assert Line.objects.get().body == "水是浑的"


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
def test_an_answer_goes_out_as_its_approved_template(
    made: Make, desk: Desk, standin: Standin, provider: str
) -> None:
    push(made(provider), [UP])
    line = desk.answers(Conversation.objects.get(), "您好，周先生，您的事项TS-1已处理。")
    assert send_all().sent == 1
    [entry] = standin.entries("/")
    if provider == "aliyun":
        asked = entry["query"]
        assert (asked["PhoneNumbers"], asked["TemplateCode"]) == ("13812346027", "SMS_1")
        assert json.loads(asked["TemplateParam"]) == {"name": "周先生", "number": "TS-1"}
    else:
        asked = entry["body"]
        assert (asked["PhoneNumberSet"], asked["TemplateId"]) == (["+8613812346027"], "100001")
        assert asked["TemplateParamSet"] == ["周先生", "TS-1"]
    line.refresh_from_db()
    assert line.delivery == Delivery.SENT
    assert line.external_id is not None and line.external_id.endswith(line.uid.hex)


@pytest.mark.parametrize("text", ["随便写的一段话", "您好，请问有什么可以帮您！"])
def test_what_is_no_approved_template_is_not_sent(
    made: Make, desk: Desk, standin: Standin, text: str
) -> None:
    push(made("aliyun"), [UP])
    desk.answers(Conversation.objects.get(), text)
    assert send_all().given_up == 1
    assert "审核过的短信模板" in OutboxItem.objects.get().last_error
    assert standin.entries("/") == []


def test_a_wrong_secret_is_said(made: Make, desk: Desk) -> None:
    push(made("aliyun", secret="wrong"), [UP])
    desk.answers(Conversation.objects.get(), "您好，请问有什么可以帮您？")
    assert send_all().put_off == 1
    assert "AccessKey Secret 不对" in OutboxItem.objects.get().last_error


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "put_off"),
        ("isv.AMOUNT_NOT_ENOUGH", "put_off"),
        ("isv.MOBILE_NUMBER_ILLEGAL", "given_up"),
        ("isv.SMS_TEMPLATE_ILLEGAL", "given_up"),
        ("something.new", "put_off"),
    ],
)
def test_what_aliyun_says_decides_whether_it_is_tried_again(
    made: Make, desk: Desk, standin: Standin, code: str, outcome: str
) -> None:
    push(made("aliyun"), [UP])
    desk.answers(Conversation.objects.get(), "您好，请问有什么可以帮您？")
    standin.misbehave("/", status=200, body={"Code": code, "Message": "whatever"})
    assert getattr(send_all(), outcome) == 1


def test_a_gateway_of_ones_own(made: Make, desk: Desk, standin: Standin) -> None:
    channel = made(
        "http", body='{"to": "{phone}", "msg": "{text}", "ref": "{id}"}', good='"ok": true', secret="Bearer t"
    )
    push(channel, {"phone": "13812346027", "text": "在吗", "id": "1"})
    line = desk.answers(Conversation.objects.get(), '您好 "朋友"')
    standin.misbehave("/sink/sms", status=200, body={"ok": False})
    assert send_all().put_off == 1
    assert send_all(turns=2).sent == 1
    entry = standin.entries("/sink/sms")[-1]
    assert entry["body"] == {"to": "+8613812346027", "msg": '您好 "朋友"', "ref": line.uid.hex}
    assert entry["headers"]["authorization"] == "Bearer t"


def test_files_cannot_go_out(made: Make, desk: Desk) -> None:
    push(made("aliyun"), [UP])
    desk.answers(Conversation.objects.get(), "您好，请问有什么可以帮您？", Upload("a.txt", b"x"))
    assert send_all().given_up == 1


def test_the_author_hears_of_what_did_not_arrive(made: Make, desk: Desk) -> None:
    channel = made("aliyun")
    push(channel, [UP])
    line = desk.answers(Conversation.objects.get(), "您好，请问有什么可以帮您？")
    send_all()
    good = {
        "phone_number": "13812346027",
        "success": True,
        "biz_id": f"biz-{line.uid.hex}",
        "out_id": line.uid.hex,
    }
    bad = {**good, "success": False, "err_code": "MK:0012", "err_msg": "空号"}
    assert push(channel, [good]).status_code == 200
    assert Notice.objects.filter(kind="undelivered").count() == 0
    for _turn in range(5):
        push(channel, [{**bad, "out_id": ""}])
    assert Notice.objects.get(kind="undelivered").to_user == desk.agent
    line.refresh_from_db()
    assert line.detail["report"] == {"delivered": True, "why": ""}
    push(channel, [{**bad, "biz_id": "of somebody else", "out_id": "x"}])
    assert UnreadCallback.objects.count() == 0


def test_old_and_odd_times_become_now(made: Make) -> None:
    channel = made("aliyun")
    for n, written in enumerate(["2001-01-01 00:00:00", "nonsense", "99999999999999", ""]):
        push(channel, [{**UP, "sequence_id": f"t{n}", "send_time": written}])
    assert all(clock.now() - line.at < timedelta(minutes=1) for line in Line.objects.all())


# --- the form ---


@pytest.mark.parametrize(
    ("given", "at_fault"),
    [
        ({"provider": "aliyun"}, {"key_id", "sign_name", "templates", "secret"}),
        ({"provider": "tencent", "key_id": "a", "secret": "b", "templates": "1=x"}, {"app_id", "sign_name"}),
        ({"provider": "http", "url": "http://10.0.0.1/", "body": "x"}, {"url", "body"}),
        (
            {"provider": "aliyun", "key_id": "a", "secret": "b", "sign_name": "c", "templates": "no"},
            {"templates"},
        ),
        ({"provider": "pigeon"}, {"provider"}),
    ],
)
def test_what_is_missing_is_said(given: dict[str, Any], at_fault: set[str]) -> None:
    form = SmsForm({"name": "短信", **given})
    assert not form.is_valid()
    assert set(form.errors) == at_fault
