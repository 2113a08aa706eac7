"""Landmarks over time to exercises, repetitions and form; pure functions and small state machines."""
