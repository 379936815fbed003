"""Files under their hash, and mail over a real SMTP server."""

from __future__ import annotations

from pathlib import Path

import pytest

from procession.connectors.email import Attachment, Mail, Mailer, MailFailed
from procession.connectors.files import FileStore, safe_name
from procession.engine.rejections import TooLarge
from tests.support.servers import mail_server


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    first = store.put([b"ab", b"c"])
    assert first == store.put([b"abc"])
    sha256, size = first
    assert (size, store.read(sha256), b"".join(store.parts(sha256))) == (3, b"abc", b"abc")
    assert [one.name for one in (tmp_path / "files").rglob("*") if one.is_file()] == [sha256]
    assert store.path(sha256).stat().st_mode & 0o077 == 0


def test_a_file_that_is_too_large_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        FileStore(tmp_path).put(iter([b"x" * 10] * 3), largest=25)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_damage_is_noticed_and_a_hash_is_no_path(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    sha256, _ = store.put([b"abc"])
    assert store.is_sound(sha256)
    store.path(sha256).write_bytes(b"abd")
    assert not store.is_sound(sha256)
    for wrong in ("../../etc/passwd", "", "A" * 64):
        with pytest.raises(ValueError, match="SHA-256"):
            store.path(wrong)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("report.pdf", "report.pdf"), ("../../etc/passwd", "passwd"), ("C:\\temp\\a.txt", "a.txt"),
        ("a\r\nb\x00.txt", "ab.txt"),
        ("", "file"), ("...", "file"), ("..", "file"), ("x" * 200 + ".pdf", "x" * 146 + ".pdf"),
        ("Übersicht\u202e.pdf", "Übersicht.pdf"),
    ],
)  # fmt: skip
def test_names_are_only_names(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_a_mail_arrives_whole() -> None:
    mail = Mail(id="c1.a1", to="ana@example.org", subject="Größe\r\nBcc: eve@x.org", text="Grüße\n", attachments=[
        Attachment("a.pdf", "application/pdf", b"%PDF"),
    ])  # fmt: skip
    with mail_server() as office:
        Mailer(office.url, "Procession <p@example.org>").send(mail)
    (got,) = office.mails
    assert (got["To"], got["Subject"], got["Bcc"]) == ("ana@example.org", "Größe Bcc: eve@x.org", None)
    assert got["Message-ID"] == "<c1.a1@example.org>"
    body = got.get_body()
    assert body is not None
    assert body.get_content().strip() == "Grüße"
    (attached,) = got.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("a.pdf", b"%PDF")


def test_a_mail_that_does_not_go_out_says_whether_to_try_again() -> None:
    mail = Mail(id="x", to="a@x.org", subject="s", text="t")
    with mail_server() as office:
        for answer, again in (("451 later", True), ("550 never", False)):
            office.refuse = answer
            with pytest.raises(MailFailed, match=answer[:3]) as failed:
                Mailer(office.url, "p@example.org").send(mail)
            assert failed.value.again is again
    with pytest.raises(MailFailed, match="not reached") as failed:
        Mailer("smtp://127.0.0.1:1", "p@example.org").send(mail)
    assert failed.value.again
