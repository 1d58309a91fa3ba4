using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>Who writes an item, and what for.</summary>
/// <param name="User">Becomes creator, editor and mover.</param>
/// <param name="IsImport">An import: system fields may be set by administrators, and no robot starts.</param>
internal sealed record ItemAuthor(SandboxUser User, bool IsImport = false);
