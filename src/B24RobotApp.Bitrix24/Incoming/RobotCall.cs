using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>What a portal's queue posts to a robot's handler. Source: bizproc/bizproc-robot/*.md, portal sources (<c>CBPRestActivity</c>), payloads of portals.</summary>
public sealed record RobotCall
{
    /// <summary>Characters of an event token; 150 or so are usual, no limit is promised.</summary>
    private const int MaxEventTokenLength = 2000;

    /// <summary>Characters of a robot's code. Source: bizproc/bizproc-robot/bizproc-robot-add.md.</summary>
    private const int MaxCodeLength = 128;

    private const int MaxWorkflowIdLength = 255;

    /// <summary>The longest wait that Bitrix24 allows, five years.</summary>
    private const long MaxTimeoutSeconds = 5 * 366 * 86_400;

    /// <summary>The robot's code as registered.</summary>
    public required string Code { get; init; }

    /// <summary>Names this execution, signed by the portal: the key for answering, and for telling a repetition.</summary>
    public required string EventToken { get; init; }

    /// <summary>The workflow the robot stands in; empty if the portal does not say.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>The document's type as sent, such as <c>crm</c>, <c>CCrmDocumentDeal</c>, <c>DEAL</c>; an older portal may leave it out, then it is made from the document's id.</summary>
    public required IReadOnlyList<string> DocumentType { get; init; }

    /// <summary>Bitrix24's number of the document's kind: 2 for deals.</summary>
    public required int EntityTypeId { get; init; }

    /// <summary>The document's id.</summary>
    public required long ItemId { get; init; }

    /// <summary>Property to value or values as texts, the names in any case. Empty properties may be absent: a form cannot say an empty list.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Properties { get; init; }

    /// <summary>Whether the workflow waits for the answer. It does unless the portal says no: an answer that nobody waits for does no harm.</summary>
    public required bool Waits { get; init; }

    /// <summary>How long it waits; <see langword="null"/> for ever.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>When the portal made the call; when it arrived, if the portal's stamp is missing or impossible.</summary>
    public required DateTimeOffset CalledAt { get; init; }

    /// <summary>Who is calling.</summary>
    public required IncomingAuth Auth { get; init; }

    /// <summary>Reads a call.</summary>
    /// <param name="form">The decoded body.</param>
    /// <param name="now">The time.</param>
    /// <param name="call">The call.</param>
    /// <param name="problem">What is wrong, one sentence that names the form key and holds none of the values.</param>
    public static bool TryParse(PhpForm form, DateTimeOffset now, [NotNullWhen(true)] out RobotCall? call, [NotNullWhen(false)] out string? problem)
    {
        call = null;
        if (!IncomingAuth.TryParse(form, now, out var auth, out problem))
        {
            return false;
        }

        problem = CheckTexts(form) ?? CheckNumbers(form);
        if (problem is not null || !DocumentReference.TryParse(form, out var document, out problem))
        {
            return false;
        }

        call = new RobotCall
        {
            Code = form.Text("code")!,
            EventToken = form.Text("event_token")!,
            WorkflowId = form.Text("workflow_id") ?? "",
            DocumentType = document.Type,
            EntityTypeId = document.EntityTypeId,
            ItemId = document.ItemId,
            Properties = ReadProperties(form["properties"]),
            Waits = form.Text("use_subscription")?.ToUpperInvariant() is not ("N" or "0" or "FALSE"),
            Timeout = IncomingAuth.ReadId(form.Text("timeout_duration")) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            CalledAt = IncomingAuth.ReadTime(form.Text("ts"), now),
            Auth = auth,
        };
        return true;
    }

    private static string? CheckTexts(PhpForm form) =>
        form.Text("event_token") is not { Length: > 0 } eventToken ? "event_token is missing."
        : eventToken.Length > MaxEventTokenLength ? $"event_token is longer than {MaxEventTokenLength} characters."
        : form.Text("code") is not { Length: > 0 } code ? "code is missing."
        : code.Length > MaxCodeLength || !code.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? $"code is not a robot's code, which has at most {MaxCodeLength} letters, digits, dots, dashes and underscores."
        : form.Text("workflow_id")?.Length > MaxWorkflowIdLength ? $"workflow_id is longer than {MaxWorkflowIdLength} characters."
        : null;

    private static string? CheckNumbers(PhpForm form) =>
        form.Text("timeout_duration") is { Length: > 0 } timeout && timeout != "0" && IncomingAuth.ReadId(timeout) is not <= MaxTimeoutSeconds
            ? $"timeout_duration is not a number of seconds from 0 to {MaxTimeoutSeconds}."
        : form.Text("ts") is { Length: > 0 } time && IncomingAuth.ReadId(time) is not <= 253_402_300_799
            ? "ts is not a time in Unix seconds."
        : null;

    // Names are told apart without regard to case, since the portal's forms lower them.
    private static Dictionary<string, IReadOnlyList<string>> ReadProperties(PhpForm? form)
    {
        var properties = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in form?.Children ?? [])
        {
            properties[name] = values.Texts();
        }

        return properties;
    }
}
