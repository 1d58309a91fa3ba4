namespace B24RobotApp.Sandbox.Crm.Catalog;

/// <summary>A product of the portal's catalog.</summary>
/// <remarks><c>Type</c>: 1 product, 4 variation, 7 service.</remarks>
internal sealed record CatalogProduct(long Id, long IblockId, string Name, string XmlId, long Type, long MeasureCode, DateTimeOffset Created);
