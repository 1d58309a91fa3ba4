using System.CommandLine;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Commands;

/// <summary>The options by which a command is told the source portal and the connection. Where there is only one, it need not be named.</summary>
internal sealed class PortalTarget
{
    private readonly Option<string> _portal = new("--portal") { Description = "The source portal's host; may be left out where the app is installed on one only." };
    private readonly Option<string> _connection = new("--connection") { Description = "The connection's code; left out: the first that the portal may use." };
    private readonly Option<string> _language = new("--language") { Description = "ru or en.", DefaultValueFactory = _ => "en" };

    public void AddTo(Command command)
    {
        command.Add(_portal);
        command.Add(_connection);
        command.Add(_language);
    }

    public string Language(CommandContext context) => context.Parsed.GetValue(_language) ?? "en";

    /// <summary>Runs an action with portal and connection; what is not there, or does not answer, is said in a line.</summary>
    public async Task<int> RunAsync(CommandContext context, Func<Portal, EsbConnection, Task<int>> run)
    {
        var installed = (await context.Get<PortalStore>().ListAsync(context.CancellationToken)).Where(portal => portal.State != PortalState.Uninstalled).ToList();
        var host = context.Parsed.GetValue(_portal);
        var portal = host is null
            ? installed is [var only] ? only : null
            : installed.FirstOrDefault(known => known.Address.Authority.Equals(host, StringComparison.OrdinalIgnoreCase));
        if (portal is null)
        {
            return Refuse(context, host is null
                ? "Name the source portal by --portal. b24robot portals list shows where the app is installed."
                : $"The app is not installed on {host}. b24robot portals list shows where it is.");
        }

        var code = context.Parsed.GetValue(_connection);
        var usable = await context.Get<ConnectionStore>().UsableByAsync(portal, context.CancellationToken);
        if (usable.FirstOrDefault(known => code is null || known.Code == code) is not { } connection)
        {
            return Refuse(context, $"{portal.Address.Authority} may use no connection{(code is null ? "" : $" {code}")}. b24robot connections list shows who may use which.");
        }

        try
        {
            return await run(portal, connection);
        }
        catch (Bitrix24Exception exception) when (exception.HasCode("NO_TOKENS"))
        {
            return Refuse(context, $"The access token for {portal.Address.Authority} has ended, and only the server may renew it. The next robot call, or an administrator who opens the app there, brings another.");
        }
        catch (Bitrix24Exception exception)
        {
            return Refuse(context, $"{exception.PortalHost}: {exception.Method}: {exception.Description} ({exception.Code})");
        }
        catch (TransferFailedException exception)
        {
            return Refuse(context, $"{exception.Message} ({exception.Code})");
        }
    }

    /// <summary>A stored profile by <c>code</c> or <c>code@version</c>, as far as the portal may see it.</summary>
    public static async Task<StoredProfile?> FindProfileAsync(CommandContext context, string name, PortalId? portal)
    {
        var (code, version) = name.Split('@') is [var before, var after] && int.TryParse(after, out var number) ? (before, number) : (name, 0);
        var profiles = context.Get<ProfileStore>();
        var found = version == 0
            ? await profiles.FindAsync(code, context.CancellationToken)
            : await profiles.FindVersionAsync(code, version, context.CancellationToken);
        return found is { Owner: { } owner } && portal is not null && owner != portal ? null : found;
    }

    public static int Refuse(CommandContext context, string problem) => context.Refuse(problem);
}
