"""What people and machines see of a running dnsguard: probes, metrics and the log."""
