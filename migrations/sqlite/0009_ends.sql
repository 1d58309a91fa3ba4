-- For everyone whose ESB is down for long: when a transfer that waits is given up (its own time, or its robot's time-out if it is not sent late), so that those are found without trying all the others.

ALTER TABLE transfers ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0;

UPDATE transfers
SET ends_at = CASE
        WHEN lower(json_extract(properties, '$.if_late[0]')) = 'skip' AND times_out_at < give_up_at THEN times_out_at
        ELSE give_up_at
    END
WHERE finished_at IS NULL;

CREATE INDEX transfers_ending ON transfers (portal_id, connection, ends_at) WHERE state = 'queued' AND (outcome_status IS NULL OR files_pending = 1);
