using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm;

/// <summary>Parameters of the newer methods, which are bound by name and type and refused with code 100 otherwise.</summary>
internal static class Parameters
{
    /// <summary>Code of a missing or wrongly typed parameter; the documentation shows it as a text.</summary>
    public const string BindingError = "100";

    public static long RequireInt(this RestCall call, string name)
    {
        var value = call.Require(name);
        return value.IsNumeric() ? value.ToLong() : throw WrongType(name, value, "int");
    }

    public static string RequireText(this RestCall call, string name)
    {
        var value = call.Require(name);
        return value is JsonValue ? value.AsText() ?? "" : throw WrongType(name, value, "string");
    }

    public static JsonObject RequireMap(this RestCall call, string name)
    {
        var value = call.Require(name);
        return value is JsonArray list ? ToMap(list) : value as JsonObject ?? throw WrongType(name, value, "array");
    }

    public static IReadOnlyList<JsonNode?> RequireList(this RestCall call, string name)
    {
        var value = call.Require(name);
        return value.AsList() ?? throw WrongType(name, value, "array");
    }

    /// <summary>A map or list that may be absent.</summary>
    public static JsonNode? OptionalArray(this RestCall call, string name)
    {
        var value = call.Parameters[name];
        return value is null or JsonObject or JsonArray ? value : throw WrongType(name, value, "array");
    }

    /// <summary>A map of the older methods, which name themselves in capitals or small letters.</summary>
    public static JsonNode? Classic(this RestCall call, string name)
    {
        foreach (var (key, value) in call.Parameters)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }
        return null;
    }

    public static JsonNode? ClassicArray(this RestCall call, string name) => call.Classic(name) switch
    {
        null => null,
        JsonObject or JsonArray => call.Classic(name),
        _ => throw new RestError("", $"Parameter '{name}' must be array."),
    };

    public static JsonObject ClassicFields(this RestCall call) =>
        call.ClassicArray("fields") switch
        {
            JsonObject map => map,
            JsonArray list => ToMap(list),
            _ => throw new RestError("", "Parameter 'fields' must be array."),
        };

    public static long ClassicId(this RestCall call) =>
        call.Classic("id").ToLong() is > 0 and var id ? id : throw new RestError("", "ID is not defined or invalid.");

    private static JsonNode Require(this RestCall call, string name) =>
        call.Parameters[name] ?? throw new RestError(BindingError, $"Could not find value for parameter {{{name}}}");

    private static JsonObject ToMap(JsonArray list) =>
        new(list.Select((value, index) => KeyValuePair.Create(((long)index).ToPhp(), value?.DeepClone())));

    private static RestError WrongType(string name, JsonNode value, string type) => new(
        BindingError,
        $"Invalid value {{{(value is JsonValue scalar && scalar.GetValueKind() is not JsonValueKind.Null ? value.AsText() : "Array")}}} to match with parameter {{{name}}}. Should be value of type {type}.");
}
