using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;

namespace B24RobotApp.Sandbox.Portals;

/// <summary>A local application on a portal: its card, its credentials and all it registered there.</summary>
public sealed class AppInstallation
{
    internal AppInstallation(SandboxPortal portal, int id, LocalApplicationCard card, string clientId, string clientSecret, string applicationToken)
    {
        Portal = portal;
        Id = id;
        Card = card;
        ClientId = clientId;
        ClientSecret = clientSecret;
        ApplicationToken = applicationToken;
        Scopes = card.Scopes.ToHashSet();
        IsInstalled = card.IsScriptOnly || card.InstallUrl is null;
    }

    public SandboxPortal Portal { get; }

    public int Id { get; }

    public LocalApplicationCard Card { get; internal set; }

    public string ClientId { get; }

    /// <summary>Known to the authorization server and to who saw the saved card.</summary>
    public string ClientSecret { get; }

    /// <summary>One fixed value per application and portal, sent with every event and robot call.</summary>
    public string ApplicationToken { get; internal set; }

    public IReadOnlySet<string> Scopes { get; internal set; }

    /// <summary>The installation was finished; before, only administrators may open it and it hears of no event.</summary>
    public bool IsInstalled { get; internal set; }

    /// <summary>Switched off, its calls are refused.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>The users who may use it beside administrators; everybody if <see langword="null"/>.</summary>
    public IReadOnlySet<long>? AllowedUserIds { get; set; }

    public IReadOnlyDictionary<string, RobotDefinition> Robots => RobotsByCode;

    public IReadOnlyList<EventBinding> Events => EventBindings;

    public IReadOnlyList<PlacementBinding> Placements => PlacementBindings;

    internal Dictionary<string, RobotDefinition> RobotsByCode { get; } = new(StringComparer.Ordinal);

    internal List<EventBinding> EventBindings { get; } = [];

    internal List<PlacementBinding> PlacementBindings { get; } = [];

    internal JsonObject Options { get; } = [];

    internal Dictionary<long, JsonObject> UserOptions { get; } = [];

    /// <summary>The users for whom it was marked as run once, by <c>setInstall</c> of its page.</summary>
    internal HashSet<long> KnownToUsers { get; } = [];
}
