"""What all rooms' tests share."""

from hypothesis import settings

pytest_plugins = ["tests.kafka.kafka_fixtures"]

settings.register_profile("patient", deadline=None)  # a machine may be busy with other things
settings.load_profile("patient")
