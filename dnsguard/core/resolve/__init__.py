"""What objects ask for: from views to claims and contributions. Nothing here knows zones, records or time."""
