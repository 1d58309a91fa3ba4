using B24RobotApp.Bitrix24.Bizproc;
using B24RobotApp.Bitrix24.Crm;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>An item's stay on a robot's stage.</summary>
/// <param name="Robot">The robot.</param>
/// <param name="Gap">The gap in which its call was due.</param>
/// <param name="ItemId">The item.</param>
/// <param name="EnteredAt">When it came.</param>
/// <param name="Entry">The line of history that tells of it; <see langword="null"/> if it is known by its workflow alone.</param>
internal sealed record Stay(RobotStage Robot, Gap Gap, long ItemId, DateTimeOffset EnteredAt, StageEntry? Entry);

/// <summary>A workflow that waits on a robot's stage.</summary>
/// <param name="Instance">As the portal tells it.</param>
/// <param name="Template">Its template.</param>
/// <param name="ItemId">The item.</param>
/// <param name="Since">Since when it waits.</param>
internal sealed record WaitingWorkflow(WorkflowInstance Instance, StageTemplate Template, long ItemId, DateTimeOffset Since);
