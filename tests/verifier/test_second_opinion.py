"""`palang verify` asks openssl and gpg too: a missing one is no pass, one that says no fails."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.signed_forms import TOOL_MISSING
from gateway.domain.times import DAY
from gateway.domain.trust import Role
from keys import cms_signed, stock_tools
from tests.keys import openssl
from tests.keys.cms_parts import PINS
from tests.keys.parties import NOW, OPERATOR
from tests.verifier.test_stock_tools import FORMS, PAYLOAD

ROOT = Path(__file__).parents[2]
GOOD = ROOT / "tests" / "vectors" / "bundles" / "good"


def _verified(bundle: str, path: str) -> subprocess.CompletedProcess[str]:
    trust = ROOT / "tests" / "vectors" / "bundles" / "trust.json"
    return subprocess.run(
        [sys.executable, "-m", "gateway.main", "verify", str(GOOD / bundle), "--trust", str(trust)],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("bundle", ["receipts-cms.zip", "receipts-openpgp.zip"])
def test_without_the_tool_nothing_is_proven(bundle: str, tmp_path: Path) -> None:
    told = _verified(bundle, str(tmp_path))
    assert told.returncode == 3, told.stdout
    assert "is not on this machine" in told.stdout


@pytest.mark.openssl
@pytest.mark.gpg
@pytest.mark.parametrize("bundle", ["receipts-cms.zip", "receipts-openpgp.zip"])
def test_with_the_tool_it_passes(bundle: str) -> None:
    told = _verified(bundle, os.environ["PATH"])
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize(
    ("bundle", "tool"), [("receipts-cms.zip", "openssl"), ("receipts-openpgp.zip", "gpg")]
)
def test_where_the_tool_says_no_the_check_fails(bundle: str, tool: str, tmp_path: Path) -> None:
    fake = tmp_path / tool
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    told = _verified(bundle, f"{tmp_path}:/bin")
    assert told.returncode == 1, told.stdout
    assert "does not take it" in told.stdout


@pytest.mark.openssl
def test_openssl_takes_every_form_that_it_writes(tmp_path: Path) -> None:
    tool = openssl.at(tmp_path)
    for form, options in FORMS.items():
        data = tool.sign("ES256", PAYLOAD, *options)
        _payload, key = cms_signed.verify_message(data, OPERATOR, Role.STATEMENT, PINS, NOW)
        stock_tools.ask_openssl(data, key)
        with pytest.raises(NotVerified, match="another key"):
            stock_tools.ask_openssl(data, replace(key, kid="another"))
        if PAYLOAD[:9] in data:
            with pytest.raises(NotVerified, match="does not take it") as no:
                stock_tools.ask_openssl(data.replace(PAYLOAD[:9], b'{"v":2,"t'), key)
            assert no.value.reason == "signature", form


def test_a_missing_tool_has_a_reason_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    key = next(one for one in PINS.keys if one.role is Role.STATEMENT)
    with pytest.raises(NotVerified) as missing:
        stock_tools.ask_gpg(b"\x90", key, NOW + DAY)
    assert missing.value.reason == TOOL_MISSING
