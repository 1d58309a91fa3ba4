using System.CommandLine;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Hosting;

/// <summary>The executable's command: two portals with sample data and their authorization server, until it is told to stop.</summary>
internal sealed class SandboxCommand : RootCommand
{
    /// <summary>What the ESB's incoming webhook may do: what a connection needs.</summary>
    private static readonly string[] EsbScopes = ["crm", "user_basic", "user", "catalog", "bizproc", "im", "userfieldconfig", "department"];

    private readonly Option<int> _oauthPort = Port("--oauth-port", "the authorization server", 18080);
    private readonly Option<int> _sourcePort = Port("--source-port", "the partner's portal", 18081);
    private readonly Option<int> _esbPort = Port("--esb-port", "the ESB's portal", 18082);
    private readonly Option<int> _controlPort = Port("--control-port", "the control interface", 18090);
    private readonly Option<bool> _limits = new("--limits") { Description = "Switch the limits of the standard plan on: 2 requests a second after a burst of 50, 480 s of a method in 10 minutes." };
    private readonly Option<bool> _empty = new("--empty") { Description = "Start without sample data." };
    private readonly Option<int> _journal = new("--journal") { Description = "Requests and sub-calls each journal keeps.", DefaultValueFactory = _ => 20_000 };

    public SandboxCommand() : base("Bitrix24 portals in a box, on loopback.")
    {
        foreach (var option in new Option[] { _oauthPort, _sourcePort, _esbPort, _controlPort, _limits, _empty, _journal })
        {
            Options.Add(option);
        }
        SetAction(RunAsync);
    }

    private static Option<int> Port(string name, string what, int port) =>
        new(name) { Description = $"Port of {what}; 0 takes a free one.", DefaultValueFactory = _ => port };

    private async Task<int> RunAsync(ParseResult given, CancellationToken stopped)
    {
        var capacity = given.GetValue(_journal);
        await using var sandbox = await SandboxHost.StartAsync(
            new SandboxOptions
            {
                OAuthPort = given.GetValue(_oauthPort),
                ControlPort = given.GetValue(_controlPort),
                WithSampleData = !given.GetValue(_empty),
                Portals =
                [
                    new PortalOptions { Code = "source", Title = "Партнёр", Port = given.GetValue(_sourcePort), JournalCapacity = capacity },
                    new PortalOptions { Code = "esb", Title = "ЕСБ", Port = given.GetValue(_esbPort), JournalCapacity = capacity },
                ],
            },
            stopped);
        foreach (var portal in sandbox.Portals.Values)
        {
            portal.Limits.LimitsRate = portal.Limits.LimitsOperating = given.GetValue(_limits);
        }

        Print(given.InvocationConfiguration.Output, sandbox);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopped);
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C or the system's word: the usual end.
        }
        return 0;
    }

    private static void Print(TextWriter output, SandboxHost sandbox)
    {
        var webhook = sandbox.Portals["esb"].CreateIncomingWebhook(1, EsbScopes);
        output.WriteLine($"Authorization server  {sandbox.OAuthServer.BaseUrl}");
        foreach (var portal in new[] { sandbox.Portals["source"], sandbox.Portals["esb"] })
        {
            output.WriteLine($"Portal «{portal.Title}»  {portal.BaseUrl}  (code {portal.Code}, member id {portal.MemberId})");
        }
        output.WriteLine($"Webhook of the ESB    {webhook.Url}");
        output.WriteLine($"Journal and faults    {sandbox.ControlUrl}");
        output.WriteLine($"Control interface     {sandbox.ControlUrl}control/state");
        output.WriteLine("Ready. Stop with Ctrl+C.");
        output.Flush();
    }
}
