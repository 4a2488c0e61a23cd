"""Older mails and signatures as clients of other countries write them, and letters that only look like these."""

from __future__ import annotations

import pytest

from keyue.channels.email.reader.folding import new_text
from keyue.channels.email.reader.oddities import Oddities

ATTRIBUTIONS = [
    "Op 13-02-2026 3:18 schreef Jan Jansen <jan@example.nl>:",
    "Op 17-feb.-2026, om 13:18 heeft Jan Jansen <jan@example.nl> het volgende geschreven:",
    "På 14 september 2026 på 02:23:18, Ola Nordmann (ola@example.no) skrev:",
    "Den 14 september, 2026 02:23:18, Sven Svensson (sven@example.se) skrev:",
    "Vào 14:24 8 tháng 6, 2026, Nguyễn An <an@example.vn> đã viết:",
    "W dniu 28 stycznia 2026 01:53 użytkownik Jan Kowalski <jan@example.pl> napisał:",
    "Dne 10.7.2026 13:48, Jan Novák <jan@example.cz> napsal(a):",
    "Am 05.01.2026 um 10:00 schrieb Service <kf@example.de>:",
    "Le 5 janv. 2026 à 10:00, Service <kf@example.fr> a écrit :",
    "Mon, 5 Jan 2026 10:00:51 +0300 от Service <kf@example.ru>:",
    '05.01.2026, 14:41, "Service" <kf@example.ru>:',
    "2026年1月5日(月) 10:00 Service <kf@example.jp>:",
    "2026-01-05 10:00 GMT+08:00 Service <\nkf@example.com>:",
]


@pytest.mark.parametrize("said", ATTRIBUTIONS)
@pytest.mark.parametrize("older", ["> It is being handled.", "It is being handled."])
def test_the_attributions_of_other_countries(said: str, older: str) -> None:
    assert new_text(f"It still leaks.\n\n{said}\n\n{older}\n", Oddities()) == "It still leaks."


HEADERS = [
    "Fra: kf@example.no\nSendt: 19. mars 2026 12:10\nTil: Ola\nEmne: Pumpe",
    "Från: Service [mailto:kf@example.se]\nSkickat: den 26 augusti 2026 14:45\nTill: Sven\nÄmne: Pump",
    "Van: Service <kf@example.nl>\nVerzonden: maandag 5 januari 2026 10:00\nAan: Jan\nOnderwerp: pomp",
    "Da: Service [mailto:kf@example.it]\nInviato: lunedì 5 gennaio 2026 10:00\nA: Mario\nOggetto: pompa",
    "Expéditeur: Service <kf@example.fr>\nDate: 5 janvier 2026\nDestinataire: Zoé\nObjet: pompe",
    "-----Oprindelig meddelelse-----",
    "-----Oorspronkelijk bericht-----",
    "-------- Message transféré --------",
    "-------- Original-Nachricht --------",
]


@pytest.mark.parametrize("header", HEADERS)
def test_the_copied_headers_of_other_countries(header: str) -> None:
    assert new_text(f"It still leaks.\n\n{header}\n\nIt is being handled.\n", Oddities()) == "It still leaks."


@pytest.mark.parametrize(
    "ending",
    [
        "Mit freundlichen Grüßen\nMax Muster",
        "Viele Gruesse\nMax",
        "Cordialement,\nZoé Lefèvre",
        "Bien à vous,\nZoé",
        "Cordiali saluti\nMario Rossi",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Inviato da iPhone",
        "Enviado desde mi iPhone",
        "iPhoneから送信",
    ],
)
def test_the_endings_of_other_countries(ending: str) -> None:
    assert new_text(f"It still leaks.\n\n{ending}\n", Oddities()) == "It still leaks."


@pytest.mark.parametrize(
    "text",
    [
        "Die Pumpe kam am 5.1.2026 um 10:00, Herr Muster schrieb mir aber:\nsie sei geprüft.",
        "时间：2026-01-05 10:00\n地点：<广州>\n来电请打 13800000000",
        "2026-01-05 10:00 我发到 kf@example.com 的邮件没有人回：\n请处理。",
        "Op zondag is het kantoor dicht?\nBel mij terug.",
        "Data: 5 stycznia\nTemat: pompa cieknie",
        "寄件人：张三\n收件人：李四\n时间：1月5日\n快递单号：SF123，一直没有送到。",
    ],
)
def test_what_only_looks_like_these_is_kept(text: str) -> None:
    assert new_text(text, Oddities()) == text


def test_an_answer_between_quoted_lines_of_another_country_is_kept() -> None:
    said = "Op 13-02-2026 3:18 schreef Jan <jan@example.nl>:"
    text = f"{said}\n> Lekt de pomp?\nJa, nog steeds.\n> Wanneer komt u?\nMaandag.\n"
    assert new_text(text, Oddities()) == "Ja, nog steeds.\nMaandag."
