"""The config document keeps texts as they stand, and where they stand."""

import pytest

from dnsguard.errors import ConfigError
from dnsguard.settings.document import Items, Scalar, Section, read_file


def document(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_scalars_stay_text_with_their_lines(tmp_path):
    tree = read_file(document(tmp_path, "a: no\nb:\n  - 0300\n  - 1:30\nc: 'x'\nd:\n"))
    assert isinstance(tree, Section)
    assert isinstance(tree.entries["b"], Items)
    assert [item.text for item in tree.entries["b"].items] == ["0300", "1:30"]
    assert [item.place.line for item in tree.entries["b"].items] == [3, 4]
    assert (tree.entries["a"].text, tree.entries["c"].text, tree.entries["d"].text) == ("no", "x", None)
    assert [entry.place.line for entry in tree.entries.values()] == [1, 2, 5, 6]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_an_empty_file_is_an_empty_section(tmp_path, text):
    assert read_file(document(tmp_path, text)).entries == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", ":3: the key 'a' stands here for the second time, the first time was at .*:1$"),
        ("a: {b: 1, b: 2}\n", ":1: the key 'b' stands here for the second time"),
        ("a: &x 1\nb: *x\n", r":2: the alias '\*x' is refused"),
        ("a: &x [*x]\n", r":1: the alias '\*x' is refused"),
        ("a: !!python/object:os.system {}\n", ":1: the tag .* is refused"),
        ("? [a]\n: b\n", ":1: a key is a list or a section"),
        ("a: b: c\n", ":1: this is not one YAML document: mapping values are not allowed here"),
        ("a: [1\nb: 2\n", ":2: this is not one YAML document"),
        ("a: 1\n---\nb: 2\n", ":2: this is not one YAML document"),
        (b"a: \xff\n", "this is not one YAML document"),
        ("a: \x07\n", "this is not one YAML document"),
        ("- a\n", ":1: the file is a list, allowed are sections"),
        ("text\n", ":1: the file is 'text', allowed are sections"),
    ],
)
def test_what_is_no_plain_document_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(ConfigError, match=said) as caught:
        read_file(document(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere.yaml: the file cannot be read: No such file"):
        read_file(tmp_path / "nowhere.yaml")


def test_a_value_is_a_scalar(tmp_path):
    assert isinstance(read_file(document(tmp_path, "a: 1")).entries["a"], Scalar)
