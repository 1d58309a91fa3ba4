using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Crm;

/// <summary>A pipeline.</summary>
/// <param name="Id">0 for the first one of deals.</param>
/// <param name="Name">In the portal's language.</param>
/// <param name="IsDefault">Whether new entities go there if nothing else is said.</param>
public sealed record CrmCategory(long Id, string Name, bool IsDefault = false);

/// <summary>Pipelines. Source: crm/universal/category/crm-category-list.md.</summary>
public static class Categories
{
    /// <summary>All pipelines that the caller may see; the default one has the id 0.</summary>
    public static Call List(int entityTypeId) => new("crm.category.list", new JsonObject { ["entityTypeId"] = entityTypeId });

    /// <summary>The pipelines listed.</summary>
    public static IReadOnlyList<CrmCategory> Read(CallResult result) =>
        [.. result.Result.Property("categories").AsList().Select(category => new CrmCategory(
            category.Id("id") ?? 0, category.Text("name") ?? "", category.Property("isDefault").AsBoolean() == true))];
}

/// <summary>An entry of a directory: a stage, a source, a deal type.</summary>
/// <param name="Code">Its <c>STATUS_ID</c>; for stages of other pipelines than the default one with a prefix, <c>C5:NEW</c>.</param>
/// <param name="Name">Its name in the portal's language.</param>
/// <param name="Semantics">For stages <c>S</c> success, <c>F</c> failure, else <see langword="null"/>.</param>
public sealed record CrmStatus(string Code, string Name, string? Semantics)
{
    /// <summary>Its directory, <c>ENTITY_ID</c>: <c>SOURCE</c>, <c>DEAL_STAGE_5</c>.</summary>
    public string Directory { get; init; } = "";

    /// <summary>Its place among the others of the directory.</summary>
    public long Sort { get; init; }
}

/// <summary>Directories. Source: crm/status/crm-status-list.md.</summary>
public static class Statuses
{
    /// <summary>A page of 50 entries of one directory.</summary>
    public static Call List(string directory, int start = 0)
    {
        var parameters = new JsonObject
        {
            ["filter"] = new JsonObject { ["ENTITY_ID"] = directory },
            ["order"] = new JsonObject { ["SORT"] = "ASC" },
        };
        if (start > 0)
        {
            parameters["start"] = start;
        }

        return new Call("crm.status.list", parameters);
    }

    /// <summary>A page of 50 entries of all directories together, stages of all kinds and pipelines among them.</summary>
    public static Call ListAll(int start = 0)
    {
        var parameters = new JsonObject { ["order"] = new JsonObject { ["ID"] = "ASC" } };
        if (start > 0)
        {
            parameters["start"] = start;
        }

        return new Call("crm.status.list", parameters);
    }

    /// <summary>The directory of a pipeline's stages.</summary>
    public static string DealStages(long categoryId) =>
        categoryId == 0 ? "DEAL_STAGE" : string.Create(CultureInfo.InvariantCulture, $"DEAL_STAGE_{categoryId}");

    /// <summary>The entries of a page.</summary>
    public static IEnumerable<CrmStatus> Read(CallResult result) =>
        result.Result.AsList().Select(status => new CrmStatus(status.Text("STATUS_ID") ?? "", status.Text("NAME") ?? "", status.Text("SEMANTICS"))
        {
            Directory = status.Text("ENTITY_ID") ?? "",
            Sort = status.Id("SORT") ?? 0,
        });
}

/// <summary>A currency of a portal.</summary>
/// <param name="Code">ISO 4217.</param>
/// <param name="IsBase">Whether it is the portal's own.</param>
public sealed record CrmCurrency(string Code, bool IsBase);

/// <summary>Currencies. Source: crm/currency/crm-currency-list.md.</summary>
public static class Currencies
{
    /// <summary>All currencies of the portal.</summary>
    public static Call List() => new("crm.currency.list", []);

    /// <summary>The currencies listed.</summary>
    public static IEnumerable<CrmCurrency> Read(CallResult result) =>
        result.Result.AsList().Select(currency => new CrmCurrency(currency.Text("CURRENCY") ?? "", currency.Property("BASE").AsBoolean() == true));
}
