using System.Reflection;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Settings;

/// <summary>Reads a section into its options, and says of what it cannot read which key it is: an unknown key is an error, since it is most likely a misspelt one.</summary>
internal static class SettingsBinder
{
    /// <summary>Adds options that are read from their section and validated at start.</summary>
    public static void AddChecked<TOptions, TValidator>(this IServiceCollection services, string section)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.AddSingleton<IValidateOptions<TOptions>, TValidator>();
        services.AddOptions<TOptions>()
            .Configure<IConfiguration>((options, configuration) => Bind(configuration.GetSection(section), options))
            .ValidateOnStart();
    }

    private static void Bind<TOptions>(IConfigurationSection section, TOptions options)
        where TOptions : class
    {
        var problems = FindUnknownKeys(section, typeof(TOptions)).ToList();
        if (problems.Count == 0)
        {
            try
            {
                section.Bind(options);
                return;
            }
            catch (InvalidOperationException exception)
            {
                // The binder's message names the key, its value and the type it should have; no key of these types is secret.
                problems.Add(exception.Message);
            }
        }

        throw new OptionsValidationException(section.Key, typeof(TOptions), problems);
    }

    private static IEnumerable<string> FindUnknownKeys(IConfigurationSection section, Type type)
    {
        var known = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite || IsList(property.PropertyType))
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (SecretFiles.FindSecret(child.Path) is { } secret && known.ContainsKey(ConfigurationPath.GetSectionKey(secret)))
            {
                // What the file holds was put beside it.
                continue;
            }

            if (!known.TryGetValue(child.Key, out var property))
            {
                yield return $"{child.Path} is not a setting. {section.Path} has: {string.Join(", ", known.Keys)}.";
            }
            else if (IsList(property.PropertyType))
            {
                foreach (var problem in FindInList(child, property.PropertyType.GetGenericArguments()[0]))
                {
                    yield return problem;
                }
            }
        }
    }

    private static bool IsList(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>);

    private static IEnumerable<string> FindInList(IConfigurationSection list, Type element)
    {
        foreach (var item in list.GetChildren())
        {
            if (SecretFiles.FindSecret(item.Path) is not null)
            {
                continue;
            }

            if (!int.TryParse(item.Key, out _))
            {
                yield return $"{item.Path} is not a setting. The entries of {list.Path} are numbered: {list.Path}:0, {list.Path}:1 and so on.";
            }
            else if (element.Assembly == typeof(SettingsBinder).Assembly)
            {
                foreach (var problem in FindUnknownKeys(item, element))
                {
                    yield return problem;
                }
            }
        }
    }
}
