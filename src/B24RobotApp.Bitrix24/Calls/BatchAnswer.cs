using System.Text.Json;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>
/// The <c>result</c> of a batch: maps from command key to result, error, total, next and time. A map without entries comes as a list, since PHP does not tell them apart.
/// Source: settings/how-to-call-rest-api/batch.md.
/// </summary>
internal readonly struct BatchAnswer(JsonElement result)
{
    /// <summary>Whether an answer is that of a batch at all: both maps are there, also when empty.</summary>
    public static bool IsOne(JsonElement root) =>
        root.TryGetProperty("result", out var maps) && maps.ValueKind == JsonValueKind.Object
        && (maps.TryGetProperty("result", out _) || maps.TryGetProperty("result_error", out _));

    public CallResult? Result(string key) =>
        Find("result", key) is { } value ? new CallResult(value, Number("result_total", key), Number("result_next", key)) : null;

    public (string Code, string? Description)? Error(string key)
    {
        if (Find("result_error", key) is not { } error)
        {
            return null;
        }

        var (code, description) = PortalAnswer.ReadError(error);
        return (code ?? "", description ?? (error.ValueKind == JsonValueKind.String ? error.GetString() : null));
    }

    public JsonElement? Time(string key) => Find("result_time", key);

    private int? Number(string map, string key) =>
        result.TryGetProperty(map, out var values) ? PortalAnswer.ReadInt(values, key) : null;

    private JsonElement? Find(string map, string key) =>
        result.ValueKind == JsonValueKind.Object && result.TryGetProperty(map, out var values)
        && values.ValueKind == JsonValueKind.Object && values.TryGetProperty(key, out var value)
            ? value
            : null;
}
