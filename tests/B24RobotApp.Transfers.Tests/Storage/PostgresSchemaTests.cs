using System.Reflection;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Npgsql;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>Two schemas and one text of each statement.</summary>
public sealed class PostgresSchemaTests : IDisposable
{
    /// <summary>The key ring is files where the database is one.</summary>
    private const string OnlyOfPostgres = "data_protection_keys";

    private readonly TestPostgres _database = new(isEmpty: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _database.Dispose();

    [Fact]
    public async Task Both_databases_have_the_same_tables_and_columns()
    {
        using var sqlite = new TestDatabase();
        var there = await sqlite.Open().ReadAsync(
            connection => connection.Query<string>(
                """
                SELECT schema.name || '.' || columns.name || CASE WHEN columns."notnull" = 1 OR columns.pk > 0 THEN ' NOT NULL' ELSE '' END || CASE columns.type WHEN 'INTEGER' THEN ' number' ELSE ' text' END
                FROM sqlite_schema AS schema
                JOIN pragma_table_info(schema.name) AS columns
                WHERE schema.type = 'table' AND schema.name <> 'schema_versions' AND schema.name NOT LIKE 'sqlite%'
                """),
            Cancel);
        var here = await _database.Open().ReadAsync(
            connection => connection.Query<string>(
                """
                SELECT table_name || '.' || column_name || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END || CASE data_type WHEN 'bigint' THEN ' number' ELSE ' ' || data_type END
                FROM information_schema.columns
                WHERE table_schema = 'public' AND table_name <> 'schema_versions'
                """),
            Cancel);

        Assert.Equal(there.Order(StringComparer.Ordinal), here.Where(column => !column.StartsWith(OnlyOfPostgres, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Both_databases_have_the_same_indexes()
    {
        using var sqlite = new TestDatabase();
        var there = await sqlite.Open().ReadAsync(connection => connection.Query<string>("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"), Cancel);
        var here = await _database.Open().ReadAsync(
            connection => connection.Query<string>("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_versions' AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key'"), Cancel);

        Assert.Equal(there.Order(StringComparer.Ordinal), here.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Texts_of_all_columns_are_compared_by_their_bytes() => Assert.Empty(await _database.Open().ReadAsync(
        connection => connection.Query<string>("SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_versions' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"),
        Cancel));

    [Fact]
    public async Task PostgreSQL_takes_every_statement_of_every_store()
    {
        var statements = typeof(StoreDatabase).Assembly.GetTypes()
            // What waits for the database is in a file.
            .Where(type => !(type.Namespace ?? "").EndsWith(".Storage", StringComparison.Ordinal) && type != typeof(SpareInbox))
            .SelectMany(type => type.GetFields(BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(constant => constant.IsLiteral && constant.Name.EndsWith("Sql", StringComparison.Ordinal))
            .ToDictionary(constant => $"{constant.DeclaringType!.Name}.{constant.Name}", constant => constant.GetRawConstantValue()?.ToString() ?? "");

        var refused = await _database.Open().WriteAsync(
            connection => statements.Select(statement => (statement.Key, Problem: FindProblem(connection, statement.Value))).Where(statement => statement.Problem is not null).ToList(), Durability.Relaxed, Cancel);

        Assert.InRange(statements.Count, 150, 400);
        Assert.Empty(refused);
    }

    [Fact]
    public async Task Servers_that_start_together_on_an_empty_database_make_its_tables_once()
    {
        using var second = _database.Share();
        using var third = _database.Share();

        await Task.WhenAll(new[] { _database, second, third }.Select(server => Task.Run(() => server.Stores(TimeProvider.System).Portals.SaveInstallationAsync(Given.Installation(), Cancel), Cancel)));

        Assert.Empty(PostgresDatabase.FindPending(_database.Options));
        Assert.Equal(1, await _database.Open().ReadAsync(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM portals"), Cancel));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_left_alone()
    {
        await _database.Open().WriteAsync(
            connection => connection.Execute("INSERT INTO schema_versions (scriptname, applied) VALUES ('migrations/postgres/9999_of_the_future.sql', '2030-01-01')"), Durability.Full, Cancel);
        _database.Close();

        var failure = Assert.Throws<StorageException>(() => PostgresDatabase.Open(_database.Options));

        Assert.Contains("newer version", failure.Message, StringComparison.Ordinal);
        Assert.Contains("9999_of_the_future.sql", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.Contains("newer version", Assert.Throws<StorageException>(() => PostgresDatabase.OpenBeside(_database.Options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_that_fails_is_named_and_leaves_the_database_as_it_was()
    {
        _database.Execute("CREATE TABLE links (id BIGINT)");

        var failure = Assert.Throws<StorageException>(() => PostgresDatabase.Open(_database.Options));

        Assert.Contains("0001_initial.sql", failure.Message, StringComparison.Ordinal);
        _database.Execute("CREATE TABLE portals (id BIGINT)");
    }

    [Fact]
    public void A_command_finds_no_tables_where_no_server_has_been()
    {
        Assert.Contains("migrate", Assert.Throws<StorageException>(() => PostgresDatabase.OpenBeside(_database.Options)).Message, StringComparison.Ordinal);
        Assert.Equal(PostgresMigrations.Known, PostgresDatabase.FindPending(_database.Options));
        Assert.Equal(PostgresMigrations.Known, PostgresDatabase.Migrate(_database.Options));
        Assert.Empty(PostgresDatabase.Migrate(_database.Options));
    }

    [Fact]
    public void Every_script_opens_with_a_comment_that_says_what_it_is_for()
    {
        var assembly = typeof(PostgresDatabase).Assembly;
        var scripts = assembly.GetManifestResourceNames().Where(name => name.StartsWith("migrations/postgres/", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(scripts);
        Assert.All(scripts, script =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(script)!); // The name came from the assembly.
            Assert.StartsWith("-- ", reader.ReadLine(), StringComparison.Ordinal);
            Assert.Matches("^migrations/postgres/[0-9]{4}_[a-z_]+\\.sql$", script);
        });
    }

    /// <summary>Lets the server parse a statement and find types for its parameters.</summary>
    private static string? FindProblem(StoreConnection connection, string sql)
    {
        connection.Run("SAVEPOINT statement");
        try
        {
            connection.Execute($"PREPARE statement AS {PreparedText.Of(sql).Sql}");
            connection.Execute("DEALLOCATE statement");
            return null;
        }
        catch (PostgresException exception)
        {
            // What a parameter is says its value, where the statement does not.
            return exception.SqlState is PostgresErrorCodes.IndeterminateDatatype or PostgresErrorCodes.AmbiguousParameter ? null : exception.Message;
        }
        finally
        {
            connection.Run("ROLLBACK TO SAVEPOINT statement");
        }
    }
}
