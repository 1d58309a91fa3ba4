-- Indexes that begin with the portal only where they are for what is asked of a portal: PostgreSQL, while it has counted nothing yet, takes any that begins so for as good as the one of a deal.
DROP INDEX transfers_by_event;

CREATE UNIQUE INDEX transfers_by_event ON transfers (event_token, portal_id);

DROP INDEX transfers_by_state;

CREATE INDEX transfers_by_state ON transfers (state, portal_id);
