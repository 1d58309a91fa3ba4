using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Benchmarks.Rate;

/// <summary>
/// Transfers per second under the standard plan's limits on both portals: every deal with a company, two contacts, three product rows, a timeline entry and a notification; clients known, as most
/// are on a quiet day. All robots call at once; what counts is when the last one is answered, and how many requests that took.
/// </summary>
internal static class RateBenchmark
{
    public static async Task<int> RunAsync(int deals, TextWriter output)
    {
        await using var stage = await Stage.StartAsync(new StageOptions { Program = Path.Combine(AppContext.BaseDirectory, "b24robot.dll") }, CancellationToken.None);
        await stage.InstallAsync(CancellationToken.None);
        stage.Source.Automation.Place(
            Stage.RobotCategory, Stage.RobotStage,
            new AppRobotStep(stage.Installation.ClientId, "send_to_esb", new JsonObject { ["notify"] = "user_7" }) { Waits = true });

        var client = AddClient(stage.Source);
        var first = AddDeal(stage.Source, client, 0);
        await Stage.CompletedAsync(stage.Send(first), CancellationToken.None);
        var ids = Enumerable.Range(1, deals).Select(number => AddDeal(stage.Source, client, number)).ToList();

        foreach (var portal in new[] { stage.Source, stage.Esb })
        {
            portal.Limits.LimitsRate = true;
            portal.Journal.Clear();
        }

        var watch = Stopwatch.StartNew();
        var workflows = ids.Select(stage.Send).ToList();
        var report = TimeSpan.FromSeconds(15);

        // The burst at the beginning and the last answers say nothing of what can be kept up.
        var (from, to) = ((At: 0.0, Count: 0), (At: 0.0, Count: 0));
        while (workflows.Exists(workflow => workflow.State == WorkflowState.Running))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            var done = workflows.Count(workflow => workflow.State != WorkflowState.Running);
            from = from.Count == 0 && done >= deals * 0.4 ? (watch.Elapsed.TotalSeconds, done) : from;
            to = done <= deals * 0.9 ? (watch.Elapsed.TotalSeconds, done) : to;
            if (watch.Elapsed > report)
            {
                report += TimeSpan.FromSeconds(15);
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  after {watch.Elapsed.TotalSeconds:0} s: {done} answered"));
            }
        }

        var seconds = watch.Elapsed.TotalSeconds;
        var doubled = ids.Count(id => stage.EsbDealsOf(id).Count != 1);
        var answered = workflows.Count(workflow => workflow.Returned.Values.FirstOrDefault()?["status"]?.ToString() == "created");
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{deals} deals in {seconds:0.0} s: {deals / seconds:0.0} transfers/s; answered «created» {answered}, not exactly one on the ESB {doubled}"));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"  kept up from the {from.Count}th to the {to.Count}th answer: {(to.Count - from.Count) / (to.At - from.At):0.0} transfers/s"));
        foreach (var (name, portal) in new[] { ("source", stage.Source), ("ESB", stage.Esb) })
        {
            var refused = portal.Journal.Entries.Count(entry => entry.Status == 503);
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  {name,-6} {portal.Journal.RequestCount,6} requests ({(double)portal.Journal.RequestCount / deals:0.000} a transfer), {portal.Journal.CallCount,6} calls, {refused} refused with 503"));
        }

        return answered == deals && doubled == 0 ? 0 : 1;
    }

    private static (long Company, long[] Contacts) AddClient(SandboxPortal portal)
    {
        long Add(int type, JsonObject fields) =>
            portal.Call("crm.item.add", new JsonObject { ["entityTypeId"] = type, ["fields"] = fields })!["item"]!["id"]!.GetValue<long>();
        JsonArray Phone(string number) => [new JsonObject { ["typeId"] = "PHONE", ["valueType"] = "WORK", ["value"] = number }];
        var company = Add(4, new JsonObject { ["title"] = "ООО «Мера»", ["fm"] = Phone("+7 495 555-00-01") });
        return (company,
        [
            Add(3, new JsonObject { ["name"] = "Вера", ["lastName"] = "Ильина", ["fm"] = Phone("+7 916 555-00-02") }),
            Add(3, new JsonObject { ["name"] = "Глеб", ["lastName"] = "Шубин", ["fm"] = Phone("+7 916 555-00-03") }),
        ]);
    }

    private static long AddDeal(SandboxPortal portal, (long Company, long[] Contacts) client, int number)
    {
        var id = portal.Call("crm.item.add", new JsonObject
        {
            ["entityTypeId"] = 2,
            ["fields"] = new JsonObject
            {
                ["title"] = $"Заказ {number}",
                ["assignedById"] = 7,
                ["companyId"] = client.Company,
                ["contactIds"] = new JsonArray([.. client.Contacts.Select(contact => JsonValue.Create(contact))]),
            },
        })!["item"]!["id"]!.GetValue<long>();
        portal.Call("crm.item.productrow.set", new JsonObject
        {
            ["ownerType"] = "D",
            ["ownerId"] = id,
            ["productRows"] = new JsonArray([.. Enumerable.Range(1, 3).Select(row => (JsonNode)new JsonObject
            {
                ["productName"] = $"Товар {row}",
                ["price"] = 100.5 * row,
                ["quantity"] = row,
                ["taxRate"] = 20,
                ["taxIncluded"] = "Y",
            })]),
        });
        return id;
    }
}
