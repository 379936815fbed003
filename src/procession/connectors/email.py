"""Mail out, over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, parseaddr
from urllib.parse import unquote, urlsplit

_WAIT = 30.0
"""In seconds, for each answer of the server."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send along."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one address."""

    id: str
    """Stable over attempts: becomes the Message-ID, so that a repeat can be recognised."""
    to: str
    subject: str
    text: str
    attachments: Sequence[Attachment] = ()


class MailFailed(Exception):
    """The mail did not go out."""

    def __init__(self, sentence: str, *, again: bool) -> None:
        super().__init__(sentence)
        self.again = again
        """Whether another attempt may help."""


class Mailer:
    """Sends mail through one server.

    Args:
        url: `smtp://user:password@host:port` (STARTTLS where the server offers it) or `smtps://…`.
        sender: the From line.
    """

    def __init__(self, url: str, sender: str) -> None:
        self._parts = urlsplit(url)
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Hand a mail to the server. Raises MailFailed."""
        message = self.message(mail)
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused:
            raise MailFailed(f"The mail server refused the address {mail.to}.", again=False) from None
        except smtplib.SMTPResponseException as refused:
            words = (
                refused.smtp_error.decode(errors="replace")
                if isinstance(refused.smtp_error, bytes)
                else refused.smtp_error
            )
            raise MailFailed(
                f"The mail server said {refused.smtp_code} {words}.", again=refused.smtp_code < 500
            ) from None
        except (OSError, smtplib.SMTPException) as trouble:
            raise MailFailed(
                f"The mail server {self._parts.hostname} was not reached: {trouble}.", again=True
            ) from None

    def message(self, mail: Mail) -> EmailMessage:
        """The mail as it goes out. Line breaks in a header cannot smuggle in another one."""
        message = EmailMessage()
        name, address = parseaddr(self._sender)
        message["From"] = formataddr((name, address))
        message["To"] = _one_line(mail.to)
        message["Subject"] = _one_line(mail.subject)
        domain = address.rpartition("@")[2] or "localhost"
        message["Message-ID"] = f"<{_one_line(mail.id)}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        for one in mail.attachments:
            main, _, sub = one.type.partition("/")
            message.add_attachment(
                one.content, maintype=main or "application", subtype=sub or "octet-stream", filename=one.name
            )
        return message

    def _connect(self) -> smtplib.SMTP:
        host, context = self._parts.hostname or "localhost", ssl.create_default_context()
        if self._parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self._parts.port or 465, timeout=_WAIT, context=context)
        else:
            server = smtplib.SMTP(host, self._parts.port or 25, timeout=_WAIT)
        try:
            server.ehlo()
            if self._parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if self._parts.username:
                server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server


def _one_line(text: str) -> str:
    return " ".join(text.split())
