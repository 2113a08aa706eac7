"""What draws: a widget gets rows and texts and asks nobody for more."""
