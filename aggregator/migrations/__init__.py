"""Steps that bring an older database up to date, in order; run by ``aggregator.database.upgrade`` alone."""
