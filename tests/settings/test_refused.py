"""What is not built is refused by name, with what to do instead."""

import pytest

from dnsguard.errors import ConfigError
from dnsguard.settings import load, refused_key
from dnsguard.settings.environment import variables
from dnsguard.settings.refused import ELSEWHERE, KINDS, NOT_BUILT
from dnsguard.settings.shapes import dotted, settings_of

LEAST = "zones: [{domains: [example.com]}]\nownership: {owner: me}\npolicy: sync\n"


def sentence(tmp_path, text, environ=None):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {})
    return str(caught.value)


@pytest.mark.parametrize(
    "key",
    [
        "fqdn_template", "regex_domain_filter", "registry", "target_net_filter", "default_targets", "create_ptr", "nat64_networks",
        "migrate_from_txt_owner", "provider_cache_time", "proxy",
    ],
)  # fmt: skip
def test_a_feature_that_is_not_built_is_refused_in_the_file_and_as_a_flag(tmp_path, key):
    assert f"c.yaml:4: {key} is not built; instead {NOT_BUILT[key]}" in sentence(tmp_path, f"{LEAST}{key}: x\n")
    assert refused_key((f"--{key.replace('_', '-')}",)) == f"is not built; instead {NOT_BUILT[key]}"


@pytest.mark.parametrize("path", [key for key in NOT_BUILT if "." in key])
def test_a_key_of_a_section_that_is_not_built_is_refused(tmp_path, path):
    section, key = path.split(".")
    assert f"{path} is not built; instead " in sentence(tmp_path, f"{LEAST}{section}: {{{key}: x}}\n")
    assert "is not built; instead " in sentence(tmp_path, LEAST, {f"DNSGUARD_{section}_{key}".upper(): "x"})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_source_that_is_not_built_is_refused(tmp_path, kind):
    assert f"sources.kinds[0] is '{kind}', a source that is not built; instead use gateway-httproute" in sentence(
        tmp_path, f"{LEAST}sources: {{kinds: [{kind}]}}\n"
    )


def test_a_flag_with_another_name_here_is_pointed_at(tmp_path):
    assert sentence(tmp_path, f"{LEAST}txt_owner_id: me\n").endswith(":4: txt_owner_id is called ownership.owner here")
    assert refused_key(("--domain-filter",)) == "is called zones[].domains here"
    for flag in ("--txt-encrypt-enabled", "--txt-encrypt-aes-key"):
        assert refused_key((flag,)) == "is called ownership.encrypt_key_file, the path of a file with the key, here"


def test_a_refused_key_is_no_setting():
    known = {dotted(path) for path, _ in settings_of()}
    assert not known & set(NOT_BUILT)
    assert not known & set(ELSEWHERE)


def test_every_setting_has_a_variable_of_its_own():
    assert len(variables()) == len(list(settings_of()))
