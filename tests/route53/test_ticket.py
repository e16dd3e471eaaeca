"""A ticket is good for one call, in time, while somebody waits for it."""

import pytest

from dnsguard.route53.ticket import Ticket, TooLate


def test_a_call_leaves_before_its_deadline():
    ticket = Ticket(60)
    assert not ticket.left
    ticket.leave()
    assert ticket.left


def test_who_gives_up_learns_that_the_call_has_left():
    ticket = Ticket(60)
    ticket.leave()
    assert ticket.give_up()


def test_after_giving_up_the_call_never_leaves():
    ticket = Ticket(60)
    assert not ticket.give_up()
    with pytest.raises(TooLate):
        ticket.leave()
    assert not ticket.left


def test_after_the_deadline_the_call_never_leaves():
    ticket = Ticket(0)
    with pytest.raises(TooLate):
        ticket.leave()
    assert not ticket.give_up()
