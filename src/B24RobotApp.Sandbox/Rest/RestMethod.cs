using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>
/// Does a method's work under the portal's lock and returns what stands under <c>result</c>: nodes of its own, not those that the
/// portal keeps.
/// </summary>
/// <exception cref="RestError">The portal says no.</exception>
public delegate JsonNode? RestHandler(RestCall call);

/// <summary>A REST method of a portal.</summary>
/// <param name="Name">In lower case: portals lower-case what is asked for.</param>
/// <param name="Scope">The permission it needs; <see langword="null"/> where none is needed.</param>
/// <param name="Handler">Does the work.</param>
public sealed record RestMethod(string Name, string? Scope, RestHandler Handler)
{
    /// <summary>Scopes that will do as well, as <c>user_basic</c> for <c>user</c>.</summary>
    public IReadOnlyCollection<string> OtherScopes { get; init; } = [];

    /// <summary>Needs the token of an application: an incoming webhook is refused.</summary>
    public bool AppOnly { get; init; }

    /// <summary>Needs an administrator of the portal.</summary>
    public bool AdminOnly { get; init; }

    /// <summary>Whether a portal has it on its plan; always, if not given.</summary>
    public Func<PortalSettings, bool>? Requires { get; init; }
}
