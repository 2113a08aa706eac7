"""Pure functions from state to rows and texts: filter, sort, group."""
