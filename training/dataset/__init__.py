"""Recordings to landmarks of people with labels: import, extraction, splits, quality."""
