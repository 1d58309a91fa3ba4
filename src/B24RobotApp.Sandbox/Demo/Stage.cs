using System.Globalization;
using System.Net.Http.Headers;
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

    /// <summary>The robot's code.</summary>
    public const string RobotCode = "send_to_esb";

    /// <summary>The deal's field that the robot behind ours fills with what it returned.</summary>
    public const string ResultField = "UF_CRM_ESB_RESULT";

    private readonly StageOptions _options;
    private readonly string _dataDirectory;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly HttpMessageInvoker _browser = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false });

    private Stage(StageOptions options, SandboxHost sandbox, string dataDirectory, IReadOnlyDictionary<string, string> settings, AppProcess app, IncomingWebhook webhook)
    {
        _options = options;
        _settings = settings;
        _dataDirectory = dataDirectory;
        Sandbox = sandbox;
        App = app;
        Webhook = webhook;
    }

    public SandboxHost Sandbox { get; }

    public SandboxPortal Source => Sandbox.Portals["source"];

    public SandboxPortal Esb => Sandbox.Portals["esb"];

    public AppProcess App { get; }

    /// <summary>The app's address as portals and browsers know it.</summary>
    public Uri PublicUrl => _options.PublicUrl ?? new UriBuilder(App.Url) { Host = _options.AppHost }.Uri;

    public IncomingWebhook Webhook { get; }

    /// <summary>The app on the source portal; set by <see cref="InstallAsync(CancellationToken)"/>.</summary>
    public AppInstallation Installation { get; private set; } = null!;

    public string DataDirectory => _dataDirectory;

    /// <summary>The app's environment.</summary>
    public IReadOnlyDictionary<string, string> Settings => _settings;

    /// <summary>Starts the sandbox and the app; nothing is installed yet.</summary>
    public static async Task<Stage> StartAsync(StageOptions options, CancellationToken cancellationToken)
    {
        var defaults = new SandboxOptions();
        var sandbox = await SandboxHost.StartAsync(
            defaults with
            {
                WithSampleData = options.WithSampleData,
                ControlPort = options.ControlPort,
                Clock = options.Clock,
                Portals = [.. defaults.Portals, .. options.MorePortals],
            },
            cancellationToken);
        var webhook = sandbox.Portals["esb"].CreateIncomingWebhook(1, "crm", "user_basic");
        var dataDirectory = options.DataDirectory ?? Directory.CreateTempSubdirectory("b24robot-").FullName;
        var port = AppProcess.FreePort();
        var settings = new Dictionary<string, string>
        {
            ["App__PublicUrl"] = options.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? $"http://{options.AppHost}:{port}",
            ["App__DataDirectory"] = dataDirectory,
            ["Bitrix24__AllowHttp"] = "true",
            ["Bitrix24__OAuthServers__0"] = sandbox.OAuthServer.BaseUrl.AbsoluteUri,
            ["Bitrix24__AllowedPortals__0"] = "127.0.0.1",
        };
        if (options.KnowsEsb)
        {
            settings["Esb__Connections__0__Code"] = "esb";
            settings["Esb__Connections__0__Name"] = "ЕСБ";
            settings["Esb__Connections__0__WebhookUrl"] = webhook.Url.AbsoluteUri;
            settings["Esb__Connections__0__CreateMissingFields"] = "true";
            settings["Esb__Connections__0__Portals__0"] = "127.0.0.1";
        }

        if (options.EsbTells)
        {
            var told = sandbox.Portals["esb"].CreateOutgoingWebhook(new Uri($"http://127.0.0.1:{port}/events/esb/esb"), "ONCRMDEALUPDATE", "ONCRMDEALDELETE");
            settings["Esb__Connections__0__OutgoingWebhookToken"] = told.ApplicationToken;
            settings["Esb__Connections__1__Code"] = "quiet";
            settings["Esb__Connections__1__WebhookUrl"] = webhook.Url.AbsoluteUri;
            settings["Esb__Connections__1__Portals__0"] = "127.0.0.1";
        }

        foreach (var (key, value) in options.Settings.Concat(options.SettingsOf(sandbox)))
        {
            settings[key] = value;
        }

        // A portal's clock may stand wherever it likes; waiting is done by the real one.
        var app = new AppProcess(options.Program, port, settings, TimeProvider.System);
        var stage = new Stage(options, sandbox, dataDirectory, settings, app, webhook);
        await app.StartAsync(cancellationToken);
        return stage;
    }

    /// <summary>Another app with the same settings and data, on a port of its own; not started yet.</summary>
    public AppProcess AnotherApp() => new(_options.Program, AppProcess.FreePort(), _settings, TimeProvider.System);

    /// <summary>Installs the app on the source portal.</summary>
    public async Task InstallAsync(CancellationToken cancellationToken) => Installation = await InstallAsync(Source, cancellationToken);

    /// <summary>Saves the card, opens the app as its administrator does, enters the keys that the card shows, and finishes the installation.</summary>
    /// <exception cref="InvalidOperationException">The app did not go along.</exception>
    public async Task<AppInstallation> InstallAsync(SandboxPortal portal, CancellationToken cancellationToken)
    {
        var installation = portal.SaveLocalApplication(Card(_options.IsScriptOnly));
        if (!_options.IsScriptOnly)
        {
            var page = await portal.OpenApplicationAsync(installation, 1, cancellationToken);
            if (page.Status != 200)
            {
                throw new InvalidOperationException($"The install page answered {page.Status}: {page.Body}");
            }

            if (_options.EntersCredentials)
            {
                var (status, body) = await EnterCredentialsAsync(installation, installation.ClientId, installation.ClientSecret, cancellationToken);
                if (status != 204)
                {
                    throw new InvalidOperationException($"The app's keys were answered {status}: {body}");
                }
            }
        }

        await Eventually.TrueAsync(
            () => installation.Robots.ContainsKey(RobotCode), "the robot is registered on the portal", TimeProvider.System, cancellationToken);
        if (!_options.IsScriptOnly)
        {
            portal.FinishInstallation(installation);
        }

        return installation;
    }

    /// <summary>The card as the README says to fill it in.</summary>
    public LocalApplicationCard Card(bool isScriptOnly) => new()
    {
        Name = "Отправить в ЕСБ",
        HandlerUrl = new Uri(PublicUrl, "app"),
        InstallUrl = new Uri(PublicUrl, "install"),
        IsScriptOnly = isScriptOnly,
        Scopes = ["crm", "bizproc", "placement", "im", "user_basic"],
    };

    /// <summary>Does what the install page does with client id and secret: begins a session with the frame's token, and sends them.</summary>
    /// <returns>The answer's HTTP status, and its body if there was one.</returns>
    public async Task<(int Status, string Body)> EnterCredentialsAsync(AppInstallation installation, string clientId, string clientSecret, CancellationToken cancellationToken)
    {
        var frame = new { memberId = installation.Portal.MemberId, accessToken = Sandbox.OAuthServer.Issue(installation, 1).AccessToken, language = "ru" };
        using var opening = new HttpRequestMessage(HttpMethod.Post, new Uri(App.Url, "api/session")) { Content = JsonContent.Create(frame) };
        using var session = await _browser.SendAsync(opening, cancellationToken);
        var begun = JsonNode.Parse(await session.Content.ReadAsStringAsync(cancellationToken));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(App.Url, "api/credentials"))
        {
            Content = JsonContent.Create(new { clientId, clientSecret }),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", begun?["token"]?.GetValue<string>()) },
        };
        using var answer = await _browser.SendAsync(request, cancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Puts the robot on its stage in place of what stood there, and behind it robots that use what it returned.</summary>
    /// <param name="properties">What the designer saved; absent ones have their defaults.</param>
    /// <param name="timeout">How long the robot waits; zero: for ever.</param>
    /// <param name="installation">On which portal; the source if not given.</param>
    public void PlaceRobots(JsonObject? properties = null, TimeSpan timeout = default, AppInstallation? installation = null)
    {
        var app = installation ?? Installation;
        var automation = app.Portal.Automation;
        var fields = app.Portal.Call("crm.item.fields", new JsonObject { ["entityTypeId"] = 2 })!["fields"]!.AsObject();
        if (!fields.Any(field => field.Value!["upperName"]?.ToString() == ResultField))
        {
            app.Portal.Call("crm.deal.userfield.add", new JsonObject { ["fields"] = new JsonObject { ["FIELD_NAME"] = ResultField, ["USER_TYPE_ID"] = "string", ["LABEL"] = "Передача в ЕСБ" } });
        }

        automation.Clear(RobotCategory, RobotStage);
        var robot = automation.Place(RobotCategory, RobotStage, new AppRobotStep(app.ClientId, RobotCode, properties ?? []) { Waits = true, Timeout = timeout });
        string Returned(string name) => $"{{={robot.Name}:{name}}}";
        automation.Place(RobotCategory, RobotStage, new SetFieldStep(ResultField, $"{Returned("status")};{Returned("esb_deal_id")};{Returned("error_code")}"));
        automation.Place(RobotCategory, RobotStage, new CommentStep($"Следующий робот получил: {Returned("status")}, сделка ЕСБ {Returned("esb_deal_id")}, {Returned("esb_deal_url")}"));
    }

    /// <summary>The code of the robot that waits.</summary>
    public const string WaitingRobotCode = "wait_for_esb";

    /// <summary>Puts on the stage: the robot that sends, behind it the one that waits until the deal is won on the ESB, and behind that robots of the portal which take over the amount and move the deal to the won stage.</summary>
    public void PlaceOutcomeRobots()
    {
        var automation = Source.Automation;
        automation.Clear(RobotCategory, RobotStage);
        automation.Place(RobotCategory, RobotStage, new AppRobotStep(Installation.ClientId, RobotCode, []) { Waits = true });
        var robot = automation.Place(RobotCategory, RobotStage, new AppRobotStep(Installation.ClientId, WaitingRobotCode, new JsonObject { ["until"] = "won" }) { Waits = true });
        string Returned(string name) => $"{{={robot.Name}:{name}}}";
        automation.Place(RobotCategory, RobotStage, new CommentStep($"ЕСБ: {Returned("status")}, стадия {Returned("stage_name")}, сумма {Returned("amount")} {Returned("currency")}, ответственный {Returned("responsible_name")}"));
        automation.Place(RobotCategory, RobotStage, new SetFieldStep("IS_MANUAL_OPPORTUNITY", "Y"));
        automation.Place(RobotCategory, RobotStage, new SetFieldStep("OPPORTUNITY", Returned("amount")));
        automation.Place(RobotCategory, RobotStage, new MoveStep("WON"));
    }

    /// <summary>Moves a deal to the robot's stage and returns the workflow that this started.</summary>
    public Workflow Send(long dealId) => Send(Source, dealId);

    /// <inheritdoc cref="Send(long)"/>
    public static Workflow Send(SandboxPortal portal, long dealId) => portal.Run(() =>
    {
        if (portal.Crm.FindDeal(dealId) is { StageId: RobotStage })
        {
            // It comes again: from the stage before.
            portal.Crm.MoveDeal(dealId, "PREPARATION");
        }

        portal.Crm.MoveDeal(dealId, RobotStage);
        return portal.Automation.Workflows.Last(workflow => workflow.DealId == dealId);
    });

    /// <summary>Waits until a workflow has run through, the later robots included.</summary>
    public static Task CompletedAsync(Workflow workflow, CancellationToken cancellationToken, TimeSpan? limit = null) => Eventually.TrueAsync(
        () => workflow.State != WorkflowState.Running, $"the workflow of deal {workflow.DealId} runs through", TimeProvider.System, cancellationToken, limit);

    /// <summary>The ESB's deals that came from a deal of the source, by their origin key; those of mode "create" carry the transfer's id behind a colon.</summary>
    public IReadOnlyList<JsonObject> EsbDealsOf(long dealId) => EsbDealsOf(dealId, Source, Esb);

    /// <inheritdoc cref="EsbDealsOf(long)"/>
    public static IReadOnlyList<JsonObject> EsbDealsOf(long dealId, SandboxPortal source, SandboxPortal esb)
    {
        var id = dealId.ToString(CultureInfo.InvariantCulture);
        return [.. Find("=originId", id), .. Find("%originId", id + ":").Where(item => item["originId"]!.ToString().StartsWith(id + ":", StringComparison.Ordinal))];

        IEnumerable<JsonObject> Find(string condition, string value) => esb.Call("crm.item.list", new JsonObject
        {
            ["entityTypeId"] = 2,
            ["select"] = new JsonArray("*", "UF_*"),
            ["useOriginalUfNames"] = "Y",
            ["filter"] = new JsonObject { ["=originatorId"] = $"b24:{source.MemberId}", [condition] = value },
        })!["items"]!.AsArray().Select(item => item!.AsObject());
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
        _browser.Dispose();
        await App.DisposeAsync();
        await Sandbox.DisposeAsync();
        if (_options.DataDirectory is null)
        {
            Directory.Delete(_dataDirectory, recursive: true);
        }
    }
}
