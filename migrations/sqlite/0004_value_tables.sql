-- Which value of a source portal is which value of an ESB, as a portal's people have entered it: stages, sources, users, choices of lists.

CREATE TABLE value_tables (
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    connection TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    esb TEXT NOT NULL,
    label TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (portal_id, connection, kind, source)
) STRICT, WITHOUT ROWID;
