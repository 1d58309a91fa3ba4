using B24RobotApp.Transfers.Storage;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>Which database holds the transfers. Section <c>Storage</c>.</summary>
internal sealed class StorageSettings
{
    public const string SectionName = "Storage";

    /// <summary>The database.</summary>
    /// <value><c>sqlite</c>: a file in the data directory; <c>postgres</c>: a PostgreSQL database, which several servers may share.</value>
    public string Provider { get; set; } = "sqlite";

    /// <summary>Where the PostgreSQL database is, and how to get in.</summary>
    public string? ConnectionString { get; set; }

    public bool IsPostgres => Provider.Equals("postgres", StringComparison.OrdinalIgnoreCase);

    internal sealed class Validator : IValidateOptions<StorageSettings>
    {
        // The connection string may hold a password, so it is not repeated.
        public ValidateOptionsResult Validate(string? name, StorageSettings options) =>
            !options.IsPostgres && !options.Provider.Equals("sqlite", StringComparison.OrdinalIgnoreCase)
                ? ValidateOptionsResult.Fail($"Storage:Provider must be sqlite or postgres, but is {options.Provider}.")
            : options.IsPostgres && PostgresDatabase.FindProblem(options.ConnectionString ?? "") is { } problem
                ? ValidateOptionsResult.Fail(problem)
            : !options.IsPostgres && !string.IsNullOrEmpty(options.ConnectionString)
                ? ValidateOptionsResult.Fail("Storage:ConnectionString must not be set with sqlite: its file is in App:DataDirectory.")
            : ValidateOptionsResult.Success;
    }
}
