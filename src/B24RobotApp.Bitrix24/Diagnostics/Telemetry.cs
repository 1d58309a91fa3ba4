using System.Diagnostics;
using System.Diagnostics.Metrics;
using B24RobotApp.Bitrix24.Errors;

namespace B24RobotApp.Bitrix24.Diagnostics;

/// <summary>Where traces and measurements come from. Nothing is recorded unless somebody listens under this name.</summary>
public static class Telemetry
{
    /// <summary>The name of the source of traces and of the meter.</summary>
    public const string Name = "B24RobotApp";

    /// <summary>The source of all spans.</summary>
    public static readonly ActivitySource Source = new(Name);

    /// <summary>The meter of all instruments.</summary>
    public static readonly Meter Meter = new(Name);

    /// <summary>The span that is under way here, as a W3C <c>traceparent</c>; <see langword="null"/> if none of ours is recorded.</summary>
    public static string? Current => Activity.Current is { Recorded: true } span && ReferenceEquals(span.Source, Source) ? span.Id : null;

    /// <summary>Begins a span of a trace that began earlier, perhaps in another process, or of a new one; never of what happens to be under way here.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="kind">Its place in the trace.</param>
    /// <param name="traceParent">The span before it, as kept from <see cref="Current"/>; <see langword="null"/>: a new trace.</param>
    /// <returns><see langword="null"/> if nobody listens.</returns>
    public static Activity? Start(string name, ActivityKind kind, string? traceParent)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // What is under way around it, such as the web server's own span, is neither ours nor recorded, and a child of it would not be either.
        Activity.Current = null;
        return Source.StartActivity(name, kind, ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent) ? parent : default);
    }

    /// <summary>What the span is of has failed.</summary>
    public static void Fail(this Activity? span, Bitrix24Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        span?.SetTag("error.type", failure.Code);
        span?.SetStatus(ActivityStatusCode.Error, failure.Kind.ToString());
    }
}
