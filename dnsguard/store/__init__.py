"""The journal: what survives a restart, in one SQLite file."""
