"""Bodies and headers as tools put them together, and texts that made the reader work for minutes."""

from __future__ import annotations

import time

import pytest

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.folding import new_text
from keyue.channels.email.reader.oddities import Oddities
from tests.rules.mail.making import SENDER, body_of, read

PARTED = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"


@pytest.mark.parametrize(
    "epilogue",
    [
        "This is the epilogue.  It is also to be ignored.",
        "That was a multi-part message in MIME format.",
        "End of MIME message",
    ],
)
def test_what_tells_readers_about_parts_is_no_text(epilogue: str) -> None:
    mail = read(f"{SENDER}{PARTED}Preamble\n--b\n\n水泵漏水\n--b--\n{epilogue}\n")
    assert mail.text == "水泵漏水" and oddities.OUTSIDE_PARTS not in mail.warnings


def test_other_words_behind_the_parts_are_not_lost() -> None:
    mail = read(f"{SENDER}{PARTED}--b\n\n水泵漏水\n--b--\n另外，这是附言。\n")
    assert mail.text == "水泵漏水\n另外，这是附言。"


def test_a_header_goes_on_behind_a_line_of_blanks() -> None:
    mail = read(f"{SENDER}X-Spam-Report: none\n\t\nContent-Length: 6\nSubject: 水泵\n\n漏水\n")
    assert (mail.subject, mail.text) == ("水泵", "漏水")


@pytest.mark.parametrize(
    "raw",
    [
        b"-----BEGIN PGP SIGNATURE-----\n" * 30_000,
        b"-- \n" * 200_000,
        b"--\n" * 200_000,
    ],
    ids=["signatures that never end", "delimiters", "bare delimiters"],
)
def test_marks_without_end_are_read_in_no_time(raw: bytes) -> None:
    begun = time.process_time()
    text = raw.decode("ascii")
    assert new_text(text, Oddities()).strip()
    assert time.process_time() - begun < 10


def test_a_page_of_hard_blanks_is_read_in_no_time() -> None:
    begun = time.process_time()
    mail = body_of("text/html; charset=utf-8", "水泵漏水".encode() + b"&nbsp;" * 500_000)
    assert mail.text == "水泵漏水"
    assert time.process_time() - begun < 10


def test_a_named_file_of_no_readable_type_is_attached() -> None:
    kind = '%22application%22/pdf; name="通讯.pdf"'
    mail = read(f"{SENDER}Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQ=\n")
    assert [(one.name, one.content) for one in mail.attachments] == [("通讯.pdf", b"%PDF-1.4")]


def test_commands_of_enriched_text_without_end_are_read_in_no_time() -> None:
    begun = time.process_time()
    assert body_of("text/enriched", "水泵".encode() + b"<param>" * 100_000).text == "水泵"
    assert time.process_time() - begun < 10


def test_a_clear_signature_is_taken_off() -> None:
    text = "水泵漏水\n-----BEGIN PGP SIGNATURE-----\nVersion: 1\n\niQEcBA==\n=abcd\n-----END PGP SIGNATURE-----\n请回电\n"
    assert new_text(text, Oddities()) == "水泵漏水\n请回电"
