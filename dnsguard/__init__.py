"""dnsguard keeps Route53 right, fast and cheap while Kubernetes controllers churn."""

__version__ = "0.1.0"
