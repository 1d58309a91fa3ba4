using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>One call of a method, plain or inside a batch: who calls, with what, and what stands beside the result.</summary>
public sealed class RestCall
{
    public required SandboxPortal Portal { get; init; }

    public required SandboxUser User { get; init; }

    /// <summary>The application whose token was sent; <see langword="null"/> for an incoming webhook.</summary>
    public AppInstallation? App { get; init; }

    public IncomingWebhook? Webhook { get; init; }

    public required IReadOnlySet<string> Scopes { get; init; }

    /// <summary>
    /// The method's own parameters; the framework's reserved ones are gone. As in PHP a list is a
    /// <see cref="JsonArray"/>, any other array a <see cref="JsonObject"/>, and an empty one a <see cref="JsonArray"/>.
    /// From a form or a batch all leaves are texts.
    /// </summary>
    public required JsonObject Parameters { get; init; }

    /// <summary>The parameter <c>start</c>: 0 where absent, -1 asks for no count.</summary>
    public int Start { get; init; }

    /// <summary>The access token or webhook path by which links of the answer are to be signed; secret.</summary>
    public required string Credential { get; init; }

    public TimeProvider Clock => Portal.Clock;

    /// <summary>Stands as <c>total</c> beside the result if set.</summary>
    public int? Total { get; set; }

    /// <summary>Stands as <c>next</c> beside the result if set.</summary>
    public int? Next { get; set; }

    /// <summary>Answers with a file instead of JSON if set.</summary>
    public RestFile? File { get; set; }

    /// <summary>The parameters with upper-case names, for the methods that do not care (bizproc, event, placement).</summary>
    public JsonObject UpperCased() => new(Parameters
        .GroupBy(entry => entry.Key.ToUpperInvariant())
        .Select(same => KeyValuePair.Create(same.Key, same.Last().Value?.DeepClone())));

    /// <summary>Runs something once the answer is under way: what a robot or an event sends leaves then.</summary>
    public void AfterResponse(Action action) => Portal.AfterResponse(action);
}
