"""One file per screen: its keys, and what it asks the views for."""
