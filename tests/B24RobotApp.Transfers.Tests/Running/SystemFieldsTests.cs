using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping.Values;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Storage;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>The types that only a deal's own fields have, to every type of user field and to each other, over the wire. The table is printed.</summary>
public sealed class SystemFieldsTests : IAsyncLifetime
{
    private static readonly string[] SystemTargets = ["categoryId", "sourceId", "currencyId", "assignedById", "opened", "companyId", "begindate"];

    private static readonly string[] Choices = ["Call", "Да", "1", "Олег Ветров"];

    /// <summary>What a value arrives as; <c>-</c>: it has no counterpart there, <c>x</c>: the types do not fit.</summary>
    private const string Expected = """
        from         string      integer double boolean money      date       datetime         enumeration crm_status employee crm   categoryId sourceId currencyId assignedById opened companyId begindate
        categoryId   Продажи     x       x      x       x          x          x                -           -          x        x     6          -        x          x            x      x         x
        stageId      Передать    x       x      x       x          x          x                -           -          x        x     x          -        x          x            x      x         x
        sourceId     Call        x       x      x       x          x          x                Call        CALL       x        x     x          CALL     x          x            x      x         x
        currencyId   USD         x       x      x       x          x          x                -           -          x        x     x          -        USD        x            x      x         x
        assignedById Олег_Ветров x       x      x       x          x          x                Олег_Ветров -          7        x     x          -        x          7            x      x         x
        opened       Да          1       1      Y       x          x          x                Да          -          x        x     x          -        x          x            Y      x         x
        companyId    ООО_Ромашка x       x      x       x          x          x                -           -          x        CO_44 x          -        x          x            x      44        x
        opportunity  1500.5      -       1500.5 -       1500.5|USD x          x                -           -          x        x     -          -        x          x            -      x         x
        begindate    2026-03-20  x       x      x       x          2026-03-20 2026-03-20T00:00 -           -          x        x     x          -        x          x            x      x         2026-03-20
        """;

    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync()
    {
        _pair = await StartAsync();

        // The same pipeline has another id over there.
        _pair.Esb.Crm.SetPipeline(0, "Прочее", new("NEW", "Новая"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
        _pair.Esb.Crm.SetPipeline(6, "Продажи", new("NEW", "Новая"), new("WON", "Успешна", "S"), new("LOSE", "Провалена", "F"));
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task What_arrives_is_what_was_meant_whatever_the_types()
    {
        var lines = Expected.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var company = Add(_pair.Source, 4, new JsonObject { ["title"] = "ООО Ромашка" });
        for (var i = 0; i < 44; i++)
        {
            Add(_pair.Esb, 4, new JsonObject { ["title"] = "Чужая" });
        }

        await _pair.Stores.Links.SaveAsync([new Link(_pair.DealKey(company) with { Entity = LinkedEntity.Company }, 44, null)], Durability.Full, TestContext.Current.CancellationToken);
        foreach (var type in lines[0].Skip(1).Except(SystemTargets))
        {
            _pair.AddEsbField($"T_{type}", type, fields =>
            {
                if (type == "enumeration")
                {
                    fields["LIST"] = new JsonArray([.. Choices.Select(value => new JsonObject { ["VALUE"] = value })]);
                }
                else if (type is "crm_status" or "crm")
                {
                    fields["SETTINGS"] = type == "crm" ? new JsonObject { ["COMPANY"] = "Y", ["CONTACT"] = "Y" } : new JsonObject { ["ENTITY_TYPE"] = "SOURCE" };
                }
            });
        }

        var types = _pair.Esb.Call("crm.item.fields", new JsonObject { ["entityTypeId"] = 2, ["useOriginalUfNames"] = "Y" })!["fields"]!;
        var deal = _pair.AddDeal(further: fields =>
        {
            fields["sourceId"] = "CALL";
            fields["opened"] = "Y";
            fields["companyId"] = company;
            fields["begindate"] = "2026-03-20";
        });
        var failures = new List<string>();
        var pairs = 0;
        foreach (var line in lines.Skip(1))
        {
            var cells = line.Skip(1).Select((meant, i) => (Target: lines[0][i + 1], Meant: meant)).ToList();
            string FieldOf(string target) => SystemTargets.Contains(target) ? target : $"UF_CRM_T_{target}".ToUpperInvariant();
            bool Fits(string target) => TypePairs.Fit(types[line[0]]!["type"]!.ToString(), types[FieldOf(target)]!["type"]!.ToString());
            var rules = cells.Where(cell => Fits(cell.Target)).Select(cell => $$"""{"to":"{{FieldOf(cell.Target)}}","from":"{{line[0]}}","noMatch":"skip"}""");
            await _pair.UseProfileAsync($$"""{"schema":2,"name":{},"rules":[{{string.Join(',', rules)}}]}""");

            var (transfer, returned) = await _pair.CarryAsync(deal, Properties(("mode", "create"), ("send_client", "N"), ("send_products", "N")));

            Assert.True(transfer.State == TransferState.Done && returned["status"]!.ToString() == "created", returned.ToJsonString());
            var arrived = _pair.EsbDeals.Single(item => (long)item["id"]! == transfer.Outcome!.EsbDealId);
            var untouched = Untouched(types);
            foreach (var (target, meant) in cells)
            {
                var value = !Fits(target) ? "x" : Describe(target, arrived[FieldOf(target)], types);
                value = meant == "-" && value == untouched.GetValueOrDefault(target) ? "-" : value;
                pairs++;
                TestContext.Current.TestOutputHelper?.WriteLine($"{line[0],-14} -> {target,-14} {value}");
                if (value.Replace(' ', '_') != meant)
                {
                    failures.Add($"{line[0]} -> {target}: {value} in place of {meant}");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.Equal((lines.Count - 1) * (lines[0].Length - 1), pairs);
    }

    /// <summary>What the ESB itself puts into a new deal's fields that nobody fills.</summary>
    private Dictionary<string, string> Untouched(JsonNode types)
    {
        var id = Add(_pair.Esb, 2, []);
        var item = _pair.EsbDeals.Single(deal => (long)deal["id"]! == id);
        return SystemTargets.ToDictionary(target => target, target => Describe(target, item[target], types));
    }

    private static string Describe(string target, JsonNode? value, JsonNode types)
    {
        var text = value?.GetValueKind() == System.Text.Json.JsonValueKind.False ? "" : value?.ToString() ?? "";
        return target switch
        {
            _ when text is "" or "0" => "-",
            "date" or "begindate" => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            "datetime" => text[..16],
            "boolean" or "opened" when text == "N" => "-",
            "enumeration" => types["UF_CRM_T_ENUMERATION"]!["items"]!.AsArray().Single(item => item!["ID"]!.ToString() == text)!["VALUE"]!.ToString(),
            _ => text,
        };
    }
}
