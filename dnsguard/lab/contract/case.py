"""A case of the contract: steps, and what each must come to.

Rules kept here:

- Texts may hold `{n}` (the case's own name, printed), `{z}` (the zone's), `{id}` (the zone's bare id), `{run}` (unique to a
  run) and `{made}` (the bare id of the zone that the case made last). A text that is nothing but `{NS}` or `{SOA}` stands
  for that record set of the apex.
- Every name of a case is `{n}` or lies below it, so cases do not meet.
- *evidence* says how sure we are of real Route53: documented, observed by its users, treated so by the tools that know it,
  or inferred. A real zone that answers otherwise refutes an inferred case, not itself.
"""

from enum import Enum
from typing import Any

from msgspec import Struct

Params = dict[str, Any]


class Evidence(Enum):
    """Where the expectation of a case comes from."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    TOOLS = "tools"
    INFERRED = "inferred"


class Done(Struct, frozen=True):
    """The call is carried out, and its answer holds *answer*: of mappings at least these members, of the rest exactly that."""

    answer: Params = {}


class Refused(Struct, frozen=True):
    """The call is refused; *messages* are the whole text of InvalidChangeBatch in order, () for any text."""

    status: int
    code: str
    messages: tuple[str, ...] = ()
    holds: str = ""


class Ask(Struct, frozen=True):
    """One call and its expectation."""

    operation: str
    params: Params
    expect: Done | Refused = Done()


class Stands(Struct, frozen=True):
    """A listing from the case's own name on gives exactly *sets*, in this order."""

    sets: tuple[Params, ...] = ()


Step = Ask | Stands

ABSENT = object()
"""In an expected answer: this member is not there."""


class Case(Struct, frozen=True):
    """One claim about Route53; *source* is the row of moto's table, or the number of the message, that it checks.

    *zones* tells that it makes hosted zones of its own, which cost money on a real account.
    """

    name: str
    source: str
    evidence: Evidence
    steps: tuple[Step, ...]
    zones: bool = False


def invalid_batch(*messages: str) -> Refused:
    """Return the refusal of a batch with exactly *messages*; with any, if there are none."""
    return Refused(400, "InvalidChangeBatch", messages)


def invalid_input(holds: str = "") -> Refused:
    """Return the refusal of a malformed call, its text holding *holds*."""
    return Refused(400, "InvalidInput", holds=holds)
