"""The sieve: which frames of a watch cannot matter to DNS. It decides for the proxy, and does not do any I/O."""
