namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>A phone, an e-mail address or the like of a lead, contact or company.</summary>
/// <param name="Id">One sequence for the whole portal.</param>
/// <param name="TypeId">PHONE, EMAIL, WEB, IM or LINK.</param>
/// <param name="ValueType">WORK, MOBILE, HOME and so on.</param>
/// <param name="Value">The text.</param>
internal sealed record Multifield(long Id, string TypeId, string ValueType, string Value);
