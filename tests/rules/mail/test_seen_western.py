"""Letters of the West among ASCII ones: no Chinese is read into them, and Chinese that calls itself Latin 1 is still found."""

from __future__ import annotations

import pytest

from keyue.channels.email.reader.reading import read_mail
from tests.rules.mail.making import body_of, read

FRENCH = "Le 3 mars, la réunion a été déplacée; Zoé Lefèvre a écrit :"
GERMAN = "Schöne Grüße, die Pumpe läuft für größere Häuser zu laut."
PORTUGUESE = "A INFORMAÇÃO não chegou; a reclamação está em anexo."


@pytest.mark.parametrize(
    ("escaped", "words"),
    [
        ("Compte-rendu_de_la_r=E9union", "Compte-rendu de la réunion"),
        ("J=F8rn_Niv=E5", "Jørn Nivå"),
        ("Informa=C7=C3O_nova", "InformaÇÃO nova"),
        ("=E4=F6=FC", "äöü"),
        ("=C4=D6=DC_=E4=F6=FC=DF", "ÄÖÜ äöüß"),
    ],
)
def test_a_word_declared_latin_is_latin(escaped: str, words: str) -> None:
    mail = read(
        f"From: =?iso-8859-1?Q?{escaped}?= <lei@example.com>\nSubject: =?iso-8859-1?Q?{escaped}?=\n\nx\n"
    )
    assert (mail.subject, mail.sender.name, mail.warnings) == (words, words, ())


@pytest.mark.parametrize(
    "text", [FRENCH, GERMAN, PORTUGUESE, "äöü", "caf\u00e9", "Linux\n" + "°" * 70 + "\nLinux"]
)
@pytest.mark.parametrize("kind", ["text/plain; charset=iso-8859-1", "text/plain; charset=windows-1252"])
def test_a_body_declared_latin_is_latin(text: str, kind: str) -> None:
    mail = body_of(kind, text.encode("cp1252"))
    assert (mail.text, mail.warnings) == (text, ())


@pytest.mark.parametrize("text", [FRENCH, GERMAN, PORTUGUESE, "It costs £600, that isn’t cheap – 25°C"])
@pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=us-ascii"])
def test_a_body_that_says_nothing_is_read_as_western(text: str, kind: str) -> None:
    assert body_of(kind, text.encode("cp1252")).text == text


@pytest.mark.parametrize("words", ["£600", "Résumé: Größe", "blåbærsyltetøy", "Grüße aus Köln"])
def test_a_raw_header_in_utf8_with_a_letter_or_two(words: str) -> None:
    raw = f"From: a@example.com\nSubject: {words}\nContent-Type: text/plain\n\nx\n".encode()
    assert read_mail(raw).subject == words


def test_a_raw_file_name_in_utf8() -> None:
    raw = 'From: a@example.com\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="résumé.pdf"\n\nx\n'
    assert read_mail(raw.encode()).attachments[0].name == "résumé.pdf"


@pytest.mark.parametrize(
    "text", ["水泵漏水，请尽快派人维修", "您好，T恤XL码的退款还没有到账", "价格 £600 的水泵坏了"]
)
def test_chinese_that_calls_itself_latin_is_still_chinese(text: str) -> None:
    assert body_of("text/plain; charset=iso-8859-1", text.encode("gb18030")).text == text
    assert body_of("text/plain", text.encode("gb18030")).text == text


def test_two_letters_of_latin_are_chinese_where_the_mail_is() -> None:
    raw = b"From: a@example.com\nSubject: \xc3\xab\xc3\xab\nContent-Type: text/plain; charset=gb2312\n\n"
    assert read_mail(raw + "你好".encode("gbk")).subject == "毛毛"
    assert read_mail(raw.replace(b"; charset=gb2312", b"") + b"hello").subject == "ëë"


def test_a_russian_letter_that_calls_itself_latin() -> None:
    text = "Здравствуйте, насос не работает, пришлите мастера"
    assert body_of("text/plain; charset=iso-8859-1", text.encode("cp1251")).text == text


def test_a_damaged_line_of_utf8_stays_utf8() -> None:
    raw = "Atención al cliente ".encode() + b"F\xf6\xe6\xc6\x96" + "\nSegunda línea\n".encode()
    mail = body_of("text/plain; charset=utf-8", raw)
    assert mail.text.startswith("Atención al cliente F\ufffd") and mail.text.endswith("Segunda línea")


def test_lines_of_latin_among_lines_of_utf8() -> None:
    raw = "Atención\n".encode() + "divulgação é proibida\n".encode("cp1252")
    assert body_of("text/plain; charset=utf-8", raw).text == "Atención\ndivulgação é proibida"
