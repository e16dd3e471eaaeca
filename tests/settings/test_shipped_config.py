"""The config file and the schema that ship say what the code says."""

from pathlib import Path

import jsonschema
import pytest
import yaml
from msgspec.structs import fields

from dnsguard.model.settings import Ownership, Settings, ZoneEntry
from dnsguard.settings import load, schema
from dnsguard.settings.schema import text
from dnsguard.settings.shapes import concern_of, hints, item_of

CONFIG = Path(__file__).parents[2] / "config"
FILE = CONFIG / "dnsguard.yaml"
SCHEMA = CONFIG / "dnsguard.schema.json"


def test_the_shipped_file_stands_at_the_defaults():
    zone = ZoneEntry(domains=("example.com",))
    assert load(FILE, {}) == Settings(zones=(zone,), ownership=Ownership(owner="my-cluster"), policy="sync")


def missing(concern, said, path=""):
    for key, hint in hints(concern).items():
        if key not in said:
            yield f"{path}{key}"
        elif (inner := concern_of(hint)) and said[key] is not None:
            yield from missing(inner, said[key], f"{path}{key}.")
        elif (item := item_of(hint)) and concern_of(item) and said[key]:
            yield from missing(concern_of(item), said[key][0], f"{path}{key}[0].")


def test_no_setting_is_missing_from_the_shipped_file():
    assert list(missing(Settings, yaml.safe_load(FILE.read_text()))) == []


def test_the_shipped_schema_is_the_generated_one():
    assert SCHEMA.read_text() == text(), "write it again with: make schema"


def test_the_shipped_file_keeps_the_schema():
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(yaml.safe_load(FILE.read_text()), schema())


@pytest.mark.parametrize(
    "wrong", [{"policy": "x"}, {"debounce": {"quiet": 5}}, {"debounce": {"quiet": "5"}}, {"stray": 1}, {"zones": None}]
)
def test_the_schema_refuses_what_the_code_refuses(wrong):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**yaml.safe_load(FILE.read_text()), **wrong}, schema())


def test_docstrings_of_settings_are_descriptions():
    described = schema()["properties"]["guard"]
    assert described["description"] == "What is held back, and for how long."
    assert described["properties"]["orphans"]["description"].startswith("What becomes of record sets of ours")
    assert described["properties"]["delete_grace"]["default"] == "5m"
    assert {field.name for field in fields(Settings)} == set(schema()["properties"])
