"""The zone: what Route53 is asked and what it answers, as values, and the one client that asks."""
