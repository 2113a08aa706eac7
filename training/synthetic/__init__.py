"""Labelled tracks of drawn people: what the exercise classifier learns from where no real recording is at hand."""
