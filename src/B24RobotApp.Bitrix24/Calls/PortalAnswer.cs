using System.Globalization;
using System.Text.Json;
using B24RobotApp.Bitrix24.Errors;

namespace B24RobotApp.Bitrix24.Calls;

/// <summary>The body of an answer, taken apart: a result, or an error in whatever form it comes. Source: settings/how-to-call-rest-api/general-principles.md.</summary>
internal sealed record PortalAnswer
{
    /// <summary>Bytes of an answer, unpacked. A batch of fifty long deals has a tenth of it; whoever sends more, or never ends, is no portal.</summary>
    public const int Longest = 16 * 1024 * 1024;

    public required int Status { get; init; }

    /// <summary>The whole body; <see cref="JsonValueKind.Undefined"/> if it is not JSON.</summary>
    public required JsonElement Root { get; init; }

    /// <summary>The error's code; <see langword="null"/> if the body tells none. May be empty: then the description is all there is.</summary>
    public string? ErrorCode { get; init; }

    public string? ErrorDescription { get; init; }

    /// <summary>What the request was sent with; no text of the answer may show it.</summary>
    public required RequestAuthorization SentWith { get; init; }

    /// <summary>An error may come with status 200, so the body is looked at first.</summary>
    public bool Succeeded =>
        ErrorCode is null && Status is >= 200 and < 300
        && Root.ValueKind == JsonValueKind.Object && Root.TryGetProperty("result", out _);

    /// <summary>Reads an answer whose body may be anything.</summary>
    /// <exception cref="IOException">The connection broke before the body was complete.</exception>
    /// <exception cref="InvalidDataException">The body is longer than <see cref="Longest"/>, or it cannot be unpacked.</exception>
    public static async Task<PortalAnswer> ReadAsync(HttpResponseMessage response, RequestAuthorization sentWith, CancellationToken cancellationToken)
    {
        JsonElement root;
        try
        {
            await using var body = new LimitedStream(await response.Content.ReadAsStreamAsync(cancellationToken), Longest);
            using var document = await JsonDocument.ParseAsync(body, default, cancellationToken);
            // Copied out of the pooled memory: results outlive the answer.
            root = document.RootElement.Clone();
        }
        catch (InvalidOperationException exception)
        {
            // So Brotli's decoder speaks of damaged data.
            throw new InvalidDataException(exception.Message, exception);
        }
        catch (JsonException)
        {
            // A gateway's HTML page, or a body that was cut: the status is all that is known.
            root = default;
        }

        var (code, description) = ReadError(root);
        return new PortalAnswer { Status = (int)response.StatusCode, Root = root, ErrorCode = code, ErrorDescription = description, SentWith = sentWith };
    }

    /// <summary>The <c>error</c> and <c>error_description</c> of an object; the code may be a string, a number or empty.</summary>
    public static (string? Code, string? Description) ReadError(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("error", out var error) || error.ValueKind == JsonValueKind.Null)
        {
            return (null, null);
        }

        var description = element.TryGetProperty("error_description", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
        return error.ValueKind switch
        {
            JsonValueKind.String => (error.GetString(), description),
            JsonValueKind.Number => (error.GetRawText(), description),
            _ => ("", description),
        };
    }

    public CallResult ToResult() =>
        new(Root.GetProperty("result"), ReadInt(Root, "total"), ReadInt(Root, "next"));

    /// <summary>The failure of a call for which this answer is not a success.</summary>
    public FailureFacts ToFacts(bool writes) => new(Status, ErrorCode, ErrorDescription, writes);

    /// <summary>The code for people and logs: Bitrix24's own, or the HTTP status where it gave none.</summary>
    public string CodeOrStatus => ErrorCode ?? $"HTTP_{Status}";

    public string DescriptionOrStatus =>
        ErrorDescription is { } text ? SentWith.Conceal(text)
        : ErrorCode is not null ? "The portal gave no description."
        : Status is >= 300 and < 400 ? "The portal sends us to an address that is not accepted as its new one."
        : $"The portal answered with HTTP status {Status} and no readable body.";

    /// <summary>A property as a number, sent as one or as a string; <see langword="null"/> if absent.</summary>
    public static double? ReadDouble(JsonElement map, string name)
    {
        if (map.ValueKind != JsonValueKind.Object || !map.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
    }

    /// <summary>A property as an integer, sent as a number or as a string; <see langword="null"/> if absent.</summary>
    public static int? ReadInt(JsonElement map, string name)
    {
        if (map.ValueKind != JsonValueKind.Object || !map.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt32(out var number) => number,
            JsonValueKind.String when int.TryParse(value.GetString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
    }
}
