using System.Diagnostics;
using B24RobotApp.Bitrix24.Calls;

namespace B24RobotApp.Bitrix24.Diagnostics;

/// <summary>The spans of calls. Neither parameters nor answers stand in them, and of an address only what is no secret.</summary>
internal static class CallSpans
{
    /// <summary>A caller's calls, from the moment they are handed over to their outcomes: the waiting for a request is part of it.</summary>
    public static Activity? StartCalls(IReadOnlyList<Call> calls, Uri portal)
    {
        var span = Telemetry.Source.StartActivity(calls[0].Method, ActivityKind.Internal);
        span?.SetTag("server.address", portal.Authority);
        span?.SetTag("bitrix24.methods", MethodsOf(calls));
        return span;
    }

    /// <summary>A request. It belongs to the trace of the one who wants it; one that several share is a trace of its own, with links to theirs.</summary>
    /// <param name="method">What is called: a method, or <c>batch</c>.</param>
    /// <param name="portal">The portal's address.</param>
    /// <param name="calls">The calls in it.</param>
    /// <param name="callers">Who wants them.</param>
    public static Activity? StartRequest(string method, Uri portal, IReadOnlyList<Call> calls, IEnumerable<ActivityContext> callers)
    {
        if (!Telemetry.Source.HasListeners())
        {
            return null;
        }

        ActivityContext[] known = [.. callers.Where(caller => caller != default)];
        var span = Telemetry.Source.StartActivity(
            $"POST {method}", ActivityKind.Client, known is [var only] ? only : default, null, known.Length > 1 ? known.Select(caller => new ActivityLink(caller)) : null);
        span?.SetTag("http.request.method", "POST");
        span?.SetTag("server.address", portal.Authority);

        // A webhook's real address has its secret in the path.
        span?.SetTag("url.full", new Uri(portal, $"rest/{method}").AbsoluteUri);
        span?.SetTag("bitrix24.calls", calls.Count);
        span?.SetTag("bitrix24.methods", MethodsOf(calls));
        return span;
    }

    /// <summary>The renewing of a pair of tokens at an authorization server. It belongs to whatever first met the end of the old pair; others that wait for it do not show it.</summary>
    public static Activity? StartRefresh(Uri server)
    {
        var span = Telemetry.Source.StartActivity("GET oauth/token", ActivityKind.Client);
        span?.SetTag("http.request.method", "GET");
        span?.SetTag("server.address", server.Authority);

        // The real address has the application's secret and the token in its query.
        span?.SetTag("url.full", new Uri(server, "oauth/token/").AbsoluteUri);
        return span;
    }

    private static string MethodsOf(IReadOnlyList<Call> calls) => string.Join(' ', calls.Select(call => call.Method).Distinct());
}
