-- For everyone: a portal may say that it took a robot's answer and lose it. Until it is known that the workflow went on, the answer is looked after and sent again.

ALTER TABLE transfers ADD COLUMN confirm_at INTEGER;

-- How often the answer was sent.
ALTER TABLE transfers ADD COLUMN answers_sent INTEGER NOT NULL DEFAULT 0;

CREATE INDEX transfers_unconfirmed ON transfers (confirm_at) WHERE confirm_at IS NOT NULL;
