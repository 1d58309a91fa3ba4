-- For administrators who send deals that were there before the robot: what is to be sent, and how far it has come.

CREATE TABLE sendings (
    id INTEGER PRIMARY KEY,
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    connection TEXT NOT NULL,
    filter TEXT NOT NULL,
    user_id INTEGER,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
    total INTEGER NOT NULL,
    -- Deals are taken in the order of their ids; this is the last one that was.
    position INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    all_taken INTEGER NOT NULL,
    problem TEXT,
    started_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

CREATE INDEX sendings_by_portal ON sendings (portal_id);

ALTER TABLE transfers ADD COLUMN sending_id INTEGER;

CREATE INDEX transfers_of_sending ON transfers (sending_id, state) WHERE sending_id IS NOT NULL;
