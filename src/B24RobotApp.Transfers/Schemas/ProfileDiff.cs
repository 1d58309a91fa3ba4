using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>What became of one part of a profile.</summary>
/// <param name="Path">The part: <c>responsible</c>, <c>rules[UF_CRM_X]</c>, <c>tables.stages.C1:NEW</c>.</param>
/// <param name="Before"><see langword="null"/> if it was added.</param>
/// <param name="After"><see langword="null"/> if it was removed.</param>
public sealed record ProfileChange(string Path, string? Before, string? After);

/// <summary>Compares two versions of a profile by what they mean: rules by their target, not by their line.</summary>
public static class ProfileDiff
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static IReadOnlyList<ProfileChange> Between(string before, string after)
    {
        var (old, current) = (Parts(before), Parts(after));
        return
        [
            .. old.Keys.Union(current.Keys)
                .Select(path => new ProfileChange(path, old.GetValueOrDefault(path), current.GetValueOrDefault(path)))
                .Where(change => change.Before != change.After),
        ];
    }

    private static Dictionary<string, string> Parts(string json)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        Walk(JsonNode.Parse(json, documentOptions: Lenient), "", parts);
        return parts;
    }

    private static void Walk(JsonNode? node, string path, Dictionary<string, string> parts)
    {
        switch (node)
        {
            case JsonObject map when path.Length == 0 || !path.EndsWith(']'):
                foreach (var (name, value) in map)
                {
                    Walk(value, path.Length == 0 ? name : $"{path}.{name}", parts);
                }

                break;
            case JsonArray list when path == "rules":
                // Of several rules for one field, which their conditions tell apart, each counts.
                foreach (var rules in list.OfType<JsonObject>().GroupBy(rule => rule["to"]?.ToString() ?? "", StringComparer.Ordinal))
                {
                    foreach (var (index, rule) in rules.Index())
                    {
                        Walk(rule, index == 0 ? $"rules[{rules.Key}]" : $"rules[{rules.Key}][{index + 1}]", parts);
                    }
                }

                break;
            default:
                parts[path] = node?.ToJsonString(Json) ?? "null";
                break;
        }
    }
}
