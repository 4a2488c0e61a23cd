"""What the window's script says, in the language of the request: the script itself holds no words."""

from __future__ import annotations

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Sentences by their names; `{n}`, `{name}` and `{most}` are filled by the script."""
    return {
        "me": _("我"),
        "auto": _("自动答复"),
        "source": _("出处：{name}"),
        "sending": _("正在发送"),
        "sent": _("已送达"),
        "read": _("已读"),
        "kept": _("没有网络，恢复后自动发送"),
        "failed": _("没有发出"),
        "again": _("重发"),
        "drop": _("删除"),
        "typing": _("{name}正在输入"),
        "somebody": _("对方"),
        "queue": _("前面还有 {n} 位，请稍候"),
        "next": _("马上轮到您"),
        "serving": _("{name}为您服务"),
        "robot": _("以上是自动答复"),
        "person": _("转人工"),
        "asked": _("已请求人工，客服会尽快接入"),
        "over": _("会话已结束。再发消息会开始新的会话。"),
        "offline": _("网络断开，正在重新连接"),
        "online": _("已重新连接"),
        "gone": _("内容已擦除"),
        "large": _("「{name}」超过 {most} MB，不能发送"),
        "many": _("一次最多 {most} 个文件"),
        "long": _("一次最多 {most} 字，请分几次发"),
        "new": _("{n} 条新消息"),
        "left": _("已收到，我们会通过您留下的方式答复"),
        "wait": _("发送太快，稍后自动重发"),
        "file": _("文件"),
        "today": _("今天"),
        "refresh": _("请刷新页面"),
    }
