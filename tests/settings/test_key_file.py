"""The key file: what external-dns takes as a key is read, everything else is one sentence that does not tell the key."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsguard.errors import ConfigError
from dnsguard.settings import load, read_key

RAW = b")K_Fy|?Z.64#UuHm`}[d!GC%WJM_fs{_"
OCTETS = bytes(range(224, 256))
LEAST = "zones: [{{domains: [example.com]}}]\npolicy: sync\nownership:\n  owner: me\n  encrypt_key_file: '{}'\n"


@pytest.fixture
def key_file(tmp_path):
    def written(content):
        path = tmp_path / "key"
        path.write_bytes(content)
        return str(path)

    return written


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (RAW, RAW),
        (RAW + b"\n", RAW),
        (RAW + b"\r\n", RAW),
        (OCTETS, OCTETS),
        (b64encode(OCTETS), OCTETS),
        (b64encode(OCTETS) + b"\n", OCTETS),
        (b64encode(OCTETS) + b"\r\n", OCTETS),
        # 32 bytes are the key, whatever they look like.
        (b64encode(bytes(24)), b64encode(bytes(24))),
        (bytes(31) + b"\n", bytes(31) + b"\n"),
    ],
)
def test_a_key_is_32_bytes_or_base64_of_them(key_file, content, key):
    assert read_key(key_file(content)) == key


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (b"", "0 bytes"),
        (b"\n\n", "2 bytes"),
        (bytes(31), "31 bytes"),
        (bytes(33), "33 bytes"),
        (RAW + b"\n\n", "34 bytes"),
        (b64encode(bytes(16)), "24 bytes, as base64 16"),
        (b64encode(bytes(33)), "44 bytes, as base64 33"),
        (b64encode(bytes(32))[:-1], "43 bytes"),
        (b64encode(OCTETS).replace(b"/", b"_"), "44 bytes"),
        (bytes(4000), "more than 64 bytes"),
    ],
)
def test_a_key_of_another_size_is_refused_with_the_size(key_file, content, size):
    path = key_file(content)
    with pytest.raises(ValueError, match="which holds") as caught:
        read_key(path)
    assert str(caught.value) == f"is {path!r}, which holds {size}; allowed is a file that holds 32 bytes, or base64 of 32 bytes"


@given(content=st.binary(min_size=32, max_size=32), behind=st.sampled_from([b"", b"\n", b"\r\n"]))
def test_every_key_is_read_in_both_forms(tmp_path_factory, content, behind):
    path = tmp_path_factory.getbasetemp() / "key-drawn"
    for written in (content, b64encode(content)):
        path.write_bytes(written + behind)
        assert read_key(str(path)) == content


def test_a_refusal_does_not_tell_the_content(key_file):
    with pytest.raises(ValueError, match="which holds 33 bytes") as caught:
        read_key(key_file(b"?" + RAW))
    assert RAW.decode() not in str(caught.value)


def sentence(tmp_path, key):
    path = tmp_path / "c.yaml"
    path.write_text(LEAST.format(key))
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_a_key_file_that_cannot_be_read_is_named_with_line_and_reason(tmp_path):
    said = "c.yaml:5: ownership.encrypt_key_file is '{}', which cannot be read: {}"
    assert sentence(tmp_path, tmp_path / "nowhere") == said.format("nowhere", "No such file or directory")
    assert sentence(tmp_path, tmp_path / ".") == said.format(tmp_path, "Is a directory")


def test_a_key_file_that_holds_no_key_is_named_with_line(tmp_path, key_file):
    assert sentence(tmp_path, key_file(bytes(31))).startswith(
        "c.yaml:5: ownership.encrypt_key_file is 'key', which holds 31 bytes; allowed"
    )


def test_settings_tell_the_path_and_never_the_key(tmp_path, key_file):
    path = tmp_path / "c.yaml"
    path.write_text(LEAST.format(key_file(RAW)))
    settings = load(path, {})
    assert settings.ownership.encrypt_key_file == str(tmp_path / "key")
    assert RAW.decode() not in repr(settings)
