"""The mail relay as a process: `python -m bench.post_office FOLDER CERTIFICATE KEY USER...`.

aiosmtpd into Maildir folders, TLS from the first byte, one password for all; it ends with its
standard input.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from demo.mail_server import MailServer

PASSWORD = "sandi-uji-bench"


def main() -> None:
    """Serve until told to end."""
    folder, certificate, key = map(Path, sys.argv[1:4])
    accounts = dict.fromkeys(sys.argv[4:], PASSWORD)
    with MailServer(folder, accounts, (certificate, key)) as office:
        boxes = {user: str(office.mailbox(address_of(user))) for user in accounts}
        print(json.dumps({"port": office.port, "boxes": boxes}), flush=True)
        sys.stdin.read()


def address_of(user: str) -> str:
    """A user's mail address."""
    return f"{user}@{user}.example"


if __name__ == "__main__":
    main()
