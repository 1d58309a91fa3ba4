using System.Reflection;
using System.Text.RegularExpressions;
using B24RobotApp.Settings;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Waits;

namespace B24RobotApp.Tests.Settings;

/// <summary>Every key is a row of the README's table, and every row is a key.</summary>
public sealed partial class SettingsTableTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("README.ru.md")]
    public void The_readme_lists_every_setting_and_no_other(string file)
    {
        var text = File.ReadAllText(Path.Combine(RepositoryRoot(), file));

        var listed = Row().Matches(text).Select(row => row.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(Keys().Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Keys() =>
    [
        .. KeysOf(AppOptions.SectionName, typeof(AppOptions)),
        .. KeysOf(Bitrix24Options.SectionName, typeof(Bitrix24Options)),
        .. KeysOf(EsbOptions.SectionName, typeof(EsbOptions)),
        .. KeysOf(AlertOptions.SectionName, typeof(AlertOptions)),
        .. KeysOf(StorageSettings.SectionName, typeof(StorageSettings)),
        .. KeysOf(SharingOptions.SectionName, typeof(SharingOptions)),
        .. KeysOf(TransferOptions.SectionName, typeof(TransferOptions)),
        .. KeysOf(WaitOptions.SectionName, typeof(WaitOptions)),
    ];

    private static IEnumerable<string> KeysOf(string path, Type type)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var isList = property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(IList<>);
            if (isList && property.PropertyType.GetGenericArguments()[0] is { } element && element.Assembly == typeof(AppOptions).Assembly)
            {
                foreach (var key in KeysOf($"{path}:{property.Name}:0", element))
                {
                    yield return key;
                }
            }
            else if (isList)
            {
                yield return $"{path}:{property.Name}:0";
            }
            else if (property.CanWrite)
            {
                yield return $"{path}:{property.Name}";
            }
        }
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "B24RobotApp.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"^\| `((?:Alerts|App|Bitrix24|Esb|Storage|Sharing|Transfers|Waits):[A-Za-z0-9:]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
