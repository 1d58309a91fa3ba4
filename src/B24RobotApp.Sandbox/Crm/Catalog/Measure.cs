namespace B24RobotApp.Sandbox.Crm.Catalog;

/// <summary>A unit of measure.</summary>
/// <remarks><c>Code</c>: Of the classifier: 796 is the piece.</remarks>
internal sealed record Measure(long Id, long Code, string Title, string Symbol, string SymbolIntl, bool IsDefault);
