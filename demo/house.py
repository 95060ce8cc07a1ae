"""What stands at the gateway's own side: a post office, and the listener's certificate and port."""

from contextlib import ExitStack
from pathlib import Path

from demo.cast import PLAYERS
from demo.mail_server import MailServer
from demo.pki import HOST, Authority
from demo.shell import Command

OWN = "palang"


class House:
    """Serves from the moment it is made until `stack` ends it. `listener` is the listener's URL."""

    def __init__(self, folder: Path, stack: ExitStack, port: int) -> None:
        self._folder = folder / "house"
        self._folder.mkdir()
        authority = Authority("house")
        self.ca = self._folder / "ca.pem"
        self.ca.write_bytes(authority.pem)
        certificate = authority.issue("house", self._folder)
        users = [OWN, *(player.id for player in PLAYERS if player.channel == "mail")]
        self._secrets = {user: f"sandi uji {user}" for user in users}
        office = MailServer(self._folder / "mail", self._secrets, certificate)
        self.office = stack.enter_context(office)
        self.own_address = self.address(OWN)
        self.listener = f"https://{HOST}:{port}"
        self._certificate = certificate

    def address(self, user: str) -> str:
        """The mail address of a user: each has a domain of its own."""
        return f"{user}@{user}.example"

    def password(self, user: str) -> Path:
        """A file with the user's password, for its owner only."""
        path = self._folder / f"{user}.pass"
        path.touch(mode=0o600)
        path.write_text(self._secrets[user], "utf-8")
        return path

    def settle(self, palang: Command) -> None:
        """Write it into the gateway's settings, and its password into the gateway's key folder."""
        box = self.office.mailbox(self.own_address)
        chain, key = self._certificate
        with (palang.home / "palang.toml").open("a", encoding="utf-8") as settings:
            settings.write(
                f'\n[mail]\nrelay = "{self.office.relay(OWN, HOST)}"\n'
                f'sender = "{self.own_address}"\nmailbox = "maildir:{box}"\nca = "{self.ca}"\n'
                f'\n[exchange]\nlisten = "{self.listener.removeprefix("https://")}"\n'
                f'tls_cert = "{chain}"\ntls_key = "{key}"\n'
            )
        palang.run("key", "secret", "set", "mail-relay", "--file", str(self.password(OWN)))
