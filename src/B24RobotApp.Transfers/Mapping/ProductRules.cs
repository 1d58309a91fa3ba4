namespace B24RobotApp.Transfers.Mapping;

/// <summary>By what a product of the source's catalogue is found in the ESB's.</summary>
public enum ProductMatch
{
    /// <summary>By the code that both catalogues share (XML_ID).</summary>
    XmlId,

    /// <summary>By the property that holds the article.</summary>
    Article,

    /// <summary>By the name, if one product alone has it.</summary>
    Name,

    /// <summary>By the table of products.</summary>
    Table,
}

/// <summary>How product rows find their products.</summary>
public sealed record ProductRules
{
    /// <summary>The ways in the order in which they are tried; what none of them finds becomes a row without a product. Empty: all rows do.</summary>
    public IReadOnlyList<ProductMatch> Match { get; init; } = [];

    /// <summary>The catalogue's property that holds the article, as <c>catalog.product.list</c> names it: <c>property94</c>; the same on both portals, or <c>property94>property112</c>.</summary>
    public string ArticleProperty { get; init; } = "";
}
