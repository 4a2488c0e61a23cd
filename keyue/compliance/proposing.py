"""What a reading proposes, as somebody confirms, changes or declines it; and who the text means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.regulations.controls import ControlError, apply_set, build_control
from keyue.regulations.kinds import RECURRING
from keyue.regulations.reader.drafting import Decision

NEW = "role_"
"""Codes of posts that a text names and the company does not have yet: `role_` and how the name is said, so that two
files that name the same post mean the same one, and never one of another name."""
LONGEST_SAID = 34
"""Letters of a name in a code, which has 40."""
LEADS = ("责任部门", "主办部门", "承办部门", "承办单位", "牵头部门", "处理部门", "主责部门", "相关部门")
OF_CASE = "case.lead"
FALLBACK = "service_supervisor"
LONGEST_ROLE = 60
DIGEST = 8


def decided(proposal: Mapping[str, Any], kept: Mapping[str, Any], *, regulation: str = "") -> Decision:
    """A proposal with what was decided about it. Raises Invalid for a block that does not stand."""
    if kept["choice"] == "decline":
        return Decision(None, str(kept.get("why") or _("不采用")))
    if kept["choice"] == "later":
        return Decision(None, _("读入时尚未确定"))
    raw = {**proposal["control"], **dict(kept.get("control") or {})}
    raw["owner"] = owner_block(str(kept.get("who") or FALLBACK))
    answer = {limit_key(raw): kept["answer"]} if kept.get("answer") else {}
    try:
        build_control(apply_set(raw, answer), proposal["clause"], (), regulation)
    except ControlError as error:
        raise Invalid(str(error), fields={error.field: str(error)}) from error
    return Decision(raw)


def limit_key(raw: Mapping[str, Any]) -> str:
    """Where a block says how long."""
    return "every" if raw.get("kind") in RECURRING else "within"


def answer_key(proposal: Mapping[str, Any]) -> str:
    """Where the answer to a proposal's question goes, as an edition keeps it."""
    return f"{proposal['control']['id']}.{limit_key(proposal['control'])}"


def owner_block(code: str) -> str | list[str]:
    """The owner of a block: a path of the case can be empty, so that somebody stands behind it."""
    return [code, FALLBACK] if "." in code else code


def named_by(reading: Mapping[str, Any]) -> list[str]:
    """Everybody whom the proposals of a reading name, each once, in the order of the text."""
    return list(dict.fromkeys(one["who"] for one in reading["suggested_controls"] if one["who"]))


def roles_of(
    proposals: Sequence[Mapping[str, Any]], decisions: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """What the posts are called that the decisions name and the company does not have: the words of the text."""
    names = list(dict.fromkeys(one["who"] for one in proposals if one["who"]))
    codes = {new_code(name): name[:LONGEST_ROLE] for name in names}
    chosen = {str(kept.get("who") or FALLBACK) for kept in decisions.values() if kept["choice"] == "take"}
    known = people.owner_names([*chosen, FALLBACK])
    found = {code: codes[code] for code in sorted(chosen) if code in codes}
    return {**{code: known[code] for code in sorted(chosen) if "." not in code and code in known}, **found}


def new_code(name: str) -> str:
    """The code of the post that a text calls so; long names are told apart by a digest."""
    from pypinyin import lazy_pinyin  # costs 0.1 s, and few processes need it

    said = "".join(char for char in "".join(lazy_pinyin(name)).lower() if char.isascii() and char.isalnum())
    if not said or len(said) > LONGEST_SAID:
        said = said[: LONGEST_SAID - DIGEST] + sha256(name.encode()).hexdigest()[:DIGEST]
    return NEW + said


def guess(who: str, names: Sequence[str], owners: Mapping[str, str]) -> str:
    """The code of whom a text means: the lead department, a post or department with such a name, or a post to make."""
    if any(word in who for word in LEADS):
        return OF_CASE
    exact = [code for code, name in owners.items() if name == who]
    near = [code for code, name in owners.items() if who and (who in name or name in who)]
    if exact or near:
        return (exact or sorted(near, key=lambda code: len(owners[code]), reverse=True))[0]
    return new_code(who) if who in names else FALLBACK
