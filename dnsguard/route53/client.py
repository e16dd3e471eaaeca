"""The client: jobs in, outcomes out; boto3 works in threads of its own.

Rules kept here:

- A call has one deadline for everything: the wait for a thread, credentials, connection and answer. Whoever waited in vain
  knows whether the call had left; one that had not never will.
- Clients are made where this one is made, for making them is not safe in threads (boto3 guide, "Multithreading").
- boto3 is imported only when a client is made.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from dnsguard.core.accounts import Account
from dnsguard.core.settlement import DEADLINE
from dnsguard.model.changes import Call, Job, Outcome, Unavailable
from dnsguard.model.settings import Aws
from dnsguard.route53.refusals import lost
from dnsguard.route53.ticket import Ticket

THREADS = 16
"""Calls under way at once, over all accounts."""


class Route53:
    """Route53 with one connection per account; *deadline* in seconds is that of each call.

    ConfigError if the profile, the region or the endpoint of *aws* is none.
    """

    def __init__(self, aws: Aws, accounts: Sequence[Account], owner: str, *, deadline: float = DEADLINE, threads: int = THREADS) -> None:
        from dnsguard.route53.connection import connect

        self._connections = connect(aws, accounts, owner, threads)
        self._deadline = deadline
        self._under_way: set[Ticket] = set()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="route53")

    async def carry_out(self, job: Job) -> Outcome:
        """Make the call of *job* and return what became of it, after the deadline at the latest."""
        ticket = Ticket(self._deadline)
        self._under_way.add(ticket)
        connection = self._connections[job.account]
        work = asyncio.get_running_loop().run_in_executor(self._pool, connection.carry_out, job.call, ticket)
        try:
            return await asyncio.wait_for(work, self._deadline)
        except TimeoutError:
            return self._overdue(job.call, left=ticket.give_up())
        finally:
            ticket.give_up()
            self._under_way.discard(ticket)

    def close(self) -> None:
        """Send nothing more; what was sent is not waited for, though it may hold up the end of the process for seconds."""
        for ticket in self._under_way:
            ticket.give_up()
        self._pool.shutdown(wait=False)
        for connection in self._connections:
            connection.close()

    def _overdue(self, call: Call, *, left: bool) -> Outcome:
        text = f"no answer within {self._deadline:g} s"
        return lost(call, text) if left else Unavailable(f"{text}: the call was never sent")
