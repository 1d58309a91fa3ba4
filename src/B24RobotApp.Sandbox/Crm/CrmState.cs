using B24RobotApp.Sandbox.Crm.Catalog;
using B24RobotApp.Sandbox.Crm.Directories;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.Methods;
using B24RobotApp.Sandbox.Crm.People;
using B24RobotApp.Sandbox.Crm.Timeline;
using B24RobotApp.Sandbox.Portals;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm;

/// <summary>
/// The CRM of a portal, as people, robots and tests touch it. REST clients use its methods instead. Everything here is called
/// under the portal's lock (<c>SandboxPortal.Run</c>).
/// </summary>
public sealed class CrmState
{
    private readonly SandboxPortal _portal;

    public CrmState(SandboxPortal portal)
    {
        _portal = portal;
        Writer = new ItemWriter(portal, Data, Settings);
        Access = new ItemAccess(Rights);
        StandardDirectories.Fill(Data);
    }

    public CrmSettings Settings { get; } = new();

    public CrmRights Rights { get; } = new();

    /// <summary>Items (entity type, id) on which a designer workflow runs: their pipeline cannot be changed.</summary>
    public ISet<(int EntityTypeId, long Id)> InDesignerWorkflow { get; } = new HashSet<(int, long)>();

    /// <summary>All deals by id.</summary>
    public IEnumerable<DealSummary> Deals => Data.Deals.All.Select(Summary);

    /// <summary>What users were told, oldest first.</summary>
    public IReadOnlyList<Notification> Notifications => Data.Notifications;

    internal CrmData Data { get; } = new();

    internal ItemWriter Writer { get; }

    internal ItemAccess Access { get; }

    internal FileLinks FileLinks { get; } = new();

    public DealSummary? FindDeal(long id) => Data.Deals.Find(id) is { } deal ? Summary(deal) : null;

    /// <summary>Whether an item is there.</summary>
    public bool Exists(int entityTypeId, long id) => Data.FindStore(entityTypeId)?.Find(id) is not null;

    /// <summary>The stages of a pipeline in their order: code and name.</summary>
    public IReadOnlyList<(string StageId, string Name)> Stages(int categoryId) =>
        [.. Data.Stages(Data.Deals.Type, categoryId).Select(stage => (stage.StatusId, stage.Name))];

    /// <summary>
    /// Adds a deal pipeline, or puts other stages in place of those of one that is empty yet. Codes of stages are given bare: a
    /// portal writes all but the first pipeline's with its id, as <c>C5:NEW</c>.
    /// </summary>
    public void SetPipeline(int id, string name, params IReadOnlyList<PipelineStage> stages) => Pipeline.Set(Data, id, name, stages);

    /// <summary>Adds a smart process with the usual stages, clients and products.</summary>
    /// <param name="entityTypeId">128 or more.</param>
    /// <param name="title">Name of the process.</param>
    public void AddSmartProcess(int entityTypeId, string title)
    {
        var process = new SmartProcess(Data.Next("smartprocess")) { CreatedTime = _portal.Now };
        Data.AddType(EntityTypes.Dynamic(entityTypeId, title, process));
        var category = Data.Next("smartcategory", 9);
        Data.Categories.Add(new CrmCategory(category, entityTypeId, title) { IsDefault = true });
        StandardDirectories.AddDynamicStages(Data.Directories, entityTypeId, $"DYNAMIC_{entityTypeId}_STAGE_{category}", category);
    }

    /// <summary>Adds a product to the catalog.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="name">Its name.</param>
    /// <param name="xmlId">The code that other systems know it by; may be empty.</param>
    /// <param name="properties">The catalog's own properties by name: <c>property94</c>.</param>
    public void AddProduct(long id, string name, string xmlId, params IReadOnlyList<(string Name, string Value)> properties) =>
        Data.Products.Add(new CatalogProduct(id, CatalogMethods.ProductIblock, name, xmlId, 1, 796, _portal.Now)
        {
            Properties = properties.ToDictionary(property => property.Name, property => property.Value),
        });

    /// <summary>Adds a currency.</summary>
    public void AddCurrency(string code, decimal rate) => Data.Currencies.Add(new CrmCurrency(code, code, "# " + code, rate));

    /// <summary>The deal pipelines: id and name.</summary>
    public IReadOnlyList<(int Id, string Name)> Pipelines =>
        [.. Data.Categories.Where(category => category.EntityTypeId == EntityTypes.DealId).Select(category => ((int)category.Id, category.Name))];

    /// <summary>The comments in a deal's timeline, oldest first.</summary>
    public IReadOnlyList<TimelineComment> Comments(long dealId) =>
        [.. Data.Comments.Where(comment => comment.EntityType == "deal" && comment.EntityId == dealId)];

    /// <summary>The log entries in a deal's timeline, oldest first.</summary>
    public IReadOnlyList<LogMessage> LogMessages(long dealId) =>
        [.. Data.LogMessages.Where(message => message.EntityTypeId == EntityTypes.DealId && message.EntityId == dealId)];

    /// <summary>The files that a deal's field holds, in their order: names and contents.</summary>
    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> Files(long dealId, string field)
    {
        var held = Require(dealId).Values.GetValueOrDefault(field);
        var ids = held as IReadOnlyList<object> ?? (held is null ? [] : [held]);
        return [.. ids.Select(id => Data.Files.Find((long)id)).OfType<CrmFile>().Select(file => (file.Name, (ReadOnlyMemory<byte>)file.Content))];
    }

    /// <summary>What a person does who puts a file into a deal's card; unlike a REST method the card takes an empty one too.</summary>
    public void AttachFile(long dealId, string field, string name, byte[] content)
    {
        var file = Data.Files.Add(name, content, _portal.Now);
        Writer.Update(Data.Deals, Require(dealId), Robot, deal => deal[field] = deal.Type.Find(field) is { IsMultiple: true }
            ? (List<object>)[.. deal.Values.GetValueOrDefault(field) as IReadOnlyList<object> ?? [], file.Id]
            : file.Id);
    }

    /// <summary>An item's field by its upper-case name (<c>TITLE</c>, <c>UF_CRM_X</c>) as a robot's placeholder prints it.</summary>
    public string? FieldText(int entityTypeId, long itemId, string field) =>
        Data.FindStore(entityTypeId)?.Find(itemId) is { } item && item.Type.Find(ClassicNames.ToModern(item.Type, field)) is { } known
            ? FieldOutput.Plain(item[known.Name], _portal.ServerOffset)
            : null;

    /// <inheritdoc cref="FieldText(int, long, string)"/>
    public string? FieldText(long dealId, string field) => FieldText(EntityTypes.DealId, dealId, field);

    /// <summary>What the built-in robot "change field" does: saves as the system, without stage robots unless the stage changes.</summary>
    public void SetField(int entityTypeId, long itemId, string field, string value)
    {
        var store = Data.Store(entityTypeId);
        var name = ClassicNames.ToModern(store.Type, field);
        Writer.Update(store, Require(store, itemId), new() { [name] = value }, originalNames: true, Robot);
    }

    /// <summary>Moves a deal on, as a person or the robot "change stage" does; the stage's robots start.</summary>
    /// <param name="dealId">The deal.</param>
    /// <param name="stageId">A stage of any pipeline.</param>
    /// <param name="user">Who does it; the administrator if <see langword="null"/>.</param>
    public void MoveDeal(long dealId, string stageId, SandboxUser? user = null)
    {
        var category = Data.Directories.All.FirstOrDefault(
            stage => stage.StatusId == stageId && stage.EntityId.StartsWith("DEAL_STAGE", StringComparison.Ordinal))?.CategoryId ?? 0;
        Writer.Update(Data.Deals, Require(dealId), new() { ["CATEGORY_ID"] = category, ["STAGE_ID"] = stageId }, originalNames: true, By(user));
    }

    /// <summary>Moves an item of any kind on; its stages have codes that no other pipeline of the kind has.</summary>
    public void MoveItem(int entityTypeId, long itemId, string stageId)
    {
        if (entityTypeId == EntityTypes.DealId)
        {
            MoveDeal(itemId, stageId);
            return;
        }

        var store = Data.Store(entityTypeId);
        Writer.Update(store, Require(store, itemId), new() { ["STAGE_ID"] = stageId }, originalNames: true, Robot);
    }

    /// <summary>What the built-in robot "add comment" does.</summary>
    public void AddComment(int entityTypeId, long itemId, string text) => Data.Comments.Add(
        new TimelineComment(Data.Next("timeline", 999), Data.Store(entityTypeId).Type.Code.ToLowerInvariant(), itemId, Robot.User.Id, _portal.Now, text));

    /// <summary>Deletes a deal into the recycle bin.</summary>
    public void DeleteDeal(long dealId) => Writer.Delete(Data.Deals, Require(dealId));

    /// <summary>Brings a deleted deal back: it gets a new id and keeps all else.</summary>
    /// <returns>The new id; <see langword="null"/> if the recycle bin does not have it.</returns>
    public long? RestoreDeal(long deletedId) => Writer.Restore(Data.Deals, deletedId)?.Id;

    /// <summary>The deals in the recycle bin, in the order in which they were deleted.</summary>
    public IEnumerable<DealSummary> DeletedDeals => Data.RecycleBin.Of(EntityTypes.DealId).Select(Summary);

    /// <summary>Merges deals: the first one survives and takes what it lacks, the others are deleted.</summary>
    /// <exception cref="RestError">One of them is not there, or there is no other one.</exception>
    public void MergeDeals(long survivorId, params IReadOnlyList<long> otherIds) => MergeDeals(survivorId, otherIds, null);

    /// <inheritdoc cref="MergeDeals(long, IReadOnlyList{long})"/>
    internal void MergeDeals(long survivorId, IReadOnlyList<long> otherIds, SandboxUser? user) =>
        ItemMerge.Run(Data, Writer, Data.Deals, survivorId, otherIds, By(user));

    private ItemAuthor By(SandboxUser? user) => user is null ? Robot : new ItemAuthor(user);

    /// <summary>Whose name stands on what robots and the board do.</summary>
    private ItemAuthor Robot => new(_portal.Users.FirstOrDefault(user => user.IsAdmin) ?? new SandboxUser(1, "", ""));

    internal long AddDeal(string title, string stageId, int categoryId) =>
        Writer.Add(Data.Deals, new() { ["title"] = title, ["stageId"] = stageId, ["categoryId"] = categoryId }, originalNames: true, Robot).Id;

    private CrmItem Require(long dealId) => Require(Data.Deals, dealId);

    private static CrmItem Require(ItemStore store, long id) => store.Find(id) ?? throw ItemAccess.NotFound();

    private static DealSummary Summary(CrmItem deal) =>
        new(deal.Id, deal.Text("TITLE") ?? "", (int)deal.Number("CATEGORY_ID"), deal.Text("STAGE_ID")!);
}
