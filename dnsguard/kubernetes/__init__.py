"""The Kubernetes side: what is watched, how its bytes become events, and the client that keeps the stream going."""
