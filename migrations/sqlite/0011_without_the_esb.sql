-- For everyone whose ESB is down: what needs it no more (a transfer that was cancelled or has come to its end, and only has to tell its robot) does not wait for it either.

DROP INDEX transfers_ending;

CREATE INDEX transfers_ending ON transfers (portal_id, connection, ends_at, due_at) WHERE state = 'queued';
