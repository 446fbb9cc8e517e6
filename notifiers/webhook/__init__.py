"""Signed CloudEvents over HTTPS."""
