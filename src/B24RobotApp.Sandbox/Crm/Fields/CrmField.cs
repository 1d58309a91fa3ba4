using System.Text.Json.Nodes;
using B24RobotApp.Sandbox.Crm.Items;

namespace B24RobotApp.Sandbox.Crm.Fields;

/// <summary>A field of a kind of item.</summary>
/// <param name="Name">In upper case, <c>upperName</c> of the description.</param>
/// <param name="Type">One of <see cref="FieldType"/>.</param>
/// <param name="Title">What people read.</param>
/// <param name="Flags">What may be done with it.</param>
internal sealed record CrmField(string Name, string Type, string Title, FieldFlags Flags = FieldFlags.None)
{
    public string CamelName { get; } = FieldNames.ToCamel(Name);

    /// <summary>The directory of a <c>crm_status</c> field.</summary>
    public string? StatusType { get; init; }

    public JsonObject? Settings { get; init; }

    /// <summary>Set where people made the field.</summary>
    public UserField? UserField { get; init; }

    /// <summary>Works the value out instead of keeping it.</summary>
    public Func<CrmItem, object?>? Computed { get; init; }

    public bool IsMultiple => Flags.HasFlag(FieldFlags.Multiple);

    public bool IsReadOnly => Flags.HasFlag(FieldFlags.ReadOnly) || Flags.HasFlag(FieldFlags.Disabled);

    public bool IsDisabled => Flags.HasFlag(FieldFlags.Disabled);

    public JsonObject Describe(string? statusType)
    {
        var description = new JsonObject
        {
            ["type"] = Type,
            ["isRequired"] = Flags.HasFlag(FieldFlags.Required),
            ["isReadOnly"] = IsReadOnly,
            ["isImmutable"] = Flags.HasFlag(FieldFlags.Immutable),
            ["isMultiple"] = IsMultiple,
            ["isDynamic"] = UserField is not null,
        };
        if (Flags.HasFlag(FieldFlags.Deprecated))
        {
            description["isDeprecated"] = true;
        }
        if (statusType is not null)
        {
            description["statusType"] = statusType;
        }
        if (UserField is { Type: FieldType.Enumeration } list)
        {
            description["items"] = new JsonArray([.. list.Options.Select(option =>
                (JsonNode)new JsonObject { ["ID"] = option.Id.ToPhp(), ["VALUE"] = option.Value })]);
        }
        description["title"] = Title;
        if (UserField is not null)
        {
            description["listLabel"] = UserField.Label(UserFieldLabel.ListColumn);
            description["formLabel"] = UserField.Label(UserFieldLabel.EditForm);
            description["filterLabel"] = UserField.Label(UserFieldLabel.ListFilter);
            description["settings"] = UserField.Settings.DeepClone();
        }
        else if (Settings is not null)
        {
            description["settings"] = Settings.DeepClone();
        }
        description["upperName"] = Name;
        return description;
    }
}
