using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Automation;

namespace B24RobotApp.Acceptance.Staging;

/// <summary>What the robot gave to the robots behind it.</summary>
internal sealed record RobotResult
{
    public required string Status { get; init; }

    public required long EsbDealId { get; init; }

    public required string ErrorCode { get; init; }

    public required string ErrorMessage { get; init; }

    public required JsonObject Values { get; init; }

    public static RobotResult Of(Workflow workflow) => Of(workflow.Returned.Values.First());

    public static RobotResult Of(JsonObject values) => new()
    {
        Status = values["status"]?.ToString() ?? "",
        EsbDealId = long.TryParse(values["esb_deal_id"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0,
        ErrorCode = values["error_code"]?.ToString() ?? "",
        ErrorMessage = values["error_message"]?.ToString() ?? "",
        Values = values,
    };
}
