namespace B24RobotApp.Sandbox.Crm.Products;

/// <summary>A product row of an item, as sent and as worked out.</summary>
internal sealed record ProductRow(long Id, string OwnerType, long OwnerId)
{
    public long ProductId { get; init; }

    public string ProductName { get; init; } = "";

    /// <summary>Per unit, after discount and with tax.</summary>
    public decimal Price { get; init; }

    public decimal Quantity { get; init; } = 1;

    /// <summary>1 absolute, 2 percent; 0 until it is worked out.</summary>
    public long DiscountTypeId { get; init; }

    public decimal? DiscountRate { get; init; }

    public decimal? DiscountSum { get; init; }

    /// <summary><see langword="null"/> is no tax, 0 is a tax of 0 %.</summary>
    public decimal? TaxRate { get; init; }

    public bool TaxIncluded { get; init; }

    public bool Customized { get; init; } = true;

    public long MeasureCode { get; init; }

    public string MeasureName { get; init; } = "";

    public long Sort { get; init; }

    public string XmlId { get; init; } = "";

    /// <summary>1 product, 4 variation, 5 free row, 7 service.</summary>
    public long Type { get; init; } = 1;

    public decimal PriceAccount { get; init; }

    /// <summary>After discount, without tax.</summary>
    public decimal PriceExclusive { get; init; }

    /// <summary>Without discount and tax.</summary>
    public decimal PriceNetto { get; init; }

    /// <summary>Without discount, with tax.</summary>
    public decimal PriceBrutto { get; init; }

    /// <summary>Whether a portal takes the two for the same row: all but the tax rate and the ids.</summary>
    public bool LooksLike(ProductRow other) =>
        this with { Id = 0, TaxRate = 0, XmlId = "", Type = 0, PriceAccount = 0 }
        == other with { Id = 0, TaxRate = 0, XmlId = "", Type = 0, PriceAccount = 0 };
}
