-- Which file of a source deal has become which file of the ESB's deal, per field of the ESB. Written with esb_file_id 0 before an upload; files_before (JSON) are then the ids
-- that stood in the field, so that after a crash or a lost answer a new one can be told. Outlives the transfers, as links do.

CREATE TABLE carried_files (
    member_id TEXT NOT NULL,
    connection TEXT NOT NULL,
    entity INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    esb_id INTEGER NOT NULL,
    field TEXT NOT NULL,
    source_file_id INTEGER NOT NULL,
    esb_file_id INTEGER NOT NULL,
    files_before TEXT NOT NULL,
    transfer_id TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, connection, entity, source_id, esb_id, field, source_file_id)
) STRICT, WITHOUT ROWID;

-- The deal stands on the ESB and its files are still to follow: an attempt that goes on here does not write the deal again.
ALTER TABLE transfers ADD COLUMN files_pending INTEGER NOT NULL DEFAULT 0;
