using B24RobotApp.Sandbox.Crm.Catalog;
using B24RobotApp.Sandbox.Crm.Clients;
using B24RobotApp.Sandbox.Crm.Directories;
using B24RobotApp.Sandbox.Crm.Fields;
using B24RobotApp.Sandbox.Crm.Items;
using B24RobotApp.Sandbox.Crm.People;
using B24RobotApp.Sandbox.Crm.Products;
using B24RobotApp.Sandbox.Crm.Timeline;
using B24RobotApp.Sandbox.Rest;

namespace B24RobotApp.Sandbox.Crm;

/// <summary>All that a portal's CRM holds. Touched under the portal's lock only.</summary>
internal sealed class CrmData
{
    private readonly SortedDictionary<int, ItemStore> _stores = [];
    private readonly Dictionary<string, long> _sequences = [];

    public CrmData()
    {
        AddType(EntityTypes.Lead());
        AddType(EntityTypes.Deal());
        AddType(EntityTypes.Contact());
        AddType(EntityTypes.Company());
        AddType(EntityTypes.Quote());
        AddType(EntityTypes.Invoice());
    }

    public StatusDirectories Directories { get; } = new();

    public List<CrmCategory> Categories { get; } = [];

    public List<CrmCurrency> Currencies { get; } = [];

    public ProductRowStore ProductRows { get; } = new();

    public StageHistory History { get; } = new();

    public FileShelf Files { get; } = new();

    public List<TimelineComment> Comments { get; } = [];

    public List<LogMessage> LogMessages { get; } = [];

    public List<Requisite> Requisites { get; } = [];

    public List<Address> Addresses { get; } = [];

    public List<Notification> Notifications { get; } = [];

    public List<Department> Departments { get; } = [];

    public List<CatalogProduct> Products { get; } = [];

    public List<Measure> Measures { get; } = [];

    public RecycleBin RecycleBin { get; } = new();

    public IEnumerable<ItemStore> Stores => _stores.Values;

    public ItemStore Deals => _stores[EntityTypes.DealId];

    public ItemStore Contacts => _stores[EntityTypes.ContactId];

    public ItemStore Companies => _stores[EntityTypes.CompanyId];

    public ItemStore? FindStore(long entityTypeId) =>
        entityTypeId is >= 0 and <= int.MaxValue ? _stores.GetValueOrDefault((int)entityTypeId) : null;

    /// <summary>The store of a kind, or the answer of the newer methods where there is none.</summary>
    public ItemStore Store(long entityTypeId) => FindStore(entityTypeId)
        ?? throw (entityTypeId >= 128
            ? new RestError("NOT_FOUND", "Smart process not found")
            : new RestError("ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported"));

    /// <summary>The store of a kind by its short code, such as <c>D</c>.</summary>
    public ItemStore? FindStore(string? shortCode) => Stores.FirstOrDefault(store => store.Type.ShortCode == shortCode);

    public void AddType(EntityType type) => _stores.Add(type.Id, new ItemStore(type));

    /// <summary>The next number of a sequence that kinds of records share.</summary>
    public long Next(string sequence, long first = 1)
    {
        _sequences[sequence] = _sequences.TryGetValue(sequence, out var last) ? last + 1 : first;
        return _sequences[sequence];
    }

    /// <summary>Lets a sequence that is not in use yet begin elsewhere.</summary>
    public void StartSequence(string sequence, long first) => _sequences.Add(sequence, first - 1);

    public IEnumerable<UserField> UserFields(string entityId) => Stores
        .Where(store => store.Type.UserFieldEntity == entityId)
        .SelectMany(store => store.Type.UserFields);

    public CrmCurrency BaseCurrency => Currencies.First(currency => currency.IsBase);

    public IReadOnlyList<StatusEntry> Stages(EntityType type, long categoryId) =>
        type.StageDirectory is { } directory ? Directories.Of(directory(categoryId)) : [];
}
