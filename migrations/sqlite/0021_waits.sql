-- For workflows that wait for what becomes of a deal on the ESB: one row for each call of the second robot, from the call to the answer. And a connection's outgoing webhook, which tells of changes.

CREATE TABLE waits (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    event_token TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    entity_type_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    user_id INTEGER,
    connection TEXT NOT NULL,
    properties TEXT NOT NULL,

    -- Whether the call names the ESB's deal; otherwise it is that of the last transfer.
    names_deal INTEGER NOT NULL,
    waits INTEGER NOT NULL,
    times_out_at INTEGER,
    called_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,

    -- unverified: nobody has vouched for the call. seeking: the ESB's deal is not known yet. watching: it is looked at. answering: the robot is to be told. done.
    state TEXT NOT NULL,
    due_at INTEGER NOT NULL,

    -- What is watched.
    esb_host TEXT,
    esb_type_id INTEGER,
    esb_id INTEGER,

    -- As it was when the waiting began, and when it was last seen.
    began TEXT,
    seen TEXT,

    -- Since when it is not found.
    missing_since INTEGER,

    outcome TEXT,
    outcome_at INTEGER,
    answered_at INTEGER,
    finished_at INTEGER,
    confirm_at INTEGER,
    answers_sent INTEGER NOT NULL DEFAULT 0,
    UNIQUE (portal_id, event_token)
) STRICT;

CREATE INDEX waits_of_item ON waits (portal_id, entity_type_id, item_id);

CREATE INDEX waits_of_workflow ON waits (portal_id, workflow_id);

CREATE INDEX waits_seeking ON waits (due_at) WHERE state = 'seeking';

CREATE INDEX waits_watching ON waits (connection, esb_type_id, esb_id) WHERE state = 'watching';

CREATE INDEX waits_answering ON waits (portal_id, due_at) WHERE state = 'answering';

CREATE INDEX waits_timing_out ON waits (times_out_at) WHERE state IN ('seeking', 'watching') AND times_out_at IS NOT NULL;

CREATE INDEX waits_unverified ON waits (sequence) WHERE state = 'unverified';

CREATE INDEX waits_open ON waits (portal_id, sequence) WHERE finished_at IS NULL;

CREATE INDEX waits_unconfirmed ON waits (confirm_at) WHERE confirm_at IS NOT NULL;

CREATE INDEX waits_finished ON waits (finished_at) WHERE finished_at IS NOT NULL;

ALTER TABLE connections ADD COLUMN outgoing_token_hash TEXT;
