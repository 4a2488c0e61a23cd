"""Automatic answers, canned answers and troubleshooting trees in Chromium: asked, judged, approved, sent and walked."""

from __future__ import annotations

import struct
import zlib

import pytest
from playwright.sync_api import expect

from keyue.cases.models import Message
from keyue.kernel import clock
from keyue.knowledge import actions
from keyue.knowledge.actions import ScriptText, Text
from keyue.knowledge.models import Article, Question, QuestionGroup, Script
from keyue.people import actions as people
from keyue.people.models import User
from tests.browser.conftest import Company
from tests.journeys.world import World
from tests.support.browser import check_page, check_reading
from tests.support.language_model import language_model

WIDTHS = (390, 1100, 1440)
OUTLINE = """指示灯亮吗？
  不亮
    电源插好了吗？
      没有插好
        请客户插好电源，再等一分钟
      插好了
        派人上门检修 [动作：内部备注]
  亮着，但不出水
    先换滤芯 [ZS-00001]
"""


def publish(company: Company, title: str, body: str, *asked: str, topic: str = "维护保养") -> Article:
    by, at = World.actor(company.world.agent), clock.now()
    text = Text(title=title, body=body, topic=topic, visibility="public", asked=asked)
    article = actions.draft_article(
        text=text, owner=company.world.agent, editor=company.world.agent, by=by, at=at
    )
    actions.submit_edition(article=article, by=by, at=at)
    actions.publish_edition(article=article, by=World.actor(company.world.supervisor), at=at)
    return article


def approve(company: Company, text: ScriptText) -> Script:
    by, at = World.actor(company.world.agent), clock.now()
    row = actions.draft_script(text=text, owner=company.world.agent, by=by, at=at)
    actions.submit_script(script=row, by=by, at=at)
    actions.approve_script(script=row, by=World.actor(company.world.supervisor), at=at)
    return row


def knowledge(company: Company) -> Article:
    first = publish(company, "滤芯多久更换一次", "PP 棉三到六个月，活性炭六到十二个月。", "几个月换一回芯子")
    publish(company, "开具发票", "电子发票当天开出，发到您的邮箱。", "发票怎么弄", topic="发票")
    publish(company, "机器底部有水", "先关总阀，再看接头有没有松。", "漏水怎么办", topic="设备故障")
    return first


def test_asked_judged_and_taken_up(company: Company, open_page, picture) -> None:
    first = knowledge(company)
    visitor = open_page()
    visitor.goto(company.server.url + "/help/")
    visitor.get_by_role("searchbox").fill("滤芯几个月换一次")
    visitor.get_by_role("button", name="搜索").click()
    expect(visitor.locator("#answer")).to_contain_text("PP 棉三到六个月")
    check_page(visitor, widths=WIDTHS)
    check_reading(visitor)
    picture(visitor, "help-answer")
    visitor.get_by_role("button", name="没用").click()
    expect(visitor.locator("#judged")).to_contain_text("我们会改进")
    check_page(visitor, widths=WIDTHS)
    for question in ("芯子泡过水还能用吗，电话13800138000", "你们公司上市了吗", "贵公司有没有上市"):
        visitor.goto(f"{company.server.url}/help/?q={question}")
        expect(visitor.locator("#answer")).to_have_count(0)
    assert Question.objects.count() == 4
    page = company.open(company.world.agent, "/knowledge/questions/")
    expect(page.get_by_text("13800138000")).to_have_count(0)
    expect(page.get_by_text("问了 2 次")).to_be_visible()
    check_page(page, widths=WIDTHS)
    check_reading(page)
    picture(page, "unanswered")
    group = QuestionGroup.objects.get(text__contains="泡过水")
    card = page.locator(f"#q{group.pk}")
    card.get_by_label("文章编号").fill(first.number)
    card.get_by_role("button", name="归入这篇").click()
    expect(page.get_by_text(f"已归入 {first.number}")).to_be_visible()
    # a wrong decision is taken back with one key, and one can be taken again
    page.keyboard.press("z")
    expect(page.get_by_text("已放回待处理")).to_be_visible()
    other = QuestionGroup.objects.get(text="你们公司上市了吗")
    page.locator(f"#q{other.pk}").get_by_role("button", name="写成文章").click()
    page.wait_for_url("**/edit/")
    expect(page.get_by_label("客户的问法")).to_have_value("你们公司上市了吗\n贵公司有没有上市")
    page.goto(company.server.url + "/knowledge/answers/")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.goto(f"{company.server.url}/knowledge/{first.pk}/")
    expect(page.locator("#wordings")).to_contain_text("〔电话〕")
    check_page(page, widths=WIDTHS)


def test_a_canned_answer_is_approved_and_sent(company: Company, picture) -> None:
    knowledge(company)
    case = company.complaint("机器漏水没人管")
    page = company.open(company.world.agent, "/knowledge/scripts/canned/")
    check_page(page, widths=WIDTHS)
    page.get_by_role("link", name="写话术").first.click()
    page.get_by_label("标题", exact=True).fill("退款进度")
    page.get_by_label("短代码").fill("tkjd")
    page.get_by_label("内容", exact=True).fill(
        "{客户姓名}您好，{事项编号}的退款三个工作日内原路退回。{坐席姓名}"
    )
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.get_by_role("button", name="保存并送审").click()
    page.wait_for_url("**/knowledge/script/*/")
    check_page(page, widths=WIDTHS)
    boss = company.open(company.world.supervisor, page.url.removeprefix(company.server.url))
    boss.get_by_role("link", name="批准使用").click()
    boss.get_by_role("dialog").get_by_role("button", name="批准使用").click()
    expect(boss.get_by_text("已批准，马上能用").first).to_be_visible()
    boss.goto(company.server.url + "/knowledge/speech/")
    boss.get_by_role("textbox", name="禁用词").fill("保证治愈")
    boss.get_by_role("button", name="保存禁用词").click()
    boss.get_by_role("textbox", name="必含语句").fill("客服热线 400-000-0000")
    boss.get_by_role("button", name="加一条").click()
    expect(boss.get_by_text("客服热线 400-000-0000").first).to_be_visible()
    check_page(boss, widths=WIDTHS)
    check_reading(boss)
    picture(boss, "speech-rules")
    page.goto(f"{company.server.url}/cases/{case.number}/")
    page.get_by_label("进度页留言").check()
    words = page.get_by_label("回复内容")
    words.click()
    page.keyboard.press("/")
    box = page.locator("#canned-box")
    expect(box).to_be_visible()
    # what fits the case stands there before anything is typed
    expect(box.locator("#articles-found")).to_contain_text("机器底部有水")
    page.keyboard.type("tuikuan")
    expect(box.locator("#canned-found")).to_contain_text("退款进度")
    picture(page, "canned-in-case")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_be_hidden()
    expect(words).to_have_value(f"{{客户姓名}}您好，{case.number}的退款三个工作日内原路退回。林知夏")
    words.fill(words.input_value() + " 保证 治愈")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#composer [role=alert]")).to_contain_text("「保证治愈」是禁用词")
    kept = page.get_by_label("回复内容")
    expect(kept).to_have_value(f"{{客户姓名}}您好，{case.number}的退款三个工作日内原路退回。林知夏 保证 治愈")
    kept.fill(kept.input_value().removesuffix(" 保证 治愈"))
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".msg.out .body").last).to_contain_text(f"周叙白您好，{case.number}的退款")
    expect(page.locator(".msg.out .body").last).to_contain_text("客服热线 400-000-0000")


def test_a_passage_of_an_article_is_put_into_the_answer(company: Company) -> None:
    knowledge(company)
    case = company.complaint("发票一直没有收到")
    page = company.open(company.world.agent, f"/cases/{case.number}/", phone=True)
    page.locator("#phrases").click()
    page.locator("#articles-found").get_by_role("button", name="用这段").first.click()
    expect(page.get_by_label("回复内容")).to_have_value("电子发票当天开出，发到您的邮箱。")
    page.locator("#phrases").click()
    page.keyboard.press("Escape")
    expect(page.locator("#canned-box")).to_be_hidden()
    check_page(page, widths=WIDTHS)


def test_a_tree_is_written_and_walked_in_a_case(company: Company, picture) -> None:
    knowledge(company)
    case = company.complaint("净水器不出水")
    page = company.open(company.world.agent, "/knowledge/scripts/tree/new/")
    page.get_by_label("标题", exact=True).fill("机器不出水")
    page.get_by_label("短代码").fill("bcs")
    page.get_by_label("流程", exact=True).fill("指示灯亮吗？\n  亮")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("第 1 行：「指示灯亮吗？」至少要有两个选择").first).to_be_visible()
    expect(page.get_by_label("流程", exact=True)).to_have_value("指示灯亮吗？\n  亮")
    page.get_by_label("流程", exact=True).fill(OUTLINE)
    page.get_by_role("button", name="预览").click()
    expect(page.locator("#preview")).to_contain_text("派人上门检修")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    picture(page, "tree-edit")
    page.get_by_role("button", name="保存并送审").click()
    page.wait_for_url("**/knowledge/script/*/")
    row = Script.objects.get()
    actions.approve_script(script=row, by=World.actor(company.world.supervisor), at=clock.now())
    page.reload()
    check_page(page, widths=WIDTHS)
    page.get_by_role("link", name="走一遍").click()
    check_page(page, widths=WIDTHS)
    page.goto(f"{company.server.url}/cases/{case.number}/")
    page.get_by_role("link", name="排查").click()
    check_page(page, widths=WIDTHS)
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="指示灯亮吗？")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="电源插好了吗？")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_role("heading", name="指示灯亮吗？")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="电源插好了吗？")).to_be_visible()
    page.keyboard.press("2")
    expect(page.locator("#walk")).to_contain_text("派人上门检修")
    expect(page.get_by_role("link", name="内部备注")).to_be_visible()
    check_page(page, widths=WIDTHS)
    check_reading(page)
    picture(page, "tree-in-case")
    page.get_by_label("补充说明").fill("客户说昨天停过电")
    page.get_by_role("button", name="把步骤记入事项").click()
    page.wait_for_url(f"**/cases/{case.number}/")
    expect(page.locator(".msg.note")).to_contain_text("电源插好了吗？ → 插好了")
    assert Message.objects.get(kind="note").detail["edition"] == 1
    phone = company.open(company.world.agent, f"/cases/{case.number}/walk/{row.pk}/", phone=True)
    phone.get_by_role("link", name="亮着，但不出水").click()
    expect(phone.get_by_role("link", name="滤芯多久更换一次")).to_be_visible()
    check_page(phone, widths=(390,))


def png() -> bytes:
    """A picture of 3 by 2 points that says where it was taken."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x20\x60\xa0" * 3 for _row in range(2))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, 8, 2, 0, 0, 0))
        + chunk(b"tEXt", b"GPS\x0030.27N") + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
def test_a_picture_stands_in_the_article(company: Company, open_page, kind: str) -> None:
    article = knowledge(company)
    page = company.open(company.world.agent, f"/knowledge/{article.pk}/")
    # a picture as a browser makes it, so that the cleaning meets what real programs write
    content = bytes(page.evaluate(
        """async kind => {
          const canvas = document.createElement('canvas');
          canvas.width = 40; canvas.height = 30;
          canvas.getContext('2d').fillRect(4, 4, 20, 20);
          const blob = await new Promise(done => canvas.toBlob(done, kind, 0.8));
          return [...new Uint8Array(await blob.arrayBuffer())];
        }""",
        kind,
    ))  # fmt: skip
    name = "图." + kind.rpartition("/")[2]
    page.get_by_label("添加图片或附件").set_input_files([
        {"name": name, "mimeType": kind, "buffer": content},
        {"name": "小图.png", "mimeType": "image/png", "buffer": png()},
    ])  # fmt: skip
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.locator("#files")).to_contain_text(name)
    check_page(page, widths=WIDTHS)
    first, second = article.files.order_by("pk")
    text = Text(
        title="滤芯多久更换一次", body=f"见图：\n\n![滤芯](file:{first.pk})\n\n![小图](file:{second.pk})", topic="维护保养",
        visibility="public",
    )  # fmt: skip
    by = World.actor(company.world.agent)
    actions.revise_article(article=article, text=text, by=by, at=clock.now())
    actions.submit_edition(article=article, by=by, at=clock.now())
    actions.publish_edition(article=article, by=World.actor(company.world.supervisor), at=clock.now())
    visitor = open_page()
    visitor.goto(f"{company.server.url}/help/{article.number}/")
    sizes = visitor.evaluate(
        """async () => {
          const all = [...document.querySelectorAll('article img')];
          await Promise.all(all.map(one => one.decode()));
          return all.map(one => [one.naturalWidth, one.naturalHeight]);
        }"""
    )
    assert sizes == [[40, 30], [3, 2]]
    check_page(visitor, widths=WIDTHS)


def test_a_language_model_is_attached_and_tried(company: Company, open_page, picture) -> None:
    knowledge(company)
    user = people.create_staff(
        username="qin", name="秦系安", password="Maple-Stone-7", must_change_password=False,
        by=World.actor(company.world.executive), at=clock.now(),
    )  # fmt: skip
    people.grant_role(
        user=user, role="system_administrator", by=World.actor(company.world.executive), at=clock.now()
    )
    with language_model() as model:
        model.answer = lambda request: "好"
        page = company.open(User.objects.get(pk=user.pk), "/settings/language-model/")
        check_page(page, widths=WIDTHS)
        page.get_by_label("用语言模型写自动答复").check()
        page.get_by_label("接口地址").fill(model.url)
        page.get_by_label("模型名称").fill("qwen-test")
        page.get_by_label("密钥").fill("test-key")
        page.get_by_role("button", name="保存").click()
        page.get_by_role("button", name="试一次").click()
        expect(page.locator("#tried")).to_contain_text("连上了，它说：好")
        expect(page.get_by_label("密钥")).to_have_value("")
        check_page(page, widths=WIDTHS)
        check_reading(page)
        picture(page, "language-model")
        model.says("PP 棉三到六个月换一次。", (1, "PP 棉三到六个月"))
        visitor = open_page()
        visitor.goto(company.server.url + "/help/?q=滤芯几个月换一次")
        expect(visitor.locator("#answer")).to_contain_text("语言模型按下面的文章写的")
        expect(visitor.locator("#answer")).to_contain_text("PP 棉三到六个月换一次。")
