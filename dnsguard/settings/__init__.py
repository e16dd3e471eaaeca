"""Settings: one YAML file and the environment become `dnsguard.model.settings.Settings`."""

from dnsguard.core.durations import spell
from dnsguard.settings.key_file import read_key
from dnsguard.settings.loading import load, load_proxy
from dnsguard.settings.refused import refused_key
from dnsguard.settings.schema import schema
from dnsguard.settings.token_file import read_token

__all__ = ["load", "load_proxy", "read_key", "read_token", "refused_key", "schema", "spell"]
