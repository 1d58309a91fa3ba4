using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>Fills in references to earlier results on our side, for groups whose calls travel as plain requests.</summary>
internal static class ResultReferences
{
    /// <summary>Returns the call with its references replaced; <see langword="false"/> if one of them leads nowhere, and then the call must not be sent.</summary>
    public static bool TryResolve(Call call, IReadOnlyList<CallOutcome> earlier, [NotNullWhen(true)] out Call? resolved)
    {
        resolved = null;
        if (!TryResolve(call.Parameters, earlier, out var parameters))
        {
            return false;
        }

        resolved = call with { Parameters = (JsonObject)parameters! };
        return true;
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
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(part, out element))
            {
                return false;
            }
        }

        value = element.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? JsonNode.Parse(element.GetRawText()) : JsonValue.Create(element);
        return true;
    }
}
