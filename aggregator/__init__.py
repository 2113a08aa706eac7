"""From events and observations to people, sessions, sets and live state: the only writer of the database."""
