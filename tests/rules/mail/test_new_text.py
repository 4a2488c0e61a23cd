"""What a mail adds: without older mails and signatures, in the words of the clients that write them."""

from __future__ import annotations

import pytest

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.folding import new_text
from keyue.channels.email.reader.oddities import Oddities
from tests.rules.mail.making import body_of

HISTORIES = {
    "QQ": '------------------ 原始邮件 ------------------\n发件人: "客服" <kf@example.com>;\n发送时间: 2026年1月5日(星期一) 上午10:00\n收件人: "张三"<zhangsan@example.com>;\n主题: 回复：投诉\n\n您的投诉已受理。',
    "QQ new": '---Original---\nFrom: "客服"<kf@example.com>\nDate: Mon, Jan 5, 2026 10:00 AM\nTo: "张三"<zhangsan@example.com>;\nSubject: Re:投诉\n\n您的投诉已受理。',
    "WeCom": '------------------ Original ------------------\nFrom:  "客服"<kf@example.com>;\nDate:  Mon, Jan 5, 2026 10:00 AM\nTo:  "张三"<zhangsan@example.com>;\nSubject:  Re:投诉\n\n您的投诉已受理。',
    "163": '在 2026-01-05 10:00:00，"客服" <kf@example.com> 写道：\n\n您的投诉已受理。',
    "163 quoted": '在 2026-01-05 10:00:00，"客服" <kf@example.com> 写道：\n>您的投诉已受理。\n>请等待。',
    "163 English": 'At 2026-01-05 10:00:00, "kf" <kf@example.com> wrote:\n>您的投诉已受理。',
    "NetEase master": "---- 回复的原邮件 ----\n| 发件人 | 客服<kf@example.com> |\n| 日期 | 2026年01月05日 10:00 |\n| 收件人 | 张三<zhangsan@example.com> |\n| 主题 | 回复：投诉 |\n您的投诉已受理。",
    "126 forward": '-------- 转发邮件信息 --------\n发件人："客服" <kf@example.com>\n发送日期：2026-01-05 10:00:00\n收件人：zhangsan@example.com\n主题：投诉\n\n您的投诉已受理。',
    "Foxmail": " \n发件人： 客服\n发送时间： 2026-01-05 10:00\n收件人： zhangsan@example.com\n主题： 回复: 投诉\n您的投诉已受理。",
    "old Foxmail": "======= 2026-01-05 10:00:00 您在来信中写道：=======\n\n您的投诉已受理。\n\n= = = = = = = = = = = = = = = = = = = = = =",
    "Outlook": "发件人: 客服 <kf@example.com> \n发送时间: 2026年1月5日 10:00\n收件人: 张三 <zhangsan@example.com>\n抄送: 李四 <lisi@example.com>\n主题: 答复: 投诉\n\n您的投诉已受理。",
    "Outlook old": "-----邮件原件-----\n发件人: 客服 [mailto:kf@example.com] \n发送时间: 2026年1月5日 10:00\n收件人: 张三\n主题: 投诉\n\n您的投诉已受理。",
    "Outlook English": "From: Service <kf@example.com>\nSent: Monday, January 5, 2026 10:00 AM\nTo: Zhang San <zhangsan@example.com>\nSubject: RE: complaint\n\nIt is being handled.",
    "Outlook mark": "________________________________\nFrom: Service <kf@example.com>\nSent: Monday, January 5, 2026 10:00 AM\nTo: Zhang San\nSubject: RE: complaint\n\nIt is being handled.",
    "Outlook original": "-----Original Message-----\nFrom: Service\nSent: Monday, January 5, 2026 10:00 AM\nTo: Zhang San\nSubject: RE: complaint\n\nIt is being handled.",
    "Outlook traditional": "寄件者: 客服 <kf@example.com>\n寄件日期: 2026年1月5日 上午 10:00\n收件者: 張三\n主旨: RE: 投訴\n\n已受理。",
    "Gmail": "On Mon, Jan 5, 2026 at 10:00 AM Service <kf@example.com> wrote:\n\n> It is being handled.\n> Please wait.",
    "Gmail wrapped": "On Mon, Jan 5, 2026 at 10:00 AM Service Team of the Example\n<kf@example.com> wrote:\n\n> It is being handled.",
    "Gmail Chinese": "客服 <kf@example.com> 于2026年1月5日周一 10:00写道：\n\n> 您的投诉已受理。",
    "Gmail Chinese wrapped": "客服 <kf@example.com> 于2026年1月5日周一\n10:00写道：\n\n> 您的投诉已受理。",
    "Gmail Taiwan": "客服 <kf@example.com> 於 2026年1月5日 週一 上午10:00寫道：\n\n> 已受理。",
    "Gmail forward": "---------- Forwarded message ---------\n发件人： 客服 <kf@example.com>\nDate: 2026年1月5日周一 10:00\nSubject: 投诉\nTo: <zhangsan@example.com>\n\n您的投诉已受理。",
    "Apple": "> 在 2026年1月5日，上午10:00，客服 <kf@example.com> 写道：\n> \n> 您的投诉已受理。",
    "Apple new": "在 2026年1月5日，10:00，客服 <kf@example.com> 写道：\n\n\ufeff您的投诉已受理。",
    "Apple date first": "2026年1月5日 上午10:00，客服 <kf@example.com> 写道：\n\n> 您的投诉已受理。",
    "Apple forward": "下面是被转发的邮件：\n\n> 发件人: 客服 <kf@example.com>\n> 主题: 投诉\n> 日期: 2026年1月5日",
    "Thunderbird": "在 2026/1/5 10:00, 客服 写道:\n> 您的投诉已受理。",
    "Thunderbird forward": "-------- 转发的消息 --------\n主题: 投诉\n日期: Mon, 5 Jan 2026 10:00:00 +0800\n发件人: 客服 <kf@example.com>\n收件人: zhangsan@example.com\n\n您的投诉已受理。",
    "Alimail": "------------------------------------------------------------------\n发件人：客服 <kf@example.com>\n日　期：2026年01月05日 10:00:00\n收件人：张三<zhangsan@example.com>\n主　题：回复：投诉\n\n您的投诉已受理。",
    "Coremail": "> -----原始邮件-----\n> 发件人: 客服 <kf@example.com>\n> 发送时间: 2026-01-05 10:00:00 (星期一)\n> 收件人: zhangsan@example.com\n> 主题: 投诉\n> \n> 您的投诉已受理。",
    "139": "----邮件原文----\n发件人:客服 <kf@example.com>\n收件人:zhangsan <zhangsan@example.com>\n抄 送: (无)\n发送时间:2026-01-05 10:00:00\n主题:投诉\n\n您的投诉已受理。",
    "Sina": "----- 原始邮件 -----\n发件人：客服 <kf@example.com>\n收件人：zhangsan@example.com\n主题：投诉\n日期：2026年01月05日 10点00分\n\n您的投诉已受理。",
    "Lotus": "发件人： 客服/某公司\n收件人： 张三/某公司@某公司\n日期： 2026-01-05 10:00\n主题： 投诉\n\n您的投诉已受理。",
    "Lotus reply": "kf@example.com 写于 2026/01/05 10:00:00:\n\n> 您的投诉已受理。",
    "Hotmail": "> Date: Mon, 5 Jan 2026 10:00:00 +0800\n> From: kf@example.com\n> To: zhangsan@example.com\n> Subject: Re\n> \n> ok",
    "Yahoo": "--- 26年1月5日，周一, 客服 <kf@example.com> 写道：\n\n发件人: 客服 <kf@example.com>\n主题: 投诉\n\n已受理。",
    "German": "Am 05.01.26 um 10:00 schrieb Service <kf@example.com>:\n> Danke",
    "ticket": "##- 请在此行以上回复 -##\n\n工单 123 已更新",
    "only marks": "> 您的投诉已受理。\n> 请等待。",
}


@pytest.mark.parametrize("client", HISTORIES)
def test_an_answer_above_its_history(client):
    answer = "还没有解决，请尽快处理。\n我已经等了三天。"
    mail = body_of("text/plain; charset=utf-8", f"{answer}\n\n\n{HISTORIES[client]}\n".encode())
    assert mail.new_text == answer
    assert mail.text.split() == f"{answer}\n\n\n{HISTORIES[client]}".replace("\ufeff", "\ufeff").split()


@pytest.mark.parametrize("client", [name for name in HISTORIES if name not in {"ticket"}])
def test_a_history_alone_is_given_whole(client):
    mail = body_of("text/plain; charset=utf-8", HISTORIES[client].encode())
    if client == "old Foxmail" or mail.new_text == mail.text:
        assert mail.new_text and oddities.ALL_WOULD_FOLD in mail.warnings


def test_answers_between_quoted_lines_are_kept():
    text = "张三您好，\n\n> 1. 什么时候买的？\n\n1月3日。\n\n> 2. 订单号？\n> 谢谢\n\n2026-0103\n"
    mail = body_of("text/plain; charset=utf-8", text.encode())
    assert mail.new_text == "张三您好，\n1月3日。\n2026-0103"


def test_an_answer_below_its_history_is_kept():
    text = "在 2026-01-05 10:00，客服 写道：\n> 什么时候买的？\n\n1月3日买的。\n"
    assert body_of("text/plain; charset=utf-8", text.encode()).new_text == "1月3日买的。"


def test_an_answer_below_the_block_of_old_foxmail_is_kept():
    text = f"{HISTORIES['old Foxmail']}\n\n还没有解决。\n"
    assert body_of("text/plain; charset=utf-8", text.encode()).new_text == "还没有解决。"


SIGNATURES = {
    "delimiter": "-- \n张三\n某公司 销售部\n电话：010-12345678",
    "delimiter without blank": "--\n张三\n某公司",
    "telephone": "发自我的 iPhone",
    "Huawei": "发自我的华为手机",
    "Xiaomi": "发自我的小米手机",
    "QQ": "来自QQ邮箱手机版",
    "NetEase": "发自网易邮箱大师",
    "sent by NetEase": "由 网易邮箱大师 发送",
    "English telephone": "Sent from my iPhone",
    "Outlook for iOS": "获取 Outlook for iOS",
    "Outlook for Android": "Get Outlook for Android<https://aka.ms/abc>",
    "iPad traditional": "從我的 iPad 傳送",
    "closing": "此致\n敬礼！\n\n张三\n2026年1月5日",
    "closing on one line": "此致 敬礼\n张三",
    "closing of old Foxmail": "　　　　致\n礼！\n\n　　　　张三\n　　　　zhangsan@example.com",
    "business closing": "顺祝商祺！\n\n张三\n某公司\n手机：13800000000",
    "English closing": "Best regards,\nZhang San\nExample Ltd.",
    "rule": "--------------------------------\n张三\n某公司\nTel: 010-12345678",
    "rule and name": "------------------\n张三\n2026-01-05",
    "disclaimer": "本邮件及其附件含有某公司的保密信息，仅限于发送给上面地址中列出的个人或群组。禁止任何其他人以任何形式使用。",
    "disclaimer in English": "This e-mail and any attachments are confidential and intended only for the addressee.\nIf you have received it in error, please delete it.",
    "both disclaimers": "【保密声明】本邮件含有保密信息，误收请删除。\n\nCONFIDENTIALITY NOTICE: This message is intended only for the addressee.",
    "environment": "请考虑环境保护，在打印本邮件前三思。",
    "all of it": "此致\n敬礼\n\n张三\n\n发自我的 iPhone\n\n本邮件含有保密信息，如误收请立即删除。",
}


@pytest.mark.parametrize("kind", SIGNATURES)
def test_signatures_are_folded(kind):
    answer = "还没有解决，请尽快处理。"
    text = f"{answer}\n\n{SIGNATURES[kind]}"
    assert new_text(text, Oddities()) == answer
    history = HISTORIES["Outlook"]
    assert new_text(f"{text}\n\n{history}", Oddities()) == answer


KEPT = [
    "本邮件包含我的全部投诉材料，请查收。\n1. 订单截图\n2. 聊天记录",
    "贵公司客服于2026年1月3日在短信中写道：\n“我们会在三天内处理”，但是至今没有人联系我。",
    "快递信息如下：\n寄件人：张三\n收件人：李四\n日期：2026-01-05\n物品：冰箱",
    "我的要求：\n-- 退款\n-- 道歉\n-- 赔偿",
    "问题一：\n----------\n屏幕坏了，并且售后一直不处理，我打了很多次电话都没有人接。\n----------\n问题二：\n电池也坏了。",
    "等待时间\n>3天\n没有人处理。",
    "发自我的手机的验证码收不到，请处理。",
    "此致敬礼这四个字我写了很多遍，没有人回复。请尽快处理。",
    "谢谢",
    "From: the beginning it was broken.\nTo: be honest, I want my money back.",
    "时间：2026年1月5日\n地点：北京\n主题：产品质量投诉\n内容：冰箱不制冷",
    "On Monday I wrote:\nplease call me back. Nobody did.",
    "本人保密，请不要告诉商家是我投诉的。",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_a_customer_writes_is_not_taken_for_a_client(text):
    odd = Oddities()
    assert new_text(text, odd) == text and not odd.all


def test_an_afterthought_keeps_the_closing():
    text = "请处理。\n\n此致\n敬礼\n张三\n\n附：订单号 2026-0105，购买日期 1 月 3 日"
    assert "订单号 2026-0105" in new_text(text, Oddities())


def test_a_note_above_a_forward_is_what_is_new():
    text = f"请看下面客服的答复，我不接受。\n\n{HISTORIES['Gmail forward']}"
    assert new_text(text, Oddities()) == "请看下面客服的答复，我不接受。"


def test_only_a_signature_is_given_whole():
    odd = Oddities()
    assert new_text("发自我的 iPhone", odd) == "发自我的 iPhone" and oddities.ALL_WOULD_FOLD in odd.all


HTML = [
    '<div>还没解决</div><br><div class="gmail_quote"><div class="gmail_attr">客服 &lt;<a href="mailto:kf@example.com">kf@example.com</a>&gt; 于2026年1月5日周一 10:00写道：<br></div><blockquote class="gmail_quote">已受理</blockquote></div>',
    '<div>还没解决</div><div><br></div><div style="font-size: 12px;">------------------&nbsp;原始邮件&nbsp;------------------</div><div><div><b>发件人:</b>&nbsp;"客服"&lt;kf@example.com&gt;;</div><div><b>发送时间:</b>&nbsp;2026年1月5日</div><div><b>主题:</b>&nbsp;投诉</div></div><div>已受理</div>',
    '<p class=MsoNormal>还没解决<o:p></o:p></p><div style="border-top:solid #E1E1E1 1.0pt"><p class=MsoNormal><b>发件人<span lang=EN-US>:</span></b> 客服 &lt;kf@example.com&gt; <br><b>发送时间<span>:</span></b> 2026年1月5日 10:00<br><b>收件人:</b> 张三<br><b>主题:</b> 答复</p></div><p>已受理</p>',
    '<div>还没解决</div><div>发自我的 iPhone</div><div><br><blockquote type="cite">在 2026年1月5日，10:00，客服 &lt;kf@example.com&gt; 写道：<br><br></blockquote></div><blockquote type="cite"><div>已受理</div></blockquote>',
    '<div>还没解决</div><blockquote id="isReplyContent" style="border-left: #ccc 1px solid">已受理</blockquote>',
    '<div>还没解决</div><p>在 2026-01-05 10:00:00，"客服" &lt;kf@example.com&gt; 写道：</p><blockquote>已受理</blockquote>',
    '<div>还没解决</div><hr style="WIDTH: 210px"><div>zhangsan@example.com</div><blockquote style="margin:0"><div style="border-top:solid"><div><b>发件人：</b>客服</div><div><b>发送时间：</b>2026-01-05</div><div><b>收件人：</b>a@example.com</div><div><b>主题：</b>回复</div></div></blockquote>',
]


@pytest.mark.parametrize("html", HTML)
def test_histories_in_html_alone(html):
    assert body_of("text/html; charset=utf-8", html.encode()).new_text == "还没解决"
