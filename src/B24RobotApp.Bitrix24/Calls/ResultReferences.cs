using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>Fills in references to earlier results on our side, for groups whose calls travel as plain requests.</summary>
internal static class ResultReferences
{
    /// <summary>Returns the call with its references replaced; <see langword="false"/> if one of them leads nowhere, and then the call must not be sent.</summary>
    public static bool TryResolve(Call call, IReadOnlyList<CallOutcome> earlier, [NotNullWhen(true)] out Call? resolved)
    {
        resolved = call;
        if (BatchEncoding.Inspect(call).HighestReference < 0)
        {
            return true;
        }

        resolved = TryResolve(call.Parameters, earlier, out var parameters) ? call with { Parameters = (JsonObject)parameters! } : null;
        return resolved is not null;
    }

    private static bool TryResolve(JsonNode? node, IReadOnlyList<CallOutcome> earlier, out JsonNode? resolved)
    {
        resolved = null;
        switch (node)
        {
            case JsonObject map:
                var newMap = new JsonObject();
                foreach (var (name, value) in map)
                {
                    if (!TryResolve(value, earlier, out var newValue))
                    {
                        return false;
                    }

                    newMap.Add(name, newValue);
                }

                resolved = newMap;
                return true;
            case JsonArray list:
                var newList = new JsonArray();
                foreach (var value in list)
                {
                    if (!TryResolve(value, earlier, out var newValue))
                    {
                        return false;
                    }

                    newList.Add(newValue);
                }

                resolved = newList;
                return true;
            case JsonValue value when value.TryGetValue<ResultReference>(out var reference):
                return TryFollow(reference, earlier, out resolved);
            default:
                resolved = node?.DeepClone();
                return true;
        }
    }

    private static bool TryFollow(ResultReference reference, IReadOnlyList<CallOutcome> earlier, out JsonNode? value)
    {
        value = null;
        if (earlier[reference.CallIndex].Result is not { } result)
        {
            return false;
        }

        var element = result.Result;
        foreach (var part in reference.Path)
        {
            if (!TryStep(element, part, out element))
            {
                return false;
            }
        }

        value = element.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? JsonNode.Parse(element.GetRawText()) : JsonValue.Create(element);
        return true;
    }

    /// <summary>For PHP a list is a map whose keys are numbers.</summary>
    private static bool TryStep(JsonElement element, string part, out JsonElement inner)
    {
        inner = default;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                return element.TryGetProperty(part, out inner);
            case JsonValueKind.Array
                when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < element.GetArrayLength():
                inner = element[index];
                return true;
            default:
                return false;
        }
    }
}
