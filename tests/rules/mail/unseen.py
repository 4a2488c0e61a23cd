"""Mails written by the standpoint of a hostile tester, before the reader was looked at again: what each must give.

Each is a whole mail as a client or a program writes it; `expected` names only what is asked of it. In `text_has` and
`text_lacks` stand pieces, `new_text` is compared as it is, files are compared by name and digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.rules.mail.making import (
    PNG,
    b64,
    lines64,
    qp,
    sha,
    tnef,
    tnef_file,
)


@dataclass(frozen=True)
class Unseen:
    """A mail and what must be read out of it."""

    what: str
    raw: bytes
    expected: dict[str, Any] = field(default_factory=dict)


def one(what: str, raw: str | bytes, charset: str = "utf-8", **expected: Any) -> Unseen:
    return Unseen(what, raw.encode(charset) if isinstance(raw, str) else raw, expected)


ZHANG = ("张三", "zhangsan@example.com")
PDF = b"%PDF-1.7\r\n%\xe2\xe3\xcf\xd3\r\n1 0 obj\r\n"

QQ_TEXT = "\n".join(
    [
        "冰箱还是不制冷，请换货。",
        "",
        "------------------ 原始邮件 ------------------",
        '发件人:                                                             "客服"                   <kf@example.com&gt;;',
        "发送时间: 2026年1月4日(星期天) 晚上6:30",
        '收件人: "张三"<zhangsan@example.com&gt;;',
        "主题: 您的投诉已受理",
        "您好",
    ]
)
NETEASE_TEXT = '见附件发票，请退款。\r\n\r\n\r\nAt 2026-01-04 18:30:00, "客服" <kf@example.com> wrote:\r\n>您好，请提供发票。'
OUTLOOK_TEXT = (
    "退货单见附件。\r\n\r\n张三\r\n\r\n-----邮件原件-----\r\n发件人: 客服 [mailto:kf@example.com] \r\n发送时间: 2026年1月4日 18:30\r\n"
    "收件人: 张三\r\n主题: 退货\r\n\r\n请填退货单"
)
LOTUS_TEXT = "合同条款第三条有误。\n\n张三\n\n\n\n发件人：\tkf@example.com\n收件人：\tzhangsan@example.com, \n日期：\t2026-01-04 18:30\n主题：\t合同问题\n\n\n\n请确认。\n"
SPAM_HTML = (
    '<HTML><HEAD><META http-equiv=Content-Type content="text/html; charset=utf-8"><STYLE>BODY{}</STYLE></HEAD><BODY>'
    '<FONT color=#ffffff>随机</FONT><CENTER><IMG src="cid:000501c0$1@x"></CENTER>优惠代开<SCRIPT>document.write("x")</SCRIPT></BODY></HTML>'
)
QQ_WEB = f"""Date: Mon, 5 Jan 2026 10:00:00 +0800
From: "=?gb18030?B?{b64("张三", "gb18030")}?=" <zhangsan@example.com>
To: "=?gb18030?B?{b64("客服", "gb18030")}?=" <kf@example.com>
Subject: =?gb18030?B?{b64("回复：您的投诉已受理", "gb18030")}?=
Mime-Version: 1.0
Content-Type: multipart/alternative;
	boundary="----=_NextPart_695B1A50_0C7D1A10_2F1E8A9B"
Content-Transfer-Encoding: 8Bit
X-Priority: 3
Message-ID: <tencent_0A1B2C3D@example.com>
In-Reply-To: <kf-1@example.com>
X-QQ-MIME: TCMime 1.0 by Tencent

This is a multi-part message in MIME format.

------=_NextPart_695B1A50_0C7D1A10_2F1E8A9B
Content-Type: text/plain;
	charset="gb18030"
Content-Transfer-Encoding: base64

{lines64(QQ_TEXT.encode("gb18030"))}
------=_NextPart_695B1A50_0C7D1A10_2F1E8A9B
Content-Type: text/html;
	charset="gb18030"
Content-Transfer-Encoding: base64

{lines64('<meta http-equiv="Content-Type" content="text/html; charset=GB18030"><div>冰箱还是不制冷，请换货。</div><div><includetail><div>&nbsp;</div></includetail></div>'.encode("gb18030"))}
------=_NextPart_695B1A50_0C7D1A10_2F1E8A9B--
"""

NETEASE = f"""Received: from zhangsan$example.com ( [192.0.2.7] ) by ajax-webmail-wmsvr-40 (Coremail) ; Mon, 5 Jan 2026 10:00:00 +0800 (CST)
X-Originating-IP: [192.0.2.7]
Date: Mon, 5 Jan 2026 10:00:00 +0800 (CST)
From: =?GBK?B?{b64("张三", "gbk")}?= <zhangsan@example.com>
To: kf@example.com
Subject: =?GBK?Q?Re:=BB=D8=B8=B4=A3=BA=CD=B6=CB=DF?=
X-Mailer: Coremail Webmail Server Version XT5.0
Content-Type: multipart/mixed;
	boundary="----=_Part_1234_567.890"
MIME-Version: 1.0

------=_Part_1234_567.890
Content-Type: multipart/alternative;
	boundary="----=_Part_1235_568.891"

------=_Part_1235_568.891
Content-Type: text/plain; charset=GBK
Content-Transfer-Encoding: base64

{lines64(NETEASE_TEXT.encode("gbk"))}
------=_Part_1235_568.891
Content-Type: text/html; charset=GBK
Content-Transfer-Encoding: base64

{lines64('<div style="line-height:1.7">见附件发票，请退款。</div>'.encode("gbk"))}
------=_Part_1235_568.891--

------=_Part_1234_567.890
Content-Type: application/pdf;
	name="=?GBK?B?{b64("发票（2026年1月）", "gbk")[:16]}?=
 =?GBK?B?{b64("发票（2026年1月）", "gbk")[16:]}?=.pdf"
Content-Transfer-Encoding: base64
Content-Disposition: attachment;
	filename="=?GBK?B?{b64("发票（2026年1月）", "gbk")[:16]}?=
 =?GBK?B?{b64("发票（2026年1月）", "gbk")[16:]}?=.pdf"

{lines64(PDF)}
------=_Part_1234_567.890--
"""

OUTLOOK_TNEF = f"""From: =?utf-8?B?{b64("张三")}?= <zhangsan@example.com>
To: "kf@example.com" <kf@example.com>
Subject: =?utf-8?B?{b64("答复: 退货")}?=
Thread-Topic: =?utf-8?B?{b64("退货")}?=
Content-Type: multipart/mixed;
	boundary="_000_ABC_"
MIME-Version: 1.0

--_000_ABC_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

{lines64(OUTLOOK_TEXT.encode())}

--_000_ABC_
Content-Type: application/ms-tnef; name="winmail.dat"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="winmail.dat"

{lines64(tnef(tnef_file("TUIHUO~1.DOC", b"doc content", "退货单.doc")))}
--_000_ABC_--
"""

FOXMAIL_OLD = """Date: Mon, 5 Jan 2026 10:00:00 +0800
From: "张三" <zhangsan@example.com>
To: "kf" <kf@example.com>
Subject: 关于洗衣机漏水
X-mailer: Foxmail 5.0 [cn]
Mime-Version: 1.0
Content-Type: text/plain;
      charset="gb2312"
Content-Transfer-Encoding: 7bit

kf，您好！

	洗衣机漏水三天了。

======= 2026-01-04 18:30:00 您在来信中写道：=======

>请说明型号。

= = = = = = = = = = = = = = = = = = = = = =
			

　　　　　　　　致
礼！
 
　　　　　　　　张三
　　　　　　　　zhangsan@example.com
　　　　　　　　　　2026-01-05
"""

PHP_MAILER = f"""From: 张三 <zhangsan@example.com>
To: kf@example.com
Subject: =?UTF-8?B?{b64("网站留言：商品破损，要求赔偿并且尽快回复我谢谢您了")}?=
MIME-Version: 1.0
Content-type: text/html; charset=utf-8
Reply-To: zhangsan@example.com


<table><tr><td>姓名</td><td>张三</td></tr><tr><td>电话</td><td>13800000000</td></tr><tr><td>内容</td><td>商品破损<br>要求赔偿</td></tr></table>
"""

LOTUS = (
    """MIME-Version: 1.0
To: kf@example.com
Subject: =?GB2312?B?tPC4tDogutXNrM7KzOI=?=
X-KeepSent: 1234:ABCD; type=4; name=$KeepSent
X-Mailer: Lotus Notes Release 8.5.3 September 15, 2011
From: zhangsan@example.com
Date: Mon, 5 Jan 2026 10:00:00 +0800
X-MIMETrack: Serialize by Router on Mail01/Example at 2026-01-05 10:00:01
Content-type: multipart/alternative; 
	Boundary="0__=C7BBF0D1DF"
Content-Disposition: inline

--0__=C7BBF0D1DF
Content-type: text/plain; charset=GB2312
Content-transfer-encoding: base64

"""
    + lines64(LOTUS_TEXT.encode("gb2312"))
    + """
--0__=C7BBF0D1DF
Content-type: text/html; charset=GB2312
Content-Disposition: inline
Content-transfer-encoding: base64

"""
    + lines64("<html><body><p>合同条款第三条有误。<br></body></html>".encode("gb2312"))
    + """
--0__=C7BBF0D1DF--
"""
)

EUDORA = """X-Mailer: QUALCOMM Windows Eudora Pro Version 4.2.0.58
Date: Mon, 05 Jan 2026 10:00:00 +0800
To: kf@example.com
From: Zhang San <zhangsan@example.com>
Subject: Re: broken lamp
In-Reply-To: <199801@example.com>
Mime-Version: 1.0
Content-Type: text/plain; charset="us-ascii"; format=flowed

At 06:30 PM 1/4/2026 +0800, you wrote:
>Which lamp is it?
>
The small one.

>When did you buy it?

Last week.


Zhang San
"""

JIRA = (
    """Date: Mon, 5 Jan 2026 10:00:00 +0800 (CST)
From: "Zhang San (Jira)" <jira@example.com>
To: kf@example.com
Message-ID: <JIRA.123.456@Atlassian.JIRA>
Subject: [JIRA] (KF-12) =?utf-8?Q?=E6=97=A0=E6=B3=95=E7=99=BB=E5=BD=95?=
MIME-Version: 1.0
Content-Type: multipart/alternative; 
	boundary="----=_Part_9_8.7"
Precedence: bulk
Auto-Submitted: auto-generated
X-JIRA-FingerPrint: abc

------=_Part_9_8.7
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable

Zhang San created KF-12:
"""
    + qp("无法登录")
    + """
--
This message was sent by Atlassian Jira
(v8.20.10)
------=_Part_9_8.7--
"""
)

EXCHANGE_NDR = f"""From: Microsoft Outlook
	<MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.com>
To: <kf@example.com>
Date: Mon, 5 Jan 2026 10:00:00 +0800
Content-Type: multipart/report; report-type=delivery-status;
	boundary="9B095B5ADSN=_01"
X-DSNContext: 335a7efd - 4481 - 00000001 - 80040546
Message-ID: <NDR1@example.com>
In-Reply-To: <out1@example.com>
Subject: =?gb2312?B?{b64("未送达: 您的投诉已受理", "gb2312")}?=
Auto-Submitted: auto-replied
MIME-Version: 1.0

--9B095B5ADSN=_01
Content-Type: multipart/alternative; differences=Content-Type;
	boundary="9B095B5ADSN=_02"

--9B095B5ADSN=_02
Content-Type: text/plain; charset="gb2312"
Content-Transfer-Encoding: base64

{lines64("无法向以下收件人或组传递邮件: lisi@example.com".encode("gb2312"))}
--9B095B5ADSN=_02
Content-Type: text/html; charset="gb2312"
Content-Transfer-Encoding: base64

{lines64("<p>无法向以下收件人或组传递邮件: lisi@example.com</p>".encode("gb2312"))}
--9B095B5ADSN=_02--

--9B095B5ADSN=_01
Content-Type: message/delivery-status

Reporting-MTA: dns;mx.example.com

Final-recipient: RFC822; lisi@example.com
Action: failed
Status: 5.1.1

--9B095B5ADSN=_01
Content-Type: message/rfc822

From: kf@example.com
To: lisi@example.com
Subject: test

body
--9B095B5ADSN=_01--
"""

QQ_BOUNCE = f"""From: PostMaster@qq.com
To: kf@example.com
Subject: =?gb18030?B?{b64("系统退信", "gb18030")}?=
Date: Mon, 5 Jan 2026 10:00:00 +0800
Mime-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: text/html; charset="gb18030"
Content-Transfer-Encoding: base64

{lines64("<div>抱歉，您的邮件被退回来了……</div><div>收件人：nobody@example.com</div><div>退信原因：该邮箱不存在</div>".encode("gb18030"))}
--b1--
"""

SPAM = f"""Received: from [192.0.2.99] by mx.example.com; Mon, 5 Jan 2026 10:00:00 +0800
From: "=?GB2312?B?{b64("财务部", "gb2312")}" <cw@example.com>
To: undisclosed-recipients:;
Subject: =?GB2312?B?{b64("代 开 发 票", "gb2312")}?=
Mime-Version: 1.0
Content-Type: multipart/related;
	type="multipart/alternative";
	boundary="----=_NextPart_000_0005_01C0"

------=_NextPart_000_0005_01C0
Content-Type: multipart/alternative;
	boundary="----=_NextPart_001_0006_01C0"

------=_NextPart_001_0006_01C0
Content-Type: text/plain;
	charset="gb2312"
Content-Transfer-Encoding: base64


------=_NextPart_001_0006_01C0
Content-Type: text/html;
	charset="gb2312"
Content-Transfer-Encoding: base64

{lines64(SPAM_HTML.encode("gb2312"))}
------=_NextPart_001_0006_01C0--

------=_NextPart_000_0005_01C0
Content-Type: image/png;
	name="a.png"
Content-Transfer-Encoding: base64
Content-ID: <000501c0$1@x>

{lines64(PNG)}
------=_NextPart_000_0005_01C0--
"""

FIRST = [
    one(
        "QQ web mail",
        QQ_WEB,
        sender=ZHANG,
        subject="回复：您的投诉已受理",
        new_text="冰箱还是不制冷，请换货。",
        references=("<kf-1@example.com>",),
        date="2026-01-05T10:00:00+08:00",
    ),
    one(
        "NetEase web mail with an invoice",
        NETEASE,
        sender=ZHANG,
        subject="Re:回复：投诉",
        new_text="见附件发票，请退款。",
        files=[("发票（2026年1月）.pdf", sha(PDF))],
    ),
    one(
        "Outlook with winmail.dat",
        OUTLOOK_TNEF,
        sender=ZHANG,
        subject="答复: 退货",
        new_text="退货单见附件。\n\n张三",
        files=[("退货单.doc", sha(b"doc content"))],
    ),
    one(
        "old Foxmail, raw GB headers",
        FOXMAIL_OLD,
        "gb2312",
        sender=ZHANG,
        subject="关于洗衣机漏水",
        text_has=["洗衣机漏水三天了", "请说明型号", "2026-01-05"],
        new_text="kf，您好！\n\n\t洗衣机漏水三天了。",
    ),
    one(
        "a form of a site by PHP",
        PHP_MAILER,
        sender=ZHANG,
        subject="网站留言：商品破损，要求赔偿并且尽快回复我谢谢您了",
        text="姓名\t张三\n电话\t13800000000\n内容\t商品破损\n要求赔偿",
        reply_to=[("", "zhangsan@example.com")],
    ),
    one(
        "Lotus Notes",
        LOTUS,
        sender=("", "zhangsan@example.com"),
        subject="答复: 赫同问题",
        new_text="合同条款第三条有误。\n\n张三",
    ),
    one(
        "Eudora with answers between",
        EUDORA,
        new_text="The small one.\nLast week.\n\n\nZhang San",
        subject="Re: broken lamp",
    ),
    one(
        "a notice of Jira",
        JIRA,
        subject="[JIRA] (KF-12) 无法登录",
        auto_reply=True,
        bounce=False,
        sender=("Zhang San (Jira)", "jira@example.com"),
        new_text="Zhang San created KF-12:\n无法登录",
    ),
    one(
        "a report of Exchange in Chinese",
        EXCHANGE_NDR,
        bounce=True,
        subject="未送达: 您的投诉已受理",
        text="无法向以下收件人或组传递邮件: lisi@example.com",
        count=2,
    ),
    one("a bounce of QQ", QQ_BOUNCE, bounce=True, text_has=["退信原因：该邮箱不存在"]),
    one(
        "spam with a broken name and a white word",
        SPAM,
        sender=("财务部", "cw@example.com"),
        subject="代 开 发 票",
        text_has=["优惠代开"],
        text_lacks=["document.write", "BODY"],
        inline=[True],
        to=[],
    ),
]
