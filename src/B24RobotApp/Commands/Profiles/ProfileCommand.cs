using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Commands.Profiles;

/// <summary><c>b24robot profile</c>: how deals of a source portal become deals of an ESB.</summary>
internal static class ProfileCommand
{
    public static Command Create() => new("profile", "The mapping profiles.")
    {
        CommandHost.Create("list", "List them in their newest versions.", ListAsync),
        CreateVersions(),
        CreateExport(),
        CreateImport(),
        CreateDiff(),
        SuggestCommand.Create(),
        ValidateCommand.Create(),
        DryRunCommand.Create(),
        TableCommand.Create(),
    };

    private static async Task<int> ListAsync(CommandContext context)
    {
        var portals = (await context.Get<PortalStore>().ListAsync(context.CancellationToken)).ToDictionary(portal => portal.Id);
        var rows = (await context.Get<ProfileStore>().ListAsync(context.CancellationToken)).Select(stored => new
        {
            stored.Code,
            stored.Version,
            Name = MappingProfile.TryParse(stored.Json, out var profile, out var problem) ? profile.Name.GetValueOrDefault("en") ?? profile.Name.Values.FirstOrDefault() ?? "" : $"broken: {problem.In("en")}",
            Rules = profile?.Rules.Count,
            Owner = stored.Owner is { } owner && portals.TryGetValue(owner, out var portal) ? portal.Address.Authority : null,
        }).ToList();
        context.Output.WriteTable(
            rows,
            ["CODE", "VERSION", "NAME", "RULES", "OWNER"],
            [.. rows.Select(row => new[] { row.Code, $"{row.Version}", row.Name, $"{row.Rules}", row.Owner ?? "settings" })]);
        return ExitCodes.Done;
    }

    private static Command CreateVersions()
    {
        var code = new Argument<string>("code") { Description = "The profile." };
        var command = CommandHost.Create("versions", "List the versions of a profile, the newest first.", async context =>
        {
            var versions = await context.Get<ProfileStore>().VersionsAsync(context.Parsed.GetRequiredValue(code), context.CancellationToken);
            if (versions.Count == 0)
            {
                return PortalTarget.Refuse(context, "There is no profile of this code. b24robot profile list shows them.");
            }

            context.Output.WriteTable(
                versions, ["VERSION", "SAVED"], [.. versions.Select(version => new[] { $"{version.Version}", $"{version.SavedAt:yyyy-MM-dd HH:mm:ss}" })]);
            return ExitCodes.Done;
        });
        command.Add(code);
        return command;
    }

    private static Command CreateExport()
    {
        var name = new Argument<string>("profile") { Description = "code, or code@version." };
        var file = new Option<string>("--file") { Description = "Write it there instead of the output." };
        var command = CommandHost.Create("export", "Print a profile's document.", async context =>
        {
            if (await PortalTarget.FindProfileAsync(context, context.Parsed.GetRequiredValue(name), null) is not { } stored)
            {
                return PortalTarget.Refuse(context, "There is no such profile. b24robot profile list shows them.");
            }

            if (context.Parsed.GetValue(file) is { } path)
            {
                await File.WriteAllTextAsync(path, stored.Json, context.CancellationToken);
                context.Output.Write(new { stored.Code, stored.Version, file = path }, [$"{stored.Code}@{stored.Version} is written to {path}."]);
            }
            else
            {
                context.Output.Write(JsonSerializer.Deserialize<JsonElement>(stored.Json, Lenient), stored.Json.TrimEnd().Split('\n'));
            }

            return ExitCodes.Done;
        });
        command.Add(name);
        command.Add(file);
        return command;
    }

    private static readonly JsonSerializerOptions Lenient = new() { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private static Command CreateImport()
    {
        var code = new Argument<string>("code") { Description = "The profile; a new version if it exists." };
        var file = new Argument<string>("file") { Description = "The document." };
        var host = new Option<string>("--portal") { Description = "The profile belongs to this source portal alone; left out: to the host." };
        var command = CommandHost.Create(
            "import",
            "Save a document as a profile's newest version. The server may run.",
            async context =>
            {
                var json = await File.ReadAllTextAsync(context.Parsed.GetRequiredValue(file), context.CancellationToken);
                var problems = MappingProfile.FindProblems(json);
                if (problems.Count > 0)
                {
                    return PortalTarget.Refuse(context, string.Join(Environment.NewLine, problems.Select(problem => problem.In("en"))));
                }

                var portals = await context.Get<PortalStore>().ListAsync(context.CancellationToken);
                var wanted = context.Parsed.GetValue(host);
                var portal = portals.FirstOrDefault(known => known.Address.Authority.Equals(wanted, StringComparison.OrdinalIgnoreCase));
                if (wanted is not null && portal is null)
                {
                    return PortalTarget.Refuse(context, $"The app is not installed on {wanted}. b24robot portals list shows where it is.");
                }

                return await context.Get<ProfileStore>().SaveAsync(context.Parsed.GetRequiredValue(code), json, portal?.Id, context.CancellationToken) is { } saved
                    ? Done(context, saved)
                    : PortalTarget.Refuse(context, "The code belongs to another owner. Choose another one.");
            },
            CommandAccess.Beside);
        command.Add(code);
        command.Add(file);
        command.Add(host);
        return command;
    }

    private static int Done(CommandContext context, StoredProfile saved)
    {
        context.Output.Write(new { saved.Code, saved.Version }, [string.Create(CultureInfo.InvariantCulture, $"Saved as {saved.Code}@{saved.Version}.")]);
        return ExitCodes.Done;
    }

    private static Command CreateDiff()
    {
        var before = new Argument<string>("before") { Description = "code@version." };
        var after = new Argument<string>("after") { Description = "code, or code@version." };
        var command = CommandHost.Create("diff", "Show what differs between two versions.", async context =>
        {
            if (await PortalTarget.FindProfileAsync(context, context.Parsed.GetRequiredValue(before), null) is not { } old
                || await PortalTarget.FindProfileAsync(context, context.Parsed.GetRequiredValue(after), null) is not { } current)
            {
                return PortalTarget.Refuse(context, "There is no such profile. b24robot profile versions shows a profile's versions.");
            }

            var changes = ProfileDiff.Between(old.Json, current.Json);
            context.Output.Write(changes, changes.SelectMany(Lines));
            return ExitCodes.Done;
        });
        command.Add(before);
        command.Add(after);
        return command;
    }

    private static IEnumerable<string> Lines(ProfileChange change)
    {
        if (change.Before is not null)
        {
            yield return $"- {change.Path}: {change.Before}";
        }

        if (change.After is not null)
        {
            yield return $"+ {change.Path}: {change.After}";
        }
    }
}
