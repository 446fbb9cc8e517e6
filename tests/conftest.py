"""What all rooms' tests share."""

pytest_plugins = ["tests.kafka.kafka_fixtures"]
