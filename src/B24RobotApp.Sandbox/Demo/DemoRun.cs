using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Faults;

namespace B24RobotApp.Sandbox.Demo;

/// <summary>Plays the whole way of a deal before a person's eyes, and with <c>--once</c> what must not go wrong: a repeated delivery, a lost answer, a killed server.</summary>
public sealed partial class DemoRun(Stage stage, TextWriter output, TimeProvider clock)
{
    /// <summary>Where a kill hits the runner, and what the app calls there.</summary>
    private static readonly (string Step, FaultKind Fault, string Method, bool AtEsb)[] Kills =
    [
        ("while it reads the deal", FaultKind.Hang, "crm.item.productrow.list", false),
        ("while it looks for the client", FaultKind.Hang, "crm.duplicate.findbycomm", true),
        ("before the ESB has created the client", FaultKind.ResetBefore, "crm.item.add", true),
        ("after the ESB has created the deal, before it is told", FaultKind.Hang, "crm.item.productrow.set", true),
        ("before the robot is answered", FaultKind.ResetBefore, "bizproc.event.send", false),
        ("after the robot was answered, before it is told", FaultKind.Hang, "bizproc.event.send", false),
    ];

    private int _failed;

    /// <summary>Runs the main case.</summary>
    public async Task ShowDealAsync(CancellationToken cancellationToken)
    {
        var deal = stage.Source.Crm.Deals.First(deal => deal.Title.Contains("Ромашки", StringComparison.Ordinal));
        await output.WriteLineAsync($"Moving the deal «{deal.Title}» ({deal.Id}) to the robot's stage ...");
        stage.Source.Journal.Clear();
        stage.Esb.Journal.Clear();
        var workflow = stage.Send(deal.Id);
        await Stage.CompletedAsync(workflow, cancellationToken);

        var arrived = stage.EsbDealsOf(deal.Id);
        Check(arrived.Count == 1, $"one deal on the ESB ({arrived.Count})");
        if (arrived.Count > 0)
        {
            await WriteEsbDealAsync(arrived[0]);
        }

        await output.WriteLineAsync("\nWhat the next robot received:");
        foreach (var (name, value) in workflow.Returned.Values.First())
        {
            await output.WriteLineAsync($"  {name,-16} {value}");
        }

        await output.WriteLineAsync("\nHTTP requests it took:");
        await WriteRequestsAsync();
        Check(workflow.Returned.Values.First()["status"]?.ToString() == "created", "the robot returned «created»");
    }

    /// <summary>Runs the cases of <c>--once</c>.</summary>
    /// <returns>How many checks failed, the main case's included.</returns>
    public async Task<int> ProveAsync(CancellationToken cancellationToken)
    {
        await output.WriteLineAsync("\nThe portal's queue delivers the same event twice:");
        await PlayAsync("delivered twice", () => stage.Source.Faults.Add(new FaultRule(FaultKind.DuplicateDelivery, "send_to_esb", count: 1)), null, cancellationToken);

        await output.WriteLineAsync("\nThe answer to crm.item.add is cut off after the ESB has created the deal:");
        await PlayAsync("answer cut off", () => stage.Esb.Faults.Add(new FaultRule(FaultKind.ResetAfter, "crm.item.add", count: 1)), null, cancellationToken, withClient: false);

        await output.WriteLineAsync("\nThe server is killed and started again:");
        foreach (var (step, fault, method, atEsb) in Kills)
        {
            var portal = atEsb ? stage.Esb : stage.Source;
            FaultRule rule = null!;
            await PlayAsync(
                $"killed {step}",
                () => rule = portal.Faults.Add(new FaultRule(fault, method, count: 1)),
                async () =>
                {
                    await Eventually.TrueAsync(() => rule.Struck > 0, $"the app calls {method}", clock, cancellationToken);
                    await stage.App.KillAsync();
                    await stage.App.StartAsync(cancellationToken);
                },
                cancellationToken);
        }

        await output.WriteLineAsync(_failed == 0 ? "\nEverything is as it should be." : $"\n{_failed} checks failed.");
        return _failed;
    }

    /// <summary>Runs the case of several servers: the one that runs the portal's transfers is killed in the middle of one, and the others go on with it and take the next; then it comes back.</summary>
    /// <returns>How many checks failed, the main case's included.</returns>
    public async Task<int> ProveTakeoverAsync(ServerGroup group, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(group);
        await Eventually.TrueAsync(() => group.Servers.Any(RunsTransfers), "a server runs the portal's transfers", clock, cancellationToken);
        var killed = group.Servers.First(RunsTransfers);
        await output.WriteLineAsync($"\nThe server that runs the portal's transfers, {killed.Url}, is killed in the middle of one:");
        FaultRule hang = null!;
        await PlayAsync(
            "the server killed",
            () => hang = stage.Esb.Faults.Add(new FaultRule(FaultKind.Hang, "crm.item.productrow.set", count: 1)),
            async () =>
            {
                await Eventually.TrueAsync(() => hang.Struck > 0, "the app writes the rows", clock, cancellationToken);
                await killed.KillAsync();
            },
            cancellationToken);

        await output.WriteLineAsync("\nThe next deal, without it:");
        await PlayAsync("the next deal", () => { }, null, cancellationToken);
        var successor = group.Servers.FirstOrDefault(server => server.IsRunning && RunsTransfers(server));
        Check(successor is not null, $"another server runs the portal's transfers now: {successor?.Url}");

        await output.WriteLineAsync("\nIt is started again:");
        await killed.StartAsync(cancellationToken);
        await PlayAsync("all servers again", () => { }, null, cancellationToken);
        await output.WriteLineAsync(_failed == 0 ? "\nEverything is as it should be." : $"\n{_failed} checks failed.");
        return _failed;
    }

    /// <summary>What a server has said last of its portals; there is one portal only.</summary>
    private static bool RunsTransfers(AppProcess server) =>
        server.Output.Select(line => TransfersOf().Match(line)).LastOrDefault(said => said.Success) is { } said && said.Groups[1].Value != "0";

    [GeneratedRegex("This server runs the transfers of ([0-9]+) portals")]
    private static partial Regex TransfersOf();

    /// <summary>Plays what becomes of a deal: it is sent, its workflow waits, someone drags the ESB's card to the won stage, and the source deal follows with the ESB's amount.</summary>
    /// <returns>How many checks failed.</returns>
    public async Task<int> ShowOutcomeAsync(CancellationToken cancellationToken)
    {
        stage.PlaceOutcomeRobots();
        var dealId = AddDeal("что станет на ЕСБ", withClient: true);
        await output.WriteLineAsync($"Moving the deal {dealId} to the stage of both robots ...");
        var workflow = stage.Send(dealId);
        await Eventually.TrueAsync(() => stage.EsbDealsOf(dealId).Count == 1 && workflow.Returned.Count == 1, "the deal stands on the ESB and the second robot waits", clock, cancellationToken);
        var esbId = stage.EsbDealsOf(dealId)[0]["id"]!.GetValue<long>();

        // What changed counts from the first look, which comes within a second or two.
        await Task.Delay(TimeSpan.FromSeconds(4), clock, cancellationToken);
        await output.WriteLineAsync($"It is deal {esbId} on the ESB; the workflow waits. Someone there gives a discount and drags the card to the won stage ...");
        stage.Esb.Call("crm.item.update", new JsonObject
        {
            ["entityTypeId"] = 2,
            ["id"] = esbId,
            ["fields"] = new JsonObject { ["opportunity"] = 1234.5, ["isManualOpportunity"] = "Y", ["stageId"] = "WON" },
        });
        var moved = clock.GetTimestamp();
        await Stage.CompletedAsync(workflow, cancellationToken);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"The workflow went on after {clock.GetElapsedTime(moved).TotalSeconds:0.0} s. What the next robot received:"));
        foreach (var (name, value) in workflow.Returned.Values.Last())
        {
            await output.WriteLineAsync($"  {name,-18} {value}");
        }

        var source = stage.Source.Call("crm.item.get", new JsonObject { ["entityTypeId"] = 2, ["id"] = dealId })!["item"]!;
        Check(source["stageId"]!.ToString() == "WON", $"the source deal stands on {source["stageId"]}");
        Check(source["opportunity"]!.GetValue<decimal>() == 1234.5m, $"the amounts are equal ({source["opportunity"]} and 1234.5)");
        return _failed;
    }

    private async Task PlayAsync(string name, Action prepare, Func<Task>? meanwhile, CancellationToken cancellationToken, bool withClient = true)
    {
        var dealId = AddDeal(name, withClient);
        stage.Source.Journal.Clear();
        stage.Esb.Journal.Clear();
        prepare();
        var workflow = stage.Send(dealId);
        if (meanwhile is not null)
        {
            await meanwhile();
        }

        await Stage.CompletedAsync(workflow, cancellationToken);
        var arrived = stage.EsbDealsOf(dealId);
        var rows = arrived.Count == 1 ? stage.EsbRowsOf(arrived[0]["id"]!.GetValue<long>()).Count : 0;
        var returned = workflow.Returned.Values.First();
        Check(
            arrived.Count == 1 && rows == 2 && returned["esb_deal_id"]?.ToString() == arrived[0]["id"]!.ToString(),
            $"{name}: {arrived.Count} deal on the ESB with {rows} rows, the robot returned «{returned["status"]}» {returned["esb_deal_id"]} {returned["error_message"]}");
        stage.Source.Faults.Clear();
        stage.Esb.Faults.Clear();
        if (arrived.Count != 1)
        {
            await WriteRequestsAsync();
        }
    }

    private async Task WriteRequestsAsync()
    {
        foreach (var (portal, request) in stage.Requests())
        {
            var calls = request.Calls.Select(call => call.Error is null ? call.Method : $"{call.Method} ({call.Error})");
            await output.WriteLineAsync($"  {portal,-7} {request.Method,-22} {string.Join(", ", calls)} {request.Error} {request.Fault}");
        }
    }

    private long AddDeal(string name, bool withClient)
    {
        var fields = new JsonObject { ["title"] = $"Поставка: {name}", ["opportunity"] = 1500.5, ["currencyId"] = "RUB" };
        if (withClient)
        {
            var contact = stage.Source.Call("crm.item.add", new JsonObject
            {
                ["entityTypeId"] = 3,
                ["fields"] = new JsonObject
                {
                    ["name"] = "Клиент",
                    ["lastName"] = name,
                    ["fm"] = new JsonArray(new JsonObject { ["typeId"] = "EMAIL", ["valueType"] = "WORK", ["value"] = $"client{Guid.NewGuid():N}@example.com" }),
                },
            });
            fields["contactIds"] = new JsonArray(contact!["item"]!["id"]!.GetValue<long>());
        }

        var deal = stage.Source.Call("crm.item.add", new JsonObject { ["entityTypeId"] = 2, ["fields"] = fields });
        var id = deal!["item"]!["id"]!.GetValue<long>();
        stage.Source.Call("crm.item.productrow.set", new JsonObject
        {
            ["ownerType"] = "D",
            ["ownerId"] = id,
            ["productRows"] = new JsonArray(
                new JsonObject { ["productName"] = "Станок", ["price"] = 1200, ["quantity"] = 1, ["discountTypeId"] = 2, ["discountRate"] = 10, ["taxRate"] = 20, ["taxIncluded"] = "Y" },
                new JsonObject { ["productName"] = "Доставка", ["price"] = 300.5, ["quantity"] = 1 }),
        });
        return id;
    }

    private async Task WriteEsbDealAsync(JsonObject deal)
    {
        await output.WriteLineAsync("\nWhat stands on the ESB:");
        foreach (var name in (string[])["id", "title", "opportunity", "currencyId", "comments", "companyId", "contactIds", "originatorId", "originId",
            "UF_CRM_SOURCE_PORTAL", "UF_CRM_SOURCE_DEAL_ID", "UF_CRM_SOURCE_DEAL_URL", "UF_CRM_TRANSFER_DATE"])
        {
            await output.WriteLineAsync($"  {name,-24} {deal[name]?.ToString().ReplaceLineEndings(" ")}");
        }

        await output.WriteLineAsync("  product rows:");
        var sum = 0m;
        foreach (var row in stage.EsbRowsOf(deal["id"]!.GetValue<long>()).Select(row => row!.AsObject()))
        {
            sum += row["price"]!.GetValue<decimal>() * row["quantity"]!.GetValue<decimal>();
            await output.WriteLineAsync($"    {row["productName"],-34} {row["price"],10} x {row["quantity"],-6} discount {row["discountRate"]} %, tax {row["taxRate"]?.ToString() ?? "none"}");
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"    together {sum:0.00}"));
        foreach (var id in deal["contactIds"]?.AsArray() ?? [])
        {
            var contact = stage.Esb.Call("crm.item.get", new JsonObject { ["entityTypeId"] = 3, ["id"] = id!.GetValue<long>() })!["item"]!;
            await output.WriteLineAsync($"  contact                  {contact["name"]} {contact["lastName"]}: {string.Join(", ", contact["fm"]?.AsArray().Select(entry => entry!["value"]!.ToString()) ?? [])}");
        }
    }

    private void Check(bool holds, string what)
    {
        _failed += holds ? 0 : 1;
        output.WriteLine($"  {(holds ? "ok    " : "FAILED")} {what}");
    }
}
