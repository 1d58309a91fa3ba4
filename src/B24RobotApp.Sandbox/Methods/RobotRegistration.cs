using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using B24RobotApp.Sandbox.Automation;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Methods;

/// <summary>The rules a robot must keep to be registered.</summary>
internal static partial class RobotRegistration
{
    private const int MaxCodeLength = 128;
    private const int MaxHandlerLength = 1000;
    private const int MaxSerialized = 65535;

    /// <summary>Inner keys in upper case; ids of properties and keys of options stay as they are.</summary>
    public static JsonObject Prepare(JsonObject data, bool keepsKeys = false)
    {
        var prepared = new JsonObject();
        foreach (var (key, value) in data)
        {
            var name = keepsKeys ? key : key.ToUpperInvariant();
            prepared[name] = value switch
            {
                JsonObject map => Prepare(map, name is "PROPERTIES" or "RETURN_PROPERTIES" or "OPTIONS"),
                _ => value?.DeepClone(),
            };
        }
        return prepared;
    }

    public static string CheckCode(JsonNode? code)
    {
        if (code.IsEmpty())
        {
            throw Invalid("Empty activity code!");
        }
        return code.AsText() is { } text && CodePattern().IsMatch(text) ? text : throw Invalid("Wrong activity code!");
    }

    public static RobotDefinition Create(JsonObject data, AppInstallation app)
    {
        var code = CheckCode(data["CODE"]);
        var handler = HandlerAddress.Check(data["HANDLER"].AsText(), app);
        if (data["NAME"].IsEmpty())
        {
            throw Invalid("Empty activity NAME!");
        }
        var definition = new RobotDefinition
        {
            Code = code,
            Handler = handler,
            AuthUserId = data["AUTH_USER_ID"].AsLong() ?? 0,
            UseSubscription = data["USE_SUBSCRIPTION"].AsText() ?? "",
            Name = data["NAME"]!.DeepClone(),
            Description = data["DESCRIPTION"]?.DeepClone(),
            Properties = CheckProperties(data["PROPERTIES"]),
            ReturnProperties = CheckProperties(data["RETURN_PROPERTIES"]),
            DocumentType = data["DOCUMENT_TYPE"]?.DeepClone(),
            Filter = CheckFilter(data["FILTER"])?.DeepClone(),
            UsePlacement = data["USE_PLACEMENT"].AsText() == "Y",
        };
        return Fits(definition) ? definition : throw new RestError("ERROR_ACTIVITY_ADD_FAILURE", "Activity save error!");
    }

    public static RobotDefinition Update(RobotDefinition definition, JsonObject fields, AppInstallation app)
    {
        if (fields.ContainsKey("HANDLER"))
        {
            definition = definition with { Handler = HandlerAddress.Check(fields["HANDLER"].AsText(), app) };
        }
        if (fields["AUTH_USER_ID"] is { } user)
        {
            definition = definition with { AuthUserId = user.AsLong() ?? 0 };
        }
        if (fields["USE_SUBSCRIPTION"] is { } subscription)
        {
            definition = definition with { UseSubscription = subscription.AsText() ?? "" };
        }
        if (fields["USE_PLACEMENT"] is { } placement)
        {
            definition = definition with { UsePlacement = placement.AsText() == "Y" };
        }
        if (!fields["NAME"].IsEmpty())
        {
            definition = definition with { Name = fields["NAME"]!.DeepClone() };
        }
        if (fields["DESCRIPTION"] is { } description)
        {
            definition = definition with { Description = description.DeepClone() };
        }
        if (fields["PROPERTIES"] is { } properties)
        {
            definition = definition with { Properties = CheckProperties(properties) };
        }
        if (fields["RETURN_PROPERTIES"] is { } returned)
        {
            definition = definition with { ReturnProperties = CheckProperties(returned) };
        }
        if (fields["DOCUMENT_TYPE"] is { } type)
        {
            definition = definition with { DocumentType = type.IsEmpty() ? null : CheckDocumentType(type).DeepClone() };
        }
        if (fields["FILTER"] is { } filter)
        {
            definition = definition with { Filter = filter.IsEmpty() ? null : CheckFilter(filter)!.DeepClone() };
        }
        return Fits(definition) ? definition : throw Invalid("The value is too long");
    }

    public static RestError Invalid(string message) => new("ERROR_ACTIVITY_VALIDATION_FAILURE", message);

    private static JsonObject CheckProperties(JsonNode? node)
    {
        if (node is null)
        {
            return [];
        }
        var properties = node.AsMap() ?? throw Invalid(node is JsonArray ? "Wrong property key (0)!" : "Wrong properties array!");
        foreach (var (key, property) in properties)
        {
            if (!PropertyPattern().IsMatch(key))
            {
                throw Invalid($"Wrong property key ({key})!");
            }
            if (property.AsMap() is not { } map || map["NAME"].IsEmpty())
            {
                throw Invalid($"Empty property NAME ({key})!");
            }
        }
        return (JsonObject)properties.DeepClone();
    }

    private static JsonNode? CheckFilter(JsonNode? filter) =>
        filter is null or JsonObject or JsonArray ? filter : throw Invalid("Wrong activity FILTER!");

    private static JsonArray CheckDocumentType(JsonNode type) => type is JsonArray { Count: 3 } list && list.All(part => !part.IsEmpty())
        ? list
        : throw Invalid("Wrong activity DOCUMENT_TYPE!");

    private static bool Fits(RobotDefinition definition) =>
        definition.Code.Length <= MaxCodeLength
        && definition.Handler.OriginalString.Length <= MaxHandlerLength
        && PhpSerialize.Length(definition.Properties) < MaxSerialized
        && PhpSerialize.Length(definition.ReturnProperties) < MaxSerialized;

    [GeneratedRegex(@"^[a-z0-9.\-_]+$", RegexOptions.IgnoreCase)]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"^[a-z][a-z0-9_]*$", RegexOptions.IgnoreCase)]
    private static partial Regex PropertyPattern();
}
