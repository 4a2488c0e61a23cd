"""Kinds of controls. Whatever a clause asks is, to the engine, one of two shapes: a deadline, or a cadence. Pure Python.

deadline     this, after that, by then
cadence      so often
record       a thing must hold these fields and this proof: a deadline that is met by what it holds
approval     only after that: a deadline of no length, which what came before has met
prohibition  never: a deadline of no length that nothing meets; what puts it right is late
sampling     so many checks in a period: a cadence by fixed windows
attestation  what software cannot see: a statement that holds for so long, and is then due again
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from keyue.kernel.texts import sentence
from keyue.regulations.control_values import ControlError

AT_ONCE = "PT0S"


class ControlKind(StrEnum):
    """How a clause binds; its words are in `KIND_NAMES`."""

    DEADLINE = "deadline"
    CADENCE = "cadence"
    RECORD = "record"
    APPROVAL = "approval"
    PROHIBITION = "prohibition"
    SAMPLING = "sampling"
    ATTESTATION = "attestation"


class Part(StrEnum):
    """A later part of the product, which brings facts that a control waits for; its words are in `PART_NAMES`."""

    ARCHIVE = "archive"
    CONTRACTS = "contracts"
    VISITS = "visits"
    CARE = "care"
    SURVEYS = "surveys"
    CHANNELS = "channels"
    PHONE = "phone"
    KNOWLEDGE = "knowledge"
    TEMPLATES = "templates"
    TRAINING = "training"
    SAMPLING = "sampling"
    MISCONDUCT = "misconduct"
    RECTIFICATION = "rectification"
    APPRAISAL = "appraisal"
    INSIGHT = "insight"
    CRISIS = "crisis"
    LEGAL = "legal"
    BENEFITS = "benefits"


KIND_NAMES = {
    ControlKind.DEADLINE: sentence("期限"),
    ControlKind.CADENCE: sentence("周期"),
    ControlKind.RECORD: sentence("记录"),
    ControlKind.APPROVAL: sentence("审批"),
    ControlKind.PROHIBITION: sentence("禁止"),
    ControlKind.SAMPLING: sentence("抽查"),
    ControlKind.ATTESTATION: sentence("声明"),
}
KIND_MEANINGS = {
    ControlKind.DEADLINE: sentence("某件事发生后，要在多长时间内做到什么"),
    ControlKind.CADENCE: sentence("每隔多久做一次"),
    ControlKind.RECORD: sentence("登记时必须写明哪些内容、附上什么凭证"),
    ControlKind.APPROVAL: sentence("先有什么，才能做什么"),
    ControlKind.PROHIBITION: sentence("不得发生；发生一次记一次"),
    ControlKind.SAMPLING: sentence("一段时间内检查多少次"),
    ControlKind.ATTESTATION: sentence("软件看不到的事：由负责人署名声明，到期重新声明"),
}
PART_NAMES = {
    Part.ARCHIVE: sentence("客户档案"),
    Part.CONTRACTS: sentence("合同与项目"),
    Part.VISITS: sentence("走访"),
    Part.CARE: sentence("客户关怀"),
    Part.SURVEYS: sentence("满意度调查"),
    Part.CHANNELS: sentence("全渠道会话"),
    Part.PHONE: sentence("电话与排班"),
    Part.KNOWLEDGE: sentence("知识库与自动答复"),
    Part.TEMPLATES: sentence("话术与模板审批"),
    Part.TRAINING: sentence("培训"),
    Part.SAMPLING: sentence("抽查与质检"),
    Part.MISCONDUCT: sentence("举报"),
    Part.RECTIFICATION: sentence("整改与改进"),
    Part.APPRAISAL: sentence("考核"),
    Part.INSIGHT: sentence("统计分析"),
    Part.CRISIS: sentence("危机应对"),
    Part.LEGAL: sentence("法务事项"),
    Part.BENEFITS: sentence("积分与权益"),
}

COMMON = frozenset(
    {
        "id", "name", "kind", "subject", "when", "owner", "remind", "escalate", "evidence", "calendar",
        "question", "proposed", "note", "awaits",
    }
)  # fmt: skip
FIELDS: dict[ControlKind, frozenset[str]] = {
    ControlKind.DEADLINE: COMMON
    | {"on", "met_by", "again", "start", "within", "until", "counts_from", "max_pause"},
    ControlKind.CADENCE: COMMON
    | {"on", "met_by", "every", "window", "anchor", "days", "count", "late_serves_next"},
    ControlKind.RECORD: COMMON | {"on", "fields", "within", "again"},
    ControlKind.APPROVAL: COMMON | {"on", "after", "gate"},
    ControlKind.PROHIBITION: COMMON | {"on", "met_by"},
    ControlKind.SAMPLING: COMMON | {"met_by", "every", "count", "anchor", "days"},
    ControlKind.ATTESTATION: COMMON | {"every", "statement"},
}
RECURRING = frozenset({ControlKind.CADENCE, ControlKind.SAMPLING, ControlKind.ATTESTATION})

COMPANY = "company"
"""The subject of attestations: the company itself."""
IN_FORCE = "company.edition_in_force"
ATTESTED = "company.attested"


def shaped(raw: Mapping[str, Any], kind: ControlKind, regulation: str) -> dict[str, Any]:
    """The fields of a block in the engine's terms: those of a deadline or a cadence. Raises ControlError."""
    block = dict(raw)
    if kind is ControlKind.RECORD:
        if not raw.get("question"):
            block.setdefault("within", AT_ONCE)
    elif kind is ControlKind.APPROVAL:
        if not isinstance(raw.get("after"), str):
            raise ControlError("after", sentence("缺少 after：要说明先有什么事实"))
        block |= {"met_by": raw["after"], "counts_from": raw["after"], "within": AT_ONCE, "again": "each"}
    elif kind is ControlKind.PROHIBITION:
        block |= {"within": AT_ONCE, "again": "each"}
    elif kind is ControlKind.SAMPLING:
        block["window"] = "fixed"
    elif kind is ControlKind.ATTESTATION:
        if not isinstance(raw.get("statement"), str) or not raw["statement"].strip():
            raise ControlError("statement", sentence("缺少 statement：要说明声明的是什么"))
        if raw.get("subject", COMPANY) != COMPANY:
            raise ControlError("subject", sentence("声明针对公司，subject 不用写"))
        about = f"fact.regulation == '{regulation}'"
        block |= {
            "on": f"{IN_FORCE} if {about}",
            "met_by": f"{ATTESTED} if {about} && fact.control == '{raw.get('id')}'",
            "again": "never",
        }
    return block
