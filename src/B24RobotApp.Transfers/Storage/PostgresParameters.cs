using System.Collections.Concurrent;
using System.Data;
using System.Reflection;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace B24RobotApp.Transfers.Storage;

/// <summary>The values of a statement as PostgreSQL takes them, which is stricter than SQLite: flags are numbers here too, and a text holds no character zero.</summary>
internal sealed class PostgresParameters(object values) : SqlMapper.IDynamicParameters
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        foreach (var property in Properties.GetOrAdd(values.GetType(), type => type.GetProperties()))
        {
            command.Parameters.Add(Of(property.Name, property.PropertyType, property.GetValue(values)));
        }
    }

    /// <summary>A parameter whose type is known also where there is no value: <c>@PortalId IS NULL</c> does not tell it.</summary>
    private static NpgsqlParameter Of(string name, Type type, object? value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? new NpgsqlParameter(name, NpgsqlDbType.Text) { Value = Storable(value) }
            : type == typeof(long) || type == typeof(int) || type == typeof(bool) ? new NpgsqlParameter(name, NpgsqlDbType.Bigint) { Value = Storable(value) }
            : value is IEnumerable<long> numbers ? new NpgsqlParameter(name, NpgsqlDbType.Array | NpgsqlDbType.Bigint) { Value = numbers.ToArray() }
            : value is IEnumerable<string> texts ? new NpgsqlParameter(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = texts.Select(Storable).ToArray() }
            : throw new NotSupportedException($"{name} is a {type.Name}; a statement's values are texts, numbers, flags and lists of texts or numbers.");
    }

    /// <summary>A single value. A portal may hold a text with a character zero, and that must not be what a transfer fails at.</summary>
    internal static object Storable(object? value) => value switch
    {
        null => DBNull.Value,
        bool flag => flag ? 1L : 0L,
        int number => (long)number,
        string text => Storable(text),
        _ => value,
    };

    private static string Storable(string text) => text.Contains('\0') ? text.Replace('\0', '\uFFFD') : text;
}
