-- For operators who restore a backup: what the app sent after it was made is on the ESBs and not in the database. From the restore on it is known that this has to be looked for.

CREATE TABLE restores (
    restored_at INTEGER PRIMARY KEY,
    backed_up_at INTEGER NOT NULL,
    -- Since when nothing that was sent before the restore can be under way any more.
    settled_at INTEGER
) STRICT;
