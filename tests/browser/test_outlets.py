"""Other systems, robots and channels of platforms in Chromium: the pages as administrators use them."""

from __future__ import annotations

from typing import Any

from keyue.channels.webhook.models import Outlet
from keyue.conversations.models import Channel
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from tests.journeys.world import found, install
from tests.support.browser import check_page, check_reading

ROBOT = "https://8.8.8.8/cgi-bin/webhook/send?key=693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"


def administrator() -> User:
    """Somebody who sets channels up."""
    found(packs=())
    install()
    user = people.create_staff(username="sys", name="秦系安", by=SYSTEM, at=clock.now())
    people.grant_role(user=user, role="system_administrator", by=SYSTEM, at=clock.now())
    User.objects.update(must_change_password=False)
    return User.objects.get(pk=user.pk)


def test_a_robot_and_a_system_are_set_up_by_hand(server: Any, page: Any, sign_in_as: Any) -> None:
    sign_in_as(page, administrator())
    page.goto(server.url + "/settings/outlets/")
    check_page(page)
    page.locator("summary, button", has_text="新增推送").first.click()
    page.locator("a[href='/settings/outlets/new/wecom/']").click()
    check_page(page)
    check_reading(page)
    page.get_by_label("名称").fill("客服群")
    page.get_by_label("推送地址").fill("http://127.0.0.1:9/x")
    page.get_by_role("button", name="启用").click()
    page.get_by_text("KEYUE_PRIVATE_HOSTS").first.wait_for()
    check_page(page)
    assert page.get_by_label("名称").input_value() == "客服群"
    page.get_by_label("推送地址").fill(ROBOT)
    page.get_by_role("button", name="启用").click()
    page.get_by_role("heading", name="客服群").wait_for()
    check_page(page)
    check_reading(page)
    assert "693axxx6" not in page.content()
    assert Outlet.objects.get().host == "8.8.8.8"
    page.goto(server.url + "/settings/outlets/new/hook/")
    page.get_by_label("名称").fill("工单系统")
    page.get_by_label("推送地址").fill("https://8.8.8.8/in")
    page.get_by_label("关闭事项").check()
    page.get_by_role("button", name="启用").click()
    page.get_by_role("button", name="生成密钥").click()
    page.locator("#secret").wait_for()
    check_page(page)
    secret = page.locator("#secret").inner_text()
    assert len(secret) > 40
    page.reload()
    page.goto(server.url + f"/settings/outlets/{Outlet.objects.get(kind='hook').pk}/")
    assert secret not in page.content()


def test_channels_of_platforms_are_set_up_by_hand(server: Any, page: Any, sign_in_as: Any) -> None:
    sign_in_as(page, administrator())
    filled = {
        "wechat": {"AppID": "wx5823bf96d3bd56c7", "AppSecret": "s", "Token": "QDG6eK"},
        "wecom": {"企业 ID": "ww5823bf96d3bd56c7", "Secret": "s", "Token": "t", "AgentId": "1000002", "EncodingAESKey": "a" * 43},
        "wxkf": {"企业 ID": "ww5823bf96d3bd56c7", "Secret": "s", "Token": "t", "客服账号 ID": "wkAJ2GCAAAZS", "EncodingAESKey": "a" * 43},
        "sms": {"AccessKey ID / SecretId": "a", "AccessKey Secret / SecretKey": "b", "短信签名": "澄川", "审核通过的模板": "SMS_1=您好"},
        "webhook": {},
        "review": {},
        "weibo": {"App Secret": "s"},
        "douyin": {"Client Key": "k", "Client Secret": "s"},
    }  # fmt: skip
    for kind, fields in filled.items():
        page.goto(server.url + f"/settings/channels/new/{kind}/")
        check_page(page)
        for label, value in fields.items():
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_role("button", name="启用").click()
        page.wait_for_url(f"{server.url}/settings/channels/*/")
        row = Channel.objects.get(kind=kind)
        assert page.url.endswith(f"/{row.pk}/"), (kind, page.url)
        check_page(page)
        check_reading(page)
