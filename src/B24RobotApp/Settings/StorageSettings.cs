using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>Which database holds the transfers. Section <c>Storage</c>.</summary>
internal sealed class StorageSettings
{
    public const string SectionName = "Storage";

    /// <summary>The database.</summary>
    /// <value><c>sqlite</c>: a file in the data directory.</value>
    public string Provider { get; set; } = "sqlite";

    /// <summary>How the database is reached, for databases that are not a file in the data directory.</summary>
    public string? ConnectionString { get; set; }

    internal sealed class Validator : IValidateOptions<StorageSettings>
    {
        // The connection string may hold a password, so it is not repeated.
        public ValidateOptionsResult Validate(string? name, StorageSettings options) =>
            !options.Provider.Equals("sqlite", StringComparison.OrdinalIgnoreCase)
                ? ValidateOptionsResult.Fail($"Storage:Provider must be sqlite in this version, but is {options.Provider}.")
            : !string.IsNullOrEmpty(options.ConnectionString)
                ? ValidateOptionsResult.Fail("Storage:ConnectionString must not be set with sqlite: its file is in App:DataDirectory.")
            : ValidateOptionsResult.Success;
    }
}
