-- For people who ask what exactly a transfer has sent: what was read of the deal and what was written to the ESB, field by field. It goes with the transfer.

CREATE TABLE trails (
    sequence INTEGER PRIMARY KEY REFERENCES transfers (sequence) ON DELETE CASCADE,
    document TEXT NOT NULL
) STRICT;
