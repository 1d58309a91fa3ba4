using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;
using BenchmarkDotNet.Attributes;

namespace B24RobotApp.Benchmarks.Mapping;

/// <summary>Mapping a deal with 60 fields of all types and ten rows.</summary>
[MemoryDiagnoser]
public class MappingBenchmark
{
    private static readonly string[] Types = ["string", "double", "integer", "boolean", "date", "datetime", "money", "enumeration", "crm_status", "url"];

    private readonly MappingInput _input = Input();

    [Benchmark]
    public MappedDeal? Map() => DealMapper.Map(_input).Deal;

    private static MappingInput Input()
    {
        var fields = Enumerable.Range(0, 60)
            .Select(i => new SchemaField
            {
                Name = $"UF_CRM_{i}",
                PortalName = $"UF_CRM_{i}",
                Type = Types[i % Types.Length],
                IsUserField = true,
                StatusType = "SOURCE",
                Options = [.. Enumerable.Range(1, 20).Select(option => new CrmFieldOption(option, $"Choice {option}", $"C{option}"))],
            })
            .ToList();
        var deal = new JsonObject { ["id"] = 15, ["currencyId"] = "RUB" };
        foreach (var field in fields)
        {
            deal[field.Name] = field.Type switch
            {
                "double" => 12.5,
                "integer" => 7,
                "boolean" => "Y",
                "date" => "2026-03-16T02:00:00+02:00",
                "datetime" => "2026-03-16T09:30:00+03:00",
                "money" => "100.50|RUB",
                "enumeration" => 17,
                "crm_status" => "WEB",
                _ => "Поставка станков",
            };
        }

        var rows = Enumerable.Range(1, 10).Select(i => new JsonObject { ["productName"] = $"Товар {i}", ["price"] = 10.5, ["quantity"] = 2, ["taxRate"] = 20, ["taxIncluded"] = "Y" });
        var schema = new PortalSchema
        {
            EntityTypeId = CrmEntityTypes.Deal,
            Fields = fields.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase),
            Directories = new Dictionary<string, IReadOnlyList<SchemaStatus>> { ["SOURCE"] = [new("CALL", "Call"), new("WEB", "Website")] },
            Currencies = new Dictionary<string, SchemaCurrency> { ["RUB"] = new("RUB", true) },
            LoadedAt = DateTimeOffset.UnixEpoch,
        };
        var texts = new TransferTexts("en");
        return new MappingInput
        {
            Profile = new MappingProfile { Schema = 2, Name = new Dictionary<string, string>(), Rules = [.. fields.Select(field => new MappingRule { To = field.Name, From = field.Name })] },
            Settings = RobotSettings.Parse("{}", texts),
            Source = new SourceDeal(
                JsonSerializer.SerializeToElement(deal), [.. rows.Select(row => JsonSerializer.SerializeToElement(row))], null, []),
            SourceSchema = schema,
            Esb = schema,
            SourcePortal = new Uri("https://partner.bitrix24.ru/"),
            SourceDealId = 15,
            Now = DateTimeOffset.UnixEpoch,
            Texts = texts,
        };
    }
}
