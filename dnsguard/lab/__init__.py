"""What tests, demos and benchmarks run against: a strict Route53, recorded streams, churn; nothing but the CLI imports it."""
