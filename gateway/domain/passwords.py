"""What a password must be: long, and not one of those that everybody tries (ASVS 5.0, 6.2).

No rule asks for digits or signs, and nothing expires by itself (6.2.10): a password changes when
its owner wants it or somebody may know it.
"""

import re
from collections.abc import Iterable

from gateway.domain.errors import InputError

LEAST, MOST = 12, 256
"""Characters of a password."""

_WORDS = """
000000 111111 112233 121212 123123 123321 1234 12345 123456 1234567 12345678 123456789 1234567890
654321 666666 987654321 abc abc123 abcd1234 abcdef access admin admin123 adminadmin administrator
aduan aduannomor agustus aku anjing april asdf asdfgh asdfghjkl august autumn ayam bandung bank
baseball batman bekasi bismillah blokir bogor bri cantik changeme charlie cinta computer daniel
december default demo depok depresi desember dirjen doa donald dragon e-mail email februari
february football freedom friday garuda george ginger gojek google grab guest hallo halo harley
hello hunter ibu iloveyou indonesia indosat internet iphone jakarta januari january jawa jayakarta
jessica jordan juli july jumat june juni kamis kantor kasih katasandi keluarga kementerian kerja
komdigi kominfo kunci letmein liverpool login lovely makassar malang manchester mandiri march
maret master maverick may medan mei merdeka michael michelle microsoft minggu mnbvcxz monday
monitor monkey motor mustang network nomor nomorhp november nusantara october office oktober
operator oracle p@ssw0rd p@ssword palang pancasila pass passw0rd password password1 password123
pegawai pejabat pelita penipu penipuan persib persija pertamina phoenix pokemon polri postgres
princess purple pushkin q1w2e3r4 qazwsx qazwsxedc qwe123 qwer1234 qwerty qwerty123 qwertyuiop rabu
rahasia ranger republik root royal sabtu samsung sandi sandiku saturday saya sayang secret selamat
selasa semangat semarang senin september server service shadow smart smartfren spam spring
starwars sukses summer sunday sunshine superman superuser surabaya sysadmin system tamu telkom
telkomsel terserah test test123 tester testing thomas thursday tigger trustno1 tsel tuesday ubuntu
unblock user username verifikasi wayan wednesday welcome whatever whatsapp winter wsxedc xiaomi xl
xlsmart yamaha yogyakarta zaq12wsx zxcvbn zxcvbnm
"""
_LEET = str.maketrans("@4301!$57", "aaeoiisst")
"""As people write words they think nobody guesses."""
_FILLING = re.compile(r"[\W\d_]+")


class WeakPassword(InputError):
    """Too short, too long, or one of those that are tried first."""


def check_password(password: str, names: Iterable[str]) -> None:
    """Raises WeakPassword where it is too short or long, or only common words, `names` (of the
    person and the service), years and signs."""
    if not LEAST <= len(password) <= MOST:
        raise WeakPassword(
            f"a password has {LEAST} to {MOST} characters, this one has {len(password)}",
            hint="four or five words that nobody connects with you are long and easy to keep",
        )
    if is_common(password, names):
        raise WeakPassword(
            "this password is made of words that are tried first: common ones, names, or repeats",
            hint="four or five words that nobody connects with you are long and easy to keep",
        )


def is_common(password: str, names: Iterable[str] = ()) -> bool:
    """Whether fewer than six characters stay when common words, names, digits and signs go, or it
    repeats one short piece, or has fewer than five different characters."""
    folded = password.casefold()
    if len(set(folded)) < 5 or _repeats(folded):
        return True
    parts = {part for name in names for part in _FILLING.split(name.casefold()) if len(part) > 2}
    return any(_rest(text, parts) < 6 for text in (folded, folded.translate(_LEET)))


def _repeats(text: str) -> bool:
    """`abcdabcdabcd`: it stands again in its own doubling, near the beginning."""
    period = (text + text).find(text, 1)
    return period <= len(text) // 2


def _rest(text: str, names: set[str]) -> int:
    """How many letters stay without the known words, the longest first."""
    for word in sorted({*_KNOWN, *names}, key=len, reverse=True):
        text = text.replace(word, " ")
    return len(_FILLING.sub("", text))


_KNOWN = frozenset(word for word in _WORDS.split() if len(word) > 2)
