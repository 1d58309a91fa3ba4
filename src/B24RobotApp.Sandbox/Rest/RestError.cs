using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>An answer with <c>error</c> and <c>error_description</c>. The code is a text or, on some methods, a number.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is what the portal answers; throwing it is only how it gets there.")]
public sealed class RestError : Exception
{
    public RestError(string code, string description, int status = 400)
        : this(JsonValue.Create(code), description, status)
    {
    }

    public RestError(long code, string description, int status = 400)
        : this(JsonValue.Create(code), description, status)
    {
    }

    private RestError(JsonValue code, string description, int status)
        : base(description)
    {
        Code = code;
        Status = status;
    }

    public JsonValue Code { get; }

    public string Description => Message;

    /// <summary>HTTP status of a plain call; inside a batch it is lost.</summary>
    public int Status { get; }

    /// <summary>Further keys beside the two, such as <c>argument</c>.</summary>
    public JsonObject? Extra { get; init; }

    internal JsonObject ToBody()
    {
        var body = new JsonObject { ["error"] = Code.DeepClone(), ["error_description"] = Description };
        foreach (var (key, value) in Extra ?? [])
        {
            body[key] = value?.DeepClone();
        }
        return body;
    }
}
