using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace B24RobotApp.Transfers.Storage.Moving;

/// <summary>Some rows of a table, in the order of their keys.</summary>
internal sealed class TablePiece
{
    private static readonly EqualityComparer<object?[]> ByValue = EqualityComparer<object?[]>.Create(
        (one, other) => one!.SequenceEqual(other!), row => row.Aggregate(0, HashCode.Combine));

    private readonly int _keyLength;
    private readonly Lazy<byte[]> _checksum;

    public TablePiece(IReadOnlyList<object?[]> rows, int keyLength)
    {
        (Rows, _keyLength) = (rows, keyLength);
        _checksum = new Lazy<byte[]>(() => Hash(rows.SelectMany(row => row)));
    }

    public IReadOnlyList<object?[]> Rows { get; }

    /// <summary>The last row's key.</summary>
    public IReadOnlyList<object?>? LastKey => Rows.Count == 0 ? null : Rows[^1][.._keyLength];

    /// <summary>SHA-256 of all values, each with its kind and length before it.</summary>
    public byte[] Checksum => _checksum.Value;

    public bool IsSameAs(TablePiece other) => Checksum.AsSpan().SequenceEqual(other.Checksum);

    /// <summary>Rows that the other one has not, by their keys.</summary>
    public IReadOnlyList<object?[]> NotIn(TablePiece other)
    {
        var keys = other.Rows.Select(KeyOf).ToHashSet(ByValue);
        return [.. Rows.Where(row => !keys.Contains(KeyOf(row)))];
    }

    /// <summary>Rows that the other one has not, or has otherwise.</summary>
    public IReadOnlyList<object?[]> OtherThanIn(TablePiece other)
    {
        var rows = other.Rows.ToDictionary(KeyOf, ByValue);
        return [.. Rows.Where(row => !rows.TryGetValue(KeyOf(row), out var there) || !there.SequenceEqual(row))];
    }

    private static byte[] Hash(IEnumerable<object?> values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[9];
        foreach (var value in values)
        {
            var bytes = value is string text ? Encoding.UTF8.GetBytes(text) : [];
            head[0] = value switch { null => 0, long => 1, _ => 2 };
            BinaryPrimitives.WriteInt64LittleEndian(head[1..], value as long? ?? bytes.Length);
            hash.AppendData(head);
            hash.AppendData(bytes);
        }

        return hash.GetHashAndReset();
    }

    private object?[] KeyOf(object?[] row) => row[.._keyLength];
}
