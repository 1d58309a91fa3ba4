-- For operators who want to know whether what the app believes still stands on the ESB: the last comparison of each portal and connection.

CREATE TABLE audits (
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    connection TEXT NOT NULL,
    -- Somebody asks for another one.
    wanted_at INTEGER,
    tried_at INTEGER,
    problem TEXT,
    report TEXT,
    PRIMARY KEY (portal_id, connection)
) STRICT, WITHOUT ROWID;
