"""Diagnosis: who writes what in a stream of objects, how much of it DNS can see, and what the rest looks like. Pure."""
