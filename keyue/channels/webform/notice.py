"""What senders are told about their personal data, with its version."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keyue.company.models import Installation

DEFAULT_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Notice:
    """The text, paragraph by paragraph, and what a case keeps to name it."""

    version: str
    text: str
    consent: str

    @property
    def paragraphs(self) -> list[str]:
        return [part.strip() for part in self.text.split("\n") if part.strip()]


def notice_of(installation: Installation | None) -> Notice:
    """The company's own notice, else one that says what this product does; and the sentence that is agreed to."""
    own = installation.privacy_notice.strip() if installation is not None else ""
    agreed = installation.consent_text.strip() if installation is not None else ""
    if own and not agreed:
        return Notice(_version(own), own, default_consent())
    if own or agreed:
        text = own or built_in(installation)
        return Notice(_version(f"{text}\n\n{agreed}"), text, agreed)
    language = get_language() or "zh"
    version = DEFAULT_VERSION if language.startswith("zh") else f"{DEFAULT_VERSION}-{language[:5]}"
    if installation is not None and installation.service_phone:
        # the number stands in the text: another number, another version
        version += f"-{sha256(installation.service_phone.encode()).hexdigest()[:6]}"
    return Notice(version, built_in(installation), default_consent())


def default_consent() -> str:
    """What is agreed to where the company has no sentence of its own."""
    return _("同意仅为处理本次反馈使用以上信息")


def _version(words: str) -> str:
    return f"c{sha256(words.encode()).hexdigest()[:12]}"


def built_in(installation: Installation | None) -> str:
    """The notice that says what this product does, with the company's name and number."""
    company = installation.company if installation is not None else _("本公司")
    phone = installation.service_phone if installation is not None else ""
    return _default(company, phone)


def _default(company: str, phone: str) -> str:
    by = _("拨打 %(phone)s") % {"phone": phone} if phone else _("在进度页留言")
    parts = (
        _("%(company)s收集您在表单里填写的姓名、手机号、邮箱、所在地区，以及您写下的内容和上传的文件。")
        % {"company": company},
        _(
            "只用来办理这一次反馈：核实情况、告知进展和结果、回访您是否满意。不用于营销，不向无关的第三方提供。"
        ),
        _("姓名、手机号和邮箱加密保存，办理人员看到的是打码的内容；查看完整内容要写明用途，并留下记录。"),
        _("网络地址只用来限制提交次数，存的是无法还原的摘要，两天内删除。"),
        _(
            "您可以%(by)s，要求查看、更正或删除您的个人信息。删除以后，办理过程的时间记录仍然保留，但不再能认出您是谁。"
        )
        % {"by": by},
        _("不愿意提供个人信息的，可以匿名提交：不问姓名和联系方式，只能凭编号和查询码查看进度。"),
    )
    return "\n".join(parts)
