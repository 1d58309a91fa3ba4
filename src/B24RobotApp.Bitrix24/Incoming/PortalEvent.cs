using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Bitrix24.Incoming;

/// <summary>An event that a portal posts: ONAPPINSTALL, ONAPPUNINSTALL, ONAPPUPDATE, and those of the CRM. Source: common/events/*.md, events/index.md.</summary>
public sealed record PortalEvent
{
    /// <summary>The event's name in upper case.</summary>
    public required string Name { get; init; }

    /// <summary>Its <c>data</c>; <see langword="null"/> if it has none.</summary>
    public PhpForm? Data { get; init; }

    /// <summary>Who is calling.</summary>
    public required IncomingAuth Auth { get; init; }

    /// <summary>ONAPPUNINSTALL: whether the administrator asked to delete settings and data too.</summary>
    public bool Clean => Data?.Text("CLEAN") == "1";

    /// <summary>The portal's language; <see langword="null"/> if it is not said.</summary>
    public string? Language => Data?.Text("LANGUAGE_ID");

    /// <summary>Reads an event; the problem names the form key.</summary>
    public static bool TryParse(PhpForm form, DateTimeOffset now, [NotNullWhen(true)] out PortalEvent? portalEvent, [NotNullWhen(false)] out string? problem)
    {
        portalEvent = null;
        if (form.Text("event") is not { Length: > 0 and <= 100 } name)
        {
            problem = "event is missing.";
            return false;
        }

        if (!IncomingAuth.TryParse(form, now, out var auth, out problem))
        {
            return false;
        }

        portalEvent = new PortalEvent { Name = name.ToUpperInvariant(), Data = form["data"], Auth = auth };
        return true;
    }
}
