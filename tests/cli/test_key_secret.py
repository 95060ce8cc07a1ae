"""`palang key secret`: secrets come from a file or standard input, and are never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner, Result

from gateway.cli.key_secret import KINDS, secret_group
from keys import transport_admin
from keys.transport import Transport
from keys.transport_admin import SecretAdmin

UNLOCK = b"correct horse battery"
WORD = "what nobody may read"


def run(folder: Path, *words: str, given: str = "") -> Result:
    """One command, with this on standard input."""
    group = secret_group(lambda: SecretAdmin(folder, UNLOCK))
    return CliRunner().invoke(group, list(words), input=given)


def test_a_password_comes_from_standard_input(tmp_path: Path) -> None:
    done = run(tmp_path, "set", "mail-relay", given=f"{WORD}\n")
    assert (done.exit_code, done.output) == (0, "mail-relay is set\n")
    assert Transport(tmp_path, UNLOCK).password("mail-relay") == WORD


def test_a_token_comes_from_a_file_that_should_go_then(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("b64token==\n")
    done = run(tmp_path, "set", "bearer", "--partner", "opr-uji-a", "--file", str(file))
    assert done.exit_code == 0
    assert f"Next: remove {file}" in done.output and "b64token" not in done.output
    assert Transport(tmp_path, UNLOCK).bearer("opr-uji-a") == "b64token=="


def test_a_certificate_is_set_with_its_key_in_one_text(tmp_path: Path) -> None:
    made = trustme.CA().issue_cert("palang.example")
    text = made.cert_chain_pems[0].bytes() + made.private_key_pem.bytes()
    done = run(tmp_path, "set", "client-certificate", "--partner", "opr-uji-a", given=text.decode())
    assert done.exit_code == 0
    assert "BEGIN CERTIFICATE" in done.output and "PRIVATE" not in done.output


def test_a_request_key_is_made_here_and_only_its_public_half_is_shown(tmp_path: Path) -> None:
    words = ("set", "request-key", "--partner", "opr-uji-a", "--generate", "Ed25519")
    told = json.loads(run(tmp_path, *words, "--json").output)
    signer = Transport(tmp_path, UNLOCK).request_signer("opr-uji-a")
    assert signer is not None and told["detail"] == signer.kid
    assert "BEGIN PUBLIC KEY" in told["public"] and "PRIVATE" not in json.dumps(told)
    assert "give opr-uji-a this public key" in told["next"]


def test_nothing_but_a_request_key_is_generated(tmp_path: Path) -> None:
    done = run(tmp_path, "set", "bearer", "--partner", "opr-uji-a", "--generate", "Ed25519")
    assert done.exit_code == 2 and "request-key" in done.output


@pytest.mark.parametrize("words", [("set", "mail-relay", WORD), ("set", "mail-relay", "--secret")])
def test_a_secret_is_no_argument(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run(tmp_path, *words).exit_code == 2
    assert not list(tmp_path.iterdir())


def test_the_list_says_what_is_set_and_until_when(tmp_path: Path) -> None:
    assert run(tmp_path, "list").output == "(none)\n"
    run(tmp_path, "set", "mailbox", given=WORD)
    made = trustme.CA().issue_cert("palang.example")
    text = made.cert_chain_pems[0].bytes() + made.private_key_pem.bytes()
    run(tmp_path, "set", "client-certificate", "--partner", "opr-uji-a", given=text.decode())
    shown = run(tmp_path, "list").output
    assert "mailbox" in shown and "client-certificate  opr-uji-a" in shown
    assert WORD not in shown
    told = json.loads(run(tmp_path, "list", "--json").output)["secrets"]
    assert [(one["kind"], "until" in one) for one in told] == [
        ("client-certificate", True),
        ("mailbox", False),
    ]


def test_what_is_removed_is_gone_and_cant_be_removed_again(tmp_path: Path) -> None:
    run(tmp_path, "set", "mailbox", given=WORD)
    assert run(tmp_path, "remove", "mailbox").output == "mailbox is removed\n"
    again = run(tmp_path, "remove", "mailbox")
    assert again.exit_code == 1 and "there is no secret mailbox" in again.output


def test_the_kinds_on_the_command_line_are_those_that_are_kept() -> None:
    assert KINDS == transport_admin.KINDS
