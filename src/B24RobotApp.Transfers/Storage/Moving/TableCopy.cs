using System.Data.Common;
using System.Security.Cryptography;
using Npgsql;

namespace B24RobotApp.Transfers.Storage.Moving;

/// <summary>One table's copy: both sides are read and compared, what differs is written and read again.</summary>
internal sealed class TableCopy(MovedTable table, DbConnection source, NpgsqlConnection target)
{
    private readonly List<Piece> _pieces = [];

    public string Name => table.Name;

    /// <summary>Rows in the old database.</summary>
    public long Rows { get; } = table.Count(source);

    /// <summary>Rows of the old database in pieces that are not the same in the new one.</summary>
    public long DifferentRows => _pieces.Where(piece => piece.Differs).Sum(piece => piece.Rows);

    /// <summary>Finds what differs, and takes out of the new database what the old one does not hold.</summary>
    /// <param name="progress">Hears of rows that were compared.</param>
    public void Compare(Action<long> progress)
    {
        IReadOnlyList<object?>? after = null;
        bool isLast;
        do
        {
            var there = table.ReadNext(source, after);
            isLast = there.Rows.Count < MovedTable.PieceLength;
            var upTo = isLast ? null : there.LastKey;
            var here = table.ReadBetween(target, after, upTo);
            table.Remove(target, here.NotIn(there));
            _pieces.Add(new Piece(after, upTo, there.Rows.Count, there.Checksum, here.Checksum));
            after = upTo;
            progress(there.Rows.Count);
        }
        while (!isLast);
    }

    /// <summary>Writes what is missing or other.</summary>
    /// <param name="progress">Hears of rows that are the same now.</param>
    public void Write(Action<long> progress)
    {
        foreach (var piece in _pieces.Where(piece => piece.Differs))
        {
            var there = table.ReadBetween(source, piece.After, piece.UpTo);
            table.Put(target, there.OtherThanIn(table.ReadBetween(target, piece.After, piece.UpTo)));
            piece.Here = table.ReadBetween(target, piece.After, piece.UpTo).Checksum;
            progress(piece.Rows);
        }
    }

    /// <summary>What the table is on both sides.</summary>
    /// <exception cref="StorageException">They are not the same.</exception>
    public MovedTableReport Check()
    {
        var there = Checksum(piece => piece.There);
        return there == Checksum(piece => piece.Here) && Rows == table.Count(target)
            ? new MovedTableReport(table.Name, Rows, there)
            : throw new StorageException($"The table {table.Name} is not the same in both databases although it was copied. Does something else write into the new one? Run b24robot migrate-store again.");
    }

    private string Checksum(Func<Piece, byte[]> side) => Convert.ToHexStringLower(SHA256.HashData([.. _pieces.SelectMany(side)]));

    /// <summary>The rows after a key up to another one, and what they are on either side.</summary>
    private sealed class Piece(IReadOnlyList<object?>? after, IReadOnlyList<object?>? upTo, int rows, byte[] there, byte[] here)
    {
        public IReadOnlyList<object?>? After => after;

        public IReadOnlyList<object?>? UpTo => upTo;

        /// <summary>How many the old database has.</summary>
        public int Rows => rows;

        public byte[] There => there;

        public byte[] Here { get; set; } = here;

        public bool Differs => !There.AsSpan().SequenceEqual(Here);
    }
}
