-- For everyone whose server was down for a while: what it takes to find the robot calls that came meanwhile. No portal tells of them.

-- From which stages a robot was seen to call, with what properties, and how long after the deal came there. "varying" holds the names of properties whose values differed from deal to deal (placeholders); "alike" counts the
-- calls since the last difference.
CREATE TABLE robot_stages (
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    robot_code TEXT NOT NULL,
    entity_type_id INTEGER NOT NULL,
    stage TEXT NOT NULL,
    connection TEXT NOT NULL,
    category_id INTEGER,
    properties TEXT NOT NULL,
    varying TEXT NOT NULL,
    alike INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    user_id INTEGER,
    delay INTEGER NOT NULL,
    time_out INTEGER,
    first_called_at INTEGER NOT NULL,
    last_called_at INTEGER NOT NULL,
    PRIMARY KEY (portal_id, robot_code, entity_type_id, stage, connection)
) STRICT, WITHOUT ROWID;

-- In which workflow template a stage's robots stand; learnt from a workflow that waited for us.
CREATE TABLE stage_templates (
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    template_id INTEGER NOT NULL,
    entity_type_id INTEGER NOT NULL,
    stage TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (portal_id, template_id)
) STRICT, WITHOUT ROWID;

-- When the app listened: a row for each of its lives.
CREATE TABLE listening (
    since INTEGER PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;

CREATE TABLE catch_up_modes (
    portal_id INTEGER NOT NULL PRIMARY KEY REFERENCES portals (id),
    mode TEXT NOT NULL CHECK (mode IN ('ask', 'send')),
    saved_at INTEGER NOT NULL
) STRICT;

-- What a person has said no to.
CREATE TABLE catch_up_dismissals (
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    key TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (portal_id, key)
) STRICT, WITHOUT ROWID;

-- The stage on which the deal stood when it was read.
ALTER TABLE transfers ADD COLUMN stage TEXT;

-- 0 a robot's call or a person's, 1 sent by catch-up, 2 sent by catch-up and joined by its call that was only late, 3 the same while an attempt was under way that knew nothing of the call.
ALTER TABLE transfers ADD COLUMN caught_up INTEGER NOT NULL DEFAULT 0;

-- Calls made before this time belong to the same stay on the stage.
ALTER TABLE transfers ADD COLUMN adopts_until INTEGER;

CREATE INDEX transfers_adopting ON transfers (portal_id, entity_type_id, item_id, connection) WHERE adopts_until IS NOT NULL;
