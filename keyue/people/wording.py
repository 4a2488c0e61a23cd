"""The sentences for what `rules.py` finds, one for every member."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyue.people.rules import PasswordFault, SeparationFault

PASSWORD_SENTENCES: dict[PasswordFault, Promise] = {
    PasswordFault.TOO_SHORT: _("密码至少 8 个字符。"),
    PasswordFault.TOO_SHORT_ADMINISTRATOR: _("管理员的密码至少 12 个字符。"),
    PasswordFault.TOO_LONG: _("密码最多 128 个字符。"),
    PasswordFault.TOO_FEW_KINDS: _("密码要包含大写字母、小写字母、数字、符号中的至少三种。"),
    PasswordFault.SEQUENCE: _("密码里有连续或重复的字符（如 12345、aaaa），请换掉。"),
    PasswordFault.WEAK_WORD: _("密码里有常见的弱口令词（如 password、admin、qwerty），请换掉。"),
    PasswordFault.LIKE_USERNAME: _("密码不能包含您的工号。"),
    PasswordFault.LIKE_NAME: _("密码不能包含您姓名的拼音。"),
    PasswordFault.LIKE_COMPANY: _("密码不能包含公司名称或其拼音。"),
    PasswordFault.USED_BEFORE: _("最近 5 次用过的密码不能再用。"),
}

SEPARATION_SENTENCES: dict[SeparationFault, Promise] = {
    SeparationFault.AUDIT_STANDS_ALONE: _(
        "审计管理员不能兼任系统管理员或安全管理员，反之亦然。请选另一个人，或先收回其已有的管理员角色。"
    ),
    SeparationFault.MUST_BE_JOINED: _(
        "系统管理员与安全管理员默认由两个人担任。人手不足的公司可以合并：请勾选「合并系统与安全管理员」，该事实会被记录并公示。"
    ),
}
