using System.Text.Json;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Queue;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>Where a transfer's deal stood when it was read.</summary>
/// <param name="Call">What the robot asked for.</param>
/// <param name="Stage">The deal's stage.</param>
/// <param name="CategoryId">Its pipeline; <see langword="null"/> for leads.</param>
/// <param name="Delay">How long after it came to the stage the robot called; <see langword="null"/> if it did not call from there: no robot called at all, or the deal has moved since.</param>
public sealed record StageSighting(NewTransfer Call, string Stage, long? CategoryId, TimeSpan? Delay)
{
    /// <summary>The call and the move have times of one clock, but of whole seconds.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(2);

    /// <summary>What an item tells; <see langword="null"/> if it has no stage.</summary>
    public static StageSighting? Of(NewTransfer call, JsonElement item)
    {
        if (item.Text("stageId") is not { Length: > 0 } stage)
        {
            return null;
        }

        // Who sends by hand, and what is caught up, comes from no workflow.
        return new StageSighting(call, stage, item.Id("categoryId"), call.WorkflowId.Length > 0 ? DelayOf(call, item) : null);
    }

    private static TimeSpan? DelayOf(NewTransfer call, JsonElement item)
    {
        if (item.Property("movedTime").AsDateTime() is { } movedAt)
        {
            return call.CalledAt < movedAt - Rounding ? null : call.CalledAt > movedAt ? call.CalledAt - movedAt : TimeSpan.Zero;
        }

        // Quotes do not tell when they were moved; one that was not changed at all since the call has not been.
        return item.Property("updatedTime").AsDateTime() <= call.CalledAt + Rounding ? TimeSpan.Zero : null;
    }
}
