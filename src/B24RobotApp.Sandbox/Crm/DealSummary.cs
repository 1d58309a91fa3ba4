namespace B24RobotApp.Sandbox.Crm;

/// <summary>What a board shows of a deal.</summary>
public sealed record DealSummary(long Id, string Title, int CategoryId, string StageId);
