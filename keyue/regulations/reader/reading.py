"""A regulation's file read whole: what `keyue regulation read` prints. Pure Python."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from keyue.kernel.texts import Sentence, sentence
from keyue.regulations.reader import duties
from keyue.regulations.reader.damage import repaired
from keyue.regulations.reader.files import read_text
from keyue.regulations.reader.notices import without_notices
from keyue.regulations.reader.paragraphs import CELLS
from keyue.regulations.reader.proposals import proposals
from keyue.regulations.reader.structure import Outline, Unit, outline

BREAKS_OFF = re.compile(r"(?:…|\.{3,}|。{3,})\s*$")
NO_LIMITS = re.compile(
    r"质保|保修|寿命|有效期|保质|保存|保管|留存|检修周期|使用年限|间隔|平均|服务时间|营业时间"
)
SUBJECT = re.compile(r"^(?:主题|题目|标题|文件名称|制度名称)\s*[：:]\s*(\S.{1,58})$")
# the last lines of a letter: who to ask, whom it goes to
CONTACT = re.compile(
    r"^(?:联系人|联系电话|联系方式|电话|传真|邮箱|地址|抄送|主送|签发|编制|审核|批准|附件?\s*[：:])"
)
CLOSING = re.compile(r"^(?:以上(?:即是|就是|是对|内容)|结语|综上所述|总之)|结语(?=通过|本|为)")
ORIGIN = re.compile(r"^#?\s*.{0,200}(?:https?://|github:|来源[:：])")
ISSUED = re.compile(
    r"(?P<who>[^，。；\s]{2,30}?(?:公司|集团|委员会|总局|人民政府|部|局|厅|院|中心|大会))[^，。；]{0,12}(?:发布|印发|令|通过|批准|制定)"
)
BODY = re.compile(
    r"^[^，。；\s]{2,30}(?:公司|集团|委员会|人民政府|医院|银行|支行|学校|大学|学院|中心|协会|商会|工厂|酒店)$"
)
DATED = re.compile(r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?")
SENTENCE_END = re.compile(r"[。！？；：!?;:）)」”》…．.]\s*$")
OWNER = re.compile(r"(?:部|科|室|中心|班|组|处|经理|主管|主任|专员|总监|负责人|员|长|岗)$")


def read_regulation(path: Path) -> dict[str, Any]:
    """What a file says, in the shape the command prints. Raises Invalid for what cannot be read."""
    text = read_text(path)
    lines, removed = _without_origin(text.lines)
    removed += [(line, sentence("页眉页脚")) for line in text.margins]
    plain, repairs, script = repaired(lines)
    kept, shop = without_notices(plain)
    front, found = outline(kept)
    closing = _closing(found)
    units = list(found.units())
    title = _title(front, path)
    timed, vague, others = _times(units)
    return {
        "title": title,
        "issuer": _issuer(front),
        "dated": _dated(front),
        "complete": _is_complete(units, closing),
        "script": script,
        "removed": [{"text": said, "why": str(why)} for said, why in [*removed, *shop]],
        "repairs": [
            {"from": r.before, "to": r.after, "why": str(r.why), "certain": r.certain, "near": r.near}
            for r in repairs
        ],
        "front": [line for line in front if line != title],
        "closing": closing,
        "structure": [_described(unit) for unit in units],
        "timed_duties": timed,
        "vague_time": vague,
        "other_time_expressions": others,
        "tables": text.tables,
        "suggested_controls": _controls(timed, vague),
    }


def _without_origin(lines: Sequence[str]) -> tuple[list[str], list[tuple[str, Sentence]]]:
    first = lines[0].strip() if lines else ""
    # a text has one such line, Markdown has a heading on each
    is_note = first.startswith("#") and not any(line.lstrip().startswith("#") for line in lines[1:])
    if len(first) < 400 and (ORIGIN.match(first) or is_note):
        return list(lines[1:]), [(lines[0], sentence("出处说明"))]
    return list(lines), []


def _closing(found: Outline) -> str:
    """What stands after the last clause and belongs to none."""
    units = list(found.units())
    if not units:
        return ""
    last = units[-1]
    lines = last.text.split("\n")
    letter = next((n for n, line in enumerate(lines) if n and CONTACT.match(line)), None)
    if letter is not None:
        last.text = "\n".join(lines[:letter])
        return "\n".join(lines[letter:])
    signed = next((n for n in range(1, len(lines)) if all(map(_is_signature, lines[n:]))), None)
    if signed is not None:
        last.text = "\n".join(lines[:signed])
        return "\n".join(lines[signed:])
    for part in last.text.split("\n") if "\n" in last.text else [last.text]:
        at = CLOSING.search(part)
        if at is not None and last.text.index(part) + at.start() > 0:
            cut = last.text.index(part) + at.start()
            closing, last.text = last.text[cut:].strip(), last.text[:cut].strip()
            return closing
    return ""


def _is_signature(line: str) -> bool:
    said = line.strip()
    return bool(BODY.match(said) or DATED.fullmatch(said))


def _title(front: Sequence[str], path: Path) -> str:
    for line in front:
        if found := SUBJECT.match(line):
            return found[1].strip()
    for line in front:
        if (
            re.search(
                r"(?:制度|办法|规定|细则|条例|规程|规范|章程|准则|指引|手册|方案|法|守则|流程|标准|规则|程序|预案|须知|公约|承诺书?|体系)(?:[（(].{0,14}[）)])?$",
                line,
            )
            and len(line) <= 60
        ):
            return line
    return front[0] if front and len(front[0]) <= 60 else path.stem


def _issuer(front: Sequence[str]) -> str:
    for line in front:
        found = ISSUED.search(line)
        if found:
            return re.sub(r"^\d{4}年\d{1,2}月\d{1,2}日\s*", "", found["who"])
    return next((line for line in front if BODY.match(line)), "")


def _dated(front: Sequence[str]) -> str | None:
    found = [match for line in front for match in DATED.finditer(line)]
    return f"{int(found[-1][1]):04d}-{int(found[-1][2]):02d}-{int(found[-1][3]):02d}" if found else None


def _is_complete(units: Sequence[Unit], closing: str) -> bool:
    """Whether the last sentence ends. A heading may stand alone, a sentence may not break off."""
    is_signed = bool(closing) and all(map(_is_signature, closing.split("\n")))
    if closing and not is_signed and not CONTACT.match(closing):
        return bool(units) and bool(SENTENCE_END.search(closing))
    if not units or BREAKS_OFF.search(units[-1].text):
        return False
    last = units[-1]
    return bool((last.heading and not last.text) or SENTENCE_END.search(last.text.strip()))


# --- units ---


def _number(unit: Unit) -> str:
    return (
        unit.number.rstrip("、.．，, ")
        if unit.kind in {"comma", "digit", "letter", "letter_bracket", "top"}
        or unit.kind.startswith("dotted")
        else unit.number
    )


def _type(unit: Unit) -> str:
    if unit.kind in {"part", "chapter", "appendix"}:
        return "chapter"
    if unit.kind in {"section", "article"}:
        return unit.kind
    if any(above.kind == "article" for above in unit.ancestors()):
        return "item"
    if unit.parent is None:
        return "chapter"
    return "clause" if unit.depth == 1 else "item"


def _path(unit: Unit) -> str:
    return "/".join(_number(above) for above in unit.ancestors())


def _described(unit: Unit) -> dict[str, Any]:
    return {
        "number": _number(unit), "heading": unit.heading, "type": _type(unit), "text": unit.text, "path": _path(unit),
        "items": sum(1 for child in unit.children if _type(child) == "item"),
    }  # fmt: skip


def _clause(unit: Unit, numbered_anew: bool, through: frozenset[str]) -> tuple[str, str]:
    """The number a duty is named by, and the item within it; with the chapter where articles begin anew in each."""
    chain = list(unit.ancestors())
    article = next((n for n, above in enumerate(chain) if above.kind == "article"), None)
    if article is not None:
        first = 0 if numbered_anew else article
        return "/".join(_number(above) for above in chain[first : article + 1]), "/".join(
            _number(below) for below in chain[article + 1 :]
        )
    whole = [n for n, above in enumerate(chain) if above.kind.startswith("dotted") or above.kind in through]
    first = whole[-1] if whole else 0
    return "/".join(_number(above) for above in chain[first:]), ""


# --- times ---


def _times(units: Sequence[Unit]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    timed: list[dict[str, Any]] = []
    vague: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    articles = Counter(unit.value for unit in units if unit.kind == "article")
    # a number given twice by mistake begins nothing anew
    numbered_anew = bool(articles) and articles[min(articles)] > 1
    through = _numbered_through(units)
    limits = _lists_of_limits(units)
    in_table, heads = -1, list[str]()
    for position, unit, spoken in _said(units):
        clause, item = _clause(unit, numbered_anew, through)
        where = {"clause": clause} | ({"item": item} if item else {}) | {"at": position, "sentence": spoken}
        if CELLS in spoken:
            cells = [cell.strip() for cell in spoken.split(CELLS)]
            if position != in_table or len(heads) != len(cells):
                in_table, heads = position, cells
            timed += [where | row for row in _row(spoken, heads)]
            continue
        in_table = -1
        for one in duties.times_in(spoken, are_limits=id(unit) in limits):
            if one.is_duty:
                timed.append(where | _duty(one, unit))
            else:
                others.append(where | {"raw": one.raw, "why": one.kind})
        for word, at in duties.vague_in(spoken):
            kind = "cadence" if "定期" in word or word == "经常" else "deadline"
            vague.append(
                where
                | {
                    "word": word,
                    "kind": kind,
                    "who": _actor(unit, spoken, at),
                    "raw": spoken[max(0, at - 20) : at + 24],
                }
            )
    return timed, vague, others


def _numbered_through(units: Sequence[Unit]) -> frozenset[str]:
    """Kinds of numbers that go on from one part to the next: each says by itself which unit is meant."""
    values: dict[str, list[tuple[int, ...]]] = {}
    parents: dict[str, set[int]] = {}
    for unit in units:
        values.setdefault(unit.kind, []).append(unit.value)
        parents.setdefault(unit.kind, set()).add(id(unit.parent))
    return frozenset(
        kind
        for kind, some in values.items()
        if len(parents[kind]) > 1 and some == [(n,) for n in range(1, len(some) + 1)]
    )


def _said(units: Sequence[Unit]) -> Iterator[tuple[int, Unit, str]]:
    """Each sentence with its unit and the place of that in the structure."""
    for position, unit in enumerate(units):
        for spoken in duties.sentences(unit.text):
            yield position, unit, spoken


def _lists_of_limits(units: Sequence[Unit]) -> frozenset[int]:
    """Ids of the units in which a list of limits is, as below 按照下列时限办理; those above come before those below."""
    found: set[int] = set()
    for unit in units:
        if id(unit.parent) in found or duties.LIST_OF_LIMITS.search(unit.text):
            found.add(id(unit))
    return frozenset(found)


def _actor(unit: Unit, spoken: str, position: int) -> str:
    """Who is to act: who is named in the sentence, or in the words above an item that go on in it."""
    who = duties.actor_of(spoken, position)
    above = unit.parent
    while not who and above is not None and above.text.rstrip().endswith(("：", ":")):
        who = duties.actor_of(above.text[-duties.LONGEST_SENTENCE :], duties.LONGEST_SENTENCE)
        above = above.parent
    return who


def _row(spoken: str, heads: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The duties of a row of a table: a cell that is a length of time, beside who has to and for what.

    `heads` are the cells of the table's first row: a column of lifetimes holds no limits.
    """
    cells = [cell.strip() for cell in spoken.split(CELLS)]
    if duties.KEEPING.search(spoken) or duties.PENALTY.search(spoken):
        return
    owner = next((cell for cell in cells if OWNER.search(cell) and len(cell) <= 16), "")
    for n, cell in enumerate(cells):
        if NO_LIMITS.search(heads[n]):
            continue
        # a cell says no more than the time: the head of its column says that it is a limit
        for one in duties.times_in(cell, are_limits=True):
            if not one.is_duty or len(cell) > 24:
                continue
            what = next((other for m, other in enumerate(cells) if m != n and other != owner), "")
            row = _described_duty(one, owner) | {"what": what, "from": "", "raw": cell, "confidence": 0.6}
            grade = next((found[0] for other in cells[:n] if (found := duties.GRADE_WORD.match(other))), None)
            yield row | ({"grade": grade} if grade else {})


def _duty(one: duties.Found, unit: Unit) -> dict[str, Any]:
    return _described_duty(one, _actor(unit, one.sentence, one.position))


def _described_duty(one: duties.Found, who: str) -> dict[str, Any]:
    quantity = int(one.value) if one.value == int(one.value) else one.value
    described: dict[str, Any] = {
        "quantity": quantity, "unit": one.unit, "kind": one.kind,
        "what": duties.act_after(one.sentence, one.position + len(one.raw)), "who": who,
        "from": duties.start_of(one.sentence, one.position), "raw": one.raw, "confidence": one.confidence,
    }  # fmt: skip
    if grade := duties.grade_of(one.sentence, one.position):
        described["grade"] = grade
    if one.is_extension:
        described["extension"] = True
    if one.is_before:
        described["before"] = True
    return described


def _controls(timed: Sequence[dict[str, Any]], vague: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "key": one.key,
            "at": one.unit,
            "clause": one.clause,
            "raw": one.said,
            "who": one.who,
            "control": dict(one.raw),
            "why": str(one.why),
            "is_question": one.is_question,
        }
        for one in proposals(timed, vague)
    ]
