"""Incidents on a terminal, as they read in Slack."""
