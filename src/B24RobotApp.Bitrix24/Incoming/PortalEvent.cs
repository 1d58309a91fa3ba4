using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>
/// An event that a portal posts: ONAPPINSTALL, ONAPPUNINSTALL, ONAPPUPDATE, and those of the CRM, which come to an app and through an outgoing webhook alike.
/// Source: common/events/*.md, events/index.md, local-integrations/local-webhooks.md.
/// </summary>
public sealed record PortalEvent
{
    private const int MaxNameLength = 100;

    /// <summary>The event's name in upper case.</summary>
    public required string Name { get; init; }

    /// <summary>Its <c>data</c>; <see langword="null"/> if it has none.</summary>
    public PhpForm? Data { get; init; }

    /// <summary>When it was raised; when it arrived, if the portal's stamp is missing or impossible.</summary>
    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>Who is calling.</summary>
    public required IncomingAuth Auth { get; init; }

    /// <summary>ONAPPUNINSTALL: whether the administrator asked to delete settings and data too.</summary>
    public bool Clean => Data?.Text("CLEAN") == "1";

    /// <summary>The portal's language; <see langword="null"/> if it is not said.</summary>
    public string? Language => Data?.Text("LANGUAGE_ID") is { Length: > 0 and <= 10 } language ? language : null;

    /// <summary>CRM events: the entity's id. Nothing more of it comes along; it has to be read.</summary>
    public long? ItemId => IncomingAuth.ReadId(Data?["FIELDS"]?.Text("ID"));

    /// <summary>Events of smart processes and invoices (<c>ONCRMDYNAMICITEM...</c>): Bitrix24's number of the entity's kind.</summary>
    public long? EntityTypeId => IncomingAuth.ReadId(Data?["FIELDS"]?.Text("ENTITY_TYPE_ID"));

    /// <summary>Reads an event.</summary>
    /// <param name="form">The decoded body.</param>
    /// <param name="now">The time.</param>
    /// <param name="portalEvent">The event.</param>
    /// <param name="problem">What is wrong, one sentence that names the form key and holds none of the values.</param>
    public static bool TryParse(PhpForm form, DateTimeOffset now, [NotNullWhen(true)] out PortalEvent? portalEvent, [NotNullWhen(false)] out string? problem)
    {
        portalEvent = null;
        if (form.Text("event") is not { Length: > 0 } name)
        {
            problem = "event is missing.";
            return false;
        }

        if (name.Length > MaxNameLength || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':'))
        {
            problem = "event is not an event's name.";
            return false;
        }

        if (!IncomingAuth.TryParse(form, now, out var auth, out problem))
        {
            return false;
        }

        portalEvent = new PortalEvent
        {
            Name = name.ToUpperInvariant(),
            Data = form["data"],
            RaisedAt = IncomingAuth.ReadTime(form.Text("ts"), now),
            Auth = auth,
        };
        return true;
    }
}
