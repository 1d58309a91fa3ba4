namespace B24RobotApp.Sandbox.Crm.Catalog;

/// <summary>A product of the portal's catalog.</summary>
/// <remarks><c>Type</c>: 1 product, 4 variation, 7 service.</remarks>
internal sealed record CatalogProduct(long Id, long IblockId, string Name, string XmlId, long Type, long MeasureCode, DateTimeOffset Created)
{
    /// <summary>Values of the catalog's own properties by name: <c>property94</c>.</summary>
    public Dictionary<string, string> Properties { get; init; } = [];
}
