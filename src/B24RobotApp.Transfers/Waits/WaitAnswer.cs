using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Transfers.Running;

namespace B24RobotApp.Transfers.Waits;

/// <summary>What the robot that waits is told.</summary>
internal static class WaitAnswer
{
    /// <summary>The call that tells it.</summary>
    public static Call Of(Wait wait, WaitOutcome outcome, TransferTexts texts) =>
        RobotEvents.Send(wait.Request.EventToken, ReturnValues(outcome), outcome.ErrorMessage.Length > 0 ? outcome.ErrorMessage : texts.WaitReached(outcome.StageName, Money(outcome)));

    /// <summary>The values that the robot returns, by the names of its definition.</summary>
    public static JsonObject ReturnValues(WaitOutcome outcome) => new()
    {
        ["status"] = outcome.Status switch
        {
            WaitStatus.Reached => "reached",
            WaitStatus.Gone => "gone",
            _ => "failed",
        },
        ["esb_deal_id"] = outcome.EsbId ?? 0,
        ["stage_id"] = outcome.StageId,
        ["stage_name"] = outcome.StageName,
        ["semantics"] = outcome.Semantics,
        ["amount"] = outcome.Amount ?? 0,
        ["currency"] = outcome.Currency,
        ["responsible_name"] = outcome.ResponsibleName,
        ["responsible_email"] = outcome.ResponsibleEmail,
        ["changed_fields"] = string.Join(", ", outcome.ChangedFields),
        ["error_code"] = outcome.ErrorCode,
        ["error_message"] = outcome.ErrorMessage,
    };

    private static string Money(WaitOutcome outcome) =>
        outcome.Amount is { } amount ? string.Create(CultureInfo.InvariantCulture, $"{amount:0.##} {outcome.Currency}").TrimEnd() : "";
}
