using System.Data.Common;
using Dapper;

namespace B24RobotApp.Transfers.Storage;

/// <summary>
/// A connection as the stores use it: statements with named parameters, of which it keeps those that it has prepared. The same text of a statement goes to every database there is a connection for. Used by one thread at
/// a time.
/// </summary>
public abstract class StoreConnection(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _prepared = new(StringComparer.Ordinal);

    /// <summary>What it goes over.</summary>
    protected internal DbConnection Connection => connection;

    /// <summary>Runs a statement.</summary>
    /// <returns>The number of rows changed.</returns>
    public int Execute(string sql, object? values = null) => connection.Execute(Text(sql), Parameters(values));

    /// <summary>The first column of the first row; the default if there is none.</summary>
    public T? ExecuteScalar<T>(string sql, object? values = null) => connection.ExecuteScalar<T>(Text(sql), Parameters(values));

    /// <summary>All rows, read to the last.</summary>
    public List<T> Query<T>(string sql, object? values = null) => connection.Query<T>(Text(sql), Parameters(values)).AsList();

    /// <summary>All rows as they are.</summary>
    public List<dynamic> Query(string sql, object? values = null) => connection.Query(Text(sql), Parameters(values)).AsList();

    /// <summary>The one row.</summary>
    public T QuerySingle<T>(string sql, object? values = null) => connection.QuerySingle<T>(Text(sql), Parameters(values));

    /// <summary>The one row, or the default if there is none.</summary>
    public T? QuerySingleOrDefault<T>(string sql, object? values = null) => connection.QuerySingleOrDefault<T>(Text(sql), Parameters(values));

    /// <summary>The first row, or the default if there is none.</summary>
    public T? QueryFirstOrDefault<T>(string sql, object? values = null) => connection.QueryFirstOrDefault<T>(Text(sql), Parameters(values));

    /// <summary>A statement without values.</summary>
    public void Run(string sql) => Prepared(sql).ExecuteNonQuery();

    /// <summary>For statements that run thousands of times a second: several times faster than preparing them each time.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="values">Its parameters, always in the same order.</param>
    /// <returns>The number of rows changed.</returns>
    public int ExecutePrepared(string sql, params IReadOnlyList<(string Name, object? Value)> values) => Bound(sql, values).ExecuteNonQuery();

    /// <summary>The same for a question with one answer; <see langword="null"/> if there is none.</summary>
    /// <inheritdoc cref="ExecutePrepared"/>
    public object? ScalarPrepared(string sql, params IReadOnlyList<(string Name, object? Value)> values) => Bound(sql, values).ExecuteScalar();

    /// <summary>Lets the other servers know, when this is committed, that something was written which they keep in memory. Nothing to do where the database itself tells that it was written.</summary>
    public virtual void TellOthers()
    {
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var command in _prepared.Values)
            {
                command.Dispose();
            }

            _prepared.Clear();
            connection.Dispose();
        }
    }

    /// <summary>The statement as this database wants it.</summary>
    protected virtual string Text(string sql) => sql;

    /// <summary>The values of a statement as this database wants them.</summary>
    protected virtual object? Parameters(object? values) => values;

    /// <summary>A single one of them.</summary>
    protected virtual object Value(object? value) => value ?? DBNull.Value;

    private DbCommand Bound(string sql, IReadOnlyList<(string Name, object? Value)> values)
    {
        var command = Prepared(sql);
        for (var i = 0; i < values.Count; i++)
        {
            var value = Value(values[i].Value);
            if (i < command.Parameters.Count)
            {
                command.Parameters[i].Value = value;
            }
            else
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (values[i].Name, value);
                command.Parameters.Add(parameter);
            }
        }

        return command;
    }

    private DbCommand Prepared(string sql)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = Text(sql);
            _prepared.Add(sql, command);
        }

        return command;
    }
}
