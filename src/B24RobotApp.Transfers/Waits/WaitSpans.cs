using System.Diagnostics;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Diagnostics;
using B24RobotApp.Transfers.Portals;

namespace B24RobotApp.Transfers.Waits;

/// <summary>The spans of answers to robots that wait. Each belongs to the trace of its robot's call; what was seen on the ESB stands in none of them.</summary>
internal sealed class WaitSpans : IDisposable
{
    private readonly Activity?[] _answers;
    private readonly Activity? _shared;

    private WaitSpans(Activity?[] answers, Activity? shared)
    {
        _answers = answers;
        _shared = shared;
    }

    /// <summary>The answers to some robots of a portal, which leave together. A request that several share is a trace of its own, with links to theirs.</summary>
    public static WaitSpans Start(IReadOnlyList<Wait> waits, Portal portal)
    {
        var answers = waits.Select(wait => StartAnswer(wait, portal)).ToArray();
        var known = answers.OfType<Activity>().ToList();
        if (known.Count < 2)
        {
            return new WaitSpans(answers, null);
        }

        Activity.Current = null;
        return new WaitSpans(answers, Telemetry.Source.StartActivity("answers", ActivityKind.Internal, default(ActivityContext), null, known.Select(span => new ActivityLink(span.Context))));
    }

    /// <summary>What came of them, in their order.</summary>
    public void End(IReadOnlyList<CallOutcome> outcomes)
    {
        for (var i = 0; i < _answers.Length; i++)
        {
            if (outcomes[i].Failure is { } failure)
            {
                _answers[i].Fail(failure);
            }
        }
    }

    public void Dispose()
    {
        _shared?.Dispose();
        foreach (var answer in _answers)
        {
            answer?.Dispose();
        }
    }

    private static Activity? StartAnswer(Wait wait, Portal portal)
    {
        var span = Telemetry.Start("wait", ActivityKind.Consumer, wait.Request.Trace);
        span?.SetTag("b24robot.wait", wait.Request.Id);
        span?.SetTag("b24robot.wait.status", wait.Outcome?.Status.ToString());
        span?.SetTag("b24robot.portal", portal.Address.Authority);
        span?.SetTag("b24robot.connection", wait.Request.Connection);
        return span;
    }
}
