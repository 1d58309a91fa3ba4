-- For traces that go on after a restart: the span of the robot's call, as a W3C traceparent. Empty where nothing is traced.

ALTER TABLE transfers ADD COLUMN trace TEXT;
