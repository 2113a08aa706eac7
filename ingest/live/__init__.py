"""Sources that give frames as they come: cameras, and recordings, pictures and drawn scenes in real time."""
