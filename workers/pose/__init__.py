"""The BlazePose pipeline: a region of a frame to 33 landmarks."""
