"""`keyue match`: pairs of records in a sheet that may be of one customer, without a database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from keyue.customers.matching.matcher import Matcher, Pair
from keyue.customers.matching.records import KEYS, Record
from keyue.kernel.errors import Invalid
from keyue.kernel.texts import cut, sentence

HELP = sentence(
    """keyue match 文件.csv [--against 文件.csv] [--columns 项=列[+列…],…]

    找出表里可能是同一个客户的记录，每对一行 JSON：{ids, score, reasons, may_merge}。第一列是记录的编号。
    项依次是名称、简称、电话、邮箱、证件号、统一社会信用代码、出生日期、地址、联系人：
    %(keys)s
    不写 --columns 时按表头认。--against：只在两个表之间找。""",
    keys=" ".join(KEYS),
)
HEADINGS = {
    "name": ("name", "名称", "客户名称", "公司名称", "单位名称", "企业名称", "客户", "姓名"),
    "short_name": ("short_name", "简称", "曾用名", "别名"),
    "phone": ("phone", "电话", "联系电话", "手机", "手机号", "电话号码", "mobile", "tel"),
    "email": ("email", "邮箱", "电子邮箱", "e-mail", "mail"),
    "id": ("id_number", "证件号", "证件号码", "身份证", "身份证号", "身份证号码"),
    "uscc": ("uscc", "统一社会信用代码", "信用代码", "税号"),
    "birth": ("birth", "出生日期", "生日", "date_of_birth"),
    "address": ("address", "地址", "联系地址", "注册地址", "通讯地址"),
    "contact": ("contact", "联系人", "联系人姓名"),
}
LARGEST = 512 << 20
SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was asked for; `columns` are headings by key, empty where they are to be known by themselves."""

    file: Path
    against: Path | None
    columns: dict[str, tuple[str, ...]]


def read_arguments(argv: Sequence[str]) -> Arguments:
    """Raises Invalid with a sentence for what was not understood."""
    files, against, columns = list[str](), None, dict[str, tuple[str, ...]]()
    left = iter(argv)
    for argument in left:
        option, equals, value = argument.partition("=")
        if option in {"--against", "--columns"}:
            value = value if equals else next(left, "")
            if not value:
                raise Invalid(sentence("%(option)s 后面要写内容", option=option))
            if option == "--against":
                against = Path(value)
            else:
                columns = _columns(value)
        elif argument.startswith("-"):
            raise Invalid(sentence("不认识的选项：%(option)s", option=cut(argument)))
        else:
            files.append(argument)
    if len(files) != 1 or not files[0]:
        raise Invalid(sentence("请给一个文件：keyue match 文件.csv"))
    return Arguments(Path(files[0]), against, columns)


def _columns(said: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in said.split(","):
        key, equals, headings = (part.strip() for part in one.partition("="))
        if key not in KEYS or not equals:
            known = ", ".join(KEYS)
            raise Invalid(
                sentence(
                    "--columns 里不认识「%(said)s」，应是 项=列，项是 %(known)s", said=cut(one), known=known
                )
            )
        found[key] = tuple(part.strip() for part in headings.split("+") if part.strip())
    return found


def lines_of(asked: Arguments) -> list[str]:
    """A pair a line, the surest first. Raises Invalid for a sheet that cannot be read, OSError as opening it."""
    records = list(records_of(asked.file, asked.columns))
    against = list(records_of(asked.against, asked.columns)) if asked.against is not None else []
    pairs = sorted(Matcher(records, against).pairs(), key=lambda one: (-one.score, one.a, one.b))
    return [json.dumps(_described(pair), ensure_ascii=False) for pair in pairs]


def _described(pair: Pair) -> dict[str, object]:
    return {
        "ids": [pair.a, pair.b],
        "score": pair.score,
        "reasons": [str(reason) for reason in pair.reasons],
        "may_merge": pair.may_merge,
    }


def records_of(path: Path, columns: dict[str, tuple[str, ...]]) -> Iterator[Record]:
    """The records of a sheet. Raises Invalid, OSError."""
    if path.stat().st_size > LARGEST:
        raise Invalid(sentence("文件超过 %(n)s MB", n=LARGEST >> 20))
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    if "\0" in text:
        raise Invalid(sentence("%(file)s 不是 CSV 文件", file=cut(path.name)))
    first = text[:SAMPLE].split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
    try:
        heads = [head.strip() for head in next(rows, [])]
        if len(heads) < 2:
            raise Invalid(sentence("%(file)s 至少要有两列：编号和名称", file=cut(path.name)))
        places = _places(heads, columns, path)
        for n, row in enumerate(rows, start=2):
            if row and any(row):
                values = {
                    key: " ".join(row[at] for at in some if at < len(row)) for key, some in places.items()
                }
                yield Record.of(row[0].strip() or str(n), values)
    except csv.Error as error:
        raise Invalid(sentence("%(file)s 读不出来：%(why)s", file=cut(path.name), why=cut(error))) from error


def _places(heads: Sequence[str], columns: dict[str, tuple[str, ...]], path: Path) -> dict[str, list[int]]:
    if columns:
        missing = [head for some in columns.values() for head in some if head not in heads]
        if missing:
            names = [cut(head) for head in missing]
            raise Invalid(sentence("%(file)s 没有这些列：%(names)s", file=cut(path.name), names=names))
        return {key: [heads.index(head) for head in some] for key, some in columns.items()}
    lower = [head.lower() for head in heads]
    found = {key: [lower.index(word) for word in words if word in lower] for key, words in HEADINGS.items()}
    found = {key: some for key, some in found.items() if some}
    if not found:
        raise Invalid(sentence("%(file)s 的表头都不认识，请写 --columns", file=cut(path.name)))
    return found
