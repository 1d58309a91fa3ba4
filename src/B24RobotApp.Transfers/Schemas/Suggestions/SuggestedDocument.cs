using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Transfers.Schemas.Suggestions;

/// <summary>Writes a suggestion as a profile, in the profile's readable form: a rule a line.</summary>
public static class SuggestedDocument
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(ProfileSuggestion suggestion, string russianName, string englishName)
    {
        var rules = suggestion.Fields.Select(pair => new JsonObject { ["to"] = pair.Esb.Name, ["from"] = pair.Source.Name });
        var name = new JsonObject { ["ru"] = russianName, ["en"] = englishName };
        return $$"""
            {
              "schema": 2,
              "name": {{name.ToJsonString(Json)}},
              "rules": [
            {{string.Join(",\n", rules.Select(rule => "    " + rule.ToJsonString(Json)))}}
              ]
            }

            """;
    }
}
