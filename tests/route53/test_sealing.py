"""Sealed texts: what external-dns sealed opens, what we seal has its form, and the same text is always sealed alike."""

import gzip
import subprocess
import sys
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.route53.sealing import AesSeal

# Vectors of external-dns, endpoint/labels_test.go.
KEY = b")K_Fy|?Z.64#UuHm`}[d!GC%WJM_fs{_"
FOO = "heritage=external-dns,external-dns/owner=foo-owner,external-dns/resource=foo-resource"
FOO_SEALED = (
    "+lvP8q9KHJ6BS6O81i2Q6DLNdf2JSKy8j/gbZKviTZlGYj7q+yDoYMgkQ1hPn6urtGllM5bfFMcaaHto52otQtiOYrX8990J3kQqg4s47G27hzNNpXlckPuVVSGSLOQ2"
    "5dQ9IBuqjbc="
)
BAR = (
    "heritage=external-dns,,external-dns/owner=bar-owner,external-dns/resource=bar-resource,external-dns/new-key=bar-new-key,"
    "random=stuff,no-equal-sign,,"
)
BAR_SEALED = (
    "yi6vVATlgYN0enXBIupVK2atNUKtajofWMroWtvZjUanFZXlWvqjJPpjmMd91kv86bZj+syQEP0uR3TK6eFVV7oKFh/NxYyh238FjZ+25zlXW9TgbLoMalUNOkhKFdfX"
    "kLeeaqJjePB59t+kQBYX+ZEryK652asPs6M+xTIvtg07N7WWZ6SjJujm0RRISg=="
)
SEAL, OTHER = AesSeal(KEY), AesSeal(bytes(range(32)))


@pytest.mark.parametrize(("sealed", "text"), [(FOO_SEALED, FOO), (BAR_SEALED, BAR)])
def test_what_external_dns_sealed_opens(sealed, text):
    assert SEAL.unseal(sealed) == text
    assert OTHER.unseal(sealed) is None


def test_a_sealed_text_is_base64_of_nonce_encrypted_gzip_and_tag():
    octets = b64decode(SEAL.seal(FOO), validate=True)
    packed = AESGCM(KEY).decrypt(octets[:12], octets[12:], None)
    assert packed[:10].hex() == "1f8b08000000000002ff"
    assert len(octets) == 12 + len(packed) + 16
    assert gzip.decompress(packed).decode() == FOO


@given(st.text(max_size=600), st.binary(min_size=32, max_size=32))
def test_every_text_opens_again_and_is_always_sealed_alike(text, key):
    sealed = AesSeal(key).seal(text)
    assert AesSeal(key).unseal(sealed) == text
    assert AesSeal(key).seal(text) == sealed


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_nonce_is_used_again_with_the_same_text_alone(one, other):
    nonces = [b64decode(SEAL.seal(text))[:12] for text in (one, other)]
    assert (nonces[0] == nonces[1]) == (one == other)


def test_a_nonce_tells_nothing_to_who_has_another_key():
    assert b64decode(SEAL.seal(FOO))[:12] != b64decode(OTHER.seal(FOO))[:12]


def test_the_same_text_is_sealed_alike_in_every_process():
    program = f"from dnsguard.route53.sealing import AesSeal; print(AesSeal({KEY!r}).seal({FOO!r}))"
    seeds = ("1", "2")
    told = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in seeds
    }
    assert told == {SEAL.seal(FOO)}


@given(st.data())
def test_what_was_changed_does_not_open(data):
    octets = bytearray(b64decode(FOO_SEALED))
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] ^= data.draw(st.integers(1, 255))
    assert SEAL.unseal(b64encode(octets).decode()) is None


def encrypted(octets):
    nonce = bytes(12)
    return b64encode(nonce + AESGCM(KEY).encrypt(nonce, octets, None)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "QUJD",
        "v=spf1 -all",
        FOO,
        f'"{FOO_SEALED}"',
        FOO_SEALED[:-1],
        FOO_SEALED[:40],
        "QUJD" * 30,
        "ü" * 100,
        encrypted(FOO.encode()),
        encrypted(gzip.compress(b"\xff\xfe", mtime=0)),
        encrypted(gzip.compress(FOO.encode(), mtime=0)[:-9]),
        encrypted(b""),
    ],
)
def test_other_texts_do_not_open(text):
    assert SEAL.unseal(text) is None


@given(st.text(max_size=200))
def test_no_text_is_an_error(text):
    assert SEAL.unseal(text) is None


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_a_key_of_another_length_is_refused(length):
    with pytest.raises(ValueError, match=f"32 octets, not {length}"):
        AesSeal(bytes(length))


def test_without_a_key_nothing_loads_cryptography():
    program = (
        "import sys\nfrom random import Random\nimport dnsguard.cli.main\nfrom dnsguard.app import build_engine\n"
        "from dnsguard.model.settings import Ownership, Settings, ZoneEntry\n"
        "build_engine(Settings(zones=(ZoneEntry(),), ownership=Ownership(owner='me'), policy='sync'), Random(0), 0.0)\n"
        "sys.exit('cryptography' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
