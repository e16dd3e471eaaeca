"""One root for every error that dnsguard raises; leaves by what the caller does about them."""


class DnsguardError(Exception):
    """Root of all errors of this package."""


class ConfigError(DnsguardError):
    """The config file, a flag or an environment variable is wrong: say its sentence and leave with status 2."""


class UnreadableObject(DnsguardError):
    """An object or a frame cannot be understood: report it, leave its records alone, go on with the others."""


class SourceGone(DnsguardError):
    """A Kubernetes resource is forbidden or absent: report it, try again later, draw no conclusion from it."""


class VersionExpired(DnsguardError):
    """The resourceVersion or continue token is too old (410): list again."""


class ServiceUnavailable(DnsguardError):
    """The running service does not answer, or not with what was asked for: say its sentence and leave with status 1."""


class ClusterUnavailable(DnsguardError):
    """The API server did not answer or answered 5xx: back off and try again."""
