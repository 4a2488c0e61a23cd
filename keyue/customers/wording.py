"""The sentences for what `rules.py` and `regions.py` find, one for every fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyue.customers.faults import Fault, FaultCode
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import EvidenceKind

SENTENCES: dict[FaultCode, Promise] = {
    FaultCode.NAME_MISSING: _("请填写单位名称。"),
    FaultCode.NAME_TOO_LONG: _("名称最多 %(most)s 个字，现在是 %(n)s 个字"),
    FaultCode.NAME_IS_NUMBER: _("这里要填姓名，现在像是一个号码"),
    FaultCode.NAME_HOLDS_CONTACT: _("单位名称里有手机号或邮箱，请把它填到联系人里"),
    FaultCode.PHONE_CHARACTERS: _("电话号码里有不认识的字符「%(character)s」，请只填数字"),
    FaultCode.PHONE_MOBILE_LENGTH: _("手机号应为 11 位，现在是 %(n)s 位"),
    FaultCode.PHONE_AREA_CODE: _("固定电话请带区号，如 0571-87654321"),
    FaultCode.PHONE_LANDLINE: _("固定电话应为区号加 7 至 8 位号码，如 0571-87654321，请核对"),
    FaultCode.PHONE_FOREIGN: _("境外号码应为 + 国家或地区代码和号码，如 +852 9123 4567，请核对"),
    FaultCode.PHONE_UNKNOWN: _("请填 11 位手机号、带区号的固定电话、400 号码，或以 + 开头的境外号码"),
    FaultCode.EMAIL_AT: _("邮箱地址里应有一个 @，如 name@example.com"),
    FaultCode.EMAIL_LOCAL: _("邮箱地址 @ 前面只能有字母、数字和 . _ - + 等符号"),
    FaultCode.EMAIL_DOMAIN: _("邮箱地址 @ 后面应为 example.com 这样的域名"),
    FaultCode.EMAIL_TOO_LONG: _("邮箱地址最多 %(most)s 个字符"),
    FaultCode.REGION_UNKNOWN: _(
        "没有「%(text)s」这个省级地区，请填省、自治区、直辖市或特别行政区，如 浙江省"
    ),
    FaultCode.CITY_TOO_LONG: _("城市最多 %(most)s 个字，现在是 %(n)s 个字；详细地址请不要填在这里"),
    FaultCode.CITY_CHARACTERS: _("城市只填名称，如 杭州市；门牌号码请不要填在这里"),
    FaultCode.TEXT_TOO_LONG: _("最多 %(most)s 个字，现在是 %(n)s 个字"),
    FaultCode.MONEY_UNKNOWN: _("金额应为不带单位的数字，最多两位小数，如 120000.00"),
    FaultCode.USCC_LENGTH: _("统一社会信用代码应为 18 位，现在是 %(n)s 位"),
    FaultCode.USCC_SIGN: _("统一社会信用代码里不会有「%(sign)s」，请核对（没有 I、O、S、V、Z）"),
    FaultCode.USCC_CHECK: _("统一社会信用代码的校验位不对，请对照营业执照核对"),
    FaultCode.ID_NUMBER_CHECK: _("身份证号码的校验位不对，请对照证件核对"),
    FaultCode.ID_NUMBER_LENGTH: _("证件号码应为 5 至 20 位字母和数字，请核对"),
    FaultCode.IDENTIFIER_MISSING: _("请填写内容"),
    FaultCode.SYSTEM_MISSING: _("请写明是哪个系统的编号，如 ERP"),
}


EVIDENCE: dict[str, Promise] = {
    EvidenceKind.MAIL: _("邮件"),
    EvidenceKind.PORTAL: _("进度页留言"),
    EvidenceKind.CHAT: _("会话消息"),
    EvidenceKind.CALL: _("通话记录"),
    EvidenceKind.VISIT: _("当面记录"),
    EvidenceKind.NOTE: _("内部记录"),
    EvidenceKind.PLAN: _("处理方案"),
    EvidenceKind.RESULT: _("处理结果"),
    EvidenceKind.MINUTES: _("会议纪要"),
    EvidenceKind.CAUSE: _("根因与预防"),
    EvidenceKind.FILE: _("文件"),
    EvidenceKind.SHEET: _("表格"),
}
"""What people call the kinds of evidence that facts carry."""


def sentence(fault: Fault) -> str:
    """What to do about a fault, for its reader."""
    return str(SENTENCES[fault.code]) % fault.values


Checks = Mapping[str, tuple[Callable[[str], Any], str]]
"""A rule and a text for each field: `{"phone": (rules.normalise_phone, "138 1234 6027")}`."""


def checked(checks: Checks) -> dict[str, Any]:
    """Every text through its rule. Raises Invalid that names all the fields at fault."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for field, (rule, text) in checks.items():
        try:
            values[field] = rule(text)
        except Fault as fault:
            faults[field] = sentence(fault)
    if faults:
        raise Invalid(str(_("；")).join(faults.values()), fields=faults)
    return values
