using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>What a portal's queue posts to a robot's handler. Source: bizproc/bizproc-robot/bizproc-robot-add.md.</summary>
public sealed record RobotCall
{
    /// <summary>The longest wait that Bitrix24 allows.</summary>
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(5 * 366);

    /// <summary>The robot's code as registered.</summary>
    public required string Code { get; init; }

    /// <summary>Names this execution, signed by the portal: the key for answering, and for telling a repetition.</summary>
    public required string EventToken { get; init; }

    /// <summary>The workflow the robot stands in.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>Bitrix24's number of the document's kind: 2 for deals.</summary>
    public required int EntityTypeId { get; init; }

    /// <summary>The document's id.</summary>
    public required long ItemId { get; init; }

    /// <summary>Property to value or values, the names in any case; empty properties may be absent.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Properties { get; init; }

    /// <summary>Whether the workflow waits for the answer.</summary>
    public required bool Waits { get; init; }

    /// <summary>How long it waits; <see langword="null"/> for ever.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>When the portal made the call.</summary>
    public required DateTimeOffset CalledAt { get; init; }

    /// <summary>Who is calling.</summary>
    public required IncomingAuth Auth { get; init; }

    /// <summary>Reads a call; the problem names the form key.</summary>
    public static bool TryParse(PhpForm form, DateTimeOffset now, [NotNullWhen(true)] out RobotCall? call, [NotNullWhen(false)] out string? problem)
    {
        call = null;
        if (!IncomingAuth.TryParse(form, now, out var auth, out problem))
        {
            return false;
        }

        if (form.Text("event_token") is not { Length: > 0 and <= 2000 } eventToken)
        {
            problem = "event_token is missing.";
            return false;
        }

        if (form.Text("code") is not { Length: > 0 and <= 128 } code)
        {
            problem = "code is missing.";
            return false;
        }

        var documentId = form["document_id"];
        if (documentId?.Text("0") != "crm")
        {
            problem = documentId is null ? "document_id is missing." : "document_id[0] must be crm; the robot works on CRM entities only.";
            return false;
        }

        if (!TryReadDocument(documentId.Text("2"), out var entityTypeId, out var itemId))
        {
            problem = "document_id[2] does not name a CRM entity, such as DEAL_15.";
            return false;
        }

        call = new RobotCall
        {
            Code = code,
            EventToken = eventToken,
            WorkflowId = form.Text("workflow_id") ?? "",
            EntityTypeId = entityTypeId,
            ItemId = itemId,
            Properties = (form["properties"]?.Children ?? []).ToDictionary(
                property => property.Key, property => property.Value.Texts(), StringComparer.OrdinalIgnoreCase),
            Waits = form.Text("use_subscription") != "N",
            Timeout = IncomingAuth.ReadId(form.Text("timeout_duration")) is { } seconds
                ? TimeSpan.FromSeconds(Math.Min(seconds, MaxTimeout.TotalSeconds))
                : null,
            CalledAt = ReadTime(form.Text("ts"), now),
            Auth = auth,
        };
        return true;
    }

    // A call cannot come from the future, and a queue keeps nothing for a month; such a stamp is worth nothing.
    private static DateTimeOffset ReadTime(string? text, DateTimeOffset now) =>
        IncomingAuth.ReadId(text) is { } seconds && seconds <= now.ToUnixTimeSeconds() && seconds > now.AddDays(-30).ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : now;

    /// <summary>Takes <c>DEAL_15</c>, <c>LEAD_7</c>, <c>DYNAMIC_147_1</c> apart; the id stands behind the last underscore.</summary>
    private static bool TryReadDocument(string? text, out int entityTypeId, out long itemId)
    {
        entityTypeId = 0;
        itemId = 0;
        var underscore = text?.LastIndexOf('_') ?? -1;
        if (underscore <= 0 || IncomingAuth.ReadId(text![(underscore + 1)..]) is not { } id)
        {
            return false;
        }

        itemId = id;
        var kind = text[..underscore];
        entityTypeId = kind switch
        {
            "LEAD" => 1,
            "DEAL" => 2,
            "CONTACT" => 3,
            "COMPANY" => 4,
            "QUOTE" => 7,
            "SMART_INVOICE" => 31,
            _ when kind.StartsWith("DYNAMIC_", StringComparison.Ordinal) && IncomingAuth.ReadId(kind[8..]) is { } type and <= int.MaxValue => (int)type,
            _ => 0,
        };
        return entityTypeId != 0;
    }
}
