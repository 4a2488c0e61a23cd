"""`keyue verify --pack FILE [--key KEY] [--json]`: what it says. Pure Python, no database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keyue.compliance.packs.checking import MOST_TOLD, Verdict, check_pack
from keyue.compliance.packs.ground import Models
from keyue.compliance.packs.signing import fingerprint_of, grouped
from keyue.kernel.errors import Invalid
from keyue.kernel.texts import Sentence, cut, sentence

HELP = sentence("""keyue verify --pack 文件 [--key 指纹或公钥文件] [--json]

    离线核验一个证据包：不用数据库。检查文件的每一个字节、签名、事实链、检查点，并从事实、制度和日历
    重新推算每一条约定，与包里的约定和数字比对。
    --key 写安装的公钥指纹（64 位十六进制）或公钥文件（keys/signing.pub）：不写时，只能证明证据包出自
    所示指纹的那把钥匙。有问题时退出码为 1，每个问题一行；参数不对或文件读不了，退出码为 2。""")


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line, read."""

    pack: Path
    key: str
    as_json: bool


def read_arguments(argv: Sequence[str]) -> Asked:
    """Raises Invalid with a sentence for what was not understood."""
    said: dict[str, str] = {}
    as_json, words = False, list(argv)
    while words:
        word = words.pop(0)
        name, is_joined, value = word.partition("=")
        if word == "--json":
            as_json = True
            continue
        if name not in {"--pack", "--key"} or name in said:
            raise Invalid(sentence("不认识 %(word)s。用法：keyue verify --help", word=cut(word)))
        if not is_joined:
            value = words.pop(0) if words else ""
        if not value or "\0" in value:
            raise Invalid(sentence("%(name)s 后面缺少内容。用法：keyue verify --pack 文件", name=name))
        said[name] = value
    if "--pack" not in said:
        raise Invalid(sentence("请给一个证据包：keyue verify --pack 文件"))
    return Asked(Path(said["--pack"]), fingerprint_of(said["--key"]) if "--key" in said else "", as_json)


def run(asked: Asked, models: Models) -> tuple[str, int]:
    """What to print, and the exit code. Raises OSError for a file that cannot be read."""
    verdict = check_pack(asked.pack, models, asked.key)
    code = 0 if verdict.is_good else 1
    if asked.as_json:
        return json.dumps(_as_json(verdict), ensure_ascii=False, indent=2), code
    return "\n".join(" ".join(str(line).split("\n")) for line in _lines(verdict)), code


def _lines(verdict: Verdict) -> list[Sentence | str]:
    lines: list[Sentence | str] = [f"✗ {fault}" for fault in verdict.faults]
    if verdict.is_cut:
        lines.append(sentence("… 只列出前 %(n)d 处", n=MOST_TOLD))
    manifest = verdict.manifest
    if manifest is None:
        return [*lines, sentence("证据包不成立。")]
    lines += [
        sentence(
            "证据包 %(id)s：《%(title)s》%(clause)s，%(first)s 至 %(last)s，截至 %(as_of)s",
            id=cut(manifest.id),
            title=cut(manifest.title),
            clause=cut(manifest.clause),
            first=manifest.period.first.isoformat(),
            last=manifest.period.last.isoformat(),
            as_of=manifest.as_of.isoformat(timespec="seconds"),
        ),
        sentence("公钥指纹 %(mark)s", mark=grouped(manifest.fingerprint)),
    ]
    if not verdict.is_good:
        return [*lines, sentence("证据包不成立。")]
    counts, figures = manifest.counts, manifest.figures
    lines.append(
        sentence(
            "核对了 %(facts)d 条事实、%(chains)d 条事实链、%(checkpoints)d 个检查点，%(unsealed)d 条事实尚未封存；"
            "%(promises)d 条约定全部重新推算，无一不同。",
            facts=counts["facts"],
            chains=counts["chains"],
            checkpoints=counts["checkpoints"],
            unsealed=counts["unsealed"],
            promises=counts["promises"],
        )
    )
    lines.append(_figures(figures))
    lines.append(
        sentence("签名是 --key 指定的那把钥匙的。证据包成立。")
        if verdict.key == "given"
        else sentence(
            "没有写 --key：这只证明证据包出自指纹如上的那把钥匙，完整、未被改动。请向签发单位核对指纹。"
        )
    )
    return lines


def _figures(figures: Mapping[str, Any]) -> Sentence:
    due = sentence("没有到期的约定")
    if figures["rate"] is not None:
        due = sentence(
            "履约率 %(rate)s%%：到期 %(due)d 条，按约 %(kept)d，逾期 %(broken)d",
            rate=figures["rate"],
            due=figures["due"],
            kept=figures["kept"],
            broken=figures["broken"],
        )
    return sentence(
        "%(due)s；不计入：进行中 %(pending)d，免除 %(waived)d，取消 %(cancelled)d。",
        due=due,
        pending=figures["pending"],
        waived=figures["waived"],
        cancelled=figures["cancelled"],
    )


def _as_json(verdict: Verdict) -> dict[str, Any]:
    manifest = verdict.manifest
    found: dict[str, Any] = {
        "ok": verdict.is_good,
        "faults": [str(fault) for fault in verdict.faults],
        "more_faults": verdict.is_cut,
        "key": {"given": "matches", "other": "differs"}.get(verdict.key, "not_given"),
    }
    if manifest is not None:
        found |= {
            "id": manifest.id,
            "regulation": manifest.regulation,
            "clause": manifest.clause,
            "period": [manifest.period.first.isoformat(), manifest.period.last.isoformat()],
            "as_of": manifest.as_of.isoformat(),
            "made_at": manifest.made_at.isoformat(),
            "program": manifest.program,
            "fingerprint": manifest.fingerprint,
            "counts": manifest.counts,
            "figures": manifest.figures,
        }
    return found
