"""What external-dns spent on the same tape: measured, not computed.

A real external-dns (just after v0.22, `--events`) ran beside the recording of `traefik-3.1.0-duo` (200 routes, two replicas
of Traefik v3.1.0, 12 edits, 188 s): once with its defaults, once tuned with `--aws-zones-cache-duration=1h
--provider-cache-time=10m`.
"""

UNTUNED = {"ListHostedZones": 72, "ListResourceRecordSets": 63, "ChangeResourceRecordSets": 9}
"""Route53 calls with default settings."""
TUNED = {"ListResourceRecordSets": 20, "ChangeResourceRecordSets": 9}
"""Route53 calls with both caches on."""
TAPE = "traefik-3.1.0-duo"
"""The tape that the figures belong to."""
