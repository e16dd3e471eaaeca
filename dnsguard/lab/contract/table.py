"""All cases of the contract, in the order in which they are run."""

from dnsguard.lab.contract import account, aliases, batches, limits, naming, neighbours, pages, routing, structure, values
from dnsguard.lab.contract.case import Case

CASES: tuple[Case, ...] = (
    *batches.CASES,
    *limits.CASES,
    *structure.CASES,
    *naming.CASES,
    *values.CASES,
    *neighbours.CASES,
    *routing.CASES,
    *aliases.CASES,
    *pages.CASES,
    *account.CASES,
)
