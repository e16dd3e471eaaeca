"""Zone entries with equal credentials share one account."""

from hypothesis import given
from hypothesis import strategies as st

from dnsguard.core.accounts import Account, accounts_of
from dnsguard.model.settings import ZoneEntry

ENTRIES = st.lists(
    st.builds(ZoneEntry, role_arn=st.sampled_from(["", "arn:a", "arn:b"]), external_id=st.sampled_from(["", "x"])), max_size=6
)


def test_accounts_stand_in_order_of_first_mention():
    entries = [ZoneEntry(role_arn="b"), ZoneEntry(), ZoneEntry(role_arn="b"), ZoneEntry(role_arn="b", external_id="x")]
    assert accounts_of(entries) == (Account("b"), Account(), Account("b", "x"))


@given(ENTRIES)
def test_every_entry_is_served_by_exactly_one_account_and_no_account_is_idle(entries):
    accounts = accounts_of(entries)
    assert all(sum(account.serves(entry) for account in accounts) == 1 for entry in entries)
    assert all(any(account.serves(entry) for entry in entries) for account in accounts)
