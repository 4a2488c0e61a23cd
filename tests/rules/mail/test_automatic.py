"""What a machine wrote: automatic answers, receipts and bounces, and the customers who only write about them."""

from __future__ import annotations

import pytest

from tests.rules.mail.making import SENDER, mixed, plain, read, word

HEADERS = [
    ("Auto-Submitted: auto-replied", True),
    ("Auto-Submitted: auto-generated (vacation)", True),
    ("Auto-Submitted: no", False),
    ("X-Auto-Response-Suppress: All", True),
    ("X-Auto-Response-Suppress: DR, OOF, AutoReply", True),
    ("X-Auto-Response-Suppress: DR, RN, NRN", False),
    ("Precedence: bulk", True),
    ("Precedence: junk", True),
    ("Precedence: auto_reply", True),
    ("Precedence: list", True),
    ("Precedence: list\nList-Id: <kf.example.com>", False),
    ("List-Id: <kf.example.com>\nList-Unsubscribe: <mailto:x@example.com>", False),
    ("Precedence: normal", False),
    ("X-Autoreply: yes", True),
    ("X-Autoreply: no", False),
    ("X-Autorespond: ", True),
    ("X-Loop: kf@example.com", True),
    ("Return-Path: <>", True),
    ("Return-Path: <zhangsan@example.com>", False),
]


@pytest.mark.parametrize(("header", "automatic"), HEADERS)
def test_headers_of_automatic_mails(header, automatic):
    mail = read(f"{SENDER}Subject: 收到\n{header}\n\n正文")
    assert (mail.auto_reply, mail.bounce) == (automatic, False)


AUTOMATIC = [
    "自动回复：您的来信已收到",
    "自动回复: Re: 投诉",
    "自动答复: 投诉",
    "自动回复",
    "【自动回复】投诉",
    "(自动回复) 投诉",
    "假期自动回复：投诉",
    "自動回覆: 投訴",
    "外出: 投诉",
    "外出自动回复: 投诉",
    "休假中：投诉",
    "不在办公室：投诉",
    "Out of Office",
    "Out of Office: complaint",
    "Out of Office AutoReply: complaint",
    "Zhang San is out of the office",
    "Automatic reply: complaint",
    "AutoReply: complaint",
    "Auto-Reply: complaint",
    "OOO: complaint",
    "投诉（自动回复）",
    "已读回执: 投诉",
]
BY_PEOPLE = [
    "关于自动回复功能的投诉",
    "请设置自动回复",
    "自动回复功能坏了",
    "自动回复的内容不对，请改正",
    "Re: 自动回复: 投诉",
    "回复：自动回复：您的来信已收到",
    "答复: Automatic reply: complaint",
    "外出就餐被收了两次钱",
    "休假申请系统的问题",
    "出差发票",
    "Out of office supplies again",
    "Automatic reply does not work",
    "Autoreply function broken",
    "退信通知收不到，怎么办",
    "关于退信的投诉",
    "Undeliverable parcel",
    "Delivery failure of my fridge",
    "系统退信太多了",
    "Returned goods",
    "Read: this is urgent",
]


@pytest.mark.parametrize("subject", AUTOMATIC)
def test_subjects_of_automatic_answers(subject):
    mail = read(f"{SENDER}Subject: {word(subject)}\n\n您的邮件我已收到。")
    assert mail.auto_reply and not mail.bounce


@pytest.mark.parametrize("subject", BY_PEOPLE)
def test_subjects_of_people(subject):
    mail = read(f"{SENDER}Subject: {word(subject)}\n\n请处理。")
    assert not mail.auto_reply and not mail.bounce


def test_the_automatic_answer_of_qq():
    mail = read(
        f"{SENDER}Subject: 回复\n\n这是来自QQ邮箱的假期自动回复邮件。\n\n您好，我最近正在休假中，无法亲自回复您的邮件。"
    )
    assert mail.auto_reply


STATUS = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; x@example.com\nAction: {}\nStatus: 5.1.1"


def report(action: str, kind: str = 'multipart/report; report-type="delivery-status"'):
    return mixed(
        plain("could not be delivered"),
        STATUS.format(action),
        "Content-Type: message/rfc822\n\nSubject: x\n\ny",
        kind=kind,
    )


def test_reports_of_delivery():
    assert report("failed").bounce and report("failed", "multipart/mixed").bounce
    assert not report("delayed").bounce and report("delayed").auto_reply
    assert not report("delivered").bounce and report("relayed").auto_reply
    mail = report("failed")
    assert mail.text == "could not be delivered"
    assert [one.name for one in mail.attachments] == ["delivery-status.txt", "x.eml"]


def test_a_receipt_is_an_automatic_answer():
    part = "Content-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed"
    mail = mixed(
        plain("您的邮件已被阅读"), part, kind="multipart/report; report-type=disposition-notification"
    )
    assert mail.auto_reply and not mail.bounce


BOUNCES = [
    ("From: MAILER-DAEMON@mx.example.com\nSubject: x", ""),
    ("From: Mail Delivery Subsystem <MAILER-DAEMON>\nSubject: x", ""),
    ("From: <>\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender", ""),
    ("From: PostMaster@qq.com\nSubject: 系统退信/Systems bounce", ""),
    ("From: Postmaster@163.com\nSubject: 系统退信", "很抱歉，您的邮件被退回"),
    ("From: postmaster@example.com\nReturn-Path: <>\nSubject: x", ""),
    ("From: postmaster@example.com\nSubject: 来自 postmaster@example.com 的退信", ""),
    (
        "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>\nSubject: 未送达: 投诉",
        "",
    ),
    ("From: admin@example.com\nSubject: Undeliverable: complaint", "550 5.1.1 User unknown"),
    ("From: sys@example.com\nSubject: 退信通知", "退信原因：550 收件人不存在"),
    ("From: x@example.com\nX-Failed-Recipients: y@example.com\nSubject: x", ""),
    ("From: postmaster@example.com\nSubject: Delivery Status Notification (Failure)", ""),
]


@pytest.mark.parametrize(("header", "text"), BOUNCES)
def test_bounces(header, text):
    assert read(f"{header}\n\n{text}").bounce


def test_a_postmaster_who_writes_is_no_bounce():
    mail = read(
        "From: postmaster@example.com\nReturn-Path: <postmaster@example.com>\nSubject: 关于邮箱的投诉\n\n请处理"
    )
    assert not mail.bounce and not mail.auto_reply
