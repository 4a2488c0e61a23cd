"""The public form: what it asks, what it keeps, and that nothing typed is lost."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client

from keyue.cases.codes import code_opens
from keyue.cases.models import Attachment, Case, Message
from keyue.channels import limits
from keyue.channels.models import ConsentText
from keyue.customers.models import Contact, Customer
from keyue.kernel import clock
from keyue.ledger.models import Fact
from keyue.promises.models import Promise
from tests.apps.channels.conftest import FILLED, Sender, form, read_receipt, text_of, token
from tests.journeys.world import World, install

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def test_the_form_becomes_a_case_with_promises_and_a_receipt(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    case = Case.objects.get()
    assert number == case.number and code_opens(case, code)
    assert (case.type, case.phase, case.region, case.title, case.channel) == (
        "complaint", "after", "浙江省", "膜组浊度超标", "webform",
    )  # fmt: skip
    assert case.contact is not None and case.customer is not None
    kinds = list(Fact.objects.filter(stream__kind="case").order_by("rev").values_list("kind", "source"))
    assert kinds == [("case.received", "portal"), ("case.auto_ack", "auto")]
    assert {row.control for row in Promise.objects.all()} == {"classify", "first_response", "review"}


def test_the_receipt_itself_fulfils_nothing(world: World, sender: Sender) -> None:
    sender.receipt()
    assert set(Promise.objects.values_list("state", flat=True)) == {"pending"}


def test_the_page_works_without_scripts_and_says_what_is_promised(world: World, sender: Sender) -> None:
    page = text_of(sender.client.get("/feedback/"))
    for words in ("2 小时内分类，24 小时内给出方案", "派单后 48 小时内", "当日内", "匿名提交", "查询码"):
        assert words in page
    html = sender.client.get("/feedback/").content.decode()
    assert 'method="post"' in html and 'enctype="multipart/form-data"' in html and "novalidate" in html


def test_each_mistake_is_named_beside_its_field_and_everything_typed_stays(sender: Sender) -> None:
    answer = sender.send(phone="1380000602", email="zhou@", name="", region="", phase=None, consent=None)
    page, html = text_of(answer), answer.content.decode()
    assert answer.status_code == 422
    for words in (
        "手机号应为 11 位，现在是 10 位",
        "域名",
        "请填写姓名",
        "请选择所在地区",
        "请选一项",
        "同意",
    ):
        assert words in page
    assert "有 6 处要改" in page
    for typed in (FILLED["content"], 'value="1380000602"', 'value="zhou@"', 'value="膜组浊度超标"'):
        assert typed in html
    assert not Case.objects.exists()


def test_a_way_to_reach_the_sender_is_asked_unless_anonymous(sender: Sender) -> None:
    answer = sender.send(phone="", email="")
    assert answer.status_code == 422 and "手机号和邮箱至少填一项，或选择匿名提交" in text_of(answer)
    assert sender.send(phone="", token=token()).status_code == 200


def test_a_text_too_long_says_by_how_much(sender: Sender) -> None:
    answer = sender.send(content="水" * 5001)
    assert answer.status_code == 422 and "最多 5000 字，现在是 5001 字" in text_of(answer)
    assert sender.send(content="水\r\n" * 2500).status_code == 200


def test_without_a_topic_the_beginning_of_the_text_stands_for_it(sender: Sender) -> None:
    sender.receipt(title="")
    assert Case.objects.get().title.startswith("3# 膜组这周第三次浊度超标")


# --- files ---


def test_files_are_checked_by_content_and_kept(sender: Sender) -> None:
    files = [SimpleUploadedFile("仪表.png", PNG), SimpleUploadedFile("说明.txt", "浊度".encode())]
    sender.receipt(uploads=files)
    assert [file.name for file in Attachment.objects.order_by("pk")] == ["仪表.png", "说明.txt"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("病毒.exe", b"MZ", "「病毒.exe」的类型不能上传"),
        ("照片.png", b"<html>", "「照片.png」的内容与扩展名不符"),
        ("空.txt", b"", "空文件"),
    ],
)
def test_a_wrong_file_is_named_and_the_rest_stays(
    sender: Sender, name: str, content: bytes, sentence: str
) -> None:
    answer = sender.send(uploads=SimpleUploadedFile(name, content))
    page = text_of(answer)
    assert answer.status_code == 422 and FILLED["content"] in page
    assert sentence in page or "empty" in page or "空" in page
    assert "文件没有保留，请重新选择" in page
    assert not Case.objects.exists()


def test_each_wrong_file_is_named_and_the_way_to_it_is_marked(sender: Sender) -> None:
    files = [SimpleUploadedFile(name, b"MZ") for name in ("一.exe", "二.png", "三.bat")]
    answer = sender.send(uploads=[*files, SimpleUploadedFile("好.png", PNG)])
    page = text_of(answer)
    assert answer.status_code == 422 and "好.png" not in page
    for sentence in (
        "「一.exe」的类型不能上传",
        "「二.png」的内容与扩展名不符",
        "「三.bat」的类型不能上传",
    ):
        assert page.count(sentence) == 1
    assert answer.content.decode().count("data-fault") == 1


def test_what_is_larger_than_any_form_is_refused_before_it_is_read(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyue.channels.webform.http.MOST_REQUEST", 100)
    answer = sender.send()
    assert answer.status_code == 413 and "请返回上一页" in text_of(answer)


# --- anonymous ---


def personal_traces(*needles: str) -> list[str]:
    """Every text column of every table that holds one of these."""
    found = []
    for model in apps.get_models():
        fields = [f for f in model._meta.concrete_fields if isinstance(f, models.CharField | models.TextField | models.JSONField)]  # fmt: skip
        for row in model._base_manager.values(*[f.attname for f in fields]) if fields else []:
            found += [
                f"{model.__name__}: {value}" for value in row.values() for n in needles if n in str(value)
            ]
    return found


def test_of_somebody_anonymous_nothing_personal_is_kept_anywhere(world: World, sender: Sender) -> None:
    sender.client.defaults["REMOTE_ADDR"] = "203.0.113.77"
    picture = SimpleUploadedFile("周叙白的手机.png", PNG)
    number, code = sender.receipt(is_anonymous="on", consent=None, uploads=picture)
    case = Case.objects.get()
    assert case.is_anonymous and case.customer is None and case.contact is None
    assert (case.region, case.consent_version) == ("", "")
    assert not Customer.objects.exists() and not Contact.objects.exists()
    assert Attachment.objects.get().name == "附件1.png"
    assert personal_traces("周叙白", "13800006027", "138 0000 6027", "zhou@example.com", "203.0.113.77") == []
    assert sender.follow(number, code).status_code == 200


def test_an_anonymous_sender_is_told_that_number_and_code_are_the_only_way_back(sender: Sender) -> None:
    page = text_of(sender.send(is_anonymous="on", name="", phone="", email="", region="", consent=None))
    assert "丢了，就再也找不到这份反馈" in page
    assert "唯一办法" in text_of(Client().get("/feedback/"))


def test_the_known_sender_is_not_in_the_facts_in_the_clear(world: World, sender: Sender) -> None:
    sender.receipt()
    facts = "".join(str(row) for row in Fact.objects.values_list("data", "evidence"))
    assert "周叙白" not in facts and "13800006027" not in facts and "膜组" not in facts


# --- consent ---


def test_the_version_of_the_notice_is_kept_with_its_text(sender: Sender) -> None:
    install(is_demo=True, service_phone="400-000-0000", privacy_notice="我们只用来办理。")
    sender.receipt()
    sender.receipt(phone="13900001111", token=token())
    version = {case.consent_version for case in Case.objects.all()}
    assert version == {ConsentText.objects.get().version}
    assert ConsentText.objects.get().text == "我们只用来办理。"
    page = text_of(sender.client.get("/feedback/privacy/"))
    assert "我们只用来办理。" in page and version.pop() in page


def test_without_a_notice_of_its_own_the_company_has_a_plain_one(sender: Sender) -> None:
    page = text_of(sender.client.get("/feedback/privacy/"))
    assert "只用来办理这一次反馈" in page and "匿名提交" in page
    sender.receipt()
    assert Case.objects.get().consent_version == "1"


# --- twice ---


def test_the_same_form_twice_is_one_case_with_the_same_receipt(sender: Sender) -> None:
    carried = token()
    first = sender.receipt(token=carried)
    assert sender.receipt(token=carried) == first
    assert Case.objects.count() == 1 and Message.objects.count() == 1


def test_a_form_that_was_changed_after_it_was_sent_is_not_swallowed(sender: Sender) -> None:
    carried = token()
    sender.receipt(token=carried)
    answer = sender.send(token=carried, content="另一件事：发票开错了。")
    assert answer.status_code == 409 and "已经提交过" in text_of(answer)
    assert "另一件事" in answer.content.decode() and carried not in answer.content.decode()
    assert Case.objects.count() == 1


def test_the_code_stands_in_no_address_and_no_table(sender: Sender) -> None:
    answer = sender.send()
    _number, code = read_receipt(answer)
    assert answer.request["PATH_INFO"] == "/feedback/"
    assert answer["Cache-Control"].count("no-store") == 1
    assert personal_traces(code) == []


# --- programs ---


def test_a_form_that_no_page_handed_out_makes_no_case(sender: Sender) -> None:
    for wrong in (None, "", "made.up:token", token()[:-2] + "xx"):
        answer = sender.send(token=wrong)
        assert answer.status_code == 422 and "请再提交一次" in text_of(answer)
        assert FILLED["content"] in answer.content.decode()
    assert not Case.objects.exists()


def test_a_form_that_lay_open_too_long_asks_for_one_more_click(sender: Sender) -> None:
    answer = sender.send(token=token(age=13 * 3600))
    assert answer.status_code == 422 and "页面放得太久了" in text_of(answer)
    assert sender.send(token=answer.context["token"], answer=None).status_code in {200, 422}


@pytest.mark.parametrize(
    "changes",
    [
        {"homepage": "http://spam.example"},
        {"token": "quick"},
        {"content": "买 http://a.example 和 http://b.example 还有 www.c.example"},
    ],
)
def test_what_looks_like_a_program_is_asked_a_sum(sender: Sender, changes: dict[str, object]) -> None:
    changes = {**changes, "token": token(age=1 if "token" in changes else 10)}
    answer = sender.send(**changes)
    page = text_of(answer)
    assert answer.status_code == 422 and "请算一下" in page and not Case.objects.exists()
    asked = answer.context["form"]
    right = sum(asked.token.sum)
    # the question stays once it was asked, and a wrong sum does not pass
    carried = {**changes, "token": answer.context["token"]}
    assert sender.send(**carried, answer=str(right + 1)).status_code == 422
    assert sender.send(**{**carried, "homepage": ""}, answer=f" {right} ").status_code == 200
    assert Case.objects.count() == 1


def test_somebody_who_writes_as_people_do_is_asked_nothing(sender: Sender) -> None:
    assert "请算一下" not in text_of(sender.client.get("/feedback/"))
    assert sender.send(content="见 https://example.com/照片 里的第三张").status_code == 200


def test_too_many_forms_from_one_address_have_to_wait(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = limits.Limit("form", 2, 600)
    monkeypatch.setattr("keyue.channels.webform.views.form.FORM_OF_ADDRESS", few)
    for _turn in range(2):
        assert sender.send().status_code == 200
    answer = sender.send()
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= 601
    assert (
        re.search(r"次数太多，请 \d+ 分后再试", text_of(answer))
        and FILLED["content"] in answer.content.decode()
    )
    fragment = sender.send(headers={"HX-Request": "true"})
    assert fragment.status_code == 429 and b"data-problem" in fragment.content
    assert text_of(fragment).count("太频繁了") == 1, "above the sentence, and not again in it"
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.post("/feedback/", form()).status_code == 200


def test_after_a_while_forms_are_taken_again(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keyue.channels.webform.views.form.FORM_OF_ADDRESS", limits.Limit("form", 1, 600))
    assert [sender.send().status_code for _turn in range(2)] == [200, 429]
    later = clock.now() + timedelta(seconds=601)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sender.send().status_code == 200


def test_a_fragment_request_gets_the_form_alone(sender: Sender) -> None:
    wrong = sender.send(headers={"HX-Request": "true"}, name="")
    assert wrong.status_code == 422 and wrong.content.strip().startswith(b'<section id="portal"')
    assert sender.send(headers={"HX-Request": "true"}).content.count(b"receipt-code") == 1


def test_the_ordinary_page_wants_the_csrf_cookie(db: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/feedback/", form()).status_code == 403
    strict.get("/feedback/")
    value = strict.cookies["csrftoken"].value
    assert strict.post("/feedback/", form(csrfmiddlewaretoken=value)).status_code == 200


def test_a_chosen_type_can_stand_in_the_address(sender: Sender) -> None:
    html = sender.client.get("/feedback/?type=praise").content.decode()
    assert 'value="praise"' in html and html.count("checked") == 1
    assert "checked" not in sender.client.get("/feedback/?type=misconduct").content.decode()


def test_the_page_asks_few_questions(world: World, sender: Sender, query_count) -> None:
    sender.client.get("/feedback/")
    with query_count("portal form"):
        sender.client.get("/feedback/")


def test_texts_of_senders_are_shown_as_text(sender: Sender) -> None:
    evil = "<script>alert(1)</script>"
    answer = sender.send(content=evil, name="")
    assert evil.encode() not in answer.content
    assert io.BytesIO(answer.content).read().count(b"&lt;script&gt;") >= 1
