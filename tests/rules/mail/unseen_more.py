"""More of the mails of `unseen`."""

from __future__ import annotations

from tests.rules.mail.making import PNG, b64, lines64, multipart, qp, sha, uu, word
from tests.rules.mail.unseen import PDF, ZHANG, one

HEAD = "From: 张三 <zhangsan@example.com>\nTo: kf@example.com\nDate: Mon, 5 Jan 2026 10:00:00 +0800\n"

GMAIL_HTML = """<div dir="ltr">还是没有收到退款。<div><br></div><div>张三</div></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">客服 &lt;<a href="mailto:kf@example.com">kf@example.com</a>&gt; 于2026年1月4日周日 18:30写道：<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">已经退了<br></blockquote></div>"""

APPLE = (
    "From: =?utf-8?B?5byg5LiJ?= <zhangsan@example.com>\nContent-Type: multipart/alternative;\n"
    " boundary=Apple-Mail-66B3A2C0-1\nContent-Transfer-Encoding: 7bit\nMime-Version: 1.0 (1.0)\nSubject: =?utf-8?Q?Re:_=E9=80=80=E6=AC=BE?=\n"
    "X-Mailer: iPhone Mail (21A329)\n\n\n--Apple-Mail-66B3A2C0-1\nContent-Type: text/plain;\n\tcharset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    + lines64(
        "还没到账。\n\n发自我的 iPhone\n\n> 在 2026年1月4日，18:30，客服 <kf@example.com> 写道：\n> \n> \ufeff已经退了。\n".encode()
    )
    + "\n--Apple-Mail-66B3A2C0-1--\n"
)

ALIMAIL = (
    HEAD
    + "Subject: =?UTF-8?B?"
    + b64("回复：退款")
    + '?=\nMIME-Version: 1.0\nx-aliyun-mail-creator: Webmail4_1\nContent-Type: multipart/alternative; boundary="----=ALIBOUNDARY_1"\n\n'
    '------=ALIBOUNDARY_1\nContent-Type: text/plain; charset="UTF-8"\nContent-Transfer-Encoding: base64\n\n'
    + lines64(
        "银行卡尾号 1234，没有到账。\n------------------------------------------------------------------\n发件人：客服 <kf@example.com>\n"
        "发送时间：2026年1月4日(星期日) 18:30\n收件人：张三<zhangsan@example.com>\n主　题：退款\n\n请提供卡号".encode()
    )
    + "------=ALIBOUNDARY_1--\n"
)

SECOND = [
    one(
        "Gmail, HTML alone",
        HEAD
        + 'Subject: 退款\nContent-Type: text/html; charset="UTF-8"\nContent-Transfer-Encoding: base64\n\n'
        + lines64(GMAIL_HTML.encode()),
        sender=ZHANG,
        new_text="还是没有收到退款。\n\n张三",
    ),
    one("iPhone", APPLE, sender=ZHANG, subject="Re: 退款", new_text="还没到账。"),
    one("Alimail", ALIMAIL, subject="回复：退款", new_text="银行卡尾号 1234，没有到账。"),
    one(
        "no charset in the header, GBK in subject and body",
        HEAD + "Subject: 电视机屏幕碎了\n\n电视机屏幕碎了，快递不赔。",
        "gbk",
        sender=ZHANG,
        subject="电视机屏幕碎了",
        text="电视机屏幕碎了，快递不赔。",
    ),
    one(
        "Big5 from Taiwan, raw",
        "From: 陳小明 <chen@example.com>\nSubject: 訂單問題\nContent-Type: text/plain; charset=big5\n\n您好，我的訂單還沒有收到。",
        "big5",
        sender=("陳小明", "chen@example.com"),
        subject="訂單問題",
        text="您好，我的訂單還沒有收到。",
    ),
    one(
        "ticket system with a line to answer above",
        HEAD
        + "Subject: Re: [#1024]\nIn-Reply-To: <t1024@example.com>\n\n好的，谢谢。\n\n## 请在此行之上回复 ##\n\n客服 于 2026-01-04 回复：\n已为您处理",
        new_text="好的，谢谢。",
    ),
    one(
        "Outlook for iOS",
        HEAD
        + 'Subject: Re\nContent-Type: text/plain; charset="utf-8"\n\n可以，周三上门吧。\n\n获取 Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n发件人: 客服 <kf@example.com>\n发送时间: Sunday, January 4, 2026 6:30:00 PM\n收件人: 张三 <zhangsan@example.com>\n主题: 上门时间\n\n周三可以吗？',
        new_text="可以，周三上门吧。",
    ),
    one(
        "Huawei telephone",
        HEAD
        + "Subject: Re\n\n收到的是空箱子！\n\n发自我的华为手机\n\n-------- 原始邮件 --------\n发件人： 客服 <kf@example.com>\n日期： 2026年1月4日周日 18:30\n收件人： zhangsan@example.com\n主 题： 发货通知\n已发货",
        new_text="收到的是空箱子！",
    ),
    one(
        "a table of Excel in HTML",
        HEAD
        + "Subject: x\nContent-Type: text/html; charset=gb2312\nContent-Transfer-Encoding: quoted-printable\n\n"
        + qp(
            '<html xmlns:o="urn:x"><head><style><!--td{color:red}--></style></head><body><table><tr><td class=xl1>型号</td><td>数量</td></tr><tr><td>A-1</td><td>3</td></tr></table></body></html>',
            "gb2312",
        ),
        text="型号\t数量\nA-1\t3",
    ),
    one(
        "QP with soft breaks inside characters",
        HEAD
        + "Subject: =?utf-8?Q?=E9=80=80?=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=E9=80=80=E6=\n=AC=BE=E8=\n=AF=B7=E6=B1=82\n",
        text="退款请求",
    ),
    one(
        "subject in several words of GBK cut by bytes",
        HEAD
        + "Subject: =?gb2312?B?"
        + b64("关于贵公司".encode("gbk")[:5])
        + "?=\n\t=?gb2312?B?"
        + b64("关于贵公司".encode("gbk")[5:])
        + "?=\n\nx",
        subject="关于贵公司",
    ),
    one(
        "two files of one name, one empty",
        HEAD
        + "Subject: x\nMIME-Version: 1.0\n"
        + multipart(
            "Content-Type: text/plain; charset=utf-8\n\n两个文件",
            "Content-Type: application/octet-stream; name=a.txt\nContent-Disposition: attachment; filename=a.txt\n\n",
            "Content-Type: application/octet-stream; name=a.txt\nContent-Disposition: attachment; filename=a.txt\n\nabc",
        ),
        files=[("a.txt", sha(b"")), ("a.txt", sha(b"abc"))],
        text="两个文件",
    ),
    one(
        "uuencode by Outlook Express",
        HEAD
        + "Subject: =?gb2312?B?"
        + b64("照片", "gbk")
        + '?=\nContent-Type: text/plain;\n\tcharset="gb2312"\nContent-Transfer-Encoding: 7bit\n\nsee photo\n\n'
        + uu(PNG, "photo.png"),
        subject="照片",
        text="see photo",
        files=[("photo.png", sha(PNG))],
    ),
    one(
        "mail as attached by forwarding",
        HEAD
        + "Subject: Fw\nMIME-Version: 1.0\n"
        + multipart(
            "Content-Type: text/plain; charset=gbk\nContent-Transfer-Encoding: base64\n\n"
            + b64("转发给你们看", "gbk"),
            'Content-Type: message/rfc822; name="=?gbk?B?'
            + b64("旧邮件.eml", "gbk")
            + '?="\nContent-Disposition: attachment\n\nFrom: a@example.com\nSubject: old\n\nold body\n',
        ),
        text="转发给你们看",
        count=1,
        names=["旧邮件.eml"],
    ),
    one(
        "answer of a vacation by Exchange",
        HEAD
        + "Subject: =?utf-8?B?"
        + b64("自动答复: 您的投诉")
        + "?=\nX-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\n\n我在休假，1月10日回来。",
        auto_reply=True,
        bounce=False,
    ),
    one(
        "a complaint about automatic answers",
        HEAD + "Subject: " + word("你们的自动回复太烦人了") + "\n\n别再发了",
        auto_reply=False,
        bounce=False,
    ),
    one(
        "a list that passes a customer on",
        HEAD
        + "Subject: x\nList-Id: kf <kf.example.com>\nPrecedence: list\nSender: kf-bounces@example.com\nReturn-Path: <kf-bounces@example.com>\n\n正文",
        auto_reply=False,
        bounce=False,
        sender=ZHANG,
    ),
    one(
        "postfix",
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.com (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\nTo: kf@example.com\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        + multipart(
            "Content-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\nThis is the mail system",
            "Content-Description: Delivery report\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nAction: failed\nStatus: 5.1.1",
            "Content-Description: Undelivered Message\nContent-Type: message/rfc822\n\nSubject: x\n\ny",
            kind="multipart/report; report-type=delivery-status",
        ),
        bounce=True,
        sender=("Mail Delivery System", "MAILER-DAEMON@mx.example.com"),
        text="This is the mail system",
        count=2,
    ),
    one(
        "headers in GBK, body in UTF-8",
        HEAD.encode("gbk")
        + "Subject: 快递丢失\n".encode("gbk")
        + "Content-Type: text/plain; charset=utf-8\n\n快递丢失，请赔偿。".encode(),
        sender=ZHANG,
        subject="快递丢失",
        text="快递丢失，请赔偿。",
    ),
    one(
        "a space before the colon, a tab behind",
        "From :\t张三 <zhangsan@example.com>\nSUBJECT :\t退货\nContent-type :text/plain;charset=utf-8\n\nx",
        sender=ZHANG,
        subject="退货",
    ),
    one(
        "inline answer under each question, Outlook marks none",
        HEAD + "Subject: Re\n\n> 1、是否开箱？\n是\n> 2、是否有发票？\n有\n\n-- \n张三\n销售部",
        new_text="是\n有",
    ),
    one(
        "a disclaimer of a bank",
        HEAD
        + "Subject: x\n\n请核对账单。\n\n重要提示：本邮件（包括附件）含有保密信息，仅供指定收件人使用。如您误收，请立即删除。\nImportant Notice: This email (including attachments) is confidential. If you are not the intended recipient, please delete it.",
        new_text="请核对账单。",
    ),
    one(
        "a name of a file in raw GBK without quotes",
        "From: a@example.com\nMIME-Version: 1.0\n"
        + multipart(
            "Content-Type: text/plain; charset=gb2312\n\n见附件",
            "Content-Type: application/msword;\n\tname=投诉 材料.doc\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment;\n\tfilename=投诉 材料.doc\n\n"
            + lines64(b"doc"),
        ),
        "gbk",
        names=["投诉 材料.doc"],
        text="见附件",
    ),
    one(
        "a calendar answer",
        HEAD
        + "Subject: =?utf-8?B?"
        + b64("已接受: 会议")
        + "?=\nMIME-Version: 1.0\n"
        + multipart(
            "Content-Type: text/plain; charset=utf-8\n\n",
            "Content-Type: text/calendar; charset=utf-8; method=REPLY\nContent-Transfer-Encoding: base64\n\n"
            + lines64("BEGIN:VCALENDAR\nMETHOD:REPLY\nSUMMARY:会议\nEND:VCALENDAR".encode()),
            kind="multipart/alternative",
        ),
        auto_reply=False,
        text="会议",
        count=1,
    ),
    one(
        "a cell phone of an operator, MMS",
        "From: 13800000000@mms.example.com\nSubject: \nMIME-Version: 1.0\n"
        + multipart(
            "Content-Type: application/smil; name=1.smil\n\n<smil><body/></smil>",
            "Content-Type: text/plain; charset=utf-8; name=1.txt\nContent-ID: <1.txt>\n\n电表坏了",
            "Content-Type: image/jpeg; name=1.jpg\nContent-Transfer-Encoding: base64\n\n" + lines64(PNG),
            kind="multipart/related",
        ),
        text="电表坏了",
        count=3,
    ),
    one(
        "boundary with the marks of a regular expression",
        HEAD
        + 'Subject: x\nContent-Type: multipart/mixed; boundary="=_(a+b)*?[c]"\n\n--=_(a+b)*?[c]\nContent-Type: text/plain; charset=utf-8\n\n正文\n--=_(a+b)*?[c]\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n'
        + lines64(PDF)
        + "--=_(a+b)*?[c]--\n",
        text="正文",
        files=[("a.pdf", sha(PDF))],
    ),
    one(
        "a boundary that begins as another does",
        HEAD
        + 'Subject: x\nContent-Type: multipart/mixed; boundary="abc"\n\n--abc\nContent-Type: multipart/alternative; boundary="abcd"\n\n--abcd\nContent-Type: text/plain; charset=utf-8\n\n甲\n--abcd--\n--abc\nContent-Type: text/plain; charset=utf-8\n\n乙\n--abc--\n',
        text="甲\n乙",
    ),
    one(
        "Mac line ends",
        (
            "From: zhangsan@example.com\nSubject: mac\nContent-Type: text/plain; charset=gb2312\n\n第一行\n第二行\n"
        ).replace("\n", "\r"),
        "gbk",
        subject="mac",
        text="第一行\n第二行",
    ),
    one(
        "an old answer of Lotus in English",
        HEAD
        + "Subject: Re\n\nPlease refund.\n\nkf@example.com wrote on 01/04/2026 06:30:00 PM:\n\n> Which order?\n",
        new_text="Please refund.",
    ),
]
