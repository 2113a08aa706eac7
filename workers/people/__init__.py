"""Who is in the picture: detection, regions to look at, tracks and their identities."""
