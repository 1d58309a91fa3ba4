using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Hosting;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Testing;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Running.Clients;
using B24RobotApp.Transfers.Running.Products;
using B24RobotApp.Transfers.Running.Writing;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Schemas.DryRuns;
using B24RobotApp.Transfers.Sharing;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>
/// A source portal and an ESB of the sandbox, over real HTTP, and between them everything that carries a deal, as the app has it. All clocks are one that stands still.
/// </summary>
public sealed class PortalPair : IAsyncDisposable
{
    /// <summary>The biggest file that travels.</summary>
    public const int MostFileBytes = 1_000_000;

    public const string RobotStage = "UC_TRANSFER";

    /// <summary>A manager without special rights, on both portals.</summary>
    public const long Manager = 7;

    private readonly TestStorage _database;
    private readonly SocketsHttpHandler _sockets = new() { AllowAutoRedirect = false, UseProxy = false };
    private readonly HttpClient _http;
    private readonly SandboxHost _host;
    private readonly FileSpool _spool;

    private PortalPair(SandboxHost host, FakeTimeProvider clock, TimeSpan giveUpAfter, TestStorage database)
    {
        _database = database;
        _host = host;
        Clock = clock;
        AppClock = new AdjustableClock(clock);
        GiveUpAfter = giveUpAfter;
        _http = new HttpClient(_sockets) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("Tests/1.0");
        Stores = _database.Stores(AppClock);
        Clients = new PortalClients(_http, new PortalLimits { RequestsPerSecond = 1000, Burst = 100_000 }, AppClock, NullLoggerFactory.Instance);
        var rules = new PortalAddressRules(_ => true);
        var refresher = new TokenRefresher(Stores.Tokens, new OAuthServer(_http, TimeSpan.FromSeconds(30), AppClock), AppClock, NullLogger<TokenRefresher>.Instance);
        SourcePortals = new SourcePortals(Clients, Stores.Tokens, refresher, Stores.Portals, rules, AppClock);
        EsbPortals = new EsbPortals(Clients, rules, AppClock);
        Reader = new SourceReader(SourcePortals, new TemplateLearner(Stores.RobotStages, AppClock));
        Schemas = new PortalSchemas(SourcePortals, EsbPortals, AppClock, NullLogger<PortalSchemas>.Instance);
        Users = new EsbUsers(EsbPortals, AppClock);
        var lookups = new MappingLookupReader(SourcePortals, Stores.Links, AppClock, NullLogger<MappingLookupReader>.Instance);
        Mapping = new DealMapping(Schemas, Stores.Tables, lookups, Users, AppClock);
        _spool = new FileSpool(Options.Create(_database.Options));
        Restart();
    }

    public FakeTimeProvider Clock { get; }

    /// <summary>The same, as the app's machine has it.</summary>
    public AdjustableClock AppClock { get; }

    public TestStorage Database => _database;

    public TimeSpan GiveUpAfter { get; }

    public TestStores Stores { get; }

    public PortalClients Clients { get; }

    public SourcePortals SourcePortals { get; }

    public EsbPortals EsbPortals { get; }

    public SourceReader Reader { get; }

    public PortalSchemas Schemas { get; }

    public EsbUsers Users { get; }

    public DealMapping Mapping { get; }

    public AnswerConfirmation Confirmation { get; private set; }

    public LivingWorkflows Workflows { get; private set; }

    public EsbHints Hints { get; private set; }

    public EsbFollowing Following { get; private set; }

    public Circuits Circuits { get; private set; }

    public Settling Settling { get; private set; }

    public DryRun DryRun { get; private set; }

    public LinkImport Import { get; private set; }

    public ClientMatcher Matcher { get; private set; }

    public TransferRunner Runner { get; private set; }

    public SandboxPortal Source => _host.Portals["source"];

    public SandboxPortal Esb => _host.Portals["esb"];

    public B24RobotApp.Sandbox.OAuth.OAuthServer OAuth => _host.OAuthServer;

    public AppInstallation App { get; private set; } = null!;

    public IncomingWebhook Webhook { get; private set; } = null!;

    public Portal Portal { get; private set; } = null!;

    public EsbConnection Connection { get; private set; } = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="giveUpAfter">How long attempts go on.</param>
    /// <param name="scopes">Permissions of app and webhook beyond the usual ones.</param>
    public static Task<PortalPair> StartAsync(TimeSpan? giveUpAfter = null, params string[] scopes) => StartAsync(TestStorage.Make(), giveUpAfter, scopes);

    /// <summary>The same on a certain database, which it owns.</summary>
    public static async Task<PortalPair> StartAsync(TestStorage database, TimeSpan? giveUpAfter = null, params string[] scopes)
    {
        var clock = new FakeTimeProvider(Given.Now);
        SandboxUser[] users =
        [
            new(1, "Анна", "Кузнецова") { IsAdmin = true, Email = "kuznetsova@partner.example" },
            new(Manager, "Олег", "Ветров") { Email = "vetrov@partner.example" },
        ];
        var host = await SandboxHost.StartAsync(
            new SandboxOptions
            {
                Clock = clock,
                Portals = [new() { Code = "source", Users = users }, new() { Code = "esb", Users = [.. users.Select(user => user with { })] }],
            },
            Cancel);
        var pair = new PortalPair(host, clock, giveUpAfter ?? TimeSpan.FromHours(72), database);
        foreach (var portal in host.Portals.Values)
        {
            portal.Settings.Generation = PortalGeneration.Older;
            portal.Crm.SetPipeline(0, "Продажи", new("NEW", "Новая"), new(RobotStage, "Передать"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
            portal.Crm.SetPipeline(5, "Партнёры", new("NEW", "Новая"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
        }

        await pair.InstallAsync(scopes);
        return pair;
    }

    /// <summary>What takes transfers from the store and runs them; yet to be started.</summary>
    public TransferDispatcher MakeDispatcher(TransferSignal signal, IWorkShare share) => new(
        Stores.Transfers, Runner, signal, Circuits, Stores.Connections, share, Options.Create(new TransferOptions { Concurrency = 16 }), AppClock, NullLogger<TransferDispatcher>.Instance);

    /// <summary>As if the database came from a backup; the server that was lost ended a moment ago.</summary>
    /// <param name="lose">Takes out what was written after the backup was made.</param>
    public async Task RestoreAsync(Func<StoreConnection, int>? lose = null)
    {
        var now = AppClock.GetUtcNow();
        await _database.Open().WriteAsync(connection => (lose?.Invoke(connection) ?? 0) + RestoreLog.Mark(connection, now.AddHours(-1), now), Durability.Full, TestContext.Current.CancellationToken);
        Restart();
    }

    /// <summary>The runner as a process has it after its start: it knows what is on disk.</summary>
    [MemberNotNull(nameof(Import), nameof(Matcher), nameof(Runner), nameof(DryRun), nameof(Confirmation), nameof(Workflows), nameof(Hints), nameof(Following), nameof(Circuits), nameof(Settling))]
    public void Restart()
    {
        var options = Options.Create(new TransferOptions { MaxFileBytes = MostFileBytes, AnswerNotBefore = TimeSpan.Zero });
        Settling = new Settling(options, AppClock);
        var restores = new RestoreLog(_database.Open(), Settling, AppClock);
        Import = new LinkImport(Stores.Links, restores, EsbPortals, AppClock);
        Matcher = new ClientMatcher(
            Stores.Links,
            new ClientLookup(EsbPortals, SourcePortals),
            new ClientCreation(Stores.Links, new UnsettledClients(_database.Open(), Settling, AppClock), EsbPortals),
            new ClientUpdate(Stores.Links, EsbPortals),
            new ClientDetails(EsbPortals, SourcePortals, AppClock));
        Circuits = new Circuits(AppClock, NullLogger<Circuits>.Instance);
        var rows = new RowPreparation(new ProductMatcher(SourcePortals, EsbPortals, AppClock, NullLogger<ProductMatcher>.Instance));
        var chain = new PassOnChain(Stores.Links, Stores.Portals);
        Workflows = new LivingWorkflows(SourcePortals, AppClock, NullLogger<LivingWorkflows>.Instance);
        Confirmation = new AnswerConfirmation([Stores.Transfers, Stores.Waits], Workflows, Stores.Portals, SourcePortals, AppClock, NullLogger<AnswerConfirmation>.Instance);
        DryRun = new DryRun(Reader, Mapping, rows, Matcher, chain, EsbPortals, Stores.Links, AppClock);
        Hints?.Dispose();
        Hints = new EsbHints(AppClock);
        Following = new EsbFollowing(
            Stores.Followed, Stores.Portals, Stores.Profiles, SourcePortals, Schemas, Users, Hints, AppClock, NullLogger<EsbFollowing>.Instance);
        Runner = new TransferRunner(
            Stores.Transfers, Stores.Portals, Stores.Connections, Stores.Profiles, Reader, Mapping, Matcher, rows,
            new EsbWriter(
                new EsbLookup(Stores.Links, Import, EsbPortals, NullLogger<EsbLookup>.Instance), new EsbRows(EsbPortals), Stores.Links, EsbPortals),
            new FileCarrier(Stores.Files, _spool, SourcePortals, Reader, EsbPortals, Schemas, Mapping, Settling, restores, options, AppClock, NullLogger<FileCarrier>.Instance),
            new TransferReporter(SourcePortals, Stores.Transfers, NullLogger<TransferReporter>.Instance), chain, Circuits, Settling, Following, restores, options, AppClock, NullLogger<TransferRunner>.Instance);
    }

    /// <summary>Clients with limits of their own.</summary>
    public PortalClients ClientsWithin(PortalLimits limits) => new(_http, limits, AppClock, NullLoggerFactory.Instance);

    /// <summary>Adds a deal on the source portal.</summary>
    public long AddDeal(string? title = null, Action<JsonObject>? further = null)
    {
        var fields = new JsonObject { ["title"] = title ?? "Поставка", ["opportunity"] = 1500.5, ["currencyId"] = "USD", ["assignedById"] = Manager };
        further?.Invoke(fields);
        return Add(Source, CrmEntityTypes.Deal, fields);
    }

    public static long Add(SandboxPortal portal, int entityTypeId, JsonObject fields) =>
        portal.Call("crm.item.add", new JsonObject { ["entityTypeId"] = entityTypeId, ["fields"] = fields, ["useOriginalUfNames"] = "Y" })!["item"]!["id"]!.GetValue<long>();

    public static void Update(SandboxPortal portal, long dealId, JsonObject fields) =>
        portal.Call("crm.item.update", new JsonObject { ["entityTypeId"] = 2, ["id"] = dealId, ["fields"] = fields, ["useOriginalUfNames"] = "Y" });

    public static void SetRows(SandboxPortal portal, long dealId, params JsonObject[] rows) =>
        portal.Call("crm.item.productrow.set", new JsonObject { ["ownerType"] = "D", ["ownerId"] = dealId, ["productRows"] = new JsonArray([.. rows]) });

    public static JsonObject Row(string name, decimal price = 100, decimal quantity = 1) => new() { ["productName"] = name, ["price"] = price, ["quantity"] = quantity };

    public static JsonArray Rows(SandboxPortal portal, long dealId) => portal.Call(
        "crm.item.productrow.list", new JsonObject { ["filter"] = new JsonObject { ["=ownerType"] = "D", ["=ownerId"] = dealId } })!["productRows"]!.AsArray();

    public static JsonArray Communications(string? phone = null, string? email = null)
    {
        var list = new JsonArray();
        foreach (var (type, value) in new[] { ("PHONE", phone), ("EMAIL", email) })
        {
            if (value is not null)
            {
                list.Add(new JsonObject { ["typeId"] = type, ["valueType"] = "WORK", ["value"] = value });
            }
        }

        return list;
    }

    public static IReadOnlyList<JsonObject> Items(SandboxPortal portal, int entityTypeId) =>
        [.. portal.Call("crm.item.list", new JsonObject { ["entityTypeId"] = entityTypeId, ["select"] = new JsonArray("*"), ["useOriginalUfNames"] = "Y", ["start"] = -1 })!
            ["items"]!.AsArray().Select(item => item!.AsObject())];

    /// <summary>All deals on the ESB.</summary>
    public IReadOnlyList<JsonObject> EsbDeals => Items(Esb, CrmEntityTypes.Deal);

    /// <summary>Adds a user field to an ESB's deals.</summary>
    public void AddEsbField(string code, string type, Action<JsonObject>? further = null)
    {
        var fields = new JsonObject { ["FIELD_NAME"] = code, ["USER_TYPE_ID"] = type };
        further?.Invoke(fields);
        Esb.Call("crm.deal.userfield.add", new JsonObject { ["fields"] = fields });
    }

    /// <summary>Moves a deal to the robot's stage; returns the workflow and the transfer that the robot's call becomes.</summary>
    public async Task<(Workflow Workflow, TransferId Id)> SendAsync(
        long dealId, JsonObject? properties = null, TimeSpan? timeout = null, int kind = CrmEntityTypes.Deal)
    {
        var (category, stage, other) = kind == CrmEntityTypes.Deal ? (0, RobotStage, "NEW") : StagesOf(kind, dealId);
        Source.Automation.Clear(category, stage, kind);
        Source.Automation.Place(
            category, stage, new AppRobotStep(App.ClientId, "send_to_esb", []) { Waits = true, Timeout = timeout ?? TimeSpan.Zero }, kind);
        Source.Crm.MoveItem(kind, dealId, other);
        Source.Crm.MoveItem(kind, dealId, stage);
        var form = Source.Automation.Calls[^1].Form;
        var now = AppClock.GetUtcNow();
        var request = Given.Transfer(Portal.Id, dealId, form["event_token"]!.ToString(), "main", now, properties: (properties ?? []).ToJsonString()) with
        {
            EntityTypeId = kind,
            WorkflowId = form["workflow_id"]!.ToString(),
            GiveUpAt = now + GiveUpAfter,
            TimesOutAt = timeout is { } wait ? now + wait : null,
            SkipsIfLate = (string?)properties?["if_late"]?[0] == "skip",
        };
        await Stores.Transfers.TryAddAsync(request, Cancel);
        return (Source.Automation.Workflows[^1], request.Id);
    }

    /// <summary>An attempt whose call the ESB never gets, which the app cannot know: it waits thirty seconds for the answer.</summary>
    public async Task LoseCallAsync(string method)
    {
        var rule = Esb.Faults.Add(new FaultRule(FaultKind.Held, method, count: 1));
        var attempt = AttemptAsync();
        await Testing.Eventually.Async(() => rule.Struck > 0, TimeSpan.FromSeconds(30), Cancel);
        Esb.Faults.Add(new FaultRule(FaultKind.ResetBefore, method, count: 1));
        Clock.Advance(TimeSpan.FromSeconds(30));
        await attempt;
        rule.Release();
        await Esb.WhenIdleAsync();
    }

    /// <summary>The pipeline of an item of another kind, the stage for the robot, and one before it.</summary>
    private (int Category, string Stage, string Other) StagesOf(int kind, long itemId)
    {
        var item = Source.Call("crm.item.get", new JsonObject { ["entityTypeId"] = kind, ["id"] = itemId })!["item"]!;
        var category = (int)(item["categoryId"]?.GetValue<long>() ?? 0);
        var directory = kind switch
        {
            CrmEntityTypes.Lead => "STATUS",
            CrmEntityTypes.Quote => "QUOTE_STATUS",
            CrmEntityTypes.SmartInvoice => $"SMART_INVOICE_STAGE_{category}",
            _ => $"DYNAMIC_{kind}_STAGE_{category}",
        };
        var stages = Source.Call("crm.status.list", new JsonObject { ["filter"] = new JsonObject { ["ENTITY_ID"] = directory }, ["order"] = new JsonObject { ["SORT"] = "ASC" } })!.AsArray();
        return (category, stages[1]!["STATUS_ID"]!.ToString(), stages[0]!["STATUS_ID"]!.ToString());
    }

    /// <summary>Makes one attempt at the transfer that is due.</summary>
    /// <returns>The transfer as it stands afterwards; <see langword="null"/> if none is due.</returns>
    public async Task<Transfer?> AttemptAsync()
    {
        var claimed = await Stores.Transfers.ClaimAsync(new Lane(Portal.Id, "main"), 1, Cancel);
        if (claimed.Count == 0)
        {
            return null;
        }

        await Runner.RunAsync(claimed[0], Cancel);
        await Source.WhenIdleAsync();
        return await FindAsync(claimed[0].Id);
    }

    /// <summary>Makes one attempt at each of many transfers that are due, all at once.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> AttemptManyAsync(int most, string connection = "main")
    {
        var claimed = await Stores.Transfers.ClaimAsync(new Lane(Portal.Id, connection), most, Cancel);
        await Task.WhenAll(claimed.Select(transfer => Runner.RunAsync(transfer, Cancel)));
        return claimed.Count;
    }

    /// <summary>Lets time pass and attempts be made until the transfer is over.</summary>
    public async Task<Transfer> RunAsync(TransferId id)
    {
        for (var attempts = 0; attempts < 300; attempts++)
        {
            var transfer = await FindAsync(id);
            if (transfer.State is TransferState.Done or TransferState.Failed)
            {
                return transfer;
            }

            var due = await Stores.Transfers.NextDueAsync(new Lane(Portal.Id, "main"), Cancel);
            Assert.True(due is not null, $"The transfer is {transfer.State} and nothing is due.");
            if (due > AppClock.GetUtcNow())
            {
                Clock.Advance(due.Value - AppClock.GetUtcNow());
            }

            await AttemptAsync();
        }

        throw new InvalidOperationException("The transfer does not come to an end.");
    }

    /// <summary>Sends a deal and sees it through.</summary>
    public async Task<(Transfer Transfer, JsonObject Returned)> CarryAsync(
        long dealId, JsonObject? properties = null, int kind = CrmEntityTypes.Deal)
    {
        var (workflow, id) = await SendAsync(dealId, properties, kind: kind);
        var transfer = await RunAsync(id);
        return (transfer, workflow.Returned.Values.Single());
    }

    /// <summary>What a transfer by the stored profile would write.</summary>
    public async Task<DryRunReport> DryRunAsync(long itemId, string properties = "{}", CrmKind? kind = null)
    {
        var stored = (await Stores.Profiles.FindAsync("default", Cancel))!;
        Assert.True(MappingProfile.TryParse(stored.Json, out var profile, out _));
        return await DryRun.RunAsync(
            new DryRunRequest
            {
                Portal = Portal,
                Connection = Connection,
                Profile = profile,
                ProfileVersion = "default@1",
                Kind = kind ?? CrmKind.Deal,
                DealId = itemId,
                Properties = properties,
                Language = "ru",
            },
            Cancel);
    }

    public async Task<Transfer> FindAsync(TransferId id) => (await Stores.Transfers.FindAsync(id, Cancel))!;

    /// <summary>The property <c>name</c> with values, as the inbox keeps it.</summary>
    public static JsonObject Properties(params (string Name, string Value)[] properties)
    {
        var json = new JsonObject();
        foreach (var group in properties.GroupBy(property => property.Name))
        {
            json[group.Key] = new JsonArray([.. group.Select(property => JsonValue.Create(property.Value))]);
        }

        return json;
    }

    public async Task UseProfileAsync(string json)
    {
        await Stores.Profiles.SaveAsync("default", json, null, Cancel);
    }

    /// <summary>Adds another ESB and a connection to it.</summary>
    public async Task<SandboxPortal> AddEsbAsync(string code)
    {
        var esb = await _host.AddPortalAsync(new PortalOptions { Code = code }, Cancel);
        await Stores.Connections.SaveAsync(
            Given.Connection(code, Given.Webhook(esb.CreateIncomingWebhook(1, "crm", "user_basic").Url.AbsoluteUri), null, "127.0.0.1"), Cancel);
        return esb;
    }

    /// <summary>Calls that a portal received, in order, by method; those inside of batches too.</summary>
    public static IReadOnlyList<string> Methods(SandboxPortal portal) =>
        [.. portal.Journal.Entries.SelectMany(entry => entry.Calls.Count > 0 ? entry.Calls.Select(call => call.Method) : [entry.Method])];

    public LinkKey DealKey(long dealId) => new(Portal.MemberId, "main", LinkedEntity.Deal, dealId);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _http.Dispose();
        _sockets.Dispose();
        _spool.Dispose();
        _database.Dispose();
    }

    /// <summary>Adds another source portal, with the app on it.</summary>
    public async Task<(SandboxPortal Sandbox, AppInstallation App, Portal Portal)> AddSourceAsync(string code)
    {
        var source = await _host.AddPortalAsync(
            new PortalOptions { Code = code, Users = [new(1, "Анна", "Кузнецова") { IsAdmin = true }, new(Manager, "Олег", "Ветров")] }, Cancel);
        source.Crm.SetPipeline(0, "Продажи", new("NEW", "Новая"), new(RobotStage, "Передать"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
        var (app, portal) = await InstallOnAsync(source, []);
        return (source, app, portal);
    }

    private async Task InstallAsync(string[] scopes)
    {
        (App, Portal) = await InstallOnAsync(Source, scopes);
        Webhook = Esb.CreateIncomingWebhook(1, ["crm", "user_basic", .. scopes]);
        Connection = Given.Connection("main", Given.Webhook(Webhook.Url.AbsoluteUri), null, "127.0.0.1");
        await Stores.Connections.SaveAsync(Connection, Cancel);
        await UseProfileAsync(StarterProfile);
    }

    private async Task<(AppInstallation App, Portal Portal)> InstallOnAsync(SandboxPortal source, string[] scopes)
    {
        var app = source.SaveLocalApplication(new LocalApplicationCard
        {
            Name = "ESB",
            HandlerUrl = new Uri("http://127.0.0.1:9/app"),
            Scopes = ["crm", "bizproc", "im", "user_basic", .. scopes],
        });
        var portal = await Stores.Portals.SaveInstallationAsync(
            new NewInstallation
            {
                MemberId = MemberId.Parse(source.MemberId),
                Address = source.BaseUrl,
                OAuthServer = OAuth.BaseUrl,
                InstallerUserId = 1,
                Language = "ru",
                Tokens = Tokens(app, 1),
                ClientId = app.ClientId,
            },
            Cancel);
        await Stores.Portals.SaveCredentialsAsync(portal.Id, new ApplicationCredentials(app.ClientId, new ClientSecret(app.ClientSecret)), Cancel);
        await SourcePortals.For(portal, 1).CallAsync(new Call("bizproc.robot.add", Robot()), Cancel);
        await SourcePortals.For(portal, 1).CallAsync(new Call("bizproc.robot.add", WaitingRobot()), Cancel);
        source.Journal.Clear();
        return (app, portal);
    }

    public PortalTokens Tokens(long userId) => Tokens(App, userId);

    private PortalTokens Tokens(AppInstallation app, long userId)
    {
        var issued = OAuth.Issue(app, userId);
        return new PortalTokens { Access = new AccessToken(issued.AccessToken), Refresh = new RefreshToken(issued.RefreshToken), ExpiresAt = issued.AccessExpires };
    }

    private static string StarterProfile => """
        {"schema":1,"name":{"en":"Essentials"},"rules":[
          {"to":"title","from":"title"},{"to":"opportunity","from":"opportunity"},{"to":"currencyId","from":"currencyId"},
          {"to":"isManualOpportunity","from":"isManualOpportunity"},{"to":"comments","from":"comments"},{"to":"closedate","from":"closedate"}]}
        """;

    /// <summary>Adds a file field to the deals of a portal.</summary>
    public static void AddFileField(SandboxPortal portal, string code, bool isMultiple) => portal.Call(
        "crm.deal.userfield.add",
        new JsonObject { ["fields"] = new JsonObject { ["FIELD_NAME"] = code, ["USER_TYPE_ID"] = "file", ["MULTIPLE"] = isMultiple ? "Y" : "N" } });

    private static JsonObject Robot() => Robot(
        "send_to_esb",
        "send-to-esb",
        ("esb_deal_id", "int"), ("esb_deal_url", "string"), ("status", "string"), ("success", "bool"), ("error_code", "string"), ("error_message", "string"),
        ("transfer_id", "string"), ("transferred_at", "datetime"), ("products_sent", "int"), ("files_sent", "int"));

    private static JsonObject WaitingRobot() => Robot(
        "wait_for_esb",
        "wait-for-esb",
        ("status", "string"), ("esb_deal_id", "int"), ("stage_id", "string"), ("stage_name", "string"), ("semantics", "string"), ("amount", "double"), ("currency", "string"),
        ("responsible_name", "string"), ("responsible_email", "string"), ("changed_fields", "string"), ("error_code", "string"), ("error_message", "string"));

    private static JsonObject Robot(string code, string path, params (string Name, string Type)[] values) => new()
    {
        ["CODE"] = code,
        ["HANDLER"] = $"http://127.0.0.1:9/robots/{path}",
        ["AUTH_USER_ID"] = 1,
        ["USE_SUBSCRIPTION"] = "Y",
        ["NAME"] = code,
        ["RETURN_PROPERTIES"] = new JsonObject(values.Select(value => KeyValuePair.Create<string, JsonNode?>(value.Name, new JsonObject { ["Name"] = value.Name, ["Type"] = value.Type }))),
    };
}
