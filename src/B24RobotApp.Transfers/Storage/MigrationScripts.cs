using System.Reflection;

namespace B24RobotApp.Transfers.Storage;

/// <summary>The numbered scripts of one database's schema, as this version of the app knows them.</summary>
internal sealed class MigrationScripts
{
    /// <summary>The table in which is noted what was applied.</summary>
    public const string Journal = "schema_versions";

    private readonly string _folder;

    public MigrationScripts(string folder)
    {
        _folder = folder;
        Known = [.. Assembly.GetManifestResourceNames().Where(IsScript).Select(NameOf).Order(StringComparer.Ordinal)];
    }

    /// <summary>Where they are.</summary>
    public static Assembly Assembly { get; } = typeof(MigrationScripts).Assembly;

    /// <summary>Their names, in their order.</summary>
    public IReadOnlyList<string> Known { get; }

    public bool IsScript(string resource) => resource.StartsWith(_folder, StringComparison.Ordinal);

    public string NameOf(string resource) => IsScript(resource) ? resource[_folder.Length..] : resource;

    /// <summary>The last of the applied scripts that are not known; <see langword="null"/> if all are.</summary>
    public static string? Unknown(IEnumerable<string> applied, IEnumerable<string> known) => applied.Except(known, StringComparer.Ordinal).LastOrDefault();

    /// <summary>The line for the operator.</summary>
    public static StorageException Newer(string place, string unknown) => new(
        $"The database {place} was written by a newer version of the app ({unknown} is not known here). Start that version, or restore a backup made before the upgrade.");
}
