"""Property tests have no deadline: machines that run tests are busy, and what is slow is measured elsewhere."""

from hypothesis import settings

settings.register_profile("exercise", deadline=None)
settings.load_profile("exercise")
