"""The package of what is held about a person: one file for people, one for programs, made when it is fetched."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from keyue.company.selectors import installation
from keyue.customers.models import Contact, Customer
from keyue.privacy.holdings import Holding, held_about
from keyue.promises.selectors import zone

JSON_NAME, PAGE_NAME = "data.json", "index.html"
FORMAT = "keyue-personal-data/1"


def package_of(customer: Customer, contact: Contact, at: datetime) -> bytes:
    """A ZIP of `index.html`, to be read, and `data.json`, to be taken elsewhere (article 45). Empty values are left out."""
    held = held_about(customer, contact, at)
    found = installation()
    company = found.company if found is not None else ""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(JSON_NAME, _machine(held, company, at))
        archive.writestr(PAGE_NAME, _readable(held, company, at))
    return content.getvalue()


def _machine(held: Sequence[Holding], company: str, at: datetime) -> str:
    said: dict[str, Any] = {
        "format": FORMAT,
        "company": company,
        "made_at": at.isoformat(),
        "held": {
            one.key: {
                "title": one.title,
                "rows": [{key: _plain(row[key]) for key in one.columns if row.get(key)} for row in one.rows],
            }
            for one in held
        },
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _readable(held: Sequence[Holding], company: str, at: datetime) -> str:
    where = zone()
    parts = [
        {
            "title": one.title,
            "heads": list(one.columns.values()),
            "rows": [[_words(row.get(key), where) for key in one.columns] for row in one.rows],
        }
        for one in held
    ]
    context = {
        "title": _("%(company)s 保存的您的个人信息") % {"company": company or _("本公司")},
        "made_at": _words(at, where),
        "parts": parts,
    }
    return render_to_string("privacy/package.html", context)


def _words(value: object, where: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(where):%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)
