"""Modes: one page of wiring each, around the same engine; none knows another."""
