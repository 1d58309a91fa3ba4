-- Which ESB portal the links of a connection lead to. A code that is pointed at another portal must not find the first portal's ids again.
-- Outlives the connection, as its links do.

CREATE TABLE link_targets (
    connection TEXT NOT NULL PRIMARY KEY,
    host TEXT NOT NULL
) STRICT, WITHOUT ROWID;
