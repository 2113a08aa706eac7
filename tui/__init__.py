"""The staff console: live state and the database on a terminal; reads both, and nothing breaks when it dies.

Imports only ``core``: what it needs of others stands in ``ports`` and is wired in ``spotter.console``.
"""
