namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>A contact of an item; the first of the primary ones is the item's <c>contactId</c>.</summary>
internal sealed record ContactBinding(long ContactId, long Sort, bool IsPrimary);
