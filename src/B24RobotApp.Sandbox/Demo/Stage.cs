using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Journal;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Demo;

/// <summary>
/// The app, as a process, between a source portal and an ESB: installed through the same addresses a real portal uses, with the robot on a stage and a later robot behind it that uses what it returned.
/// Demo and acceptance tests play on it.
/// </summary>
public sealed class Stage : IAsyncDisposable
{
    /// <summary>Where the robot is placed.</summary>
    public const int RobotCategory = 0;

    /// <summary>The stage whose robots send the deal.</summary>
    public const string RobotStage = "UC_TRANSFER";

    private readonly StageOptions _options;
    private readonly string _dataDirectory;

    private Stage(StageOptions options, SandboxHost sandbox, string dataDirectory, AppProcess app, IncomingWebhook webhook)
    {
        _options = options;
        _dataDirectory = dataDirectory;
        Sandbox = sandbox;
        App = app;
        Webhook = webhook;
    }

    public SandboxHost Sandbox { get; }

    public SandboxPortal Source => Sandbox.Portals["source"];

    public SandboxPortal Esb => Sandbox.Portals["esb"];

    public AppProcess App { get; }

    public IncomingWebhook Webhook { get; }

    /// <summary>The app on the source portal; set by <see cref="InstallAsync"/>.</summary>
    public AppInstallation Installation { get; private set; } = null!;

    public string DataDirectory => _dataDirectory;

    /// <summary>Starts the sandbox and the app; nothing is installed yet.</summary>
    public static async Task<Stage> StartAsync(StageOptions options, CancellationToken cancellationToken)
    {
        var sandbox = await SandboxHost.StartAsync(
            new SandboxOptions { WithSampleData = options.WithSampleData, ControlPort = options.ControlPort, Clock = options.Clock }, cancellationToken);
        var webhook = sandbox.Portals["esb"].CreateIncomingWebhook(1, "crm", "user_basic");
        var dataDirectory = options.DataDirectory ?? Directory.CreateTempSubdirectory("b24robot-").FullName;
        var port = AppProcess.FreePort();
        var settings = new Dictionary<string, string>
        {
            ["App__PublicUrl"] = $"http://127.0.0.1:{port}",
            ["App__DataDirectory"] = dataDirectory,
            ["Bitrix24__AllowHttp"] = "true",
            ["Bitrix24__OAuthServers__0"] = sandbox.OAuthServer.BaseUrl.AbsoluteUri,
            ["Bitrix24__AllowedPortals__0"] = "127.0.0.1",
            ["Esb__Connections__0__Code"] = "esb",
            ["Esb__Connections__0__Name"] = "ЕСБ",
            ["Esb__Connections__0__WebhookUrl"] = webhook.Url.AbsoluteUri,
            ["Esb__Connections__0__CreateMissingFields"] = "true",
            ["Esb__Connections__0__Portals__0"] = "127.0.0.1",
        };
        foreach (var (key, value) in options.Settings)
        {
            settings[key] = value;
        }

        var app = new AppProcess(options.Program, port, settings, options.Clock);
        var stage = new Stage(options, sandbox, dataDirectory, app, webhook);
        await app.StartAsync(cancellationToken);
        return stage;
    }

    /// <summary>Saves the card, opens the app as its administrator does, and finishes the installation.</summary>
    public async Task InstallAsync(CancellationToken cancellationToken)
    {
        Installation = Source.SaveLocalApplication(new LocalApplicationCard
        {
            Name = "Отправить в ЕСБ",
            HandlerUrl = new Uri(App.Url, "app"),
            InstallUrl = new Uri(App.Url, "install"),
            IsScriptOnly = _options.IsScriptOnly,
            Scopes = ["crm", "bizproc", "placement", "im", "user_basic"],
        });
        if (!_options.IsScriptOnly)
        {
            var page = await Source.OpenApplicationAsync(Installation, 1, cancellationToken);
            if (page.Status != 200)
            {
                throw new InvalidOperationException($"The install page answered {page.Status}: {page.Body}");
            }
        }

        await Eventually.TrueAsync(
            () => Installation.Robots.ContainsKey("send_to_esb"), "the robot is registered on the portal", _options.Clock, cancellationToken);
        if (!_options.IsScriptOnly)
        {
            Source.FinishInstallation(Installation);
        }
    }

    /// <summary>Puts the robot on its stage, and behind it robots that use what it returned.</summary>
    public void PlaceRobots(JsonObject? properties = null)
    {
        var robot = Source.Automation.Place(RobotCategory, RobotStage, new AppRobotStep(Installation.ClientId, "send_to_esb", properties ?? []) { Waits = true });
        string Returned(string name) => $"{{={robot.Name}:{name}}}";
        Source.Automation.Place(RobotCategory, RobotStage, new SetFieldStep("additionalInfo", $"{Returned("status")};{Returned("esb_deal_id")};{Returned("error_code")}"));
        Source.Automation.Place(RobotCategory, RobotStage, new CommentStep($"Следующий робот получил: {Returned("status")}, сделка ЕСБ {Returned("esb_deal_id")}, {Returned("esb_deal_url")}"));
    }

    /// <summary>Moves a deal to the robot's stage and returns the workflow that this started.</summary>
    public Workflow Send(long dealId)
    {
        Source.Crm.MoveDeal(dealId, RobotStage);
        return Source.Automation.Workflows.Last(workflow => workflow.DealId == dealId);
    }

    /// <summary>Waits until a workflow has run through, the later robots included.</summary>
    public Task CompletedAsync(Workflow workflow, CancellationToken cancellationToken) => Eventually.TrueAsync(
        () => workflow.State != WorkflowState.Running, $"the workflow of deal {workflow.DealId} runs through", _options.Clock, cancellationToken);

    /// <summary>The ESB's deals that came from a deal of the source, by their origin key.</summary>
    public IReadOnlyList<JsonObject> EsbDealsOf(long dealId)
    {
        var found = Esb.Call("crm.item.list", new JsonObject
        {
            ["entityTypeId"] = 2,
            ["select"] = new JsonArray("*", "UF_*"),
            ["useOriginalUfNames"] = "Y",
            ["filter"] = new JsonObject { ["=originatorId"] = $"b24:{Source.MemberId}" },
            ["start"] = -1,
        });
        var id = dealId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return [.. found!["items"]!.AsArray().Select(item => item!.AsObject())
            .Where(item => item["originId"]?.ToString() is { } origin && (origin == id || origin.StartsWith(id + ":", StringComparison.Ordinal)))];
    }

    public JsonArray EsbRowsOf(long esbDealId) => Esb.Call("crm.item.productrow.list", new JsonObject
    {
        ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = esbDealId },
    })!["productRows"]!.AsArray();

    /// <summary>Requests that the app made to both portals, in the order of their arrival.</summary>
    public IReadOnlyList<(string Portal, JournalEntry Request)> Requests() =>
        [.. Source.Journal.Entries.Select(entry => ("source", entry)).Concat(Esb.Journal.Entries.Select(entry => ("esb", entry))).OrderBy(request => request.entry.Time)];

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Sandbox.DisposeAsync();
        if (_options.DataDirectory is null)
        {
            Directory.Delete(_dataDirectory, recursive: true);
        }
    }
}
