using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Links;
using B24RobotApp.Transfers.Mapping.Values;
using B24RobotApp.Transfers.Storage;
using Xunit;
using static B24RobotApp.Transfers.Tests.Running.PortalPair;

namespace B24RobotApp.Transfers.Tests.Running;

/// <summary>
/// Every type of field to every other, single and multiple, full and empty, over the wire: what the ESB's deal holds afterwards. The table is printed.
/// </summary>
public sealed class RoundTripTests : IAsyncLifetime
{
    private static readonly string[] Choices = ["Call", "Да", "1", "Олег Ветров"];

    /// <summary>What one value of a type arrives as in a field of another; <c>-</c>: it has no counterpart there, <c>x</c>: the types do not fit.</summary>
    private const string Expected = """
        from          string                 url                    address                integer double boolean money    date       datetime                  enumeration crm_status employee crm
        string        Call                 Call                 Call                 -       -      -       -        -          -                         Call      CALL       -        x
        url           https://partner.example/ https://partner.example/ https://partner.example/ - -     -       -        -          -                         -           -          -        x
        address       Москва                 Москва                 Москва                 -       -      -       -        -          -                         -           -          -        x
        integer       1                      1                      1                      1       1      Y       1|USD    x          x                         1           -          x        x
        double        12.5                   12.5                   12.5                   -       12.5   -       12.5|USD x          x                         -           -          x        x
        boolean       Да                     Да                     Да                     1       1      Y       x        x          x                         Да          -          x        x
        money         7_USD                  7_USD                  7_USD                  7       7      x       7|USD    x          x                         -           -          x        x
        date          2026-03-20             2026-03-20             2026-03-20             x       x      x       x        2026-03-20 2026-03-20T00:00          -           -          x        x
        datetime      2026-03-20T21:30       2026-03-20T21:30       2026-03-20T21:30       x       x      x       x        2026-03-20 2026-03-20T21:30          -           -          x        x
        enumeration   Да                     Да                     Да                     -       -      Y       -        -          -                         Да          -          -        x
        crm_status    Call                 Call                 Call                 x       x      x       x        x          x                         Call      CALL       x        x
        employee      Олег_Ветров            Олег_Ветров            Олег_Ветров            x       x      x       x        x          x                         Олег_Ветров -          7        x
        crm           ООО_Ромашка            ООО_Ромашка            ООО_Ромашка            x       x      x       x        x          x                         -           -          x        CO_44
        """;

    private PortalPair _pair = null!;

    public async ValueTask InitializeAsync() => _pair = await StartAsync();

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task What_arrives_is_what_was_meant_whatever_the_types()
    {
        var expected = ReadTable();
        var full = await AddDealAsync();
        var rules = new JsonArray();
        var pairs = (from source in UserField.All from target in UserField.All select (Source: source, Target: target)).ToList();
        foreach (var (source, target) in pairs)
        {
            if (!TypePairs.Fit(source.Type, target.Type))
            {
                continue;
            }

            target.AddTo(_pair.Esb, NameOf(source, target), Choices);
            rules.Add(new JsonObject { ["to"] = $"UF_CRM_{NameOf(source, target)}", ["from"] = $"UF_CRM_{NameOf(source)}", ["noMatch"] = "skip" });
        }

        await _pair.UseProfileAsync(new JsonObject { ["schema"] = 2, ["name"] = new JsonObject(), ["rules"] = rules }.ToJsonString());
        await _pair.CarryAsync(full);
        var arrived = _pair.EsbDeals[0];
        var failures = new List<string>();
        foreach (var (source, target) in pairs)
        {
            var meant = expected[(source.Type, target.Type)];
            var value = TypePairs.Fit(source.Type, target.Type) ? Describe(arrived[$"UF_CRM_{NameOf(source, target)}"], target) : "x";
            TestContext.Current.TestOutputHelper?.WriteLine($"{source,-14} -> {target,-14} {value}");
            if (value.Replace(' ', '_') != Multiplied(meant, source, target))
            {
                failures.Add($"{source} -> {target}: {value} in place of {Multiplied(meant, source, target)}");
            }
        }

        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.Equal(UserField.All.Count() * UserField.All.Count(), pairs.Count);

        // Emptied at the source, each of them is empty over there.
        foreach (var source in UserField.All)
        {
            Update(_pair.Source, full, new JsonObject { [$"UF_CRM_{NameOf(source)}"] = source.IsMultiple ? new JsonArray() : "" });
        }

        await _pair.CarryAsync(full);
        arrived = _pair.EsbDeals[0];
        Assert.All(
            pairs.Where(pair => TypePairs.Fit(pair.Source.Type, pair.Target.Type) && pair.Source.Type != "boolean"),
            pair => Assert.Equal("-", Describe(arrived[$"UF_CRM_{NameOf(pair.Source, pair.Target)}"], pair.Target)));
    }

    private static string NameOf(UserField field) => $"{Array.IndexOf(UserField.Types, field.Type)}{(field.IsMultiple ? "M" : "S")}";

    private static string NameOf(UserField source, UserField target) => $"F{NameOf(source)}T{NameOf(target)}";

    private async Task<long> AddDealAsync()
    {
        foreach (var portal in new[] { _pair.Source, _pair.Esb })
        {
            portal.Crm.Settings.EmptyListLeavesListFields = false;
        }

        var company = Add(_pair.Source, 4, new JsonObject { ["title"] = "ООО Ромашка" });
        await _pair.Stores.Links.SaveAsync(
            [new Link(_pair.DealKey(company) with { Entity = LinkedEntity.Company }, 44, null)], Durability.Full, TestContext.Current.CancellationToken);
        foreach (var field in UserField.All)
        {
            field.AddTo(_pair.Source, NameOf(field), Choices);
        }

        var schema = _pair.Source.Call("crm.item.fields", new JsonObject { ["entityTypeId"] = 2, ["useOriginalUfNames"] = "Y" })!["fields"]!;
        return _pair.AddDeal(further: fields =>
        {
            fields["currencyId"] = "USD";
            foreach (var field in UserField.All)
            {
                JsonNode value = field.Type switch
                {
                    "string" => "Call",
                    "url" => "https://partner.example/",
                    "address" => "Москва|55.7;37.6|1",
                    "integer" => 1,
                    "double" => 12.5,
                    "boolean" => "Y",
                    "money" => "7|USD",
                    "date" => "2026-03-20",
                    "datetime" => "2026-03-20T21:30:00+03:00",
                    "enumeration" => long.Parse(
                        schema[$"UF_CRM_{NameOf(field)}"]!["items"]!.AsArray().Single(item => item!["VALUE"]!.ToString() == "Да")!["ID"]!.ToString(), CultureInfo.InvariantCulture),
                    "crm_status" => "CALL",
                    "employee" => Manager,
                    _ => $"CO_{company}",
                };
                fields[$"UF_CRM_{NameOf(field)}"] = field.IsMultiple ? new JsonArray(value.DeepClone(), value.DeepClone()) : value;
            }
        });
    }

    /// <summary>What stands in a field, as a person would say it.</summary>
    private string Describe(JsonNode? value, UserField field)
    {
        var values = value is JsonArray list ? [.. list.Select(one => One(one, field))] : new[] { One(value, field) };
        var there = values.Where(one => one.Length > 0).ToList();
        return there.Count == 0 ? "-" : string.Join(';', there);
    }

    private string One(JsonNode? value, UserField field)
    {
        var text = value?.GetValueKind() == System.Text.Json.JsonValueKind.False ? "" : value?.ToString() ?? "";
        return field.Type switch
        {
            "date" when text.Length > 10 => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            "datetime" when text.Length > 16 => text[..16],
            "string" or "url" or "address" when text.Contains("T21:30", StringComparison.Ordinal) => text.Replace(":00+03:00", "", StringComparison.Ordinal),
            "enumeration" when text.Length > 0 && text != "0" => OptionOf(text),
            "boolean" when text == "N" => "",
            _ => text,
        };
    }

    private string OptionOf(string id) => _pair.Esb.Call("crm.item.fields", new JsonObject { ["entityTypeId"] = 2 })!["fields"]!.AsObject()
        .SelectMany(field => field.Value!["items"]?.AsArray() ?? [])
        .First(item => item!["ID"]!.ToString() == id)!["VALUE"]!.ToString();

    /// <summary>Two equal values in a field for several are two; in a text for one they stand side by side, in any other field for one it is the first.</summary>
    private static string Multiplied(string meant, UserField source, UserField target) =>
        meant is "-" or "x" || !source.IsMultiple ? meant
        : target.IsMultiple ? $"{meant};{meant}"
        : target.Type == "string" ? $"{meant},_{meant}"
        : meant;

    private static Dictionary<(string From, string To), string> ReadTable()
    {
        var lines = Expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        return lines.Skip(1)
            .SelectMany(line => line.Skip(1).Select((value, i) => (From: line[0], To: lines[0][i + 1], Value: value)))
            .ToDictionary(cell => (cell.From, cell.To), cell => cell.Value);
    }
}
