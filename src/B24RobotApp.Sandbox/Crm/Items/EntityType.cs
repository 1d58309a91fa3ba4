using B24RobotApp.Sandbox.Crm.Fields;

namespace B24RobotApp.Sandbox.Crm.Items;

/// <summary>A kind of item: deals, contacts, the items of one smart process and so on.</summary>
internal sealed class EntityType
{
    private readonly IReadOnlyList<CrmField> _head;
    private readonly IReadOnlyList<CrmField> _tail;
    private readonly List<CrmField> _parents = [];
    private readonly Dictionary<string, CrmField> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CrmField> _byCamelName = new(StringComparer.Ordinal);

    /// <param name="head">Fields before the user fields, in the order of answers.</param>
    /// <param name="tail">Fields after them.</param>
    public EntityType(IReadOnlyList<CrmField> head, IReadOnlyList<CrmField> tail)
    {
        _head = head;
        _tail = tail;
        Fields = [];
        Rebuild();
    }

    public required int Id { get; init; }

    /// <summary>Such as <c>DEAL</c> or <c>DYNAMIC_147</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The short code by which product rows and bindings name it: <c>D</c>, <c>C</c>, <c>T93</c>.</summary>
    public required string ShortCode { get; init; }

    public required string Title { get; init; }

    /// <summary>The owner of its user fields, such as <c>CRM_DEAL</c>.</summary>
    public required string UserFieldEntity { get; init; }

    /// <summary>Phones and e-mail addresses.</summary>
    public bool HasMultifields { get; init; }

    public bool HasProducts { get; init; }

    public bool HasCategories { get; init; }

    /// <summary>The directory of stages by pipeline; <see langword="null"/> for kinds without stages.</summary>
    public Func<long, string>? StageDirectory { get; init; }

    /// <summary>The middle of event names: <c>DEAL</c> in ONCRMDEALADD.</summary>
    public required string EventCode { get; init; }

    /// <summary>Set for smart processes.</summary>
    public SmartProcess? SmartProcess { get; init; }

    public List<UserField> UserFields { get; } = [];

    /// <summary>All fields in the order in which answers have them.</summary>
    public IReadOnlyList<CrmField> Fields { get; private set; }

    public CrmField? Find(string upperName) => _byName.GetValueOrDefault(upperName);

    /// <summary>A field by a name that a client sent.</summary>
    /// <param name="name">camelCase, upper case, or a user field's original name.</param>
    /// <param name="originalNames">Whether <c>useOriginalUfNames</c> holds.</param>
    public CrmField? FindSent(string name, bool originalNames)
    {
        if (_byCamelName.TryGetValue(name, out var field))
        {
            return field;
        }
        return _byName.TryGetValue(name, out field) && (field.UserField is null || originalNames || FieldNames.SurvivesUpperCase(name))
            ? field
            : null;
    }

    public static string NameFor(CrmField field, bool originalNames) =>
        originalNames && field.UserField is not null ? field.Name : field.CamelName;

    public void Add(UserField field)
    {
        UserFields.Add(field);
        Rebuild();
    }

    public void Remove(UserField field)
    {
        UserFields.Remove(field);
        Rebuild();
    }

    /// <summary>Gives items a link to items of another kind.</summary>
    public void AddParent(EntityType parent)
    {
        _parents.Add(new CrmField($"PARENT_ID_{parent.Id}", FieldType.Entity, parent.Title)
        {
            Settings = new() { ["parentEntityTypeId"] = parent.Id },
        });
        Rebuild();
    }

    public void Rebuild()
    {
        Fields = [.. _head, .. UserFields.Select(ToField), .. _parents, .. _tail];
        _byName.Clear();
        _byCamelName.Clear();
        foreach (var field in Fields)
        {
            _byName.Add(field.Name, field);
            _byCamelName.TryAdd(field.CamelName, field);
        }
    }

    private static CrmField ToField(UserField field) => new(
        field.Name,
        field.Type,
        field.Label(UserFieldLabel.EditForm),
        (field.IsMultiple ? FieldFlags.Multiple : 0) | (field.IsMandatory ? FieldFlags.Required : 0))
    {
        UserField = field,
        StatusType = field.Type == FieldType.Status ? field.Settings["ENTITY_TYPE"]?.ToString() : null,
    };
}
