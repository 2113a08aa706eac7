"""Reports of a day or a week, and plots of longer stretches, out of the database."""
