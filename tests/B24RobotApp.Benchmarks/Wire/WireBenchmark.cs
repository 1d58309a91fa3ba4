using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Benchmarks.Intake;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Incoming;
using B24RobotApp.Bitrix24.Limits;
using BenchmarkDotNet.Attributes;

namespace B24RobotApp.Benchmarks.Wire;

/// <summary>What every robot call and every request goes through: decoding a robot's form, writing the calls of a full batch, taking a permit from the portal's bucket.</summary>
[MemoryDiagnoser]
public class WireBenchmark
{
    private readonly byte[] _form = RobotCallLoad.Body("run", 7, "0123456789abcdef0123456789abcdef", "token");
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private readonly Call[] _creates = [.. Enumerable.Range(0, BatchLimits.MaxCommands).Select(Create)];
    private readonly StringBuilder _command = new(256);
    private readonly StringBuilder _variable = new(64);

    // So much that it is never full.
    private readonly LeakyBucket _bucket = new(1_000_000_000, 1_000_000_000, TimeProvider.System);

    /// <summary>A robot's call with six properties, from bytes to the record.</summary>
    [Benchmark]
    public RobotCall? DecodeRobotCall() =>
        PhpForm.TryParse(_form, new PhpFormLimits(), out var form, out _) && RobotCall.TryParse(form, _now, out var call, out _) ? call : null;

    /// <summary>A batch of 50 creates with 20 fields each.</summary>
    [Benchmark]
    public int EncodeBatch()
    {
        var characters = 0;
        foreach (var call in _creates)
        {
            characters += BatchEncoding.Encode(call, static index => index.ToString(CultureInfo.InvariantCulture), _command, _variable).Length;
        }

        return characters;
    }

    /// <summary>A permit that is there.</summary>
    [Benchmark]
    public Task TakePermit() => _bucket.TakeAsync(CancellationToken.None);

    private static Call Create(int number)
    {
        var fields = new JsonObject { ["title"] = $"Поставка {number} & «К°»", ["opportunity"] = 1500.5, ["currencyId"] = "RUB", ["isManualOpportunity"] = "Y" };
        for (var i = 0; i < 16; i++)
        {
            fields[$"UF_CRM_FIELD_{i}"] = $"Значение {i} + 100 %";
        }

        return CrmItems.Add(CrmEntityTypes.Deal, fields);
    }
}
