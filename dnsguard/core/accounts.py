"""Accounts: zone entries that share credentials share one account, and so one budget."""

from collections.abc import Iterable
from typing import NamedTuple

from dnsguard.model.settings import ZoneEntry


class Account(NamedTuple):
    """A role to assume with its external id; both empty: the credentials that boto3 finds by itself."""

    role_arn: str = ""
    external_id: str = ""

    def serves(self, entry: ZoneEntry) -> bool:
        """Return whether *entry*'s zones are reached through this account."""
        return (self.role_arn, self.external_id) == (entry.role_arn, entry.external_id)


def accounts_of(entries: Iterable[ZoneEntry]) -> tuple[Account, ...]:
    """Return the accounts of *entries*, each once, in order of first mention."""
    return tuple(dict.fromkeys(Account(entry.role_arn, entry.external_id) for entry in entries))
