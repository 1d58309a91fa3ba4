using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>Does a method's work under the portal's lock and returns what stands under <c>result</c>.</summary>
/// <exception cref="RestError">The portal says no.</exception>
public delegate JsonNode? RestHandler(RestCall call);

/// <summary>A REST method of a portal.</summary>
/// <param name="Name">In lower case: portals lower-case what is asked for.</param>
/// <param name="Scope">The permission it needs; <see langword="null"/> where none is needed.</param>
/// <param name="Handler">Does the work.</param>
public sealed record RestMethod(string Name, string? Scope, RestHandler Handler)
{
    /// <summary>Needs the token of an application: an incoming webhook is refused.</summary>
    public bool AppOnly { get; init; }

    /// <summary>Needs an administrator of the portal.</summary>
    public bool AdminOnly { get; init; }
}
