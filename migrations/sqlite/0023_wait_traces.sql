-- For traces that go on from the call of the robot that waits to its answer: the span of the call, as a W3C traceparent. Empty where nothing is traced.

ALTER TABLE waits ADD COLUMN trace TEXT;
