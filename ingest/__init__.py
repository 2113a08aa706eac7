"""Cameras and recordings to frames; knows nothing of people."""
