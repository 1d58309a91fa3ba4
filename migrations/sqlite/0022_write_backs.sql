-- For profiles that write back: which item of an ESB is followed for which source item, and what was written back, for people.

CREATE TABLE followed_items (
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    connection TEXT NOT NULL,
    entity_type_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    esb_host TEXT NOT NULL,
    esb_type_id INTEGER NOT NULL,
    esb_id INTEGER NOT NULL,

    -- The profile's code, and the transfer in whose story it is told.
    profile TEXT NOT NULL,
    transfer_id TEXT NOT NULL,

    -- What the transfer wrote of the fields that are followed, until the next look: the app's own writes are no changes of the ESB's.
    sent TEXT,

    -- The ESB's values when they were last dealt with.
    seen TEXT,

    -- How the source item stood after the app's last write: a transfer that finds it so was caused by that write.
    echo TEXT,
    followed_until INTEGER NOT NULL,
    PRIMARY KEY (portal_id, connection, entity_type_id, item_id)
) STRICT;

CREATE INDEX followed_by_connection ON followed_items (connection, esb_type_id, esb_id);

CREATE TABLE write_backs (
    id INTEGER PRIMARY KEY,
    portal_id INTEGER NOT NULL REFERENCES portals (id),
    transfer_id TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    fields TEXT NOT NULL,
    problem TEXT
) STRICT;

CREATE INDEX write_backs_of_transfer ON write_backs (transfer_id, id);

CREATE INDEX write_backs_of_portal ON write_backs (portal_id);

CREATE INDEX write_backs_by_age ON write_backs (written_at);
