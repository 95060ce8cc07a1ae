"""The embedded mail pair: aiosmtpd into Maildir folders, whose relay can answer as a test wants."""

from __future__ import annotations

from aiosmtpd.smtp import Envelope

from demo.mail_server import MailServer


class WilfulMailServer(MailServer):
    """Answers with what lies in `answers` for a step (MAIL, RCPT, DATA), once each."""

    def __init__(self, *args: object, **how: object) -> None:
        super().__init__(*args, **how)  # type: ignore[arg-type]  # passed through as they came
        self.answers: dict[str, str] = {}
        self.options: list[list[str]] = []  # of each MAIL command

    def on_sender(self, sender: str) -> str:
        return self.answers.pop("MAIL", "")

    def on_recipient(self, recipient: str) -> str:
        return self.answers.pop("RCPT", "") or super().on_recipient(recipient)

    def on_mail(self, envelope: Envelope) -> str:
        self.options.append(list(envelope.mail_options))
        return self.answers.pop("DATA", "")
