"""SoftHSM 2 (Debian's softhsm2) as the PKCS#11 token of tests: tokens in a folder of their own.

The library reads SOFTHSM2_CONF once a process, at its first use, and shows the tokens that are
there then; so all of a process's tokens are made here, before.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from glob import glob
from pathlib import Path

PIN = b"8765-uji"
SO_PIN = "12345678"
TOKENS = ("palang-uji", "siti-uji", "wrong-pin-uji", "kosong-uji")


def module() -> Path:
    """The library; Debian puts it beside other architectures' too."""
    found = sorted(glob("/usr/lib/softhsm/libsofthsm2.so") + glob("/usr/lib/*/softhsm/*hsm2.so"))
    return Path(found[0])


@cache
def tokens() -> Path:
    """The folder with this process's tokens; SOFTHSM2_CONF names them from now on."""
    home = Path(tempfile.mkdtemp(prefix="palang-softhsm-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    make_tokens(home, TOKENS)
    os.environ["SOFTHSM2_CONF"] = str(home / "softhsm2.conf")
    return home


def make_tokens(home: Path, labels: tuple[str, ...]) -> None:
    """Initialise tokens below a folder, with a settings file beside them."""
    (home / "tokens").mkdir(mode=0o700)
    (home / "softhsm2.conf").write_text(
        f"directories.tokendir = {home / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    environment = os.environ | {"SOFTHSM2_CONF": str(home / "softhsm2.conf")}
    for label in labels:
        command = ["softhsm2-util", "--init-token", "--free", "--label", label]
        command += ["--so-pin", SO_PIN, "--pin", PIN.decode()]
        subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)


def uri(label: str, rest: str = "") -> str:
    """The URI of one of them; `rest` are more attributes, as `;object=x`."""
    tokens()
    return f"pkcs11:token={label}{rest}?module-path={module()}"
