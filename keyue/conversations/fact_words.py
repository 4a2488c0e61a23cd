"""What facts of channels and conversations are called where facts of all rooms stand together."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FACT_WORDS: dict[str, Promise] = {
    "channel.opened": _("启用渠道"),
    "channel.keeper_given": _("指定渠道专人"),
    "channel.keeper_left": _("渠道没有专人了"),
    "channel.department_given": _("渠道归到部门"),
    "channel.viewed": _("查看并整理渠道"),
    "channel.failed": _("渠道中断"),
    "channel.restored": _("渠道恢复"),
    "channel.mail_unreadable": _("收到读不了的邮件"),
    "channel.mail_looked_at": _("查看读不了的邮件"),
    "channel.review_received": _("收到评价"),
    "channel.case_opened": _("评价登记为事项"),
    "channel.closed": _("停用渠道"),
    "conversation.opened": _("开始会话"),
    "conversation.asked": _("客户发问，等候回复"),
    "conversation.message_received": _("客户又来消息"),
    "conversation.answered": _("人工回复"),
    "conversation.auto_answered": _("自动答复"),
    "conversation.person_asked": _("客户要求转人工"),
    "conversation.person_joined": _("接入会话"),
    "conversation.handed_over": _("转接会话"),
    "conversation.callback_agreed": _("约定回电"),
    "conversation.customer_known": _("会话归到客户"),
    "conversation.customer_unknown": _("撤回客户匹配"),
    "conversation.case_linked": _("会话关联事项"),
    "conversation.ended": _("结束会话"),
    "conversation.recorded": _("登记会话小结"),
    "conversation.call_ended": _("通话结束"),
    "conversation.call_recorded": _("登记通话小结"),
    "conversation.erased": _("擦除会话内容"),
}

FIELD_WORDS: dict[str, Promise] = {
    "agent": _("接待人"),
    "answered": _("已有人工回复"),
    "article": _("知识文章"),
    "asking": _("在等回复"),
    "automatic": _("是自动回复"),
    "call": _("通话"),
    "case": _("事项"),
    "confidence": _("把握（百分之几）"),
    "digest": _("摘要"),
    "failing": _("中断中"),
    "is_first": _("是首次回复"),
    "keeper": _("渠道专人"),
    "line": _("消息"),
    "lines": _("消息数"),
    "mail": _("原始邮件"),
    "open": _("还在等回复的会话数"),
    "opinion": _("客户意见"),
    "outgoing": _("是去电"),
    "over": _("会话已结束"),
    "review": _("评价"),
    "seconds": _("秒数"),
    "seen": _("看过的消息数"),
    "summary": _("小结"),
}
