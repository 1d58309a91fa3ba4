using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>Reads a request's parameters as a portal does: query, then body; a body of JSON only if it is one.</summary>
internal static class RequestReader
{
    private static readonly JsonDocumentOptions PhpDepth = new() { MaxDepth = 512 };

    public static async Task<JsonObject> ReadAsync(HttpRequest request)
    {
        var parameters = PhpQuery.Parse(request.QueryString.HasValue ? request.QueryString.Value![1..] : "");
        if (!HttpMethods.IsPost(request.Method))
        {
            return parameters;
        }

        var body = await ReadBodyAsync(request);
        var isJson = string.Equals(request.ContentType?.Split(';')[0].Trim(), "application/json", StringComparison.OrdinalIgnoreCase);
        foreach (var (key, value) in isJson ? ParseJson(body) : PhpQuery.Parse(Encoding.UTF8.GetString(body.Span)))
        {
            parameters[key] = value?.DeepClone();
        }
        return parameters;
    }

    /// <summary>Whatever is not a JSON object or list counts as no parameters at all.</summary>
    internal static JsonObject ParseJson(ReadOnlyMemory<byte> text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, PhpDepth);
            return ToMap(document.RootElement) ?? [];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or broken UTF-8 or surrogates in it. The portal swallows it too: the method is called without parameters.
            return [];
        }
    }

    private static JsonObject? ToMap(JsonElement element)
    {
        var map = new JsonObject();
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    // PHP keeps the last of two equal keys.
                    map[property.Name] = ToNode(property.Value);
                }
                return map;
            case JsonValueKind.Array:
                foreach (var (index, item) in element.EnumerateArray().Index())
                {
                    map[index.ToString(System.Globalization.CultureInfo.InvariantCulture)] = ToNode(item);
                }
                return map;
            default:
                return null;
        }
    }

    /// <summary>PHP has one kind of array: a map whose keys are 0..n-1 is a list, and an empty one is empty.</summary>
    private static JsonNode? ToNode(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => PhpOutput.AsPhpArray(ToMap(element)!),
        JsonValueKind.Array => new JsonArray([.. element.EnumerateArray().Select(ToNode)]),
        JsonValueKind.Null => null,
        JsonValueKind.String => JsonValue.Create(element.GetString()),
        _ => JsonValue.Create(element.Clone()),
    };

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(HttpRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>((int)Math.Clamp(request.ContentLength ?? 4096, 256, 1 << 20));
        while (true)
        {
            var count = await request.Body.ReadAsync(buffer.GetMemory(4096), request.HttpContext.RequestAborted);
            if (count == 0)
            {
                return buffer.WrittenMemory;
            }
            buffer.Advance(count);
        }
    }
}
