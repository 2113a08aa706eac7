"""Training examples varied: tracks of landmarks, and crops of people. Nothing here knows of models or files."""
