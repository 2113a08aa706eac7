"""Clips to classifiers and scores."""
