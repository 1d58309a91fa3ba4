using System.Globalization;
using System.Net;
using System.Text;
using B24RobotApp.Testing;
using B24RobotApp.Tests.Api;
using B24RobotApp.Tests.Infrastructure;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Sendings;
using B24RobotApp.Transfers.Storage;
using B24RobotApp.Transfers.Waits;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;

namespace B24RobotApp.Tests.Attacks;

/// <summary>Every address of the API, walked by people who must not get there. What is added to the API later is walked too.</summary>
public sealed class CrossPortalTests : ApiTestBase
{
    private const string Mark = "nobody-elses-business";
    private const string Profile = $$"""{"schema":1,"name":{"ru":"{{Mark}}","en":"{{Mark}}"},"rules":[{"to":"title","from":"title"}]}""";

    /// <summary>What somebody who is no administrator may do: to a deal that the portal shows him and that he is responsible for.</summary>
    private static readonly string[] OpenToEmployees = ["POST /api/deals/{id}/send"];

    /// <summary>Addresses without a session, each for a reason: portals and browsers come here with proofs of their own, or there is nothing to be had.</summary>
    private static readonly string[] OpenToStrangers =
    [
        "GET /api/openapi.json", "GET /app-manifest", "GET /health/live", "GET /health/ready", "GET /health/work", "GET /signin", "GET,HEAD /app", "GET,HEAD /install",
        "POST /api/session", "POST /app", "POST /events", "POST /events/esb/{code}", "POST /install", "POST /placements/deal-tab", "POST /placements/robot-settings",
        "POST /robots/send-to-esb", "POST /robots/wait-for-esb", "POST /signin/out",
    ];

    [Fact]
    public async Task Asked_for_another_portals_things_no_address_of_the_API_gives_or_changes_any()
    {
        await using var app = await StartAsync();
        var theirs = await FillAsync(app);
        await SignInAsync(app);
        var before = Dump(app, theirs.Portal);
        Assert.Contains(Mark, before, StringComparison.Ordinal);
        var body = $$"""
            {"connection":"theirs","code":"theirs","keys":["{{theirs.Transfer}}"],"ids":["{{theirs.Transfer}}"],"dealId":4711,"entries":[],"resend":true,"name":"x","profile":"theirs",
             "filter":{"stages":["{{Mark}}"]},"schema":1,"rules":[]}
            """;

        foreach (var operation in ApiOperations.Read(await JsonAsync(app, "/api/openapi.json")))
        {
            var path = ApiOperations.Fill(operation.Path, _ => ValueOf(operation.Path, theirs));
            using var request = new HttpRequestMessage(operation.Method, path + "?kind=users&source=7&from=1&to=1&item=4711&text=" + Mark);
            request.Content = operation.Method == HttpMethod.Get ? null : new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await app.Http.SendAsync(request, Cancel);
            var text = await answer.Content.ReadAsStringAsync(Cancel);

            Assert.False(text.Contains(Mark, StringComparison.Ordinal) || text.Contains("portal2.", StringComparison.Ordinal), $"{operation} tells of another portal: {text}");
            Assert.True((int)answer.StatusCode < 500 || answer.StatusCode == HttpStatusCode.BadGateway, $"{operation}: {answer.StatusCode}");
            if (operation.HasParameters)
            {
                Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{operation}: {answer.StatusCode}");
            }
        }

        Assert.Equal(before, Dump(app, theirs.Portal));
    }

    [Fact]
    public async Task Who_is_no_administrator_is_forbidden_every_address_that_changes_something()
    {
        await using var app = await StartAsync();
        await SignInAsync(app, isAdministrator: false);
        var walked = 0;

        foreach (var operation in ApiOperations.Read(await JsonAsync(app, "/api/openapi.json")).Where(operation => operation.Changes))
        {
            using var request = new HttpRequestMessage(operation.Method, ApiOperations.Fill(operation.Path, _ => "1"));
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            using var answer = await app.Http.SendAsync(request, Cancel);

            // Of a deal the portal is asked, and shows him none here.
            Assert.True(OpenToEmployees.Contains($"{operation}") ? (int)answer.StatusCode >= 400 : answer.StatusCode == HttpStatusCode.Forbidden, $"{operation}: {answer.StatusCode}");
            walked++;
        }

        Assert.InRange(walked, 20, 200);
    }

    [Fact]
    public async Task Every_address_of_the_app_wants_a_session_but_for_those_that_are_open_on_purpose()
    {
        await using var app = await StartAsync();

        var open = app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAuthorizeData>() is null)
            .Where(endpoint => !endpoint.Metadata.Any(item => item.GetType().Name == "StaticAssetDescriptor") && endpoint.RoutePattern.RawText != "{**path:file}")
            .Select(endpoint => $"{string.Join(',', endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"])} {endpoint.RoutePattern.RawText}")
            .Order(StringComparer.Ordinal);

        Assert.Equal(OpenToStrangers.Order(StringComparer.Ordinal), open);
    }

    [Fact]
    public async Task Administrators_alone_change_something_whatever_the_route_says()
    {
        await using var app = await StartAsync();

        var loose = app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is { } methods && !methods.HttpMethods.Contains("GET"))
            .Where(endpoint => !endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(data => data.Policy == B24RobotApp.Api.ApiServices.Administrator))
            .Select(endpoint => $"{string.Join(',', endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)} {endpoint.RoutePattern.RawText!.Replace(":long", "", StringComparison.Ordinal)}")
            .Order(StringComparer.Ordinal);

        Assert.Equal([.. OpenToEmployees, "POST /api/session"], loose);
    }

    private static string ValueOf(string path, Theirs theirs) => path.Split('/')[2] switch
    {
        "transfers" or "setup" => theirs.Transfer,
        "sendings" => theirs.Sending.ToString(CultureInfo.InvariantCulture),
        "deals" => "4711",
        "catch-up" => "workflow-of-theirs",
        "waits" => theirs.Wait,
        "profiles" or "connections" or "tables" or "robots" => "theirs",
        var other => throw new InvalidOperationException($"Say here how a thing of another portal is named at /api/{other}."),
    };

    /// <summary>Another portal with one of everything.</summary>
    private static async Task<Theirs> FillAsync(TestApp app)
    {
        var portal = await app.Portals.SaveInstallationAsync(Given.Installation(2), Cancel);
        await app.Get<ProfileStore>().SaveAsync("theirs", Profile, portal.Id, Cancel);
        await app.Get<ConnectionStore>().SaveAsync(Given.Connection("theirs", owner: portal.Id) with { Name = Mark }, Cancel);
        await app.Get<ValueTableStore>().SaveAsync(portal.Id, "esb", [new("users", "7", "99", Mark)], Cancel);
        await app.Get<ValueTableStore>().SaveAsync(portal.Id, "theirs", [new("users", "7", "99", Mark)], Cancel);
        var sending = await app.Get<SendingStore>().AddAsync(portal.Id, "theirs", new SendingFilter { Stages = [Mark] }, 1, 9, Cancel);
        await app.Get<SendingStore>().EndAsync(sending, SendingState.Failed, Mark, Cancel);
        await app.Get<LinkStore>().SaveAsync([new Link(new LinkKey(Given.Member(2), "theirs", LinkedEntity.Deal, 4711), 701, Mark)], Durability.Full, Cancel);
        var transfer = Given.Transfer(portal.Id, 4711, "event-of-theirs", "theirs", app.Clock.GetUtcNow(), properties: $$"""{"title":["{{Mark}}"]}""");
        await app.Transfers.TryAddAsync(transfer, Cancel);
        await app.Transfers.RecordReadAsync(transfer.Id, Mark, null, "theirs@1", null, Cancel);
        await app.Transfers.RecordOutcomeAsync(
            transfer.Id, new TransferOutcome { Status = OutcomeStatus.Failed, ErrorCode = "THEIRS", ErrorMessage = Mark, At = app.Clock.GetUtcNow() }, [],
            new TransferTrail([new TrailField("title", Mark, "from title", Mark, Mark)], null), Durability.Full, Cancel);
        await app.Transfers.FinishAsync(
            transfer.Id, answered: true, new TransferAttempt { Number = 1, StartedAt = app.Clock.GetUtcNow(), EndedAt = app.Clock.GetUtcNow(), Step = "done" }, Cancel);
        var wait = new NewWait
        {
            Id = "wait-of-theirs",
            Portal = portal.Id,
            EventToken = "wait-of-theirs",
            WorkflowId = "workflow-of-theirs",
            EntityTypeId = 2,
            ItemId = 4711,
            Connection = "theirs",
            Properties = $$"""{"until":["stage"],"stage":["{{Mark}}"]}""",
            NamesDeal = false,
            Waits = true,
            CalledAt = app.Clock.GetUtcNow(),
            ReceivedAt = app.Clock.GetUtcNow(),
            Verified = false,
        };
        await app.Get<WaitStore>().TryAddAsync(wait, Cancel);
        return new Theirs(portal, transfer.Id.Value, sending, wait.Id);
    }

    /// <summary>All rows of a portal in all tables, as text.</summary>
    private static string Dump(TestApp app, Portal portal)
    {
        var text = new StringBuilder();
        using var database = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "b24robot.sqlite3")};Mode=ReadOnly");
        database.Open();
        foreach (var (table, column) in Query(database, """
            SELECT m.name || ' ' || c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
            WHERE m.type = 'table' AND c.name IN ('portal_id', 'owner_portal_id', 'member_id') ORDER BY 1
            """).Select(row => row.Split(' ')).Select(words => (words[0], words[1])))
        {
            var value = column == "member_id" ? portal.MemberId.Value : portal.Id.Value.ToString(CultureInfo.InvariantCulture);
            foreach (var row in Query(database, $"SELECT * FROM {table} WHERE {column} = '{value}' ORDER BY 1"))
            {
                text.Append(CultureInfo.InvariantCulture, $"{table}: {row}\n");
            }
        }

        return text.ToString();
    }

    private static List<string> Query(SqliteConnection database, string sql)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
        }

        return rows;
    }

    private sealed record Theirs(Portal Portal, string Transfer, long Sending, string Wait);
}
