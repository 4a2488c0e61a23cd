"""The small XML documents of WeChat and WeCom: one level of values, sometimes a second. No entities, no foreign documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from keyue.kernel.errors import Invalid

MOST = 256 * 1024
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# characters that XML cannot carry at all
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def read(raw: bytes) -> dict[str, Any]:
    """The values by their names; a value with parts of its own is a dict, one that comes several times a list.

    Raises Invalid for what is no such document, is too large, or declares anything.
    """
    if len(raw) > MOST:
        raise Invalid(_("XML 超过 %(most)d KB。") % {"most": MOST // 1024}, code="too_large")
    if _DOCTYPE.search(raw):
        raise Invalid(_("XML 里不能有声明。"), code="declared")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Invalid(_("正文不是 XML。"), code="not_xml") from None
    if root.getroottree().docinfo.doctype:
        # written in UTF-16, a declaration looks otherwise
        raise Invalid(_("XML 里不能有声明。"), code="declared")
    return _children(root, 0)


def _children(element: Any, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        value: Any = _children(child, depth + 1) if len(child) and depth < 4 else (child.text or "")
        if child.tag in found:
            before = found[child.tag]
            found[child.tag] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[child.tag] = value
    return found


def write(values: Mapping[str, str | int]) -> bytes:
    """A document of these values: numbers bare, texts in CDATA."""
    parts = [f"<{name}>{_value(value)}</{name}>" for name, value in values.items()]
    return f"<xml>{''.join(parts)}</xml>".encode()


def _value(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    text = _CONTROL.sub("", value).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{text}]]>"
