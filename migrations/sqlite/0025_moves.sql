-- The move to another database: in the old one where it went, in the new one where it comes from. Until it is finished no server works on the new one, and from then on none on the old one.
CREATE TABLE moves (
    id TEXT NOT NULL PRIMARY KEY,
    place TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
