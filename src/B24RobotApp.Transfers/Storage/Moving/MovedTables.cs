namespace B24RobotApp.Transfers.Storage.Moving;

/// <summary>All tables that both databases have, as the new one describes them.</summary>
internal static class MovedTables
{
    // The key ring comes from files; which servers there are and what has been moved concerns this database alone.
    private const string ColumnsSql = $"""
        SELECT tables.relname AS TableName, columns.attname AS Name, columns.atttypid = 'bigint'::regtype AS IsNumber, columns.attidentity <> '' AS IsIdentity,
               COALESCE(array_position(keys.indkey::int2[], columns.attnum), -1) AS KeyPosition
        FROM pg_class AS tables
        JOIN pg_attribute AS columns ON columns.attrelid = tables.oid AND columns.attnum > 0 AND NOT columns.attisdropped
        JOIN pg_index AS keys ON keys.indrelid = tables.oid AND keys.indisprimary
        WHERE tables.relkind = 'r' AND tables.relnamespace = current_schema()::regnamespace
          AND tables.relname NOT IN ('{MigrationScripts.Journal}', 'data_protection_keys', 'servers', 'leases', 'moves')
        ORDER BY tables.relname, columns.attnum
        """;

    private const string ReferencesSql = """
        SELECT referring.relname AS TableName, referred.relname AS ReferredTable
        FROM pg_constraint
        JOIN pg_class AS referring ON referring.oid = pg_constraint.conrelid
        JOIN pg_class AS referred ON referred.oid = pg_constraint.confrelid
        WHERE pg_constraint.contype = 'f' AND referring.relnamespace = current_schema()::regnamespace
        """;

    /// <summary>The tables, none of which refers to one that comes later.</summary>
    public static List<MovedTable> Of(PostgresStoreConnection connection)
    {
        var waiting = connection.Query<Column>(ColumnsSql).GroupBy(column => column.TableName, StringComparer.Ordinal).ToDictionary(table => table.Key, table => table.ToList(), StringComparer.Ordinal);
        var references = connection.Query<Reference>(ReferencesSql).ToLookup(reference => reference.TableName, reference => reference.ReferredTable, StringComparer.Ordinal);
        var tables = new List<MovedTable>(waiting.Count);
        while (waiting.Count > 0)
        {
            var (name, columns) = waiting.First(table => !references[table.Key].Any(waiting.ContainsKey));
            waiting.Remove(name);
            var key = columns.Where(column => column.KeyPosition >= 0).OrderBy(column => column.KeyPosition).ToList();
            tables.Add(new MovedTable(name, [.. key.Concat(columns.Except(key)).Select(column => new MovedColumn(column.Name, column.IsNumber, column.IsIdentity))], key.Count));
        }

        return tables;
    }

    private sealed record Column
    {
        public string TableName { get; init; } = "";

        public string Name { get; init; } = "";

        public bool IsNumber { get; init; }

        public bool IsIdentity { get; init; }

        public int KeyPosition { get; init; }
    }

    private sealed record Reference
    {
        public string TableName { get; init; } = "";

        public string ReferredTable { get; init; } = "";
    }
}
