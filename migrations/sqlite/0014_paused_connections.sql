-- For everyone whose ESB is being rebuilt: a connection can be paused, since when; its transfers wait. What needs no ESB (an outcome to be told, a robot that is not to be sent late) is found
-- among them without looking at the rest.

ALTER TABLE connections ADD COLUMN paused_at INTEGER;

CREATE INDEX transfers_without_esb ON transfers (portal_id, connection, ends_at, due_at)
WHERE state = 'queued' AND files_pending = 0 AND (outcome_status IS NOT NULL OR (intended_deal = 0 AND ends_at < give_up_at));
