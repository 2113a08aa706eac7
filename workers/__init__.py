"""Frames to people: detect, estimate landmarks, track, smooth, recognise, count, judge."""
